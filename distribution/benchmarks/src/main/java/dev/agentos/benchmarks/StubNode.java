package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Result;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A node type of the benchmarks, which answers at once: measured is the runtime around it.
 *
 * @param kind what running it changes
 * @param quick whether it needs no thread of its own
 * @param work what it writes
 */
record StubNode(Effect kind, boolean quick, Work work) implements NodeHandler {

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
                pure(StubNode::append),
                Workload.ITEM,
                pure(StubNode::item),
                Workload.MODEL,
                effect(call -> JsonObject.of("messages", message(2 * rounds(call)))),
                Workload.TOOL,
                effect(call -> JsonObject.of("messages", message(2 * rounds(call) + 1), "rounds", 1)));
    }

    /** The same as the runtime asks for them. */
    static NodeHandlers handlers() {
        var all = all();
        return type -> Optional.ofNullable(all.get(type));
    }

    /** A node that changes nothing outside and takes microseconds, as a {@code transform} does. */
    static StubNode pure(Work work) {
        return new StubNode(Effect.PURE, true, work);
    }

    /** A node that costs money or changes the world: it waits until all before it is durable, and is waited for. */
    private static StubNode effect(Work work) {
        return new StubNode(Effect.IDEMPOTENT, false, work);
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
