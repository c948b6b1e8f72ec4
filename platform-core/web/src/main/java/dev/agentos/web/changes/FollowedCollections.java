package dev.agentos.web.changes;

import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.RequiresScope;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The collections of an API: the first words of its paths, as {@code policies} in {@code /policies/{name}/versions}. A
 * new resource is among them by itself.
 */
public final class FollowedCollections {

    private final Map<String, Set<Set<Scope>>> readers = new HashMap<>();

    /** The collections of these resources. */
    public FollowedCollections(List<Class<?>> resources) {
        for (Class<?> resource : resources) {
            for (Method method : resource.getMethods()) {
                RequiresScope required = method.getAnnotation(RequiresScope.class);
                if (method.isAnnotationPresent(GET.class) && required != null && required.value().length > 0) {
                    readers.computeIfAbsent(of(resource, method), any -> new HashSet<>())
                            .add(Set.copyOf(Arrays.asList(required.value())));
                }
            }
        }
    }

    /** The collection of a method's path; empty for the API's root. */
    static String of(Class<?> resource, Method method) {
        Path base = resource.getAnnotation(Path.class);
        Path own = method.getAnnotation(Path.class);
        String path = (base == null ? "" : base.value()) + "/" + (own == null ? "" : own.value());
        return Arrays.stream(path.split("/"))
                .filter(word -> !word.isEmpty())
                .findFirst()
                .orElse("");
    }

    /**
     * The collections of which somebody may read something, and the scopes by which. What he may read only for some
     * agents is left out: that something has changed would tell him of the others.
     */
    public SortedMap<String, Set<Scope>> of(Principal principal) {
        SortedMap<String, Set<Scope>> all = new TreeMap<>();
        readers.forEach((collection, ways) -> ways.stream()
                .filter(scopes -> principal.scopes().containsAll(scopes)
                        && principal.reach(scopes).equals(Reach.ALL))
                .findAny()
                .ifPresent(scopes -> all.put(collection, scopes)));
        return all;
    }
}
