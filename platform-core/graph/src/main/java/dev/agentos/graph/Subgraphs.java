package dev.agentos.graph;

import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import java.util.Optional;

/** Finds what the nodes of one document contain by name: those of the types {@code subgraph} and {@code agent}. */
@FunctionalInterface
public interface Subgraphs {

    /** None at all. */
    Subgraphs NONE = (node, path) -> Optional.empty();

    /**
     * What a node names.
     *
     * @param node of the type {@code subgraph} or {@code agent}
     * @param path where it is in the document: its id, behind those of the nodes whose inline graphs it is in
     */
    Optional<Subgraph> find(NodeDefinition node, String path);

    /**
     * A graph in a node.
     *
     * @param name under which it was stored; what contains itself is found by it
     * @param definition what it is
     * @param sound whether it was checked when it was stored
     * @param inputSchema JSON Schema of what it takes, if it says so
     * @param inner finds what its own nodes contain
     */
    record Subgraph(
            String name,
            GraphDefinition definition,
            boolean sound,
            Optional<JsonObject> inputSchema,
            Subgraphs inner) {}
}
