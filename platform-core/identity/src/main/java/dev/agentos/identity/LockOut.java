package dev.agentos.identity;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.RetryLaterException;
import dev.agentos.spi.AgentOsException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/**
 * Makes guessing passwords slow: after some attempts that failed the next has to wait, each time twice as long. They
 * are counted for each account, whether there is one or not, and for each address or network of IPv6, by all servers
 * together.
 */
final class LockOut {

    private static final LoginStore.Terms ACCOUNT =
            new LoginStore.Terms(5, Duration.ofSeconds(30), Duration.ofMinutes(15), Duration.ofHours(1));
    private static final LoginStore.Terms ADDRESS =
            new LoginStore.Terms(20, Duration.ofSeconds(30), Duration.ofMinutes(15), Duration.ofHours(1));

    private final LoginStore store;
    private final InstantSource clock;

    LockOut(LoginStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * Counts an attempt for that account from that address.
     *
     * @throws AgentOsException {@code identity:LOGIN_RATE_LIMITED}
     */
    void attempt(String email, String address) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        require(store.attempt(address(address), now, ADDRESS));
        require(store.attempt(account(email), now, ACCOUNT));
    }

    /** The attempt was a good one. */
    void succeeded(String email, String address) {
        store.forgive(account(email), true);
        // One alone: whoever has an account could otherwise guess on from there without end.
        store.forgive(address(address), false);
    }

    private static void require(Duration wait) {
        if (wait.isPositive()) {
            throw new RetryLaterException(
                    IdentityErrorCode.LOGIN_RATE_LIMITED,
                    "Too many attempts to log in have failed.",
                    "Try again when the seconds of Retry-After are over.",
                    wait);
        }
    }

    private static String account(String email) {
        return "account " + Digests.sha256(email.getBytes(StandardCharsets.UTF_8));
    }

    private static String address(String address) {
        return "address " + RemoteAddresses.network(address);
    }
}
