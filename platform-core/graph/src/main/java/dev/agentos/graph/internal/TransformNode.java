package dev.agentos.graph.internal;

import dev.agentos.graph.Channels;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.NodeCall;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Writes to channels what expressions yield: {@code {"set": {"channel": CEL}}}. */
final class TransformNode extends BuiltInNode {

    static final String TYPE = "transform";

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
                faults.add(
                        fault(pointer, "There is no channel '" + channel + "'" + Names.near(channel, channels) + "."));
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
        Map<String, JsonValue> writes = new LinkedHashMap<>();
        call.node().config().object("set").orElse(JsonObject.EMPTY).members().forEach((channel, value) -> {
            if (value instanceof JsonString(String expression)) {
                writes.put(channel, call.expressions().evaluate(expression, call.state()));
            }
        });
        return new Result.Writes(new JsonObject(writes));
    }
}
