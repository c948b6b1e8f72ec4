package dev.agentos.graph;

import dev.agentos.graph.internal.Branches;
import dev.agentos.graph.internal.Names;
import dev.agentos.graph.internal.Overlays;
import dev.agentos.graph.internal.Places;
import dev.agentos.graph.internal.Reducer;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The channels of one graph: checks writes and merges them, in the order of the tasks' ids and of nothing else. */
public final class Channels {

    /** The types that a channel may have. */
    public static final Set<String> TYPES =
            new LinkedHashSet<>(List.of("string", "number", "integer", "boolean", "object", "array", "any"));

    private final Map<String, ChannelDefinition> definitions;
    private final Map<String, Reducer> reducers = new HashMap<>();
    private final List<String> ephemeral;
    private final Set<String> custom;

    /** Channels that are declared soundly. */
    public Channels(Map<String, ChannelDefinition> definitions) {
        this.definitions = definitions;
        definitions.forEach((name, channel) ->
                reducers.put(name, Reducer.named(channel.reducer()).orElse(Reducer.LAST)));
        this.ephemeral = definitions.keySet().stream()
                .filter(name -> reducer(name) == Reducer.EPHEMERAL)
                .toList();
        this.custom = definitions.keySet().stream()
                .filter(name -> isCustom(reducer(definitions, name)))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether a reducer of that name can only be one that is not built in. */
    public static boolean isCustom(String reducer) {
        return reducer.indexOf('.') >= 0;
    }

    private static String reducer(Map<String, ChannelDefinition> definitions, String name) {
        return Objects.requireNonNull(definitions.get(Branches.defined(name))).reducer();
    }

    /**
     * A reducer that is not built in. The runtime is pure but for these, which promise to be; what they came to is
     * stored with the checkpoint, so that they are asked once for what is durable.
     */
    public interface Custom {

        /** What it is, in words, as in {@code the reducer 'a.b' of plugin c 1.0.0}. */
        String description();

        /** Whether several tasks of a superstep may write. */
        boolean orderIndependent();

        /** What is wrong with a value with which the channel is to begin; empty when all is well. */
        Optional<String> problem(JsonValue value);

        /**
         * The value after a write.
         *
         * @throws AgentOsException {@code graph:REDUCER_FAILED} or {@code graph:REDUCER_MISSING}
         */
        JsonValue reduce(Reduction reduction);
    }

    /**
     * A write that is to be merged by a reducer that is not built in.
     *
     * @param caller for whom
     * @param channel where to
     * @param node who writes
     * @param current the value before; empty when the channel is unset
     */
    public record Reduction(Caller caller, String channel, String node, Optional<JsonValue> current, JsonValue write) {}

    /** For whom channels are merged; the execution is not there before it is admitted. */
    public record Caller(TenantId tenant, Optional<ExecutionId> execution) {}

    /**
     * What one task writes.
     *
     * @param task its id, which decides the order
     * @param node who writes
     * @param values a value for each channel
     */
    public record Write(String task, String node, JsonObject values) {}

    /**
     * The channels after some writes.
     *
     * @param values of the channels that are set
     * @param changes by channel, where a value differs from before
     */
    public record Merged(JsonObject values, Map<String, Change> changes) {}

    /** What one execution remembers of its arrays from merge to merge; for one thread. */
    public static final class Memory {
        private final Map<String, Places> places = new HashMap<>();
        private final NodeHandlers handlers;
        private final Caller caller;

        /** One for channels whose reducers are all built in. */
        public Memory() {
            this(NodeHandlers.NONE, new Caller(new TenantId(""), Optional.empty()));
        }

        /** One with the reducers that there are beside the built-in ones. */
        public Memory(NodeHandlers handlers, Caller caller) {
            this.handlers = handlers;
            this.caller = caller;
        }

        Places of(String channel) {
            return places.computeIfAbsent(channel, any -> new Places());
        }

        /** Gives up what it remembers of channels that are gone. */
        void forget(Collection<String> channels) {
            places.keySet().removeAll(channels);
        }
    }

    /** The values that channels have before the first write. */
    public JsonObject defaults() {
        Map<String, JsonValue> values = new LinkedHashMap<>();
        definitions.forEach((name, channel) -> channel.defaultValue().ifPresent(value -> values.put(name, value)));
        return new JsonObject(values);
    }

    /** What of some values outlasts an execution: not those of ephemeral channels, nor those inside of nodes. */
    public JsonObject lasting(JsonObject values) {
        Map<String, JsonValue> lasting = new LinkedHashMap<>();
        values.members().forEach((name, value) -> {
            if (definitions.containsKey(name) && name.indexOf('/') < 0 && !ephemeral.contains(name)) {
                lasting.put(name, value);
            }
        });
        return new JsonObject(lasting);
    }

    /** Whether there is a channel of that name, those inside of nodes included. */
    public boolean contains(String name) {
        return definitions.containsKey(Branches.defined(name));
    }

    /** What keeps a value from staying in a channel for the superstep that comes, or for longer. */
    public Optional<String> misfit(String name, JsonValue value) {
        return contains(name) && reducer(name) == Reducer.EPHEMERAL ? problem(name, value, true) : unfit(name, value);
    }

    /** What keeps a value from being that of a channel, whose reducer may ask for more than its type does. */
    public Optional<String> unfit(String name, JsonValue value) {
        ChannelDefinition channel = definitions.get(Branches.defined(name));
        if (channel == null || reducer(name) == Reducer.EPHEMERAL) {
            return Optional.of("There is no channel '" + name + "' that lasts.");
        }
        boolean shaped = !reducer(name).collects() || value instanceof JsonArray;
        if (!accepts(channel.type(), value) || !shaped) {
            return Optional.of("The channel '" + name + "' is of the type " + channel.type() + " with the reducer '"
                    + channel.reducer() + "' and cannot hold " + kind(value) + ".");
        }
        // What is in a chat already stays in it.
        return reducer(name) == Reducer.MESSAGES ? Optional.empty() : problem(name, value, true);
    }

    /** The channel that holds a chat: the one of that name, or else the first with the reducer of messages. */
    public Optional<String> chat() {
        List<String> chats = definitions.keySet().stream()
                .filter(name -> reducer(name) == Reducer.MESSAGES && name.indexOf('/') < 0)
                .toList();
        return chats.contains("messages")
                ? Optional.of("messages")
                : chats.stream().findFirst();
    }

    /** Faults of values that come from outside, with pointers to them. */
    public List<Fault> check(JsonObject values) {
        List<Fault> faults = new ArrayList<>();
        values.members()
                .forEach((name, value) -> problem(name, value, true)
                        .ifPresent(problem -> faults.add(
                                new Fault("/" + Fault.escape(name), GraphErrorCode.INVALID_INPUT.code(), problem))));
        return faults;
    }

    /** What is wrong with a write of a task; empty when all is well. */
    public void require(String node, JsonObject values) {
        values.members()
                .forEach((name, value) -> problem(name, value, false).ifPresent(problem -> {
                    throw new AgentOsException(
                            GraphErrorCode.INVALID_WRITE,
                            "Node '" + node + "' wrote to channel '" + name + "': " + problem,
                            "Declare the channel as the node writes it, or change what the node writes.");
                }));
    }

    /** Passes when a node writes to no other channels than it says; the names are those of its own graph. */
    public static void requireDeclared(NodeDefinition node, JsonObject values) {
        node.rules()
                .writes()
                .ifPresent(declared -> values.members().keySet().stream()
                        .filter(name -> !declared.contains(name))
                        .findFirst()
                        .ifPresent(name -> {
                            throw new AgentOsException(
                                    GraphErrorCode.INVALID_WRITE,
                                    "Node '" + node.id() + "' wrote to channel '" + name
                                            + "', and says that it writes to "
                                            + (declared.isEmpty() ? "none" : "no others than " + declared) + ".",
                                    "Name the channel in the node's \"writes\", or change what the node writes.");
                        }));
    }

    /**
     * Merges what the tasks of one superstep wrote.
     *
     * @throws AgentOsException {@code graph:INVALID_WRITE} if two tasks write to a channel whose reducer is
     *     {@code last}
     */
    public Merged merge(JsonObject before, List<Write> writes) {
        return merge(before, writes, new Memory());
    }

    /** Merges at the end of a superstep: what an ephemeral channel held since the one before is gone. */
    Merged superstep(JsonObject before, List<Write> writes, Memory memory) {
        Merged merged = merge(before, writes, memory);
        if (ephemeral.isEmpty()) {
            return merged;
        }
        Map<String, JsonValue> values = new LinkedHashMap<>(merged.values().members());
        Map<String, Change> changes = new TreeMap<>(merged.changes());
        Set<String> written = new HashSet<>();
        writes.forEach(write -> written.addAll(write.values().members().keySet()));
        for (String name : merged.values().members().keySet()) {
            if (ephemeral.contains(Branches.defined(name)) && !written.contains(name)) {
                values.remove(name);
                changes.put(name, new Change.Unset());
            }
        }
        return new Merged(new JsonObject(values), changes);
    }

    /** As {@link #merge(JsonObject, List)}, with what earlier merges of the same execution left. */
    public Merged merge(JsonObject before, List<Write> writes, Memory memory) {
        List<Write> ordered = writes;
        if (writes.size() > 1) {
            ordered = new ArrayList<>(writes);
            ordered.sort(Comparator.comparing(Write::task));
        }
        Map<String, JsonValue> values = new LinkedHashMap<>(before.members());
        Map<String, String> writers = new HashMap<>();
        Map<String, Change> changes = new TreeMap<>();
        Overlays overlays = new Overlays();
        for (Write write : ordered) {
            write.values().members().forEach((name, value) -> {
                String other = writers.put(name, write.node());
                if (custom.contains(Branches.defined(name))) {
                    reduce(
                                    new Reduction(
                                            memory.caller,
                                            name,
                                            write.node(),
                                            Optional.ofNullable(values.get(name)),
                                            value),
                                    Optional.ofNullable(other),
                                    memory)
                            .ifPresent(merged -> {
                                values.put(name, merged);
                                changes.put(name, new Change.Set(merged));
                            });
                    return;
                }
                Reducer reducer = reducer(name);
                if (other != null && reducer.single()) {
                    throw conflict(name, reducer.written(), other, write.node());
                }
                if (reducer == Reducer.MERGE) {
                    if (overlays.take(name, value, values)) {
                        return;
                    }
                    overlays.lay(name, values, changes);
                }
                Optional<JsonValue> old = Optional.ofNullable(values.get(name));
                Optional<Change> change = reducer.merge(old, value, memory.of(name));
                if (change.isPresent()) {
                    JsonValue merged = change.get().apply(old).orElseThrow();
                    if (reducer == Reducer.SUM) {
                        require(write.node(), new JsonObject(Map.of(name, merged)));
                    }
                    values.put(name, merged);
                    changes.merge(name, change.get(), Change::then);
                } else if (old.isEmpty()) {
                    // A collection to which nothing was added is empty from now on, not unset.
                    Change empty = new Change.Append(JsonArray.EMPTY);
                    values.put(name, empty.apply(old).orElseThrow());
                    changes.put(name, empty);
                }
            });
        }
        overlays.lay(values, changes);
        return new Merged(new JsonObject(values), changes);
    }

    /** The value after a write that a plugin merges; empty when it is the same. */
    private Optional<JsonValue> reduce(Reduction reduction, Optional<String> other, Memory memory) {
        String channel = reduction.channel();
        String name = reducer(definitions, channel);
        Custom reducer = memory.handlers.reducer(name).orElseThrow(() -> missing(channel, name));
        if (other.isPresent() && !reducer.orderIndependent()) {
            throw conflict(channel, name, other.get(), reduction.node());
        }
        JsonValue merged = reducer.reduce(reduction);
        String type = Objects.requireNonNull(definitions.get(Branches.defined(channel)))
                .type();
        if (!accepts(type, merged)) {
            throw failed(
                    reduction,
                    reducer.description(),
                    "came to " + kind(merged) + ", and the channel's type is " + type);
        }
        Json.excess(new JsonObject(Map.of(channel, merged))).ifPresent(beyond -> {
            throw failed(reduction, reducer.description(), "came to a value that " + beyond.problem());
        });
        return Optional.of(merged).filter(value -> !reduction.current().equals(Optional.of(value)));
    }

    /** The failure of a reducer that is not built in. */
    public static AgentOsException failed(Reduction reduction, String reducer, String how) {
        return new AgentOsException(
                GraphErrorCode.REDUCER_FAILED,
                "Channel '" + reduction.channel() + "', to which '" + reduction.node() + "' wrote: " + reducer + " "
                        + how + ".",
                "Report it to the plugin's author, or give the channel another reducer.");
    }

    private static AgentOsException missing(String channel, String reducer) {
        return new AgentOsException(
                GraphErrorCode.REDUCER_MISSING,
                "Channel '" + channel + "' has the reducer '" + reducer + "', which no plugin offers now.",
                "Install or enable the plugin that offers it.");
    }

    /**
     * Makes sure that all reducers are there.
     *
     * @throws AgentOsException {@code graph:REDUCER_MISSING}
     */
    public void requireReducers(NodeHandlers handlers) {
        for (String channel : custom) {
            String name = reducer(definitions, channel);
            if (handlers.reducer(name).isEmpty()) {
                throw missing(channel, name);
            }
        }
    }

    private Reducer reducer(String name) {
        return reducers.getOrDefault(Branches.defined(name), Reducer.LAST);
    }

    private static AgentOsException conflict(String channel, String reducer, String first, String second) {
        String who = first.equals(second)
                ? "Two tasks of node '" + first + "'"
                : "Nodes '" + first + "' and '" + second + "' both";
        return new AgentOsException(
                GraphErrorCode.INVALID_WRITE,
                who + " wrote to channel '" + channel + "' in one superstep, and its reducer '" + reducer
                        + "' takes only one.",
                "Give the channel a reducer that merges, or let the nodes run one after the other.");
    }

    /** A node may write back what a chat has held since before messages were asked for their role. */
    private Optional<String> problem(String name, JsonValue value, boolean fromOutside) {
        // What ends in the name of a branch is no channel, whatever is before it.
        ChannelDefinition channel = Branches.is(name) ? null : definitions.get(Branches.defined(name));
        if (channel == null) {
            return Optional.of("There is no channel '" + name + "'" + Names.end(name, definitions.keySet()));
        }
        if (custom.contains(Branches.defined(name))) {
            // What may be written is for the reducer to say.
            return Optional.empty();
        }
        Reducer reducer = reducer(name);
        if (reducer == Reducer.MESSAGES) {
            return Reducer.noMessage(value, fromOutside)
                    .map(one -> "It takes messages, and " + one + " is none: " + taken(channel) + ".");
        }
        if (reducer.collects() || accepts(channel.type(), value)) {
            return reducer == Reducer.MERGE && !(value instanceof JsonObject)
                    ? Optional.of("The reducer 'merge' takes an object, not " + kind(value) + ".")
                    : Optional.empty();
        }
        return Optional.of(
                value instanceof JsonNumber(BigDecimal number)
                                && Set.of("number", "integer").contains(channel.type())
                        ? channel.type().equals("integer") && isDouble(number)
                                ? "The type is integer, and the number is not a whole one of 64 bits."
                                : "The number is out of the range of a double."
                        : "The type is " + channel.type() + ", and the value is " + kind(value) + ".");
    }

    /** What may be written to a channel with a reducer that is built in, in words. */
    public static String taken(ChannelDefinition channel) {
        return switch (Reducer.named(channel.reducer()).orElse(Reducer.LAST)) {
            case MESSAGES ->
                "a message is an object, as {\"role\": \"user\", \"content\": \"…\"}, whose role is system, user,"
                        + " assistant or tool, or {\"id\": …, \"remove\": true}";
            case MERGE -> "its reducer 'merge' takes objects";
            default -> "its type is " + channel.type();
        };
    }

    /** Whether a value is of a channel's type; an integer is a whole number of 64 bits, written either way. */
    public static boolean accepts(String type, JsonValue value) {
        return switch (type) {
            case "string" -> value instanceof JsonString;
            case "number" -> value instanceof JsonNumber(BigDecimal number) && isDouble(number);
            case "integer" -> value instanceof JsonNumber(BigDecimal number) && isLong(number);
            case "boolean" -> value instanceof JsonBoolean;
            case "object" -> value instanceof JsonObject;
            case "array" -> value instanceof JsonArray;
            default -> true;
        };
    }

    /** Whether a number has the size of a double: adding to one with a huge exponent would never end. */
    private static boolean isDouble(BigDecimal number) {
        return (long) number.precision() - number.scale() <= 310 && number.scale() <= 2_000;
    }

    private static boolean isLong(BigDecimal number) {
        // The size is looked at first: a number with a huge exponent must not be expanded.
        if ((long) number.precision() - number.scale() > 19) {
            return false;
        }
        BigDecimal whole = number.stripTrailingZeros();
        return whole.scale() <= 0 && whole.toBigInteger().bitLength() < Long.SIZE;
    }

    /** What a value is, in words. */
    public static String kind(JsonValue value) {
        return switch (value) {
            case JsonString ignored -> "a string";
            case JsonNumber ignored -> "a number";
            case JsonBoolean ignored -> "a boolean";
            case JsonNull ignored -> "null";
            case JsonArray ignored -> "an array";
            case JsonObject ignored -> "an object";
        };
    }
}
