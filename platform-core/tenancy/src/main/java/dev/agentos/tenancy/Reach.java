package dev.agentos.tenancy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Which agents and graphs a right is about: of the others it is as if they were not there.
 *
 * @param names those that it is confined to: an agent as {@code pack/agent}, all of a pack as {@code pack/*}, a graph
 *     by its name; empty when it is about all of them
 */
public record Reach(Optional<SortedSet<String>> names) {

    /** All agents and graphs. */
    public static final Reach ALL = new Reach(Optional.empty());

    /** Not a single one. */
    public static final Reach NONE = new Reach(Optional.of(new TreeSet<>()));

    /** How a request says that all are meant. */
    public static final String ANY = "*";

    private static final String OF_PACK = "/*";
    private static final int MOST = 100;
    private static final int LONGEST_SHOWN = 200;

    /** As graphs, packs and agents are called. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}(/([a-z0-9][a-z0-9-]{0,62}|\\*))?");

    public Reach {
        names = names.map(some -> Collections.unmodifiableSortedSet(new TreeSet<>(some)));
    }

    /** What {@link #written} wrote. */
    public static Reach of(Collection<String> written) {
        return written.contains(ANY) ? ALL : new Reach(Optional.of(new TreeSet<>(written)));
    }

    /** The names; for all agents {@value #ANY} alone. */
    public List<String> written() {
        return names.map(List::copyOf).orElse(List.of(ANY));
    }

    /**
     * What a request's field {@code agents} says.
     *
     * @param written 1 to 100 names, or {@value #ANY} alone
     * @throws InvalidInputException {@code server:INVALID_FIELD}
     */
    public static Reach read(Collection<String> written) {
        if (written.size() == 1 && written.contains(ANY)) {
            return ALL;
        }
        if (written.isEmpty() || written.size() > MOST) {
            throw invalid("The field 'agents' names 1 to " + MOST + " agents and graphs.");
        }
        for (String name : written) {
            if (!NAME.matcher(name).matches()) {
                throw invalid("'" + shortened(name) + "' can be the name of no agent and of no graph.");
            }
        }
        return of(written);
    }

    private static String shortened(String name) {
        return name.length() > LONGEST_SHOWN ? name.substring(0, LONGEST_SHOWN) + "…" : name;
    }

    private static InvalidInputException invalid(String message) {
        return InvalidInputException.of(
                KernelErrorCode.INVALID_FIELD,
                "/agents",
                message,
                "Write an agent as pack/agent, all of a pack as pack/*, a graph by its name, and '*' alone for all.");
    }

    /** Whether it is about all agents and graphs. */
    public boolean all() {
        return names.isEmpty();
    }

    /** Whether the agent of that id, the graph of that name, or the whole pack as {@code pack/*} is among them. */
    public boolean covers(String name) {
        if (names.isEmpty() || names.get().contains(name)) {
            return true;
        }
        int slash = name.indexOf('/');
        return slash > 0 && names.get().contains(name.substring(0, slash) + OF_PACK);
    }

    /** Whether the other one is about all that this one is about. */
    public boolean within(Reach other) {
        return other.all() || (names.isPresent() && names.get().stream().allMatch(other::covers));
    }

    /** What either is about. */
    public Reach or(Reach other) {
        if (all() || other.all()) {
            return ALL;
        }
        SortedSet<String> both = new TreeSet<>(names.get());
        both.addAll(other.names.get());
        return new Reach(Optional.of(both));
    }

    /** What both are about. */
    public Reach and(Reach other) {
        if (all() || other.all()) {
            return all() ? other : this;
        }
        SortedSet<String> both = new TreeSet<>();
        names.get().stream().filter(other::covers).forEach(both::add);
        other.names.get().stream().filter(this::covers).forEach(both::add);
        return new Reach(Optional.of(both));
    }
}
