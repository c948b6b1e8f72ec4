package dev.agentos.graph;

import dev.agentos.graph.internal.DefinitionReader;
import dev.agentos.kernel.Digests;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Yaml;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.GraphLimits;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.RetryPolicy;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads and writes the interchange form of a graph. What was read is written as it was: the order of channels, nodes
 * and edges, where nodes are drawn, and whether their settings stand under {@code data: {label, config}}.
 */
public final class GraphCodec {

    private GraphCodec() {}

    /**
     * Reads a graph.
     *
     * @throws InvalidInputException {@code graph:INVALID_GRAPH} with every fault of the shape; the meaning is checked
     *     by {@link GraphCompiler}
     */
    public static GraphDefinition read(JsonObject json) {
        DefinitionReader reader = new DefinitionReader();
        GraphDefinition definition = reader.read(json);
        if (!reader.faults().isEmpty()) {
            throw new InvalidInputException(
                    GraphErrorCode.INVALID_GRAPH,
                    "The graph is not written as a graph is: "
                            + reader.faults().getFirst().message(),
                    "Correct each place that is named.",
                    reader.faults());
        }
        return definition;
    }

    /** Reads a graph that is written in YAML; fails as {@link #read} and {@link Yaml#parse} do. */
    public static GraphDefinition readYaml(String text) {
        return read(yamlObject(text));
    }

    /** The JSON object that a YAML text stands for, as it is stored and digested. */
    public static JsonObject yamlObject(String text) {
        if (Yaml.parse(text) instanceof JsonObject object) {
            return object;
        }
        throw InvalidInputException.of(GraphErrorCode.INVALID_GRAPH, "", "A graph is an object.", "Write a mapping.");
    }

    /** Writes a graph. */
    public static JsonObject write(GraphDefinition definition) {
        Members metadata =
                new Members().put("name", new JsonString(definition.metadata().name()));
        definition.metadata().description().ifPresent(text -> metadata.put("description", new JsonString(text)));
        definition.metadata().version().ifPresent(text -> metadata.put("version", new JsonString(text)));
        Members channels = new Members();
        definition.channels().forEach((name, channel) -> channels.put(name, write(channel)));
        Members graph = new Members()
                .put("metadata", metadata.object())
                .put("channels", channels.object())
                .put(
                        "nodes",
                        array(definition.nodes().stream().map(GraphCodec::write).toList()))
                .put(
                        "edges",
                        array(definition.edges().stream().map(GraphCodec::write).toList()));
        definition.entry().ifPresent(entry -> graph.put("entry", new JsonString(entry)));
        definition.limits().ifPresent(limits -> graph.put("limits", write(limits)));
        return graph.object();
    }

    /** SHA-256, in hexadecimal, of the canonical text: compact JSON whose members are sorted by name. */
    public static String digest(JsonObject definition) {
        return Digests.sha256(Json.write(sorted(definition)).getBytes(StandardCharsets.UTF_8));
    }

    private static JsonValue sorted(JsonValue value) {
        return switch (value) {
            case JsonObject object -> {
                Map<String, JsonValue> members = new TreeMap<>();
                object.members().forEach((name, member) -> members.put(name, sorted(member)));
                yield new JsonObject(members);
            }
            case JsonArray(List<JsonValue> items) ->
                array(items.stream().map(GraphCodec::sorted).toList());
            default -> value;
        };
    }

    private static JsonArray array(List<? extends JsonValue> items) {
        return new JsonArray(List.copyOf(items));
    }

    private static JsonObject write(ChannelDefinition channel) {
        Members members = new Members()
                .put("type", new JsonString(channel.type()))
                .put("reducer", new JsonString(channel.reducer()));
        channel.defaultValue().ifPresent(value -> members.put("default", value));
        return members.object();
    }

    private static JsonObject write(NodeDefinition node) {
        Members members = new Members().put("id", new JsonString(node.id())).put("type", new JsonString(node.type()));
        node.layout().position().ifPresent(position -> members.put("position", position));
        Members settings = node.layout().nested() ? new Members() : members;
        node.layout().label().ifPresent(label -> settings.put("label", new JsonString(label)));
        settings.put("config", node.config());
        if (node.layout().nested()) {
            members.put("data", settings.object());
        }
        node.retry().ifPresent(retry -> members.put("retry", write(retry)));
        node.timeout().ifPresent(timeout -> members.put("timeout", new JsonString(timeout.toString())));
        if (node.rules().joinsAll()) {
            members.put("join", new JsonString("all"));
        }
        node.rules()
                .pause()
                .ifPresent(side ->
                        members.put("interrupt", new JsonString(side.name().toLowerCase(Locale.ROOT))));
        node.rules().cache().ifPresent(cache -> {
            Members kept = new Members();
            cache.key().ifPresent(key -> kept.put("key", new JsonString(key)));
            members.put(
                    "cache",
                    kept.put("ttl", new JsonString(cache.ttl().toString())).object());
        });
        node.rules()
                .writes()
                .ifPresent(channels -> members.put(
                        "writes", array(channels.stream().map(JsonString::new).toList())));
        return members.object();
    }

    private static JsonObject write(RetryPolicy retry) {
        Members members = new Members()
                .put("maxAttempts", JsonNumber.of(retry.maxAttempts()))
                .put("initial", new JsonString(retry.initial().toString()))
                .put("multiplier", new JsonNumber(plain(BigDecimal.valueOf(retry.multiplier()))))
                .put("longest", new JsonString(retry.longest().toString()));
        if (!retry.errors().isEmpty()) {
            members.put(
                    "errors", array(retry.errors().stream().map(JsonString::new).toList()));
        }
        return members.object();
    }

    private static BigDecimal plain(BigDecimal number) {
        BigDecimal stripped = number.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }

    private static JsonObject write(EdgeDefinition edge) {
        Members members = new Members();
        edge.id().ifPresent(id -> members.put("id", new JsonString(id)));
        members.put("source", new JsonString(edge.source())).put("target", new JsonString(edge.target()));
        edge.condition().ifPresent(condition -> members.put("condition", new JsonString(condition)));
        if (edge.onGoto()) {
            members.put("goto", JsonBoolean.TRUE);
        }
        return members.object();
    }

    private static JsonObject write(GraphLimits limits) {
        Members members = new Members();
        limits.maxSupersteps().ifPresent(most -> members.put("maxSupersteps", JsonNumber.of(most)));
        limits.timeout().ifPresent(timeout -> members.put("timeout", new JsonString(timeout.toString())));
        return members.object();
    }

    /** Members of an object that is being written, in order. */
    private static final class Members {
        private final Map<String, JsonValue> members = new LinkedHashMap<>();

        Members put(String name, JsonValue value) {
            members.put(name, value);
            return this;
        }

        JsonObject object() {
            return new JsonObject(members);
        }
    }
}
