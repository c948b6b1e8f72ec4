package dev.agentos.quotas;

import dev.agentos.kernel.Revisions;
import dev.agentos.limits.MemoryNamedLimits;
import dev.agentos.tenancy.TenantId;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Allowances in memory, of which nothing is counted. */
final class MemoryAllowanceStore extends MemoryNamedLimits<Quota> implements QuotaStore, ConcurrencyStore, PlanStore {

    private static final int USUAL_WEIGHT = 10;

    private final Map<Name, ConcurrencyLimit> limits = new LinkedHashMap<>();
    private final Map<TenantId, Weight> weights = new LinkedHashMap<>();
    private final Map<String, Plan> plans = new TreeMap<>();
    private final Map<TenantId, Subscription> subscriptions = new LinkedHashMap<>();

    @Override
    public List<Quota.Window> windows(TenantId tenant, String name, String period, int most) {
        return List.of();
    }

    @Override
    public void forget(LocalDate before) {
        // Nothing was counted.
    }

    @Override
    public synchronized List<ConcurrencyLimit> limits() {
        return List.copyOf(limits.values());
    }

    @Override
    public synchronized boolean put(ConcurrencyLimit limit, long seen) {
        Name name = new Name(limit.tenant(), limit.scope().name());
        if (revision(limits.get(name)) != seen) {
            return false;
        }
        changed();
        limits.put(name, limit);
        return true;
    }

    private static long revision(@Nullable ConcurrencyLimit limit) {
        return limit == null ? Revisions.NONE : limit.revision();
    }

    @Override
    public synchronized boolean delete(TenantId tenant, ConcurrencyLimit.Scope scope, long seen) {
        Name name = new Name(tenant, scope.name());
        if (revision(limits.get(name)) != seen) {
            return false;
        }
        changed();
        return limits.remove(name) != null;
    }

    @Override
    public Load load(TenantId tenant) {
        return new Load(0, 0);
    }

    @Override
    public synchronized Weight weight(TenantId tenant) {
        return weights.getOrDefault(tenant, new Weight(USUAL_WEIGHT, Optional.empty(), Revisions.NONE));
    }

    @Override
    public synchronized boolean weigh(TenantId tenant, Optional<Weight> weight, long seen) {
        if (weight(tenant).revision() != seen) {
            return false;
        }
        weights.remove(tenant);
        weight.ifPresent(one -> weights.put(tenant, one));
        return true;
    }

    @Override
    public synchronized List<Plan> plans() {
        return List.copyOf(plans.values());
    }

    @Override
    public synchronized List<Subscription> subscriptions() {
        return List.copyOf(subscriptions.values());
    }

    @Override
    public synchronized boolean put(Plan plan, long expected) {
        if (planRevision(plan.name()) != expected) {
            return false;
        }
        changed();
        plans.put(plan.name(), plan);
        return true;
    }

    private long planRevision(String name) {
        Plan plan = plans.get(name);
        return plan == null ? 0 : plan.change().revision();
    }

    @Override
    public synchronized boolean delete(String name, long expected) {
        if (planRevision(name) != expected
                || subscriptions.values().stream().anyMatch(one -> one.plan().equals(name))) {
            return false;
        }
        changed();
        return plans.remove(name) != null;
    }

    @Override
    public synchronized boolean subscribe(Subscription subscription, long seen) {
        if (!plans.containsKey(subscription.plan()) || given(subscription.tenant()) != seen) {
            return false;
        }
        changed();
        subscriptions.put(subscription.tenant(), subscription);
        return true;
    }

    @Override
    public synchronized boolean unsubscribe(TenantId tenant, long seen) {
        if (given(tenant) != seen) {
            return false;
        }
        changed();
        return subscriptions.remove(tenant) != null;
    }

    private long given(TenantId tenant) {
        Subscription subscription = subscriptions.get(tenant);
        return subscription == null ? Revisions.NONE : subscription.revision();
    }
}
