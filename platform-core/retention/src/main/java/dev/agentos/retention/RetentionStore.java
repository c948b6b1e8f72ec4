package dev.agentos.retention;

import dev.agentos.kernel.Revisions;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Keeps how long things are kept, and removes what is over. */
public interface RetentionStore {

    /**
     * Sets a rule.
     *
     * @param rule with the revision that it gets
     * @param seen the revision that is replaced, {@link Revisions#NONE} for none
     * @return false when another one is there
     */
    boolean put(RetentionRule rule, long seen);

    /** Removes a rule of that revision; false when another one is there, or none. */
    boolean delete(Optional<TenantId> tenant, RetentionKind kind, long seen);

    /** The rules of a tenant, or of the platform when empty. */
    List<RetentionRule> rules(Optional<TenantId> tenant);

    /** What is in force: for each tenant and kind the shorter of its own rule and the platform's. */
    List<InForce> inForce();

    /** The time by the clock that tells when something was over: the store's own. */
    Instant now();

    /** How many rows would be removed now. */
    long count(TenantId tenant, RetentionKind kind, Instant before);

    /**
     * Looks at the next rows, at most so many, and removes those that are over, in one transaction.
     *
     * @param before when they must have been over, by the clock of {@link #now}
     * @param after where the last step ended; empty for the first
     * @return empty when another server is about it
     */
    Optional<Step> remove(TenantId tenant, RetentionKind kind, Instant before, Optional<String> after, int most);

    /** What holds for a tenant. */
    record InForce(TenantId tenant, RetentionKind kind, Duration keep) {}

    /**
     * What a step came to.
     *
     * @param removed how many rows
     * @param next where to go on; empty when nothing is left to look at
     */
    record Step(long removed, Optional<String> next) {}
}
