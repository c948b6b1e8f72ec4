package dev.agentos.webhooks;

import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/** When a message is sent again that its receiver has not heard. */
final class Schedule {

    private static final List<Duration> PAUSES = List.of(
            Duration.ofSeconds(5),
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(6),
            Duration.ofHours(12),
            Duration.ofHours(24));

    /** How often a message is sent. */
    static final int ATTEMPTS = PAUSES.size() + 1;

    private Schedule() {}

    /** How long to wait behind that attempt, from 1: a tenth more or less, so that not all come again at once. */
    static Duration pause(int attempt, RandomGenerator random) {
        long millis = PAUSES.get(Math.clamp(attempt, 1, PAUSES.size()) - 1).toMillis();
        return Duration.ofMillis(millis * 9 / 10 + random.nextLong(millis / 5 + 1));
    }
}
