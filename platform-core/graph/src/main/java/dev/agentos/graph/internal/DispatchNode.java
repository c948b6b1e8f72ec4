package dev.agentos.graph.internal;

import dev.agentos.graph.Channels;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.Onward;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Runs another node once for each item of a list, all in the next superstep: {@code {"items": CEL, "node": node, "as"?:
 * channel}}. Each task sees its item as {@code input}, or as the value of that channel.
 */
final class DispatchNode extends BuiltInNode {

    static final String TYPE = "dispatch";

    private static final int MOST_ITEMS = 10_000;

    /** The node that a node dispatches, if it is of this type. */
    static Optional<String> target(NodeDefinition node) {
        return node.type().equals(TYPE) ? node.config().text("node") : Optional.empty();
    }

    @Override
    List<Fault> check(NodeDefinition node, Expressions expressions, Set<String> channels) {
        List<Fault> faults = new ArrayList<>();
        ObjectReader reader = new ObjectReader(node.config(), "/config", faults).only(Set.of("items", "node", "as"));
        reader.requiredText("node");
        String items = reader.requiredText("items");
        if (!items.isEmpty()) {
            expressions.check(items).ifPresent(problem -> faults.add(fault("/config/items", problem)));
        }
        reader.text("as")
                .filter(name -> !name.equals(Onward.INPUT))
                .flatMap(name -> noChannel(name, channels))
                .ifPresent(problem -> faults.add(fault("/config/as", problem)));
        return faults;
    }

    @Override
    public Result run(NodeCall call) {
        JsonObject config = call.node().config();
        JsonValue items = call.expressions().evaluate(config.text("items").orElseThrow(), call.state());
        if (!(items instanceof JsonArray array)) {
            throw new AgentOsException(
                    GraphErrorCode.INVALID_DISPATCH,
                    "Its items are " + Channels.kind(items) + ", not an array.",
                    "Let the expression 'items' yield a list.");
        }
        if (array.size() > MOST_ITEMS) {
            throw new AgentOsException(
                    GraphErrorCode.INVALID_DISPATCH,
                    "Its list has " + array.size() + " items, more than " + MOST_ITEMS + ".",
                    "Dispatch parts of the list, each of several items.");
        }
        return new Result.Writes(
                JsonObject.EMPTY,
                Optional.of(new Onward.Dispatch(
                        config.text("node").orElseThrow(), config.text("as").orElse(Onward.INPUT), array)));
    }
}
