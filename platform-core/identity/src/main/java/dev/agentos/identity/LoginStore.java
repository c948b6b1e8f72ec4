package dev.agentos.identity;

import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Keeps logins by the digests of their secrets, and who tried how often to log in. */
public interface LoginStore {

    /**
     * Adds a login; of one person's, the oldest beyond that many are removed.
     *
     * @param password the hash of the password by which it begins; empty for another way
     * @return whether it was added; not when the person's password is another one meanwhile
     */
    boolean insert(Login login, String digest, int most, Optional<String> password);

    /** Adds a login in the place of the one of that id; false, and nothing is done, when that one has ended. */
    boolean replace(String id, Login login, String digest);

    /** The login of that digest. */
    Optional<Login> find(String digest);

    /** Removes a login. */
    void remove(String id);

    /** Removes all logins of a person. */
    void removeAllOf(String user);

    /** Removes the logins of a person by which they act for that tenant, or without one for the platform. */
    void removeAllOf(String user, Optional<TenantId> tenant);

    /** Notes when logins were last used, by their ids. */
    void used(Map<String, Instant> times);

    /** Removes logins and invitations that have ended, or were last used before that time. */
    void removeEnded(Instant now, Instant unusedSince);

    /**
     * Counts an attempt before it is made, so that many at once cannot outrun the count.
     *
     * @param subject whose attempts are counted together
     * @param terms from when on they have to wait, and how long
     * @return for how long nothing may be tried; zero when this one may be
     */
    Duration attempt(String subject, Instant now, Terms terms);

    /** Takes one attempt back, or all of them, because it was a good one. */
    void forgive(String subject, boolean all);

    /**
     * When attempts have to wait.
     *
     * @param free how many may fail before
     * @param first how long the first wait is; each next one is twice as long
     * @param longest how long one is at most
     * @param memory how long after the last attempt all are forgotten
     */
    record Terms(int free, Duration first, Duration longest, Duration memory) {

        /** How long nothing may be tried after that many attempts. */
        public Duration waitAfter(int attempts) {
            if (attempts < free) {
                return Duration.ZERO;
            }
            Duration wait = first.multipliedBy(1L << Math.min(attempts - free, 20));
            return wait.compareTo(longest) > 0 ? longest : wait;
        }
    }
}
