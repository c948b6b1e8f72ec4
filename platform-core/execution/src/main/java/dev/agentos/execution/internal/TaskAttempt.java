package dev.agentos.execution.internal;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.execution.room.Room;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.Namespace;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeTask;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.LogFields;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One attempt on its own virtual thread; once closed, nothing that it still does is heard. */
final class TaskAttempt implements NodeCall {

    /**
     * What all attempts of a superstep see.
     *
     * @param durability what waits until everything before it is durable
     * @param share of the server's memory
     */
    record Surroundings(
            Execution execution,
            CompiledGraph graph,
            int step,
            JsonObject state,
            Map<String, JsonValue> answers,
            Durability durability,
            Inbox inbox,
            Room.Share share,
            InstantSource clock) {

        /** The node of a task. */
        NodeDefinition node(NodeTask task) {
            return graph.node(task.node())
                    .orElseThrow(() -> new AgentOsException(
                            GraphErrorCode.INVALID_GRAPH,
                            "The execution is to go on with node '" + task.node() + "', which its graph does not have.",
                            "Start the execution anew."));
        }
    }

    private final Surroundings surroundings;
    private final NodeDefinition node;
    private final Namespace seen;
    private final NodeTask task;
    private final Map<String, JsonValue> answers;
    private final NodeHandler handler;
    private final int number;
    private final List<Lost> lost;
    private final Instant deadline;
    private volatile @Nullable Thread thread;
    private volatile boolean closed;

    TaskAttempt(Surroundings surroundings, OpenTask task, NodeHandler handler, int number, Instant deadline) {
        this.surroundings = surroundings;
        this.node = task.node;
        this.seen = surroundings.graph().seenBy(node.id());
        this.task = task.task;
        this.answers = task.answers;
        this.handler = handler;
        this.number = number;
        this.lost = task.lost;
        this.deadline = deadline;
    }

    /** Runs on a thread of its own and tells the inbox. */
    void start() {
        Map<String, String> logFields = LogFields.here();
        Thread started = Thread.ofVirtual()
                .name(surroundings.execution().id() + "/" + task.id() + "#" + number)
                .unstarted(() -> {
                    try (LogFields.Work _ = LogFields.during(logFields)) {
                        surroundings.inbox().put(result());
                    }
                });
        thread = started;
        started.start();
    }

