package dev.agentos.graph.internal;

import dev.agentos.graph.Expressions;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.NodeDefinition;
import java.util.Map;
import java.util.Optional;

/**
 * A graph and what its nodes contain, level by level.
 *
 * @param prefix the path of the node that contains it and a slash; empty for the outermost one
 * @param definition the graph
 * @param expressions CEL over its channels
 * @param agent the path of the innermost agent that it is in
 * @param inner what its nodes contain, by their ids in it
 */
public record Level(
        String prefix,
        GraphDefinition definition,
        Expressions expressions,
        Optional<String> agent,
        Map<String, Level> inner) {

    /** The node behind which what a node contains has ended. */
    public static NodeDefinition end(NodeDefinition node, String path) {
        return SubgraphEnd.of(node, path);
    }
}
