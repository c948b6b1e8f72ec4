package dev.agentos.quotas;

import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Keeps how many executions may run at once, and tenants' weights; whoever claims executions looks at them there. */
public interface ConcurrencyStore {

    /** A number that grows with each change of what limits tenants. */
    long generation();

    /** The limits of all tenants that hold. */
    List<ConcurrencyLimit> limits();

    /** Sets a limit in the place of the revision that was seen, 0 for none; false when another one is there. */
    boolean put(ConcurrencyLimit limit, long seen);

    /** Removes a limit of that revision; false when another one is there, or none. */
    boolean delete(TenantId tenant, ConcurrencyLimit.Scope scope, long seen);

    /** How many executions of a tenant run and are queued. */
    Load load(TenantId tenant);

    /**
     * What a tenant has going on.
     *
     * @param running executions that run
     * @param queued executions that wait for a place
     */
    record Load(long running, long queued) {}

    /** A tenant's weight. */
    Weight weight(TenantId tenant);

    /**
     * A tenant's part of the places when there are too few.
     *
     * @param value 1 to 100
     * @param change who set it; empty when nobody has set one for this tenant
     * @param revision grows with each change of it; 0 when nobody has set one, or the tenant's plan says so
     */
    record Weight(int value, Optional<Change> change, long revision) {}

    /** Who set something, and when. */
    record Change(String by, Instant at) {}

    /**
     * Sets a tenant's weight in the place of the revision that was seen, 0 for none, or forgets it when there is none;
     * false when another one is there.
     */
    boolean weigh(TenantId tenant, Optional<Weight> weight, long seen);
}