    /** Ends the attempt as far as the execution is concerned, and asks its thread to stop. */
    void close() {
        closed = true;
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    boolean closed() {
        return closed;
    }

    /** Runs on the caller's thread, whose lines of the log say the execution. */
    Inbox.Ended result() {
        try (LogFields.Field _ = LogFields.saying(LogFields.NODE, node.id())) {
            Optional<JsonObject> kept = CompiledGraph.kept(node.id(), surroundings.state());
            NodeHandler.Result result =
                    kept.isPresent() ? new NodeHandler.Result.Writes(kept.get()) : handler.run(this);
            switch (result) {
                case NodeHandler.Result.Writes(JsonObject values, var _) -> {
                    long size = Sizes.of(values);
                    // Of all that no log would take, this one is told before it is merged with what others wrote.
                    NodeHandler.Result.refuseLarge("a result", size);
                    requireKept("a result", values);
                    surroundings.share().add(size);
                }
                case NodeHandler.Result.Interrupted(List<Interrupt> asked) -> {
                    NodeHandler.Result.refuseLarge(
                            "questions",
                            asked.stream()
                                    .mapToLong(one -> Sizes.of(one.payload()))
                                    .sum());
                    asked.forEach(one -> requireKept("a question", one.payload()));
                }
            }
            return new Inbox.Ended(this, Optional.of(result), Optional.empty());
        } catch (Throwable thrown) {
            // Whatever a node throws, an Error included, is this node's failure and not the server's.
            return new Inbox.Ended(this, Optional.empty(), Optional.of(thrown));
        }
    }

    /** What no document of JSON may be is told before it is stored, where it would be told for ever. */
    private static void requireKept(String what, JsonValue value) {
        Json.excess(value).ifPresent(beyond -> {
            throw new AgentOsException(
                    GraphErrorCode.RESULT_TOO_LARGE,
                    "It came to " + what + " that is beyond what is kept: "
                            + (beyond.pointer().isEmpty() ? "it " : "'" + beyond.pointer() + "' ") + beyond.problem()
                            + ".",
                    "Let the node write less deeply nested values, shorter names or shorter numbers.");
        });
    }

    /** What it writes without a run, given what another task came to. */
    NodeHandler.Result.Writes reused(NodeHandler.Result.Writes kept) {
        return handler.reuse(this, kept);
    }

    @Override
    public ExecutionId execution() {
        return surroundings.execution().id();
    }

    @Override
    public TenantId tenant() {
        return surroundings.execution().tenant();
    }

    @Override
    public Optional<String> agent() {
        return surroundings.execution().request().agent();
    }

    @Override
    public Optional<String> graph() {
        ExecutionRequest request = surroundings.execution().request();
        return request.agent().isPresent()
                ? Optional.empty()
                : Optional.of(request.graph().graph());
    }

    @Override
    public Optional<String> startedBy() {
        return surroundings.execution().request().startedBy();
    }

    @Override
    public JsonObject configuration() {
        return seen.configuration(surroundings.execution().request().configuration());
    }

    @Override
    public Instant admittedAt() {
        return surroundings.execution().times().createdAt();
    }

    @Override
    public NodeDefinition node() {
        return node;
    }

    /**
     * All that its result depends on. All branches of a graph that is dispatched share what its nodes came to; what is
     * inside of a node may see any configuration.
     *
     * @param value of the key that the graph gives it
     */
    ResultCache.Key key(JsonValue value) {
        CompiledGraph graph = surroundings.graph();
        Optional<String> contents = graph.contents(node.id());
        return new ResultCache.Key(
                tenant(),
                graph.node(CompiledGraph.defined(node.id())).orElseThrow(),
                contents,
                contents.isEmpty()
                        ? configuration()
                        : surroundings.execution().request().configuration(),
                value);
    }

    @Override
    public NodeTask task() {
        return task;
    }

    @Override
    public int attempt() {
        return number;
    }

    @Override
    public List<Lost> lost() {
        return lost;
    }

    @Override
    public JsonObject state() {
        JsonObject state = seen.view(surroundings.state());
        return task.input().isEmpty() ? state : state.overlaidBy(task.input().get());
    }

    @Override
    public Expressions expressions() {
        return seen.expressions();
    }

    @Override
    public Instant deadline() {
        return deadline;
    }

    @Override
    public Instant now() {
        return surroundings.clock().instant();
    }

    @Override
    public boolean cancelled() {
        return closed || !surroundings.clock().instant().isBefore(deadline);
    }

    @Override
    public Optional<JsonValue> answer(String interrupt) {
        return Optional.ofNullable(answers.get(interrupt));
    }

    @Override
    public Map<String, JsonValue> answers(String prefix) {
        Map<String, JsonValue> found = new TreeMap<>();
        answers.forEach((id, answer) -> {
            if (id.startsWith(prefix)) {
                found.put(id.substring(prefix.length()), answer);
            }
        });
        return found;
    }

    @Override
    public void emit(String type, JsonObject data) {
        if (!type.equals(ExecutionEvent.MESSAGE) && !type.equals(ExecutionEvent.CUSTOM)) {
            throw new IllegalArgumentException("A node emits 'message' or 'custom', not '" + type + "'");
        }
        requireKept("an event", data);
        NodeHandler.Result.refuseLarge("an event", Sizes.of(data));
        ExecutionEvent.Draft draft =
                new ExecutionEvent.Draft(type, surroundings.step(), Optional.of(node.id()), said(data));
        try {
            if (!closed) {
                surroundings.inbox().emit(this, draft);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Of a node's dispatched tasks, which run side by side, each says which one it is; an only task need not. */
    private JsonObject said(JsonObject data) {
        return task.id().equals(NodeTask.id(surroundings.step(), node.id())) ? data : data.with("task", task.id());
    }
}
