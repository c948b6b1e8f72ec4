package dev.agentos.scripting;

import java.time.Duration;

/**
 * What one script may use up.
 *
 * @param memoryBytes of WebAssembly memory, of which QuickJS itself takes about 1.3 MiB; counted in pages of 64 KiB
 * @param time of its own work; what it waits for the host is not counted
 * @param calls of host functions
 * @param outputBytes of its result, and of the arguments of one call
 */
public record ScriptLimits(long memoryBytes, Duration time, int calls, int outputBytes) {

    /** In force when nothing else is said. */
    public static final ScriptLimits DEFAULT =
            new ScriptLimits(32L * 1024 * 1024, Duration.ofSeconds(5), 100, 1024 * 1024);

    /** The least that can be set. */
    public static final ScriptLimits LEAST = new ScriptLimits(4L * 1024 * 1024, Duration.ofMillis(10), 0, 2);

    /** The most that can be set. */
    public static final ScriptLimits MOST =
            new ScriptLimits(64L * 1024 * 1024, Duration.ofSeconds(60), 1_000, 8 * 1024 * 1024);

    public ScriptLimits {
        if (memoryBytes <= 0 || time.isNegative() || time.isZero() || calls < 0 || outputBytes < 2) {
            throw new IllegalArgumentException("A limit is out of range");
        }
    }
}
