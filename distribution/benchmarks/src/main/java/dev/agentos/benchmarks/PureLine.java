package dev.agentos.benchmarks;

import dev.agentos.graph.Channels;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphCompiler;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.Onward;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The pure parts of the runtime, put together without a store and without a thread: a graph that was compiled once is
 * begun by the planner, and what each node writes is checked, merged and planned on to the next checkpoint.
 */
final class PureLine {

    private static final ExecutionId EXECUTION = new ExecutionId("exe_pure");
    private static final TenantId TENANT = new TenantId("tnt_pure");

    private final CompiledGraph graph;
    private final NodeHandlers handlers;

    PureLine(GraphDefinition definition, NodeHandlers handlers) {
        this.graph = GraphCompiler.compile(definition, handlers);
        this.handlers = handlers;
    }

    /** The checkpoint before the first node. */
    Checkpoint begin(JsonObject input) {
        return Planner.first(graph, input, graph.pauses());
    }

    /** The checkpoint after the only task of a superstep wrote that. */
    Checkpoint advance(Checkpoint at, JsonObject writes, Channels.Memory memory) {
        var task = at.next().getFirst();
        graph.channels().require(task.node(), writes);
        var finished = new PendingWrite(task.id(), task.node(), writes, List.of(), Optional.empty());
        return Planner.advance(graph, at, Planner.Working.of(at.values()), List.of(finished), memory, graph.pauses())
                .checkpoint();
    }

    /** Executes the graph; returns the channels at its end. */
    JsonObject execute(JsonObject input) throws Exception {
        var memory = new Channels.Memory();
        var checkpoint = begin(input);
        while (!checkpoint.next().isEmpty()) {
            var finished = new ArrayList<PendingWrite>(checkpoint.next().size());
            for (var task : checkpoint.next()) {
                finished.add(run(task, checkpoint));
            }
            checkpoint = Planner.advance(
                            graph,
                            checkpoint,
                            Planner.Working.of(checkpoint.values()),
                            finished,
                            memory,
                            graph.pauses())
                    .checkpoint();
        }
        return checkpoint.values();
    }

    private PendingWrite run(NodeTask task, Checkpoint at) throws Exception {
        var node = graph.node(task.node()).orElseThrow();
        var handler = NodeHandlers.BUILT_IN
                .find(node.type())
                .or(() -> handlers.find(node.type()))
                .orElseThrow();
        var state = task.input().map(at.values()::overlaidBy).orElse(at.values());
        if (!(handler.run(new Call(node, task, state, graph.expressions()))
                instanceof NodeHandler.Result.Writes(JsonObject writes, var onward))) {
            throw new IllegalStateException("Node " + node.id() + " did not finish");
        }
        graph.channels().require(node.id(), writes);
        return new PendingWrite(task.id(), node.id(), writes, List.of(), onward.map(Onward::toJson));
    }

    private record Call(NodeDefinition node, NodeTask task, JsonObject state, Expressions expressions)
            implements NodeCall {

        @Override
        public ExecutionId execution() {
            return EXECUTION;
        }

        @Override
        public TenantId tenant() {
            return TENANT;
        }

        @Override
        public JsonObject configuration() {
            return JsonObject.EMPTY;
        }

        @Override
        public Instant admittedAt() {
            return Instant.EPOCH;
        }

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }

        @Override
        public int attempt() {
            return 1;
        }

        @Override
        public Instant deadline() {
            return Instant.MAX;
        }

        @Override
        public boolean cancelled() {
            return false;
        }

        @Override
        public Optional<JsonValue> answer(String interrupt) {
            return Optional.empty();
        }

        @Override
        public void emit(String type, JsonObject data) {
            throw new IllegalStateException("Nobody follows this");
        }
    }
}
