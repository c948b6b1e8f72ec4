package dev.agentos.graph.internal;

import dev.agentos.graph.Channels;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.CachePolicy;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.EdgeDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.GraphLimits;
import dev.agentos.spi.GraphMetadata;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeLayout;
import dev.agentos.spi.NodeRules;
import dev.agentos.spi.RetryPolicy;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** Reads the interchange form of a graph, collecting every fault of its shape. */
public final class DefinitionReader {

    private static final int MOST_NODES = 10_000;
    private static final Set<String> NODE_FIELDS = Set.of(
            "id",
            "type",
            "config",
            "data",
            "position",
            "label",
            "retry",
            "timeout",
            "join",
            "interrupt",
            "cache",
            "writes");
    private static final int MOST_EDGES = 50_000;

    private final List<Fault> faults = new ArrayList<>();

    /** What was wrong; empty when what was read is a graph. */
    public List<Fault> faults() {
        return faults;
    }

    /** Reads a graph as far as it can be read. */
    public GraphDefinition read(JsonObject json) {
        ObjectReader reader = new ObjectReader(json, "", faults)
                .only(Set.of("metadata", "channels", "nodes", "edges", "entry", "limits"));
        if (reader.object("metadata").isEmpty() && json.member("metadata").isEmpty()) {
            reader.fault("metadata", "The field 'metadata' is missing; it holds the graph's name.");
        }
        if (json.member("nodes").isEmpty()) {
            reader.fault("nodes", "The field 'nodes' is missing.");
        }
        GraphMetadata metadata = reader.object("metadata")
                .map(this::metadata)
                .orElse(new GraphMetadata("", Optional.empty(), Optional.empty()));
        Map<String, ChannelDefinition> channels = new LinkedHashMap<>();
        reader.object("channels").orElse(JsonObject.EMPTY).members().forEach((name, value) -> {
            String pointer = "/channels/" + Fault.escape(name);
            asObject(value, pointer).ifPresent(channel -> channels.put(name, channel(channel, pointer)));
        });
        return new GraphDefinition(
                metadata,
                channels,
                items(reader, "nodes", MOST_NODES, this::node),
                items(reader, "edges", MOST_EDGES, this::edge),
                reader.text("entry"),
                reader.object("limits").map(this::limits));
    }

