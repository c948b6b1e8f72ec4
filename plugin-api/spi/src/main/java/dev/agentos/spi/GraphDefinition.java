package dev.agentos.spi;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A graph as data: what {@code POST /api/v1/graphs} takes as JSON or YAML. Not checked for meaning here; the server
 * does that when it compiles the graph.
 *
 * @param metadata name, description and version
 * @param channels the cells of state by name, in order
 * @param nodes the units of work
 * @param edges which node follows which; {@value #START} and {@value #END} are reserved ids
 * @param entry the first node, when no edge leaves {@value #START}
 * @param limits bounds of one execution
 */
public record GraphDefinition(
        GraphMetadata metadata,
        Map<String, ChannelDefinition> channels,
        List<NodeDefinition> nodes,
        List<EdgeDefinition> edges,
        Optional<String> entry,
        Optional<GraphLimits> limits) {

    /** The source of the edges to the first nodes. */
    public static final String START = "START";

    /** The target of the edges at which a path ends. */
    public static final String END = "END";

    public GraphDefinition {
        channels = Collections.unmodifiableMap(new LinkedHashMap<>(channels));
        nodes = List.copyOf(nodes);
        edges = List.copyOf(edges);
    }

    /** Starts a graph of that name; lower-case letters, digits and hyphens. */
    public static GraphBuilder named(String name) {
        return new GraphBuilder(name);
    }
}
