package evil;

import dev.agentos.spi.*;
import java.nio.file.Path;
import java.util.*;

/** Tries a part of the ways, for a host that asks over an interface of its own and cannot lend objects. */
public final class Asked {
    private Asked() {}

    /**
     * Tries each way of a part by itself, and once more by way of something else.
     *
     * @param arguments the {@code part}; {@code outside} and {@code forbidden}, a folder and a port without any grant;
     *     {@code inside} and {@code granted}, the same with one; for {@code apart} {@code server} and {@code other},
     *     numbers of processes, and {@code data}, the server's folder; {@code unguarded} where there is no guard
     * @return how each came out; one with the word twin is granted and must come through
     */
    public static Map<String, String> run(JsonObject arguments, CallContext call) {
        String part = arguments.text("part").orElseThrow();
        Place out = new Place(arguments.text("outside").orElseThrow(), (int) number(arguments, "forbidden"));
        Place in = new Place(arguments.text("inside").orElseThrow(), (int) number(arguments, "granted"));
        Evil.guarded = !arguments.bool("unguarded").orElse(false);
        Evil.context = call.plugin();
        if (System.getProperties().get("evil.host") instanceof Object[] host) {
            Evil.lent(host);
        }
        if (part.equals("exits")) {
            Map<String, String> exits = Collections.synchronizedMap(new LinkedHashMap<>());
            Exits.run(0, exits::put);
            return exits;
        }
        List<Route> routes = new ArrayList<>();
        switch (part) {
            case "free" -> Free.all(routes);
            case "reads" -> FileReads.all(routes, out, in);
            case "writes" -> FileWrites.all(routes, out, in);
            case "networks" -> Networks.all(routes, out, in);
            case "machine" -> Machine.all(routes, out, in);
            case "classes" -> Classes.all(routes, out, in);
            case "libraries" -> Libraries.all(routes, out, in);
            case "roundabout" -> Roundabout.all(routes, out, in);
            case "apart" ->
                Apart.all(
                        routes,
                        new Apart.Target(
                                number(arguments, "server"),
                                number(arguments, "other"),
                                Path.of(arguments.text("data").orElseThrow()),
                                call),
                        out);
            default -> throw new IllegalArgumentException(part);
        }
        List<Vectors.Vector> vectors = List.copyOf(Vectors.ALL.values());
        Map<String, String> outcomes = new LinkedHashMap<>();
        for (int n = 0; n < routes.size(); n++) {
            Route route = routes.get(n);
            outcomes.put(route.id(), Evil.outcome(route.act()));
            if (route.twin() != null) {
                outcomes.put(route.id() + " (allowed twin)", Evil.outcome(route.twin()));
            }
            if (!route.id().startsWith("free.")) {
                Vectors.Vector vector = vectors.get(n % vectors.size());
                outcomes.put(route.id() + " by another", Evil.outcome(() -> vector.run(route.act())));
            }
        }
        return outcomes;
    }

    private static long number(JsonObject arguments, String name) {
        return arguments.number(name).orElseThrow().value().longValue();
    }
}
