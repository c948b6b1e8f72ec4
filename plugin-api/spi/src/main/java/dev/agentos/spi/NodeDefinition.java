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
 * @param rules how the graph treats the node
 */
public record NodeDefinition(
        String id,
        String type,
        JsonObject config,
        NodeLayout layout,
        Optional<RetryPolicy> retry,
        Optional<Duration> timeout,
        NodeRules rules) {

    /** A node without rules. */
    public NodeDefinition(
            String id,
            String type,
            JsonObject config,
            NodeLayout layout,
            Optional<RetryPolicy> retry,
            Optional<Duration> timeout) {
        this(id, type, config, layout, retry, timeout, NodeRules.NONE);
    }

    /** A node with its settings and rules alone. */
    public static NodeDefinition of(String id, String type, JsonObject config, NodeRules rules) {
        return new NodeDefinition(id, type, config, NodeLayout.NONE, Optional.empty(), Optional.empty(), rules);
    }
}
