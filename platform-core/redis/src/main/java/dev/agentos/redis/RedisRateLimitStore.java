package dev.agentos.redis;

import dev.agentos.limits.RateLimit;
import dev.agentos.limits.RateLimitStore;
import dev.agentos.tenancy.TenantId;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Rate limits of which Redis hands out the windows; the limits themselves are kept in another store. While Redis does
 * not do it the other store hands them out too, so that a limit holds: whoever sees Redis come or go passes at most
 * twice the limit in one window.
 */
public final class RedisRateLimitStore implements RateLimitStore, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RedisRateLimitStore.class);

    private final RedisWindows windows;
    private final RateLimitStore database;
    private volatile boolean away;

    /**
     * Connects when it is first asked.
     *
     * @param database keeps the limits, and hands out windows while Redis does not
     */
    public RedisRateLimitStore(RedisConfig config, RateLimitStore database) {
        this.windows = new RedisWindows(config);
        this.database = database;
    }

    /** Whether Redis does not do its part, so that the other store does. */
    public boolean isAway() {
        return away;
    }

    /** Asks Redis for a window that nobody needs, and goes by what comes of it; to be called again and again. */
    public void check() {
        try {
            windows.probe();
            if (away) {
                away = false;
                LOG.info("Redis answers again and counts for rate limits");
            }
        } catch (JedisException e) {
            left(e);
        }
    }

    @Override
    public List<RateLimit> rateLimits() {
        return database.rateLimits();
    }

    @Override
    public boolean put(RateLimit limit, long seen) {
        return database.put(limit, seen);
    }

    @Override
    public boolean delete(TenantId tenant, RateLimit.Scope scope, long seen) {
        boolean gone = database.delete(tenant, scope, seen);
        if (gone && !away) {
            try {
                windows.end(tenant, word(scope));
            } catch (JedisException e) {
                left(e);
            }
        }
        return gone;
    }

    @Override
    public Lease lease(TenantId tenant, RateLimit.Scope scope, String subject, int most, long window, int wanted) {
        if (!away) {
            try {
                return windows.lease(tenant, word(scope), subject, most, window, wanted);
            } catch (JedisException e) {
                left(e);
            }
        }
        return database.lease(tenant, scope, subject, most, window, wanted);
    }

    @Override
    public Lease lease(TenantId tenant, String subject, int most, long window, int wanted) {
        if (!away) {
            try {
                return windows.lease(tenant, "rule", subject, most, window, wanted);
            } catch (JedisException e) {
                left(e);
            }
        }
        return database.lease(tenant, subject, most, window, wanted);
    }

    private static String word(RateLimit.Scope scope) {
        return scope.name().toLowerCase(Locale.ROOT);
    }

    private synchronized void left(JedisException e) {
        if (!away) {
            away = true;
            LOG.warn("Redis does not count for rate limits, the database does until it comes back: {}", reason(e));
        }
    }

    private static String reason(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    @Override
    public void close() {
        windows.close();
    }
}
