package dev.agentos.limits;

import dev.agentos.kernel.Revisions;
import dev.agentos.tenancy.TenantId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Rate limits in memory, of servers in one process. */
public final class MemoryRateLimitStore implements RateLimitStore {

    private record Name(TenantId tenant, RateLimit.Scope scope) {}

    private record Subject(TenantId tenant, Optional<RateLimit.Scope> scope, String subject) {}

    private record Window(long began, long millis, int granted) {}

    private final LongSupplier nanos;
    private final Runnable changed;
    private final Map<Name, RateLimit> limits = new LinkedHashMap<>();
    private final Map<Subject, Window> windows = new HashMap<>();

    /**
     * A store that is empty.
     *
     * @param nanos the time, as {@link System#nanoTime()} tells it
     * @param changed told after each change
     */
    public MemoryRateLimitStore(LongSupplier nanos, Runnable changed) {
        this.nanos = nanos;
        this.changed = changed;
    }

    @Override
    public synchronized List<RateLimit> rateLimits() {
        return List.copyOf(limits.values());
    }

    @Override
    public synchronized boolean put(RateLimit limit, long seen) {
        Name name = new Name(limit.tenant(), limit.scope());
        if (revision(name) != seen) {
            return false;
        }
        limits.put(name, limit);
        changed.run();
        return true;
    }

    private long revision(Name name) {
        return Optional.ofNullable(limits.get(name)).map(RateLimit::revision).orElse(Revisions.NONE);
    }

    @Override
    public synchronized boolean delete(TenantId tenant, RateLimit.Scope scope, long seen) {
        Name name = new Name(tenant, scope);
        if (seen == Revisions.NONE || revision(name) != seen) {
            return false;
        }
        limits.remove(name);
        changed.run();
        return true;
    }

    @Override
    public synchronized Lease lease(
            TenantId tenant, RateLimit.Scope scope, String subject, int most, long window, int wanted) {
        return lease(new Subject(tenant, Optional.of(scope), subject), most, window, wanted);
    }

    @Override
    public synchronized Lease lease(TenantId tenant, String subject, int most, long window, int wanted) {
        return lease(new Subject(tenant, Optional.empty(), subject), most, window, wanted);
    }

    private Lease lease(Subject key, int most, long window, int wanted) {
        long now = nanos.getAsLong();
        long length = TimeUnit.MILLISECONDS.toNanos(window);
        Window before = windows.get(key);
        if (before == null || before.millis() != window || now - before.began() >= length) {
            before = new Window(now, window, 0);
        }
        int granted = Math.max(0, Math.min(wanted, most - before.granted()));
        windows.put(key, new Window(before.began(), window, before.granted() + granted));
        return new Lease(
                granted,
                Math.max(0, most - before.granted() - granted),
                TimeUnit.NANOSECONDS.toMillis(before.began() + length - now));
    }
}
