package dev.agentos.execution.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Executions;
import dev.agentos.execution.Session;
import dev.agentos.execution.Sessions;
import dev.agentos.execution.WhenBusy;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphStore;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.StoredGraph;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the contract of sessions is written with. A subclass brings stores. */
public abstract class SessionsFixture {

    /** No test may depend on it: what is to happen is told to those who wait for it. */
    private static final Duration POLL = Duration.ofMinutes(5);

    /** A chat: what was said is noted at once, then answered; 'ask' asks a person, and 'stay…' stays until let go. */
    protected static final String CHAT = """
        metadata: {name: chat}
        channels:
          messages: {type: array, reducer: messages}
          turns: {type: integer, reducer: sum}
          note: {type: string, reducer: last}
          mood: {type: string, reducer: ephemeral}
        nodes:
          - {id: note, type: note}
          - {id: ask, type: human, config: {prompt: 'Go on', output: note}}
          - {id: answer, type: answer}
        edges:
          - {source: START, target: note}
          - {source: note, target: ask, condition: "has(state.mood) && mood == 'ask'"}
          - {source: note, target: answer, condition: "!has(state.mood) || mood != 'ask'"}
          - {source: ask, target: answer}
        """;

    protected ExecutionStore store;
    protected GraphStore graphStore;
    protected TenantId tenant;
    protected Executions executions;
    protected Sessions sessions;
    private Graphs graphs;
    private final List<ExecutionEngine> engines = new ArrayList<>();
    private final Map<String, CountDownLatch> stays = new ConcurrentHashMap<>();
    private final Map<String, CountDownLatch> arrivals = new ConcurrentHashMap<>();
    private final Map<String, NodeHandler> handlers =
            Map.of("note", new Answering(SessionsFixture::note), "answer", new Answering(this::answer));

    /** A node type that does that and changes nothing outside. */
    private record Answering(Work work) implements NodeHandler {

        @FunctionalInterface
        private interface Work {
            JsonObject run(NodeCall call) throws InterruptedException;
        }

        @Override
        public Effect effect(NodeDefinition node) {
            return Effect.PURE;
        }

        @Override
        public List<Fault> check(NodeDefinition node, Expressions expressions) {
            return List.of();
        }

        @Override
        public Result run(NodeCall call) throws InterruptedException {
            return new Result.Writes(work.run(call));
        }
    }

    /** Where executions are kept; another one as of another server with each call, if that can be. */
    protected abstract ExecutionStore store();

    /** Where graphs are kept. */
    protected abstract GraphStore graphs();

    /** A tenant that exists; another one with each call. */
    protected abstract TenantId newTenant();

    @BeforeEach
    void begin() {
        store = store();
        graphStore = graphs();
        tenant = newTenant();
        graphs = new Graphs(
                graphStore, type -> Optional.ofNullable(handlers.get(type)), Ids.system(), InstantSource.system());
        executions = over(store);
        sessions = new Sessions(executions, InstantSource.system());
        save(CHAT);
    }

    @AfterEach
    protected void end() {
        stays.values().forEach(CountDownLatch::countDown);
        engines.forEach(ExecutionEngine::close);
    }

    protected Executions over(ExecutionStore seen) {
        return new Executions(
                seen,
                graphStore,
                type -> Optional.ofNullable(handlers.get(type)),
                Ids.system(),
                InstantSource.system());
    }

    protected ExecutionEngine engine(String owner, Executions seen) {
        ExecutionEngine engine = new ExecutionEngine(
                new EngineConfig(
                        owner, 16, Duration.ofSeconds(5), POLL, Duration.ofMillis(500), Duration.ofMillis(400), 1_000),
                seen,
                InstantSource.system(),
                new Random(),
                Failpoints.NONE);
        engines.add(engine);
        engine.start();
        return engine;
    }

    private static JsonObject note(NodeCall call) {
        String said = said(call);
        return JsonObject.of("note", "heard " + said, "mood", said.equals("ask") ? "ask" : "calm");
    }

    private JsonObject answer(NodeCall call) throws InterruptedException {
        String said = said(call);
        if (said.startsWith("stay")) {
            arrivals.computeIfAbsent(said, any -> new CountDownLatch(1)).countDown();
            stays.computeIfAbsent(said, any -> new CountDownLatch(1)).await();
        }
        if (said.equals("fail")) {
            throw new IllegalStateException("No answer");
        }
        int heard = call.state().array("messages").orElseThrow().size();
        JsonObject answer = message("assistant", "answer " + said + " of " + heard);
        return JsonObject.of("messages", List.of(answer), "turns", 1);
    }

    private static String said(NodeCall call) {
        return ((JsonObject)
                        call.state().array("messages").orElseThrow().items().getLast())
                .text("content")
                .orElseThrow();
    }

    private static JsonObject message(String role, String text) {
        return JsonObject.of("role", role, "content", text);
    }

    /** Waits until an execution that said so stays. */
    protected void arrived(String said) throws InterruptedException {
        assertThat(arrivals.computeIfAbsent(said, any -> new CountDownLatch(1)).await(30, TimeUnit.SECONDS))
                .isTrue();
    }

    protected void letGo(String said) {
        stays.computeIfAbsent(said, any -> new CountDownLatch(1)).countDown();
    }

    protected StoredGraph save(String yaml) {
        return graphs.save(tenant, GraphCodec.yamlObject(yaml));
    }

    protected ExecutionRequest says(String message) {
        return request("chat", Optional.empty(), JsonObject.of("messages", List.of(message("user", message))));
    }

    protected ExecutionRequest request(String graph, Optional<Integer> version, JsonObject input) {
        return new ExecutionRequest(
                Optional.empty(),
                graphs.reference(tenant, graph, version),
                input,
                JsonObject.EMPTY,
                0,
                Optional.empty(),
                ExecutionRequest.Durability.SYNC);
    }

    protected Execution say(String message, WhenBusy whenBusy) {
        return say("s", says(message), whenBusy);
    }

    protected Execution say(String session, ExecutionRequest request, WhenBusy whenBusy) {
        return sessions.start(tenant, request, new Sessions.Turn(session, whenBusy, Optional.empty()), Optional.empty())
                .execution();
    }

    protected Execution rest(Execution execution) {
        return executions
                .awaitRest(tenant, execution.id(), Duration.ofSeconds(30))
                .orTimeout(40, TimeUnit.SECONDS)
                .join();
    }

    protected Execution ends(Execution execution, ExecutionState state) {
        Execution rested = rest(execution);
        assertThat(rested.state()).as("%s %s", rested.id(), rested.failure()).isEqualTo(state);
        return rested;
    }

    protected Execution succeeds(Execution execution) {
        return ends(execution, ExecutionState.SUCCEEDED);
    }

    protected Session session() {
        return sessions.require(tenant, "s");
    }

    protected List<String> messages() {
        return Stream.of(sessions.messages(tenant, session()).items().toArray())
                .map(one -> ((JsonObject) one).text("content").orElseThrow())
                .toList();
    }

    protected JsonObject state() {
        return sessions.state(tenant, session());
    }

    protected static JsonObject json(String text) {
        return Json.parseObject(text);
    }

    protected static void refused(ErrorCode code, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).as(e.getMessage()).isEqualTo(code));
    }
}
