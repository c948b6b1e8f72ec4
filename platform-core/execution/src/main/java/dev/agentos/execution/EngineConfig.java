package dev.agentos.execution;

import java.time.Duration;

/**
 * How one server executes.
 *
 * @param owner the server's id, another one with each start
 * @param maxConcurrent how many executions it holds at a time, from 1
 * @param lease how long an execution stays the server's without a sign of life; from 100 ms
 * @param poll how often the queue is asked when nothing wakes the server
 * @param grace how long a drain waits for supersteps to end
 * @param patience how long a node waits in its place for a node type that is away, before its execution waits
 * @param mostCrashes how many owners may be lost at one step before the execution is taken for the cause and fails
 */
public record EngineConfig(
        String owner,
        int maxConcurrent,
        Duration lease,
        Duration poll,
        Duration grace,
        Duration patience,
        int mostCrashes) {
    public EngineConfig {
        if (owner.isBlank()) {
            throw new IllegalArgumentException("The owner is the server's id, not blank");
        }
        if (maxConcurrent < 1) {
            throw new IllegalArgumentException("maxConcurrent is at least 1, not " + maxConcurrent);
        }
        if (mostCrashes < 1) {
            throw new IllegalArgumentException("mostCrashes is at least 1, not " + mostCrashes);
        }
        if (lease.toMillis() < 100 || poll.toMillis() < 1 || grace.isNegative() || patience.isNegative()) {
            throw new IllegalArgumentException("A lease is at least 100 ms, a poll 1 ms, the others not negative");
        }
    }

    /**
     * The defaults: 256 executions, a lease of 10 s, a poll of 500 ms, a grace of 10 s, a patience of 5 s, 5 crashes.
     */
    public static EngineConfig of(String owner) {
        return new EngineConfig(
                owner,
                256,
                Duration.ofSeconds(10),
                Duration.ofMillis(500),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                5);
    }
}
