package dev.agentos.limits;

import dev.agentos.kernel.Revisions;
import dev.agentos.tenancy.TenantId;
import java.util.List;

/** Keeps rate limits, and what of them was handed out to servers. */
public interface RateLimitStore {

    /** The limits of all tenants. */
    List<RateLimit> rateLimits();

    /**
     * Sets a limit.
     *
     * @param limit with the revision that it gets
     * @param seen the revision that is replaced, {@link Revisions#NONE} for none
     * @return false when another one is there
     */
    boolean put(RateLimit limit, long seen);

    /** Removes a limit of that revision; false when another one is there, or none. */
    boolean delete(TenantId tenant, RateLimit.Scope scope, long seen);

    /**
     * Requests that a server may let pass.
     *
     * @param granted how many; 0 when the window is used up
     * @param left how many are left for later, for any server
     * @param millis until the window ends, in milliseconds
     */
    record Lease(int granted, int left, long millis) {}

    /**
     * Hands out requests of the window that is now, or of a new one when it is over.
     *
     * @param subject whose requests they are
     * @param most how many there are in a window
     * @param window how long a window lasts, in milliseconds
     * @param wanted how many at most
     */
    Lease lease(TenantId tenant, RateLimit.Scope scope, String subject, int most, long window, int wanted);

    /** The same for what is counted without a limit that is kept here. */
    Lease lease(TenantId tenant, String subject, int most, long window, int wanted);
}
