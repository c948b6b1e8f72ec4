package dev.agentos.benchmarks;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A node type of the benchmarks, which answers at once: measured is the runtime around it.
 *
 * @param kind what running it changes
 * @param work what it writes
 */
record StubNode(Effect kind, Work work) implements NodeHandler {

    private static final List<JsonObject> MESSAGES =
            IntStream.range(0, Workload.BRANCHES).mapToObj(Workload::message).collect(Collectors.toUnmodifiableList());

    /** What a node does. */
    @FunctionalInterface
    interface Work {
        JsonObject writes(NodeCall call) throws InterruptedException;
    }

    /** The node types of W1 to W4. */
    static Map<String, NodeHandler> all() {
        return Map.of(
                Workload.APPEND,
                new StubNode(Effect.PURE, StubNode::append),
                Workload.MODEL,
                // A model costs money and a tool may change the world: each waits until all before it is durable.
                new StubNode(Effect.IDEMPOTENT, call -> JsonObject.of("messages", message(2 * rounds(call)))),
                Workload.TOOL,
                new StubNode(
                        Effect.IDEMPOTENT,
                        call -> JsonObject.of("messages", message(2 * rounds(call) + 1), "rounds", 1)),
                Workload.ITEM,
                new StubNode(Effect.PURE, StubNode::item));
    }

    /** The message of that number. */
    static JsonObject message(int number) {
        return number < MESSAGES.size() ? MESSAGES.get(number) : Workload.message(number);
    }

    private static JsonObject append(NodeCall call) {
        var number = call.node().config().number("number").orElseThrow().value().intValue();
        return JsonObject.of("messages", message(number));
    }

    private static JsonObject item(NodeCall call) {
        return call.task().input().isPresent()
                ? JsonObject.of("results", call.task().input().get())
                : JsonObject.EMPTY;
    }

    private static int rounds(NodeCall call) {
        return call.state().number("rounds").orElseThrow().value().intValue();
    }

    /** A node that only calculates is carried on as the runtime's own are. */
    @Override
    public boolean quick() {
        return kind == Effect.PURE;
    }

    @Override
    public Effect effect(NodeDefinition node) {
        return kind;
    }

    @Override
    public List<Fault> check(NodeDefinition node, Expressions expressions) {
        return List.of();
    }

    @Override
    public Result run(NodeCall call) throws InterruptedException {
        return new Result.Writes(work.writes(call));
    }
}
