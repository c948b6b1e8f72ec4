package dev.agentos.graph;

import dev.agentos.graph.internal.CelExpressions;
import dev.agentos.graph.internal.Routes;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.NodeDefinition;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A graph that was found sound, made ready to be executed; immutable, and shared by all its executions. */
public final class CompiledGraph {

    private final GraphDefinition definition;
    private final Expressions expressions;
    private final Channels channels;
    private final Map<String, NodeDefinition> nodes = new LinkedHashMap<>();
    private final Map<String, Routes> routes;

    CompiledGraph(GraphDefinition definition) {
        this.definition = definition;
        this.expressions = new CelExpressions(definition.channels());
        this.channels = new Channels(definition.channels());
        definition.nodes().forEach(node -> nodes.put(node.id(), node));
        this.routes = Routes.of(definition);
    }

    /** What was compiled. */
    public GraphDefinition definition() {
        return definition;
    }

    /** CEL over the graph's channels; what was compiled once is kept. */
    public Expressions expressions() {
        return expressions;
    }

    /** The node of that id. */
    public Optional<NodeDefinition> node(String id) {
        return Optional.ofNullable(nodes.get(id));
    }

    /** The channels, for the runtime. */
    public Channels channels() {
        return channels;
    }

    /** Where a path goes on behind a node or {@code START}, for the runtime; nowhere when there is no such node. */
    public Optional<Routes> routes(String node) {
        return Optional.ofNullable(routes.get(node));
    }
}
