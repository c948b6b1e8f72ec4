package dev.agentos.spi;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds a {@link GraphDefinition} in Java, part by part and in the order in which it will be written. */
public final class GraphBuilder {

    private final String name;
    private final Map<String, ChannelDefinition> channels = new LinkedHashMap<>();
    private final List<NodeDefinition> nodes = new ArrayList<>();
    private final List<EdgeDefinition> edges = new ArrayList<>();
    private Optional<String> description = Optional.empty();
    private Optional<String> version = Optional.empty();
    private Optional<String> entry = Optional.empty();
    private Optional<GraphLimits> limits = Optional.empty();

    GraphBuilder(String name) {
        this.name = name;
    }

    /** Says what the graph does. */
    public GraphBuilder describedAs(String text) {
        description = Optional.of(text);
        return this;
    }

    /** Sets the author's own version; the server numbers stored versions itself. */
    public GraphBuilder version(String text) {
        version = Optional.of(text);
        return this;
    }

    /** Adds a channel that is unset until the first write; see {@link ChannelDefinition} for types and reducers. */
    public GraphBuilder channel(String channel, String type, String reducer) {
        channels.put(channel, new ChannelDefinition(type, reducer, Optional.empty()));
        return this;
    }

    /** Adds a channel with a value before the first write. */
    public GraphBuilder channel(String channel, String type, String reducer, JsonValue defaultValue) {
        channels.put(channel, new ChannelDefinition(type, reducer, Optional.of(defaultValue)));
        return this;
    }

    /** Adds a node with its settings. */
    public GraphBuilder node(String id, String type, JsonObject config) {
        return node(new NodeDefinition(id, type, config, NodeLayout.NONE, Optional.empty(), Optional.empty()));
    }

    /** Adds a node with retry policy and timeout. */
    public GraphBuilder node(NodeDefinition node) {
        nodes.add(node);
        return this;
    }

    /**
     * Adds a node that contains a stored graph of the tenant.
     *
     * @param graph its name
     * @param input CEL over the channels here, by channel of that graph
     * @param output CEL over the channels of that graph, by channel here
     */
    public GraphBuilder subgraph(String id, String graph, JsonObject input, JsonObject output) {
        return node(id, "subgraph", JsonObject.of("graph", graph, "input", input, "output", output));
    }

    /**
     * Adds a node that contains the graph of an agent, with the agent's own configuration.
     *
     * @param agent its id, {@code pack/agent}
     * @param input CEL over the channels here, by channel of the agent's graph
     * @param output CEL over the channels of the agent's graph, by channel here
     */
    public GraphBuilder agent(String id, String agent, JsonObject input, JsonObject output) {
        return node(id, "agent", JsonObject.of("agent", agent, "input", input, "output", output));
    }

    /** Adds an edge that is always taken. */
    public GraphBuilder edge(String source, String target) {
        edges.add(new EdgeDefinition(Optional.empty(), source, target, Optional.empty()));
        return this;
    }

    /** Adds an edge that is taken when a CEL expression over the channels is true. */
    public GraphBuilder edge(String source, String target, String condition) {
        edges.add(new EdgeDefinition(Optional.empty(), source, target, Optional.of(condition)));
        return this;
    }

    /** Adds an edge that is taken only when the node's own result names its target. */
    public GraphBuilder gotoEdge(String source, String target) {
        edges.add(new EdgeDefinition(Optional.empty(), source, target, Optional.empty(), true));
        return this;
    }

    /** Adds an edge with an id of the author's own. */
    public GraphBuilder edge(EdgeDefinition edge) {
        edges.add(edge);
        return this;
    }

    /** Names the first node, in the place of edges that leave {@code START}. */
    public GraphBuilder entry(String node) {
        entry = Optional.of(node);
        return this;
    }

    /** Sets the bounds of one execution. */
    public GraphBuilder limits(GraphLimits bounds) {
        limits = Optional.of(bounds);
        return this;
    }

    /** The graph as built so far. */
    public GraphDefinition build() {
        return new GraphDefinition(
                new GraphMetadata(name, description, version), channels, nodes, edges, entry, limits);
    }
}
