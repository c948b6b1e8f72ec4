package dev.agentos.retention;

import dev.agentos.tenancy.TenantId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Everything that is kept of tenants, by kinds that the store names; no kind is left out of it. */
public interface TenantDataStore {

    /** The kind that holds executions. */
    String EXECUTIONS = "executions";

    /** The kinds that {@link #read} gives, in the order in which an export has them. */
    List<String> readable(Whose whose);

    /** Each row of a kind as JSON text without line ends, without secrets; the oldest first. */
    void read(Whose whose, String kind, Consumer<String> row);

    /**
     * How many rows of each kind would be removed. Kinds of which there are none are left out, and those that cannot be
     * counted without looking at the rows of all tenants.
     */
    Map<String, Long> count(Whose whose);

    /** The kinds that {@link #remove} removes, in the order in which that is to be done. */
    List<String> removable(Whose whose);

    /**
     * Removes rows of a kind, at most about that many, in one transaction.
     *
     * @param after where the step before has ended; empty for the first
     */
    Step remove(Whose whose, String kind, Optional<String> after, int most);

    /**
     * What came of a step.
     *
     * @param next where the next one goes on, which may be so when nothing was removed; empty when none is left
     */
    record Step(long removed, Optional<String> next) {}

    /**
     * The principal that an id means, which of a key is whom it stands for; empty when nothing is there of it: neither
     * itself, nor what it began or did, nor that it was erased.
     */
    Optional<String> meant(TenantId tenant, String id);

    /** What does not go with a person although it was part of it, by kind: shared sessions, for instance. */
    Map<String, List<String>> left(Whose whose);

    /** Executions that have not ended, at most so many; with {@code running} those that a server works on alone. */
    List<String> unfinished(Whose whose, boolean running, int most);

    /**
     * Lets a person do nothing any more, before anything else goes: keys end and lose their names, logins and
     * invitations go, and the membership that is still there is disabled.
     *
     * @return what is gone by that, by kind
     */
    Map<String, Long> shutOut(Whose whose);
}
