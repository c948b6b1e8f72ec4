package dev.agentos.graph.internal;

import dev.agentos.graph.Channels;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.NodeCall;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A node that contains a graph: {@code {"graph": name or definition, "version"?: number}} or {@code {"agent": id,
 * "configuration"?: object}}, and for both {@code {"input"?: {channel inside: CEL}, "output"?: {channel: CEL inside} |
 * channel, "messages"?: channel}}. The compiler puts the graph in its place; what runs here is the entry, which sees
 * the channels outside and writes those inside.
 */
public final class SubgraphNode extends BuiltInNode {

    static final String TYPE = "subgraph";
    static final String AGENT = "agent";

    /** The channel of a chat, inside. */
    static final String MESSAGES = "messages";

    private static final String GRAPH = "graph";
    private static final String INPUT = "input";
    private static final String OUTPUT = "output";

    /** Whether a node contains a graph. */
    public static boolean is(NodeDefinition node) {
        return node.type().equals(TYPE) || node.type().equals(AGENT);
    }

    /** The graph that stands in the node itself. */
    public static Optional<JsonObject> inline(NodeDefinition node) {
        return node.type().equals(TYPE) && node.config().members().get(GRAPH) instanceof JsonObject graph
                ? Optional.of(
                        graph.member("metadata").isPresent()
                                ? graph
                                : graph.with("metadata", JsonObject.of("name", "inline")))
                : Optional.empty();
    }

    /** The name of the graph, or the id of the agent, that the node contains. */
    public static Optional<String> named(NodeDefinition node) {
        return node.config().members().get(field(node)) instanceof JsonString(String name)
                ? Optional.of(name)
                : Optional.empty();
    }

    /** The version of the graph that the node asks for. */
    public static Optional<Integer> version(NodeDefinition node) {
        return node.config().member("version").isPresent()
                ? node.config().number("version").map(number -> number.value().intValue())
                : Optional.empty();
    }

    /** The agent's id, if it is an agent that the node contains. */
    public static Optional<String> agent(NodeDefinition node) {
        return node.type().equals(AGENT) ? named(node) : Optional.empty();
    }

    /** What the node sets for its agent. */
    public static JsonObject configuration(NodeDefinition node) {
        return node.config().object("configuration").orElse(JsonObject.EMPTY);
    }

    /** The channels outside to which the end of what the node contains writes. */
    static Set<String> written(NodeDefinition node) {
        Mapping mapping = Mapping.of(node.config());
        Set<String> written = new LinkedHashSet<>(mapping.output().keySet());
        mapping.whole().ifPresent(written::add);
        mapping.messages().ifPresent(written::add);
        return written;
    }

    /** The setting that says what the node contains. */
    static String field(NodeDefinition node) {
        return node.type().equals(AGENT) ? AGENT : GRAPH;
    }

    /**
     * How values go in and out.
     *
     * @param input expressions outside, by channel inside
     * @param output expressions inside, by channel outside
     * @param whole a channel outside for all channels inside
     * @param messages a channel outside whose chat goes on inside
     */
    record Mapping(
            Map<String, String> input, Map<String, String> output, Optional<String> whole, Optional<String> messages) {

        static Mapping of(JsonObject config) {
            boolean whole = config.members().get(OUTPUT) instanceof JsonString;
            return new Mapping(
                    texts(config, INPUT),
                    whole ? Map.of() : texts(config, OUTPUT),
                    whole ? config.text(OUTPUT) : Optional.empty(),
                    config.text(MESSAGES));
        }

        private static Map<String, String> texts(JsonObject config, String name) {
            Map<String, String> texts = new LinkedHashMap<>();
            if (config.members().get(name) instanceof JsonObject object) {
                object.members().forEach((key, value) -> {
                    if (value instanceof JsonString(String text)) {
                        texts.put(key, text);
                    }
                });
            }
            return texts;
        }
    }

    /** What can be said of the node without what it contains. */
    @Override
    List<Fault> check(NodeDefinition node, Expressions expressions, Set<String> channels) {
        List<Fault> faults = new ArrayList<>();
        boolean agent = node.type().equals(AGENT);
        ObjectReader reader = new ObjectReader(node.config(), "/config", faults)
                .only(
                        agent
                                ? Set.of(AGENT, "configuration", INPUT, OUTPUT, MESSAGES)
                                : Set.of(GRAPH, "version", INPUT, OUTPUT, MESSAGES));
        if (agent) {
            reader.requiredText(AGENT);
            reader.object("configuration");
        } else if (inline(node).isPresent()) {
            if (node.config().member("version").isPresent()) {
                faults.add(fault("/config/version", "Only a graph that is named has a version."));
            }
        } else {
            reader.requiredText(GRAPH);
            reader.integer("version")
                    .filter(number -> number < 1)
                    .ifPresent(number -> faults.add(fault("/config/version", "Versions are numbered from 1.")));
        }
        expressions(reader, INPUT, faults);
        Mapping mapping = Mapping.of(node.config());
        mapping.input()
                .forEach((channel, expression) -> expressions
                        .check(expression)
                        .ifPresent(problem -> faults.add(fault(pointer(INPUT, channel), problem))));
        if (mapping.whole().isEmpty()) {
            expressions(reader, OUTPUT, faults);
        }
        mapping.output()
                .keySet()
                .forEach(channel -> noChannel(channel, channels)
                        .ifPresent(problem -> faults.add(fault(pointer(OUTPUT, channel), problem))));
        mapping.whole()
                .flatMap(channel -> noChannel(channel, channels))
                .ifPresent(problem -> faults.add(fault("/config/output", problem)));
        reader.text(MESSAGES)
                .flatMap(channel -> noChannel(channel, channels))
                .ifPresent(problem -> faults.add(fault("/config/messages", problem)));
        return faults;
    }

