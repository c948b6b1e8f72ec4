package dev.agentos.tenancy;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What somebody may do, and with which agents each. What comes from several sides is added up scope by scope: to see
 * all agents by one role and to start one of them by another is not to start all of them.
 *
 * @param reaches the scopes, each with the agents and graphs that it is about
 */
public record Rights(Map<Scope, Reach> reaches) {

    /** Nothing. */
    public static final Rights NONE = new Rights(Map.of());

    public Rights {
        EnumMap<Scope, Reach> copy = new EnumMap<>(Scope.class);
        copy.putAll(reaches);
        reaches = Collections.unmodifiableMap(copy);
    }

    /** Those scopes with all agents. */
    public static Rights of(Collection<Scope> scopes) {
        return of(scopes, Reach.ALL);
    }

    /** Those scopes within that reach; confined, those of them that can be. */
    public static Rights of(Collection<Scope> scopes, Reach reach) {
        EnumMap<Scope, Reach> reaches = new EnumMap<>(Scope.class);
        scopes.stream().filter(scope -> reach.all() || scope.confinable()).forEach(scope -> reaches.put(scope, reach));
        return new Rights(reaches);
    }

    /** The scopes, whatever they are about. */
    public Set<Scope> scopes() {
        return reaches.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(reaches.keySet()));
    }

    /** What a scope is about; nothing when it is not held. */
    public Reach reach(Scope scope) {
        return reaches.getOrDefault(scope, Reach.NONE);
    }

    /** The same, each scope about no more than that. */
    public Rights within(Reach reach) {
        return reach.all() ? this : limitedTo(of(reaches.keySet(), reach));
    }

    /** These and the others. */
    public Rights and(Rights others) {
        EnumMap<Scope, Reach> sum = new EnumMap<>(Scope.class);
        sum.putAll(reaches);
        others.reaches.forEach((scope, reach) -> sum.merge(scope, reach, Reach::or));
        return new Rights(sum);
    }

    /** Of these what is among the others. */
    public Rights limitedTo(Rights others) {
        EnumMap<Scope, Reach> common = new EnumMap<>(Scope.class);
        reaches.forEach((scope, reach) ->
                Optional.ofNullable(others.reaches.get(scope)).ifPresent(most -> common.put(scope, reach.and(most))));
        return new Rights(common);
    }

    /** The scopes that the others have and these do not, or not about as many agents. */
    public Set<Scope> lacking(Rights others) {
        Set<Scope> missing = EnumSet.noneOf(Scope.class);
        others.reaches.forEach((scope, reach) -> {
            if (!reaches.containsKey(scope) || !reach.within(reach(scope))) {
                missing.add(scope);
            }
        });
        return missing;
    }
}
