package dev.agentos.spi;

/**
 * What a node task works on.
 *
 * @param node the node's id in its graph
 * @param settings the node's {@code config} as the graph has it
 * @param state the values of all channels that are set, as they were when the superstep began
 */
public record NodeInput(String node, JsonObject settings, JsonObject state) {}
