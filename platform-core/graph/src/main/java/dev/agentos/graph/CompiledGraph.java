package dev.agentos.graph;

import dev.agentos.graph.internal.Routes;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.NodeDefinition;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A graph that was found sound, made ready to be executed; immutable, and shared by all its executions. */
public final class CompiledGraph {

    private final GraphDefinition definition;
    private final Expressions expressions;
    private final Channels channels;
    private final Map<String, NodeDefinition> nodes = new LinkedHashMap<>();
    private final Map<String, Routes> routes;
    private final Map<String, Set<String>> joined = new HashMap<>();
    private final Pauses pauses;

    CompiledGraph(GraphDefinition definition, Expressions expressions) {
        this.definition = definition;
        this.expressions = expressions;
        this.channels = new Channels(definition.channels());
        definition.nodes().forEach(node -> nodes.put(node.id(), node));
        this.routes = Routes.of(definition);
        this.pauses = Pauses.of(definition);
        definition.nodes().stream()
                .filter(node -> node.rules().joinsAll())
                .forEach(node -> joined.put(node.id(), new TreeSet<>()));
        if (!joined.isEmpty()) {
            routes.forEach((source, ways) -> ways.possible().stream()
                    .map(joined::get)
                    .filter(Objects::nonNull)
                    .forEach(sources -> sources.add(source)));
        }
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

    /** From where paths must have come before that node runs; empty when it waits for none. */
    public Set<String> joined(String node) {
        return joined.getOrDefault(node, Set.of());
    }

    /** Where every execution waits for a person. */
    public Pauses pauses() {
        return pauses;
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
