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
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The pure parts of the runtime, put together without a store and without a thread: a graph that was compiled once is
 * begun by the planner, and each node's writes are checked, merged and followed to the next node. The only place that
 * knows them from inside, until the runtime has a store in memory.
 */
final class PureLine {

    private final CompiledGraph graph;
    private final NodeHandlers handlers;

    PureLine(GraphDefinition definition, NodeHandlers handlers) {
        this.graph = GraphCompiler.compile(definition, handlers);
        this.handlers = handlers;
    }

    CompiledGraph graph() {
        return graph;
    }

    /** The checkpoint before the first node. */
    Checkpoint begin(JsonObject input) {
        return Planner.first(graph, input);
    }

    /** The checkpoint after the only task of one has written. */
    Checkpoint apply(Checkpoint at, JsonObject writes, Channels.Memory memory) {
        var task = at.next().getFirst();
        graph.channels().require(task.node(), writes);
        var write = new PendingWrite(task.id(), task.node(), writes, List.of(), Optional.empty());
        return Planner.advance(graph, at, Planner.Working.of(at.values()), List.of(write), memory)
                .checkpoint();
    }

    /** Executes the graph, which must be a line; returns the channels at its end. */
    JsonObject execute(JsonObject input) throws Exception {
        var memory = new Channels.Memory();
        var checkpoint = begin(input);
        while (!checkpoint.next().isEmpty()) {
            var task = checkpoint.next().getFirst();
            var definition = graph.node(task.node()).orElseThrow();
            var result = handlers.find(definition.type())
                    .orElseThrow()
                    .run(new Call(definition, task, checkpoint.values(), graph.expressions()));
            if (result instanceof NodeHandler.Result.Writes(JsonObject writes)) {
                checkpoint = apply(checkpoint, writes, memory);
            }
        }
        return checkpoint.values();
    }

    private record Call(NodeDefinition node, NodeTask task, JsonObject state, Expressions expressions)
            implements NodeCall {

        @Override
        public ExecutionId execution() {
            return new ExecutionId("exe_pure");
        }

        @Override
        public TenantId tenant() {
            return new TenantId("tnt_pure");
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
