package dev.agentos.pluginworker;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** When a process that has crashed is started again: after a pause that doubles, and not at all after too many. */
final class Restarts {

    /** So many crashes within {@link #WINDOW} are too many. */
    static final int MOST = 5;

    static final Duration WINDOW = Duration.ofMinutes(10);
    private static final Duration FIRST = Duration.ofMillis(200);

    private final RandomGenerator random;
    private final Deque<Instant> crashes = new ArrayDeque<>();

    Restarts(RandomGenerator random) {
        this.random = random;
    }

    /** It has crashed: how long to wait; empty to give it up. */
    Optional<Duration> after(Instant crash) {
        crashes.addLast(crash);
        while (crashes.getFirst().isBefore(crash.minus(WINDOW))) {
            crashes.removeFirst();
        }
        if (crashes.size() >= MOST) {
            return Optional.empty();
        }
        long longest = FIRST.toMillis() << (crashes.size() - 1);
        return Optional.of(Duration.ofMillis(longest / 2 + random.nextLong(longest / 2 + 1)));
    }
}
