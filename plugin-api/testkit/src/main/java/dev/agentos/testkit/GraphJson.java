package dev.agentos.testkit;

import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.LinkedHashMap;
import java.util.Map;

/** The JSON form of graphs that a builder makes: what its methods set, without retry policies and limits. */
final class GraphJson {

    private GraphJson() {}

    static JsonObject of(GraphDefinition graph) {
        if (graph.limits().isPresent()
                || graph.edges().stream().anyMatch(EdgeDefinition::onGoto)
                || graph.nodes().stream()
                        .anyMatch(node ->
                                node.retry().isPresent() || node.timeout().isPresent())) {
            throw new IllegalArgumentException("Write a graph with limits, retries, timeouts or goto edges as JSON");
        }
        Map<String, JsonValue> channels = new LinkedHashMap<>();
        graph.channels().forEach((name, channel) -> channels.put(name, channel(channel)));
        return JsonObject.of(
                "metadata", JsonObject.of("name", graph.metadata().name()),
                "channels", new JsonObject(channels),
                "nodes", graph.nodes().stream().map(GraphJson::node).toList(),
                "edges", graph.edges().stream().map(GraphJson::edge).toList());
    }

    private static JsonObject channel(ChannelDefinition channel) {
        JsonObject json = JsonObject.of("type", channel.type(), "reducer", channel.reducer());
        return channel.defaultValue().map(value -> json.with("default", value)).orElse(json);
    }

    private static JsonObject node(NodeDefinition node) {
        return JsonObject.of("id", node.id(), "type", node.type(), "config", node.config());
    }

    private static JsonObject edge(EdgeDefinition edge) {
        JsonObject json = JsonObject.of("source", edge.source(), "target", edge.target());
        return edge.condition()
                .map(condition -> json.with("condition", condition))
                .orElse(json);
    }
}
