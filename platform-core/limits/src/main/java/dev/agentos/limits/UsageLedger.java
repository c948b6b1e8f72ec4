package dev.agentos.limits;

import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What calls of models used, by day, model, agent, principal and execution. It is added up in memory and written every
 * half second, so that a call waits for nothing; what was not written is lost with the process. Budgets do not depend
 * on it.
 */
public final class UsageLedger {

    private final UsageStore store;
    private final InstantSource clock;
    private final Map<ModelUse.Key, ModelUse.Sums> pending = new ConcurrentHashMap<>();

    UsageLedger(UsageStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /** The day of UTC that is now. */
    public LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    void add(ModelUse use) {
        pending.merge(use.key(), use.sums(), ModelUse.Sums::plus);
    }

    /** Writes what was added; on failure it is kept and written the next time. */
    synchronized void flush() {
        List<ModelUse> taken = new ArrayList<>();
        for (ModelUse.Key key : List.copyOf(pending.keySet())) {
            ModelUse.Sums sums = pending.remove(key);
            if (sums != null) {
                taken.add(new ModelUse(key, sums));
            }
        }
        if (taken.isEmpty()) {
            return;
        }
        try {
            store.add(taken);
        } catch (RuntimeException e) {
            taken.forEach(this::add);
            throw e;
        }
    }

    /** As {@link UsageStore#sums}, with what this server has not written yet. */
    public List<ModelUse> sums(TenantId tenant, LocalDate from, LocalDate to, Set<UsageStore.Part> parts, int most) {
        flush();
        return store.sums(tenant, from, to, parts, most);
    }

    /** As {@link UsageStore#ofExecution}, with what this server has not written yet. */
    public List<ModelUse> ofExecution(TenantId tenant, String execution) {
        flush();
        return store.ofExecution(tenant, execution);
    }
}
