package dev.agentos.quotas;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Revisions;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How many executions may run at once. The limits themselves are held where executions are claimed; here is known which
 * tenants have some, because their executions all go through the queue.
 */
public final class Concurrency {

    private static final int HEAVIEST = 100;

    private final ConcurrencyStore store;
    private final InstantSource clock;
    private final Runnable changed;
    private volatile Map<String, List<ConcurrencyLimit>> known = Map.of();

    Concurrency(ConcurrencyStore store, InstantSource clock, Runnable changed) {
        this.store = store;
        this.clock = clock;
        this.changed = changed;
    }

    /** Whether a tenant has any limit. */
    boolean limited(TenantId tenant) {
        return known.containsKey(tenant.value());
    }

    /** How many executions of a tenant may run or be queued. */
    Optional<Integer> places(TenantId tenant) {
        return list(tenant).stream()
                .filter(one -> one.scope() == ConcurrencyLimit.Scope.TENANT)
                .findFirst()
                .flatMap(one -> one.terms().queued().map(queued -> one.terms().running() + queued));
    }

    /** The limits of a tenant. */
    public List<ConcurrencyLimit> list(TenantId tenant) {
        return known.getOrDefault(tenant.value(), List.of());
    }

    /** The limit of that scope, as it is now. */
    public Optional<ConcurrencyLimit> find(TenantId tenant, ConcurrencyLimit.Scope scope) {
        changed.run();
        return list(tenant).stream().filter(one -> one.scope() == scope).findFirst();
    }

    /** The same where it must be there; {@code quotas:UNKNOWN_CONCURRENCY_LIMIT}. */
    public ConcurrencyLimit require(TenantId tenant, ConcurrencyLimit.Scope scope) {
        return find(tenant, scope).orElseThrow(() -> unknown(scope));
    }

    /** What a tenant has going on. */
    public ConcurrencyStore.Load load(TenantId tenant) {
        return store.load(tenant);
    }

    /**
     * Sets a limit in the place of the one of the same scope; what runs beyond it runs to its end.
     *
     * @param seen the revision of the limit that was seen, {@link Revisions#NONE} for none of the tenant's own
     * @throws AgentOsException {@code server:PRECONDITION_FAILED}
     */
    public ConcurrencyLimit put(
            TenantId tenant, ConcurrencyLimit.Scope scope, ConcurrencyLimit.Terms terms, long seen, String by) {
        ConcurrencyLimit limit = new ConcurrencyLimit(tenant, scope, terms, by, clock.instant(), Revisions.after(seen));
        if (!store.put(limit, seen)) {
            throw changed(scope);
        }
        changed.run();
        return limit;
    }

    /**
     * Removes a limit.
     *
     * @param seen its revision as it was seen
     * @throws AgentOsException {@code quotas:UNKNOWN_CONCURRENCY_LIMIT}, {@code server:PRECONDITION_FAILED}
     */
    public void delete(TenantId tenant, ConcurrencyLimit.Scope scope, long seen) {
        if (require(tenant, scope).revision() == Revisions.NONE) {
            throw unknown(scope);
        }
        if (!store.delete(tenant, scope, seen)) {
            throw changed(scope);
        }
        changed.run();
    }

    private static AgentOsException changed(ConcurrencyLimit.Scope scope) {
        return Revisions.changed("How many executions may run at once by " + scope.word());
    }

    private static AgentOsException unknown(ConcurrencyLimit.Scope scope) {
        return new AgentOsException(
                QuotasErrorCode.UNKNOWN_CONCURRENCY_LIMIT,
                "Nobody has set how many executions of the tenant may run at once by " + scope.word() + ".",
                "GET /api/v1/concurrency-limits lists what is set.");
    }

    /** A tenant's part of the places when there are too few. */
    public ConcurrencyStore.Weight weight(TenantId tenant) {
        return store.weight(tenant);
    }

    /**
     * Sets a tenant's weight, which holds for the next execution that is claimed, on any server.
     *
     * @param weight 1 to 100; forgets it when empty
     * @param seen the revision of the weight that was seen, {@link Revisions#NONE} for none of the tenant's own
     * @throws InvalidInputException {@code quotas:INVALID_WEIGHT}
     * @throws AgentOsException {@code server:PRECONDITION_FAILED}
     */
    public ConcurrencyStore.Weight weigh(TenantId tenant, Optional<Integer> weight, long seen, String by) {
        if (weight.filter(one -> one < 1 || one > HEAVIEST).isPresent()) {
            throw InvalidInputException.of(
                    QuotasErrorCode.INVALID_WEIGHT,
                    "/weight",
                    "A weight is 1 to " + HEAVIEST + ".",
                    "Correct it; 10 is what tenants have of whom nothing is said.");
        }
        if (weight.isEmpty() && seen == Revisions.NONE) {
            // There is none to be forgotten.
            return store.weight(tenant);
        }
        Optional<ConcurrencyStore.Weight> wanted = weight.map(one -> new ConcurrencyStore.Weight(
                one, Optional.of(new ConcurrencyStore.Change(by, clock.instant())), Revisions.after(seen)));
        if (!store.weigh(tenant, wanted, seen)) {
            throw Revisions.changed("The tenant's weight");
        }
        return wanted.orElseGet(() -> store.weight(tenant));
    }

    /** Reads all limits again. */
    void load() {
        known = store.limits().stream()
                .collect(Collectors.groupingBy(one -> one.tenant().value()));
    }

    static InvalidInputException invalid(String pointer, String message) {
        return InvalidInputException.of(
                QuotasErrorCode.INVALID_CONCURRENCY_LIMIT,
                pointer,
                message,
                "Correct it, as docs/how-to/limit-what-runs-at-once.md shows.");
    }
}
