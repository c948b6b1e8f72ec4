package dev.agentos.graph;

import dev.agentos.graph.internal.GraphChecker;
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
        return compile(definition, Optional.of(handlers));
    }

    /**
     * Compiles a graph that was found sound when it was stored. Its node types are not looked at: they may be away for
     * a while, which concerns only the nodes that are of them.
     */
    public static CompiledGraph restore(GraphDefinition definition) {
        return compile(definition, Optional.empty());
    }

    private static CompiledGraph compile(GraphDefinition definition, Optional<NodeHandlers> handlers) {
        GraphChecker checker = new GraphChecker(definition, handlers);
        List<Fault> faults = checker.check();
        if (!faults.isEmpty()) {
            throw new InvalidInputException(
                    GraphErrorCode.INVALID_GRAPH,
                    "The graph '" + definition.metadata().name() + "' cannot be executed: "
                            + faults.getFirst().message(),
                    "Correct each place that is named.",
                    faults);
        }
        return new CompiledGraph(definition, checker.expressions());
    }
}
