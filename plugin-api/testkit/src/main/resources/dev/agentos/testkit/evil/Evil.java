package evil;

import java.util.*;
import java.util.function.BiConsumer;

/** The plugin that tries everything; the host starts it with a place where it may do nothing and one where it may. */
public final class Evil {
    static Thread victim = Thread.currentThread();
    static Object context = new Object();
    static boolean guarded;
    static Map<String, Class<?>> foreign = Map.of();
    static List<String> never = List.of();

    private Evil() {}

    static Class<?> foreign(String name) throws ClassNotFoundException {
        Class<?> lent = foreign.get(name);
        if (lent == null) {
            throw new ClassNotFoundException(name);
        }
        return lent;
    }

    /**
     * Runs every probe.
     *
     * @param outside a folder and a port without any grant, and three folders in which files may only be deleted, only
     *     be written and only be read
     * @param inside a folder and a port that are granted
     * @param host a thread, an object and classes of the host that it lends, and members that nobody may link, as in
     *     {@code java.lang.System#exit}
     * @param guard whether there is one
     * @param everyVector whether each way is tried by way of everything else; if not, by one of them in turn
     * @param outcomes receives each probe's id and how it came out
     */
    public static void run(
            Object[] outside,
            Object[] inside,
            Object[] host,
            boolean guard,
            boolean everyVector,
            BiConsumer<String, String> outcomes) {
        lent(host);
        guarded = guard;
        List<Route> routes = everything(outside, new Place((String) inside[0], (Integer) inside[1]), outcomes);
        List<String> vectors = List.copyOf(Vectors.ALL.keySet());
        for (Route route : routes) {
            // By its name and not its place, which differs between two processes.
            String turn = vectors.get(Math.floorMod(route.id().hashCode(), vectors.size()));
            for (String vector : everyVector ? vectors : List.of(turn)) {
                if (!everyVector || !isSlow(route.id())) {
                    outcomes.accept(
                            route.id() + " by " + vector,
                            outcome(() -> Vectors.ALL.get(vector).run(route.act())));
                }
            }
        }
    }

    /** Takes what the host lends, in that order. */
    @SuppressWarnings("unchecked")
    static void lent(Object[] host) {
        victim = (Thread) host[0];
        context = host[1];
        foreign = (Map<String, Class<?>>) host[2];
        never = (List<String>) host[3];
    }

    private static List<Route> everything(Object[] outside, Place in, BiConsumer<String, String> outcomes) {
        Place out = new Place((String) outside[0], (Integer) outside[1]);
        List<Route> free = new ArrayList<>();
        Free.all(free);
        for (Route route : free) {
            outcomes.accept(route.id(), outcome(route.act()));
        }
        Never.all(never, in, outcomes);
        List<Route> routes = new ArrayList<>();
        FileReads.all(routes, out, in);
        FileWrites.all(routes, out, in);
        Networks.all(routes, out, in);
        Machine.all(routes, out, in);
        Classes.all(routes, out, in);
        Libraries.all(routes, out, in);
        Roundabout.all(routes, out, in);
        Narrow.all(
                routes,
                new Place((String) outside[2], out.port),
                new Place((String) outside[3], out.port),
                new Place((String) outside[4], out.port),
                in);
        for (int round = 0; round < 2; round++) {
            String heat = round == 0 ? "" : " (again)";
            for (Route route : routes) {
                outcomes.accept(route.id() + heat, outcome(route.act()));
            }
        }
        for (Route route : routes) {
            if (route.twin() != null) {
                outcomes.accept(route.id() + " (allowed twin)", outcome(route.twin()));
            }
        }
        return routes;
    }

    /** Ways that are about names and classes alone are the same by whatever thread; others take long. */
    private static boolean isSlow(String id) {
        return id.startsWith("class.")
                || id.startsWith("http.")
                || id.startsWith("datagram.")
                || id.startsWith("stat.")
                || id.startsWith("process.many");
    }

    static String outcome(Act act) {
        try {
            Object evidence = act.run();
            return evidence == null ? "NOTHING" : "DONE";
        } catch (Throwable e) {
            boolean named = false;
            StringBuilder text = new StringBuilder();
            for (Throwable cause = e; cause != null && text.length() < 2000; cause = cause.getCause()) {
                named |= String.valueOf(cause.getMessage()).contains("lacks permission");
                text.append(cause).append(" / ");
            }
            return (named ? "DENIED " : "FAILED ") + text.toString().replace('\n', ' ');
        }
    }
}
