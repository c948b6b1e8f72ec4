package dev.agentos.server.metrics;

import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionMeter;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.Failure;
import dev.agentos.metrics.ServerMetrics;
import java.util.Locale;

/**
 * Counts how executions end on this server, and how many it carries on.
 *
 * @param metrics where
 */
public record ExecutionMetrics(ServerMetrics metrics) implements ExecutionMeter {

    /** Measures that engine from now on. */
    public void measure(ExecutionEngine engine) {
        engine.measuredBy(this);
        metrics.onScrape(() -> {
            metrics.level("agentos.executions.running", engine.active());
            // Is there before it grows, so that an alarm can ask whether it has.
            metrics.count("agentos.executions.given.up", 0);
        });
    }

    @Override
    public void ended(ExecutionStore.Outcome outcome) {
        metrics.count(
                "agentos.executions.ended", 1, "state", outcome.state().name().toLowerCase(Locale.ROOT));
        if (outcome.failure()
                .map(Failure::code)
                .filter(GraphErrorCode.CRASHED_TOO_OFTEN.code()::equals)
                .isPresent()) {
            metrics.count("agentos.executions.given.up", 1);
        }
    }
}
