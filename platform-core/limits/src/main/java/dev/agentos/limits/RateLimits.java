package dev.agentos.limits;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Revisions;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Limits of the rate of requests. The requests of a window are handed out to servers in shares of a fiftieth, which a
 * server lets pass without asking anybody; when nothing is left, it refuses without asking anybody until the window is
 * over. All servers together let at most the limit pass, and less by what servers hold and do not use.
 */
public final class RateLimits {

    private static final int SHARES = 50;

    /** So many refusals in a window mean nothing. */
    private static final int LEAST_STUBBORN = 50;

    private final RateLimitStore store;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Runnable refresh;
    private final Map<Key, Share> shares = new ConcurrentHashMap<>();
    private volatile Map<String, List<RateLimit>> known = Map.of();

    /** Whose share it is: of a limit with that scope, or of what somebody else counts when there is none. */
    private record Key(TenantId tenant, Optional<RateLimit.Scope> scope, String subject) {}

    RateLimits(RateLimitStore store, InstantSource clock, LongSupplier nanos, Runnable refresh) {
        this.store = store;
        this.clock = clock;
        this.nanos = nanos;
        this.refresh = refresh;
    }

    /**
     * How a limit stands for a caller.
     *
     * @param limit which
     * @param passes whether the request passes it
     * @param left how many requests are left in this window, for all that this server knows
     * @param seconds until it ends
     * @param refused how many requests this server has refused in it
     */
    public record Standing(RateLimit limit, boolean passes, int left, long seconds, int refused) {

        /** Whether requests go on to come that have no chance; a program that reads what it is told waits instead. */
        public boolean stubborn() {
            return refused > Math.max(LEAST_STUBBORN, limit.terms().requests() / 10);
        }
    }

    /**
     * Counts a request.
     *
     * @param principal the id of the principal who sends it
     * @return how each limit stands that applies; a request that one of them refuses is not counted by those behind it
     */
    public List<Standing> count(TenantId tenant, String principal) {
        List<RateLimit> limits = known.get(tenant.value());
        if (limits == null) {
            return List.of();
        }
        List<Standing> standings = new ArrayList<>();
        for (RateLimit limit : limits) {
            String subject = limit.scope() == RateLimit.Scope.KEY ? principal : "";
            Ration ration = share(new Key(tenant, Optional.of(limit.scope()), subject))
                    .take(
                            limit.terms().slice(),
                            (slice, wanted) -> store.lease(
                                    limit.tenant(), limit.scope(), subject, slice.most(), slice.millis(), wanted));
            standings.add(new Standing(limit, ration.passes(), ration.left(), ration.seconds(), ration.refused()));
            if (!ration.passes()) {
                break;
            }
        }
        return standings;
    }

    /**
     * What is left of a window.
     *
     * @param passes whether what was asked about passes
     * @param left how many are left in this window, for all that this server knows
     * @param seconds until it ends
     * @param refused how many were refused in this window, here
     */
    public record Ration(boolean passes, int left, long seconds, int refused) {}

    /**
     * Counts something that no limit of the API is about.
     *
     * @param subject what is counted together, of that tenant
     */
    public Ration count(TenantId tenant, String subject, RateLimit.Terms terms) {
        return share(new Key(tenant, Optional.empty(), subject))
                .take(
                        terms.slice(),
                        (slice, wanted) -> store.lease(tenant, subject, slice.most(), slice.millis(), wanted));
    }

    private Share share(Key key) {
        return shares.computeIfAbsent(key, any -> new Share());
    }

    /** What this server may still let pass of a window. */
    private final class Share {

        private RateLimit.Slice slice = new RateLimit.Slice(0, 0);
        private int held;
        private int left;
        /** Says nothing before the first lease. */
        private long ends;

        private int refused;
        private boolean leased;

        synchronized Ration take(
                RateLimit.Slice now, BiFunction<RateLimit.Slice, Integer, RateLimitStore.Lease> handOut) {
            boolean over = !leased || !slice.equals(now) || nanos.getAsLong() - ends >= 0;
            if (over || (held == 0 && left > 0)) {
                RateLimitStore.Lease lease = handOut.apply(now, Math.max(1, now.most() / SHARES));
                refused = over ? 0 : refused;
                slice = now;
                held = lease.granted();
                left = lease.left();
                ends = nanos.getAsLong() + TimeUnit.MILLISECONDS.toNanos(Math.max(1, lease.millis()));
                leased = true;
            }
            boolean passes = held > 0;
            held -= passes ? 1 : 0;
            refused += passes ? 0 : 1;
            long rest = TimeUnit.NANOSECONDS.toMillis(ends - nanos.getAsLong());
            return new Ration(passes, held + left, Math.max(1, Math.ceilDiv(rest, 1000)), refused);
        }

