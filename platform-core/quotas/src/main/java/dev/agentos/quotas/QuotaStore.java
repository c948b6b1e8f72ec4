package dev.agentos.quotas;

import dev.agentos.limits.NamedLimitStore;
import dev.agentos.tenancy.TenantId;
import java.time.LocalDate;
import java.util.List;

/** Keeps quotas and what they have counted; the store of executions counts. */
public interface QuotaStore extends NamedLimitStore<Quota> {

    /** What a quota has counted in a period, most first; buckets begin with the period. */
    List<Quota.Window> windows(TenantId tenant, String name, String period, int most);

    /** Forgets what was counted in periods that began before that day. */
    void forget(LocalDate before);
}
