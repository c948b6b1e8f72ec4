package dev.agentos.spi;

import java.time.Duration;
import java.util.List;

/**
 * Exponential backoff: attempt n waits {@code initial × multiplier^(n-2)}, at most {@code longest}, with full jitter.
 *
 * @param maxAttempts all attempts together, 1 to 100
 * @param initial the wait before the second attempt
 * @param multiplier the growth of the wait, 1 to 10
 * @param longest the longest wait
 * @param errors which failures are repeated: error codes ({@code graph:NODE_TIMEOUT}) and {@link ErrorType}s; empty for
 *     those that call themselves retriable
 */
public record RetryPolicy(int maxAttempts, Duration initial, double multiplier, Duration longest, List<String> errors) {
    public RetryPolicy {
        if (maxAttempts < 1 || maxAttempts > 100) {
            throw new IllegalArgumentException("maxAttempts is 1 to 100, not " + maxAttempts);
        }
        if (!(multiplier >= 1 && multiplier <= 10)) {
            throw new IllegalArgumentException("multiplier is 1 to 10, not " + multiplier);
        }
        if (initial.isNegative() || longest.isNegative()) {
            throw new IllegalArgumentException("A wait is not negative");
        }
        errors = List.copyOf(errors);
    }

    /** Repeats what calls itself retriable. */
    public RetryPolicy(int maxAttempts, Duration initial, double multiplier, Duration longest) {
        this(maxAttempts, initial, multiplier, longest, List.of());
    }
}
