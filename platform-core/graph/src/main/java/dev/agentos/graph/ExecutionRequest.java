package dev.agentos.graph;

import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.Optional;

/**
 * What is to be executed.
 *
 * @param agent the agent that was named, {@code pack/agent}; empty when a graph was
 * @param graph the version that the execution is pinned to
 * @param input values for the channels, by name
 * @param configuration in force for the whole execution
 * @param priority -100 to 100; a higher one is claimed sooner
 * @param deadline when the execution is to be {@code TIMED_OUT}
 */
public record ExecutionRequest(
        Optional<String> agent,
        GraphReference graph,
        JsonObject input,
        JsonObject configuration,
        int priority,
        Optional<Instant> deadline) {}
