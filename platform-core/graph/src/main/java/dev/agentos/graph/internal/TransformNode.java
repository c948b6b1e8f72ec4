package dev.agentos.graph.internal;

import dev.agentos.expressions.Yield;
import dev.agentos.graph.Channels;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.NodeCall;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Writes to channels what expressions yield: {@code {"set": {"channel": CEL}}}. */
final class TransformNode extends BuiltInNode {

    static final String TYPE = "transform";

    /** A number may be whole, which is known only when there is one. */
    private static final Set<String> NUMBERS = Set.of("number", "integer");

    /** The expressions of a node, if it is of this type. */
    static List<String> expressions(NodeDefinition node) {
        List<String> expressions = new ArrayList<>();
        if (node.type().equals(TYPE)) {
            node.config()
                    .object("set")
                    .orElse(JsonObject.EMPTY)
                    .members()
                    .values()
                    .forEach(value -> {
                        if (value instanceof JsonString(String expression)) {
                            expressions.add(expression);
                        }
                    });
        }
        return expressions;
    }

    /** What a node writes of which it is known that its channel never takes it. */
    static List<Fault> unfit(NodeDefinition node, CelExpressions expressions, Map<String, ChannelDefinition> channels) {
        List<Fault> faults = new ArrayList<>();
        if (node.type().equals(TYPE)) {
            node.config().object("set").orElse(JsonObject.EMPTY).members().forEach((name, value) -> {
                ChannelDefinition channel = channels.get(name);
                if (channel != null && value instanceof JsonString(String expression)) {
                    Yield yield = expressions.yields(expression);
                    yield.kind()
                            .filter(kind -> never(channel, kind, yield.elements()))
                            .ifPresent(kind -> faults.add(fault(
                                    "/config/set/" + Fault.escape(name),
                                    "The expression yields " + said(kind, yield.elements()) + ", which channel '" + name
                                            + "' never takes: " + Channels.taken(channel) + ".")));
                }
            });
        }
        return faults;
    }

    private static boolean never(ChannelDefinition channel, String kind, Optional<String> elements) {
        String type = channel.type();
        Optional<Reducer> reducer = Reducer.named(channel.reducer());
        if (reducer.isEmpty()) {
            // What may be written is for the plugin's reducer to say.
            return false;
        }
        return switch (reducer.get()) {
            case APPEND, SET -> false;
            case MESSAGES ->
                !kind.equals("object")
                        && !(kind.equals("array")
                                && elements.filter(one -> !one.equals("object")).isEmpty());
            case MERGE -> !kind.equals("object");
            case SUM, LAST, EPHEMERAL ->
                !type.equals("any")
                        && !type.equals(kind)
                        && !(NUMBERS.contains(type) && NUMBERS.contains(kind))
                        && Channels.TYPES.contains(type);
        };
    }

    private static String said(String kind, Optional<String> elements) {
        String one = kind.equals("null") ? kind : ("aeiou".indexOf(kind.charAt(0)) < 0 ? "a " : "an ") + kind;
        return elements.map(each -> one + " of " + each + "s").orElse(one);
    }

    @Override
    List<Fault> check(NodeDefinition node, Expressions expressions, Set<String> channels) {
        List<Fault> faults = new ArrayList<>();
        ObjectReader reader = new ObjectReader(node.config(), "/config", faults).only(Set.of("set"));
        Optional<JsonObject> set = reader.object("set");
        if (set.isEmpty() && node.config().member("set").isEmpty()) {
            faults.add(fault("/config/set", "The field 'set' is missing; it maps channels to expressions."));
        }
        set.orElse(JsonObject.EMPTY).members().forEach((channel, value) -> {
            String pointer = "/config/set/" + Fault.escape(channel);
            if (!channels.contains(channel)) {
                faults.add(fault(pointer, "There is no channel '" + channel + "'" + Names.end(channel, channels)));
            }
            if (value instanceof JsonString(String expression)) {
                expressions.check(expression).ifPresent(problem -> faults.add(fault(pointer, problem)));
            } else {
                faults.add(fault(pointer, "An expression is a string, not " + Channels.kind(value) + "."));
            }
        });
        return faults;
    }

    @Override
    public Set<String> writes(NodeDefinition node) {
        return node.config().object("set").orElse(JsonObject.EMPTY).members().keySet();
    }

    @Override
    public Result run(NodeCall call) {
        return new Result.Writes(
                call.evaluate(call.node().config().object("set").orElse(JsonObject.EMPTY)));
    }
}