        synchronized boolean forgettable() {
            return !leased || nanos.getAsLong() - ends >= 0;
        }
    }

    /** The limits of a tenant. */
    public List<RateLimit> list(TenantId tenant) {
        return known.getOrDefault(tenant.value(), List.of());
    }

    /** A tenant's limit of a scope as it is now, also when another server has just changed it. */
    public Optional<RateLimit> find(TenantId tenant, RateLimit.Scope scope) {
        refresh.run();
        return list(tenant).stream().filter(limit -> limit.scope() == scope).findFirst();
    }

    /** The same where it must be there; {@code limits:UNKNOWN_RATE_LIMIT}. */
    public RateLimit require(TenantId tenant, RateLimit.Scope scope) {
        return find(tenant, scope).orElseThrow(() -> unknown(scope));
    }

    /**
     * Sets a limit, which holds at once here, on other servers in a second.
     *
     * @param seen the revision of the limit that was seen, {@link Revisions#NONE} for none of the tenant's own
     * @throws AgentOsException {@code server:PRECONDITION_FAILED}
     */
    public RateLimit put(TenantId tenant, RateLimit.Scope scope, RateLimit.Terms terms, long seen, String by) {
        RateLimit limit = new RateLimit(tenant, scope, terms, by, clock.instant(), Revisions.after(seen));
        if (!store.put(limit, seen)) {
            throw changed(scope);
        }
        refresh.run();
        return limit;
    }

    /**
     * Removes a limit.
     *
     * @param seen its revision as it was seen
     * @throws AgentOsException {@code limits:UNKNOWN_RATE_LIMIT}, {@code server:PRECONDITION_FAILED}
     */
    public void delete(TenantId tenant, RateLimit.Scope scope, long seen) {
        if (require(tenant, scope).revision() == Revisions.NONE) {
            throw unknown(scope);
        }
        if (!store.delete(tenant, scope, seen)) {
            throw changed(scope);
        }
        refresh.run();
    }

    private static AgentOsException changed(RateLimit.Scope scope) {
        return Revisions.changed("The rate limit of the scope '" + scope.word() + "'");
    }

    private static AgentOsException unknown(RateLimit.Scope scope) {
        return new AgentOsException(
                LimitsErrorCode.UNKNOWN_RATE_LIMIT,
                "The tenant has no rate limit of the scope '" + scope.word() + "'.",
                "GET /api/v1/rate-limits lists them.");
    }

    /** The refusal of a request that one of these standings does not let pass. */
    public static Optional<AgentOsException> refusal(List<Standing> standings) {
        return standings.stream().filter(one -> !one.passes()).findFirst().map(one -> {
            RateLimit.Terms terms = one.limit().terms();
            return new AgentOsException(
                    LimitsErrorCode.RATE_LIMITED,
                    (one.limit().scope() == RateLimit.Scope.KEY ? "The key" : "The tenant") + " may make "
                            + terms.requests() + " requests in "
                            + terms.window().toSeconds() + " seconds"
                            + (terms.even() ? ", evenly spread" : "") + ", and has made them.",
                    "Try again in " + one.seconds() + " seconds, as Retry-After says.");
        });
    }

    /** Reads all limits again. */
    void load() {
        known = store.rateLimits().stream()
                .collect(Collectors.groupingBy(one -> one.tenant().value()));
    }

    /** Forgets who did not ask for a while. */
    void sweep() {
        shares.values().removeIf(Share::forgettable);
    }

    /** Of how many it remembers something. */
    int remembered() {
        return shares.size();
    }

    static InvalidInputException invalid(String pointer, String message) {
        return InvalidInputException.of(
                LimitsErrorCode.INVALID_RATE_LIMIT,
                pointer,
                message,
                "Correct it, as docs/how-to/limit-the-rate-of-requests.md shows.");
    }
}
