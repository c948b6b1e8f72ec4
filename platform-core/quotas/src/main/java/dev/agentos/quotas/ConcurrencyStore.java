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

    /** Sets a limit in the place of the one of the same tenant and scope. */
    void put(ConcurrencyLimit limit);

    /** Removes a limit; false when there is none. */
    boolean delete(TenantId tenant, ConcurrencyLimit.Scope scope);

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
     */
    record Weight(int value, Optional<Change> change) {}

    /** Who set something, and when. */
    record Change(String by, Instant at) {}

    /** Sets a tenant's weight, or forgets it when there is none. */
    void weigh(TenantId tenant, Optional<Weight> weight);
}
