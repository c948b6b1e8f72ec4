package dev.agentos.benchmarks;

import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.Execution;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.ExecutionState;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphCompiler;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.internal.Channels;
import dev.agentos.graph.internal.Planner;
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

    private static final Execution EXECUTION = new Execution(
            new ExecutionId("exe_pure"),
            new TenantId("tnt_pure"),
            Durability.BARRIER.request(new GraphReference("gra_pure", 1), JsonObject.EMPTY),
            ExecutionState.RUNNING,
            new Execution.Progress(0, 1, false),
            Optional.empty(),
            Optional.empty(),
            new Execution.Times(Instant.EPOCH, Optional.empty(), Optional.empty()));

    private final CompiledGraph graph;
    private final NodeHandlers handlers;

    PureLine(GraphDefinition definition, NodeHandlers handlers) {
        this.graph = GraphCompiler.compile(definition, handlers);
        this.handlers = handlers;
    }

    CompiledGraph graph() {
        return graph;
    }

    /** The channels before the first node. */
    JsonObject begin(JsonObject input) {
        return Planner.first(graph, input).values();
    }

    /** The channels after one node wrote. */
    JsonObject apply(JsonObject values, NodeTask task, JsonObject writes) {
        graph.channels().require(task.node(), writes);
        return graph.channels()
                .merge(values, List.of(new Channels.Write(task.id(), task.node(), writes)))
                .values();
    }

    /** Executes the graph, which must be a line; returns the channels at its end. */
    JsonObject execute(JsonObject input) throws Exception {
        var values = begin(input);
        var step = 0;
        for (var node = next(GraphDefinition.START); !node.equals(GraphDefinition.END); node = next(node)) {
            var definition = graph.node(node).orElseThrow();
            var task = new NodeTask(step + ":" + node, node, Optional.empty());
            var result = handlers.find(definition.type())
                    .orElseThrow()
                    .run(new Call(definition, task, values, graph.expressions()));
            if (result instanceof NodeHandler.Result.Writes(JsonObject writes)) {
                values = apply(values, task, writes);
            }
            step++;
        }
        return values;
    }

    private String next(String node) {
        return graph.routes(node).orElseThrow().edges().getFirst().target();
    }

    private record Call(NodeDefinition node, NodeTask task, JsonObject state, Expressions expressions)
            implements NodeCall {

        @Override
        public Execution execution() {
            return EXECUTION;
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
