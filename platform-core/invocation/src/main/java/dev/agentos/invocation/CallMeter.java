package dev.agentos.invocation;

import dev.agentos.pluginruntime.PluginVersion;
import java.time.Duration;

/** Hears of each call into a plugin when it has ended. */
@FunctionalInterface
public interface CallMeter {

    /** Measures nothing. */
    CallMeter NONE = call -> {};

    /** A call has ended; must return soon and not throw. */
    void ended(Call call);

    /**
     * A call into a plugin.
     *
     * @param plugin the version that was called
     * @param target what was called, as in {@code tool documents.split}
     * @param tenant on whose behalf
     * @param wall how long it took
     * @param processor how long it kept a processor busy
     * @param allocatedBytes how much memory it allocated; -1 when unknown
     * @param outcome how it ended
     */
    record Call(
            PluginVersion plugin,
            String target,
            String tenant,
            Duration wall,
            Duration processor,
            long allocatedBytes,
            Outcome outcome) {}

    /** How a call ended. */
    enum Outcome {
        RETURNED,
        FAILED,
        TIMED_OUT,
        CANCELLED
    }
}
