package dev.agentos.graph;

import dev.agentos.spi.JsonObject;
import java.util.Optional;

/**
 * One node's work in one superstep.
 *
 * @param id unique in the execution and the same after a crash: superstep, node and branch
 * @param node the node's id in its graph
 * @param input what the task alone sees laid over the channels, when it was dispatched
 */
public record NodeTask(String id, String node, Optional<JsonObject> input) {

    /** The id of a node's only task in the superstep behind that checkpoint. */
    public static String id(int checkpoint, String node) {
        return checkpoint + ":" + node;
    }

    /** A node's only task in the superstep behind that checkpoint, without an input of its own. */
    public static NodeTask of(int checkpoint, String node) {
        return new NodeTask(id(checkpoint, node), node, Optional.empty());
    }

    /** The task with which a branch of a graph begins. */
    public static NodeTask entry(int checkpoint, String branch, JsonObject input) {
        return new NodeTask(id(checkpoint, branch), branch, Optional.of(input));
    }

    /** One of a node's dispatched tasks; the ids sort as the branches do. */
    public static NodeTask branch(int checkpoint, String node, int index, JsonObject input) {
        String number = Integer.toString(100_000 + index).substring(1);
        return new NodeTask(id(checkpoint, node) + ":" + number, node, Optional.of(input));
    }
}
