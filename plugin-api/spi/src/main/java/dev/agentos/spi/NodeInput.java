package dev.agentos.spi;

/**
 * What a node task works on.
 *
 * @param node the node's id in its graph
 * @param settings the node's {@code config} as the graph has it
 * @param state the values of all channels that are set, as they were when the superstep began
 * @param answers what people said to the {@link NodeOutput#questions} that this task asked before, by their ids
 */
public record NodeInput(String node, JsonObject settings, JsonObject state, JsonObject answers) {

    /** What a task works on that has asked nothing yet. */
    public NodeInput(String node, JsonObject settings, JsonObject state) {
        this(node, settings, state, JsonObject.EMPTY);
    }
}
