package dev.agentos.graph;

import dev.agentos.spi.JsonValue;
import java.util.Optional;

/**
 * One node's work in one superstep.
 *
 * @param id unique in the execution and the same after a crash: superstep, node and branch
 * @param node the node's id in its graph
 * @param input the node's own input, when it was dispatched with one
 */
public record NodeTask(String id, String node, Optional<JsonValue> input) {

    /** The id of a node's only task in the superstep behind that checkpoint. */
    public static String id(int checkpoint, String node) {
        return checkpoint + ":" + node;
    }

    /** A node's only task in the superstep behind that checkpoint, without an input of its own. */
    public static NodeTask of(int checkpoint, String node) {
        return new NodeTask(id(checkpoint, node), node, Optional.empty());
    }
}
