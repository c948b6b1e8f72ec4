package dev.agentos.invocation.internal;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * Finds out whether a call that was told to end goes on against everybody's will, or only had no chance to end yet. The
 * clock on the wall does not tell: a thread that gets no processor ends nothing, and a server that is stopped or has
 * just begun is slow at everything. What counts is what the call has had since it was told: the processor time of its
 * own thread, or, for one that blocks and uses none, {@link ServerTime}.
 */
public final class RunawayTrial {

    /** How often to look. */
    public static final Duration MOMENT = Duration.ofMillis(50);

    /** Far more than it takes to leave a call, classes that are loaded for it included. */
    static final Duration PROCESSOR = Duration.ofSeconds(1);

    /** Behind it lie clients of other protocols that notice an interrupt only when their own wait is over. */
    static final Duration BLOCKED = Duration.ofSeconds(10);

    private final OptionalLong processorBefore;
    private final ServerTime time;

    /**
     * Of a call that was told to end.
     *
     * @param now as {@link System#nanoTime()} has it
     * @param processor what its thread has used of a processor, in nanoseconds; empty where the machine cannot tell
     */
    public RunawayTrial(long now, OptionalLong processor) {
        time = new ServerTime(MOMENT, now);
        processorBefore = processor;
    }

    /** Whether a call that has not ended yet is a runaway by now. */
    public boolean convicts(long now, OptionalLong processor) {
        time.look(now);
        boolean computes = processor.isPresent()
                && processorBefore.isPresent()
                && processor.getAsLong() - processorBefore.getAsLong() >= PROCESSOR.toNanos();
        return computes || time.passed().compareTo(BLOCKED) >= 0;
    }
}
