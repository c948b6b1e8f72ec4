package dev.agentos.spi;

import java.time.Duration;
import java.util.Optional;

/**
 * A unit of work in a graph.
 *
 * @param id unique in the graph
 * @param type a built-in node type or one that a plugin adds
 * @param config the settings that the type takes
 * @param layout how the node was drawn; carried along and never interpreted
 * @param retry when and how often a failed attempt is repeated
 * @param timeout how long one attempt may take
 */
public record NodeDefinition(
        String id,
        String type,
        JsonObject config,
        NodeLayout layout,
        Optional<RetryPolicy> retry,
        Optional<Duration> timeout) {}
