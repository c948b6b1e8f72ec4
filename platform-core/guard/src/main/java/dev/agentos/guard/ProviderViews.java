package dev.agentos.guard;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a security provider shows of itself. Its views cannot be changed, but to compare one with a set of somebody's
 * own hands that set the view behind, which leads to the provider's map; so plugins get copies.
 */
final class ProviderViews {

    private static final Class<?> KEYS = Collections.unmodifiableSet(Set.of()).getClass();
    private static final Class<?> ENTRIES =
            Collections.unmodifiableMap(Map.of()).entrySet().getClass();

    private ProviderViews() {}

    /** A copy of a view; what a provider gets of itself while it makes one stays as it is. */
    static Set<?> copy(Set<?> view) {
        if (view.getClass() == KEYS) {
            return Collections.unmodifiableSet(new LinkedHashSet<>(view));
        }
        if (view.getClass() != ENTRIES) {
            return view;
        }
        Map<Object, Object> entries = new LinkedHashMap<>();
        for (Object entry : view) {
            Map.Entry<?, ?> one = (Map.Entry<?, ?>) entry;
            entries.put(one.getKey(), one.getValue());
        }
        return Collections.unmodifiableMap(entries).entrySet();
    }
}
