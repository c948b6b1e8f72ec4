package dev.agentos.graph;

import dev.agentos.graph.internal.Inliner;
import dev.agentos.graph.internal.Level;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.GraphDefinition;
import java.util.List;
import java.util.Optional;

/** Checks the meaning of a graph and makes it ready to be executed. */
public final class GraphCompiler {

    private GraphCompiler() {}

    /**
     * Compiles a graph.
     *
     * @param handlers the node types that there are beside the built-in ones
     * @throws InvalidInputException {@code graph:INVALID_GRAPH} with all that is wrong, each with its JSON Pointer: ids
     *     that are doubled or reserved, node types and channels that do not exist, edges that lead nowhere, nodes that
     *     are never reached or never end, expressions that do not compile, settings that a node type refuses, limits
     *     that are out of range
     */
    public static CompiledGraph compile(GraphDefinition definition, NodeHandlers handlers) {
        return compile(definition.metadata().name(), definition, handlers, Subgraphs.NONE);
    }

    /**
     * Compiles a graph with all that its nodes contain; beside the faults of any graph there may be those of what they
     * contain: graphs and agents that do not exist, that contain themselves, that are too deep or too many, and values
     * that cannot go in or out.
     *
     * @param name under which the graph is to be stored
     * @param subgraphs finds what its nodes name
     */
    public static CompiledGraph compile(
            String name, GraphDefinition definition, NodeHandlers handlers, Subgraphs subgraphs) {
        return compile(name, definition, Optional.of(handlers), subgraphs);
    }

    /** Compiles a graph that was found sound when it was stored, and whose nodes name nothing. */
    public static CompiledGraph restore(GraphDefinition definition) {
        return restore(definition, Subgraphs.NONE);
    }

    /**
     * Compiles a graph that was found sound when it was stored. Its node types are not looked at: they may be away for
     * a while, which concerns only the nodes that are of them.
     *
     * @param subgraphs finds what its nodes contained when it was stored
     */
    public static CompiledGraph restore(GraphDefinition definition, Subgraphs subgraphs) {
        return compile(definition.metadata().name(), definition, Optional.empty(), subgraphs);
    }

    /**
     * Checks all of a graph that does not depend on what there is beside it: not its node types with their settings,
     * nor what its nodes contain.
     *
     * @throws InvalidInputException as {@link #compile}
     */
    public static void checkAlone(GraphDefinition definition) {
        refuse(definition, Inliner.faultsAlone(definition));
    }

    private static CompiledGraph compile(
            String name, GraphDefinition definition, Optional<NodeHandlers> handlers, Subgraphs subgraphs) {
        Inliner inliner = new Inliner(handlers);
        Level level = inliner.level(name, definition, subgraphs);
        refuse(definition, inliner.faults());
        return new CompiledGraph(level, inliner.warnings());
    }

    private static void refuse(GraphDefinition definition, List<Fault> faults) {
        InvalidInputException.refuse(
                faults,
                GraphErrorCode.INVALID_GRAPH,
                "The graph '" + definition.metadata().name() + "' cannot be executed",
                "Correct each place that is named.");
    }
}