    private <T> List<T> items(ObjectReader reader, String name, int most, BiFunction<JsonObject, String, T> item) {
        JsonArray array = reader.array(name).orElse(JsonArray.EMPTY);
        if (array.size() > most) {
            reader.fault(name, "There are more than " + most + " " + name + ".");
            return List.of();
        }
        List<T> items = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            String pointer = "/" + name + "/" + i;
            asObject(array.items().get(i), pointer).ifPresent(object -> items.add(item.apply(object, pointer)));
        }
        return items;
    }

    private Optional<JsonObject> asObject(JsonValue value, String pointer) {
        if (value instanceof JsonObject object) {
            return Optional.of(object);
        }
        faults.add(new Fault(
                pointer,
                KernelErrorCode.INVALID_FIELD.code(),
                "This must be an object, not " + Channels.kind(value) + "."));
        return Optional.empty();
    }

    private GraphMetadata metadata(JsonObject json) {
        ObjectReader reader =
                new ObjectReader(json, "/metadata", faults).only(Set.of("name", "description", "version"));
        return new GraphMetadata(reader.requiredText("name"), reader.text("description"), reader.text("version"));
    }

    private ChannelDefinition channel(JsonObject json, String pointer) {
        ObjectReader reader = new ObjectReader(json, pointer, faults).only(Set.of("type", "reducer", "default"));
        return new ChannelDefinition(
                reader.requiredText("type"), reader.requiredText("reducer"), json.member("default"));
    }

    private NodeDefinition node(JsonObject json, String pointer) {
        ObjectReader reader = new ObjectReader(json, pointer, faults).only(NODE_FIELDS);
        Optional<JsonObject> data = reader.object("data");
        if (data.isPresent()) {
            for (String name : List.of("config", "label")) {
                if (json.member(name).isPresent()) {
                    reader.fault(name, "A node has its settings under 'data' or beside it, not both.");
                }
            }
        }
        ObjectReader settings = data.map(
                        nested -> new ObjectReader(nested, pointer + "/data", faults).only(Set.of("label", "config")))
                .orElse(reader);
        return new NodeDefinition(
                reader.requiredText("id"),
                reader.requiredText("type"),
                settings.object("config").orElse(JsonObject.EMPTY),
                new NodeLayout(reader.object("position"), settings.text("label"), data.isPresent()),
                reader.object("retry").flatMap(retry -> retry(retry, pointer + "/retry")),
                reader.duration("timeout"),
                rules(reader, json, pointer));
    }

    private NodeRules rules(ObjectReader reader, JsonObject json, String pointer) {
        boolean joinsAll = reader.choice("join", List.of("all")).isPresent();
        Optional<NodeRules.Pause> pause = reader.choice("interrupt", List.of("before", "after"))
                .map(word -> NodeRules.Pause.valueOf(word.toUpperCase(Locale.ROOT)));
        Optional<CachePolicy> cache = reader.object("cache").map(policy -> cache(policy, pointer + "/cache"));
        Optional<List<String>> writes = json.member("writes").map(any -> reader.texts("writes"));
        return joinsAll || pause.isPresent() || cache.isPresent() || writes.isPresent()
                ? new NodeRules(joinsAll, pause, cache, writes)
                : NodeRules.NONE;
    }

    private CachePolicy cache(JsonObject json, String pointer) {
        ObjectReader reader = new ObjectReader(json, pointer, faults).only(Set.of("key", "ttl"));
        if (json.member("ttl").isEmpty()) {
            reader.fault("ttl", "The field 'ttl' is missing.");
        }
        return new CachePolicy(reader.text("key"), reader.duration("ttl").orElse(Duration.ofMinutes(1)));
    }

    private Optional<RetryPolicy> retry(JsonObject json, String pointer) {
        ObjectReader reader = new ObjectReader(json, pointer, faults)
                .only(Set.of("maxAttempts", "initial", "multiplier", "longest", "errors"));
        int before = faults.size();
        int attempts = reader.integer("maxAttempts").orElse(3);
        Duration initial = reader.duration("initial").orElse(Duration.ofSeconds(1));
        double multiplier =
                reader.decimal("multiplier").map(BigDecimal::doubleValue).orElse(2.0);
        Duration longest = reader.duration("longest").orElse(Duration.ofMinutes(1));
        List<String> errors = reader.texts("errors");
        if (faults.size() > before) {
            return Optional.empty();
        }
        try {
            return Optional.of(new RetryPolicy(attempts, initial, multiplier, longest, errors));
        } catch (IllegalArgumentException e) {
            faults.add(new Fault(pointer, KernelErrorCode.INVALID_FIELD.code(), e.getMessage() + "."));
            return Optional.empty();
        }
    }

    private EdgeDefinition edge(JsonObject json, String pointer) {
        ObjectReader reader =
                new ObjectReader(json, pointer, faults).only(Set.of("id", "source", "target", "condition", "goto"));
        Optional<JsonValue> onGoto = json.member("goto");
        if (onGoto.filter(value -> value != JsonBoolean.TRUE).isPresent()) {
            reader.fault("goto", "An edge that its node takes by name says \"goto\": true; others say nothing.");
        }
        return new EdgeDefinition(
                reader.text("id"),
                reader.requiredText("source"),
                reader.requiredText("target"),
                reader.text("condition"),
                onGoto.isPresent());
    }

    private GraphLimits limits(JsonObject json) {
        ObjectReader reader = new ObjectReader(json, "/limits", faults).only(Set.of("maxSupersteps", "timeout"));
        return new GraphLimits(reader.integer("maxSupersteps"), reader.duration("timeout"));
    }
}
