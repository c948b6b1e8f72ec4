package dev.agentos.quotas;

import dev.agentos.tenancy.TenantId;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/** Keeps quotas and what they have counted; the store of executions counts. */
public interface QuotaStore {

    /** All quotas of all tenants that hold. */
    List<Quota> all();

    /** A tenant's quotas, by name. */
    List<Quota> list(TenantId tenant);

    /** A tenant's quota. */
    Optional<Quota> find(TenantId tenant, String name);

    /**
     * Sets a quota; what it has counted stays.
     *
     * @param quota with the revision that it gets
     * @param expected the revision that is replaced, 0 for none
     * @return false when another one is there
     */
    boolean put(Quota quota, long expected);

    /** Removes a quota of that revision and what it has counted; false when another one is there. */
    boolean delete(TenantId tenant, String name, long expected);

    /** What a quota has counted in a period, most first; buckets begin with the period. */
    List<Quota.Window> windows(TenantId tenant, String name, String period, int most);

    /** Forgets what was counted in periods that began before that day. */
    void forget(LocalDate before);
}
