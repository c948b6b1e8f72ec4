package evil;

import java.util.*;

/** Tries a part of the ways, for a host that asks over an interface of its own and cannot lend objects. */
public final class Asked {
    private Asked() {}

    /**
     * Tries each way of a part by itself, and once more by way of something else.
     *
     * @param outside a folder without any grant
     * @param inside a folder that is granted
     * @param context an object of the host
     * @return how each came out; one with the word twin is granted and must come through
     */
    public static Map<String, String> run(
            String part, String outside, int forbidden, String inside, int granted, Object context) {
        Evil.guarded = true;
        Evil.context = context;
        Place out = new Place(outside, forbidden);
        Place in = new Place(inside, granted);
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
}