    private static void expressions(ObjectReader reader, String name, List<Fault> faults) {
        reader.object(name).orElse(JsonObject.EMPTY).members().forEach((channel, value) -> {
            if (!(value instanceof JsonString)) {
                faults.add(fault(
                        pointer(name, channel),
                        "A channel is mapped to an expression, which is a string, not to " + Channels.kind(value)
                                + "."));
            }
        });
    }

    private static String pointer(String setting, String channel) {
        return "/config/" + setting + "/" + Fault.escape(channel);
    }

    /** What is wrong between the node and what it contains; pointers are relative to the node. */
    static List<Fault> check(
            NodeDefinition node,
            GraphDefinition outside,
            GraphDefinition inside,
            Expressions expressions,
            Optional<JsonObject> inputSchema) {
        List<Fault> faults = new ArrayList<>();
        Mapping mapping = Mapping.of(node.config());
        Set<String> channels = inside.channels().keySet();
        mapping.input()
                .keySet()
                .forEach(channel -> noChannel(channel, channels)
                        .ifPresent(problem -> faults.add(
                                fault(pointer(INPUT, channel), "Inside of node '" + node.id() + "': " + problem))));
        mapping.output()
                .forEach((channel, expression) -> expressions
                        .check(expression)
                        .ifPresent(problem -> faults.add(
                                fault(pointer(OUTPUT, channel), "Inside of node '" + node.id() + "': " + problem))));
        mapping.messages().ifPresent(channel -> {
            ChannelDefinition chat = outside.channels().get(channel);
            if (chat != null && !chat.reducer().equals(MESSAGES)) {
                faults.add(
                        fault("/config/messages", "The channel '" + channel + "' does not have the reducer messages."));
            }
            ChannelDefinition own = inside.channels().get(MESSAGES);
            if (own == null || !own.reducer().equals(MESSAGES)) {
                faults.add(fault(
                        "/config/messages",
                        "What node '" + node.id() + "' contains has no channel 'messages' with the reducer messages."));
            }
        });
        for (JsonValue one :
                inputSchema.flatMap(schema -> schema.array("required")).orElse(JsonArray.EMPTY)) {
            if (one instanceof JsonString(String name)
                    && !mapping.input().containsKey(name)
                    && !(name.equals(MESSAGES) && mapping.messages().isPresent())) {
                faults.add(fault(
                        "/config/input", "Node '" + node.id() + "' does not give its agent the input '" + name + "'."));
            }
        }
        return faults;
    }

    @Override
    public Result run(NodeCall call) {
        Mapping mapping = Mapping.of(call.node().config());
        Map<String, JsonValue> writes = new LinkedHashMap<>();
        mapping.input()
                .forEach((channel, expression) ->
                        value(call, expression).ifPresent(value -> writes.put(channel, value)));
        mapping.messages()
                .flatMap(channel -> call.state().array(channel))
                .ifPresent(chat -> writes.put(MESSAGES, named(call.node().id(), chat)));
        return new Result.Writes(new JsonObject(writes));
    }

    /** The value of an expression; empty when it is no more than the name of a channel that is unset. */
    static Optional<JsonValue> value(NodeCall call, String expression) {
        return CelExpressions.validName(expression) && !call.state().members().containsKey(expression)
                ? Optional.empty()
                : Optional.of(call.expressions().evaluate(expression, call.state()));
    }

    /** The messages, each with an id, so that those that came in can be told from those that were added. */
    private static JsonArray named(String node, JsonArray chat) {
        List<JsonValue> named = new ArrayList<>(chat.size());
        for (JsonValue message : chat) {
            named.add(
                    message instanceof JsonObject object && object.text("id").isEmpty()
                            ? object.with("id", given(node) + named.size())
                            : message);
        }
        return new JsonArray(named);
    }

    /** The messages that are to go out: all but those that came in without an id. */
    static JsonArray fresh(String node, JsonArray chat) {
        return new JsonArray(chat.items().stream()
                .filter(message -> !SubgraphEnd.given(message, given(node)))
                .toList());
    }

    /** The same in each branch, so that what comes in equal is equal inside. */
    private static String given(String node) {
        return "in:" + Branches.defined(node) + "/";
    }
}
