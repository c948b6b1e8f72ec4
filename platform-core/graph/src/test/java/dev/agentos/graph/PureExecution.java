package dev.agentos.graph;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Executes a graph of built-in nodes as the engine does, superstep by superstep, without one. */
final class PureExecution {

    /** Which nodes ran in each superstep. */
    final List<List<String>> steps = new ArrayList<>();

    /** The channels after each superstep. */
    final List<JsonObject> states = new ArrayList<>();

    private final CompiledGraph graph;
    private final Map<String, JsonValue> answers;

    private PureExecution(CompiledGraph graph, Map<String, JsonValue> answers) {
        this.graph = graph;
        this.answers = answers;
    }

    static PureExecution of(CompiledGraph graph, JsonObject input) throws Exception {
        return of(graph, input, Map.of());
    }

    /** Answers are given to nodes that ask, by the paths of the nodes. */
    static PureExecution of(CompiledGraph graph, JsonObject input, Map<String, JsonValue> answers) throws Exception {
        PureExecution execution = new PureExecution(graph, answers);
        execution.run(Planner.first(graph, input, Pauses.NONE));
        return execution;
    }

    JsonObject values() {
        return states.getLast();
    }

    private void run(Checkpoint first) throws Exception {
        Checkpoint at = first;
        Map<String, JsonValue> replayed = new LinkedHashMap<>(first.values().members());
        states.add(at.values());
        while (!at.next().isEmpty() && steps.size() < 200) {
            List<PendingWrite> finished = new ArrayList<>();
            for (NodeTask task : at.next()) {
                NodeDefinition node = graph.node(task.node()).orElseThrow();
                NodeHandler handler = NodeHandlers.BUILT_IN.find(node.type()).orElseThrow();
                NodeHandler.Result result = handler.run(new Call(node, task, at.values()));
                NodeHandler.Result.Writes writes = graph.behind(node.id()).outside((NodeHandler.Result.Writes) result);
                graph.channels().require(node.id(), writes.values());
                finished.add(new PendingWrite(
                        task.id(),
                        node.id(),
                        writes.values(),
                        List.of(),
                        writes.onward().map(Onward::toJson)));
            }
            steps.add(at.next().stream().map(NodeTask::node).toList());
            Planner.Step step = Planner.advance(
                    graph, at, Planner.Working.of(at.values()), finished, new Channels.Memory(), Pauses.NONE);
            at = step.checkpoint();
            step.changes().forEach((name, change) -> {
                Optional<JsonValue> value = change.apply(Optional.ofNullable(replayed.get(name)));
                if (value.isPresent()) {
                    replayed.put(name, value.get());
                } else {
                    replayed.remove(name);
                }
            });
            if (!replayed.equals(at.values().members())) {
                throw new AssertionError("The log of changes makes " + replayed + ", not " + at.values());
            }
            states.add(at.values());
        }
    }

    private final class Call implements NodeCall {
        private final NodeDefinition node;
        private final NodeTask task;
        private final JsonObject state;

        Call(NodeDefinition node, NodeTask task, JsonObject values) {
            this.node = node;
            this.task = task;
            this.state =
                    graph.seenBy(node.id()).view(values).overlaidBy(task.input().orElse(JsonObject.EMPTY));
        }

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
        public NodeDefinition node() {
            return node;
        }

        @Override
        public NodeTask task() {
            return task;
        }

        @Override
        public int attempt() {
            return 1;
        }

        @Override
        public JsonObject state() {
            return state;
        }

        @Override
        public Expressions expressions() {
            return graph.seenBy(node.id()).expressions();
        }

        @Override
        public Instant deadline() {
            return Instant.MAX;
        }

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }

        @Override
        public boolean cancelled() {
            return false;
        }

        @Override
        public Optional<JsonValue> answer(String interrupt) {
            return Optional.ofNullable(answers.get(node.id()));
        }

        @Override
        public void emit(String type, JsonObject data) {
            throw new UnsupportedOperationException("Built-in nodes emit nothing");
        }
    }
}
