package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.graph.AgentCatalog;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.Pauses;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeRules;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Pauses before and behind nodes, times and events that are waited for, and gates. */
class WaitsTest {

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    private static Command answer(String id, JsonValue value) {
        return new Command(Map.of(id, value), Optional.empty(), JsonObject.EMPTY, List.of());
    }

    private static NodeDefinition set(String id, String expression, NodeRules.Pause... pause) {
        return NodeDefinition.of(
                id,
                "transform",
                ExecutionEngineTest.set("log", expression),
                new NodeRules(false, List.of(pause).stream().findFirst(), Optional.empty()));
    }

    private static GraphBuilder graph() {
        return GraphDefinition.named("waits").channel("log", "array", "append").channel("event", "any", "last");
    }

    private List<String> open(Execution execution) {
        return bench.latest(execution).interrupts().stream().map(Interrupt::id).toList();
    }

    @Test
    void pausesBeforeAndBehindNodesWhereTheGraphSaysSo() {
        bench.engine("a");
        GraphDefinition graph = graph().node(set("first", "[1]", NodeRules.Pause.AFTER))
                .node(set("second", "[2]", NodeRules.Pause.BEFORE))
                .node(set("last", "[3]", NodeRules.Pause.AFTER))
                .edge("START", "first")
                .edge("first", "second")
                .edge("second", "last")
                .build();
        Execution execution = bench.run(graph, JsonObject.EMPTY);
        assertThat(open(execution)).containsExactly("1:first/after", "1:second/before");
        assertThat(bench.latest(execution).values()).isEqualTo(Json.parseObject("{\"log\":[1]}"));

        bench.executions.resume(Bench.TENANT, execution.id(), answer("1:first/after", JsonBoolean.TRUE));
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.WAITING);
        assertThat(open(execution)).containsExactly("1:second/before");

        Command edit = new Command(
                Map.of("1:second/before", JsonBoolean.TRUE),
                Optional.empty(),
                Json.parseObject("{\"log\":[\"edited\"]}"),
                List.of());
        bench.executions.resume(Bench.TENANT, execution.id(), edit);
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.WAITING);
        assertThat(open(execution)).hasSize(1).allMatch(id -> id.endsWith(":last/after"));
        bench.executions.resume(
                Bench.TENANT,
                execution.id(),
                new Command(Map.of(), Optional.of(JsonBoolean.TRUE), JsonObject.EMPTY, List.of()));
        assertThat(bench.rest(execution).output()).contains(Json.parseObject("{\"log\":[1,\"edited\",2,3]}"));
        assertThat(bench.types(execution)).filteredOn("task.finished"::equals).hasSize(3);
    }

    @Test
    void pausesWhereTheRequestSaysSo() {
        bench.engine("a");
        GraphDefinition graph =
                graph().node(set("only", "[1]")).edge("START", "only").build();
        Execution plain = bench.run(graph, JsonObject.EMPTY);
        assertThat(plain.state()).isEqualTo(ExecutionState.SUCCEEDED);
        Execution execution =
                bench.executions.start(Bench.TENANT, request(plain, new Pauses(Set.of("only"), Set.of())));
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.WAITING);
        assertThat(open(execution)).containsExactly("0:only/before");
        assertThat(bench.latest(execution).values()).isEqualTo(JsonObject.EMPTY);
        Pauses nowhere = new Pauses(Set.of(), Set.of("nowhere"));
        assertThatThrownBy(() -> bench.executions.start(Bench.TENANT, request(plain, nowhere)))
                .hasMessageContaining("nowhere");
    }

    private static ExecutionRequest request(Execution like, Pauses pauses) {
        return new ExecutionRequest(
                Optional.empty(),
                like.request().graph(),
                JsonObject.EMPTY,
                JsonObject.EMPTY,
                0,
                Optional.empty(),
                Durability.SYNC,
                pauses);
    }

    private static GraphDefinition waiting(JsonObject config) {
        return graph().node("wait", "wait", config)
                .node(set("then", "[1]"))
                .edge("START", "wait")
                .edge("wait", "then")
                .build();
    }

    @Test
    void waitsForADurationAndForATimeThatIsPast() {
        bench.engine("a");
        Instant before = Instant.now();
        Execution done = bench.run(waiting(JsonObject.of("for", "PT0.3S")), JsonObject.EMPTY);
        assertThat(done.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.times().finishedAt().orElseThrow()).isAfterOrEqualTo(before.plusMillis(300));
        assertThat(bench.run(waiting(JsonObject.of("until", "'2001-01-01T00:00:00+01:00'")), JsonObject.EMPTY)
                        .state())
                .isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(bench.run(waiting(JsonObject.of("until", "'soon'")), JsonObject.EMPTY)
                        .failure()
                        .orElseThrow()
                        .code())
                .isEqualTo(GraphErrorCode.INVALID_WAIT.code());
    }

    /** The store writes a year with four digits. */
    @Test
    void refusesTimesThatNoStoreKeeps() {
        bench.engine("a");
        for (String time : List.of("'+10000-01-01T00:00:00Z'", "'9999-12-31T23:59:59-01:00'")) {
            Execution failed = bench.run(waiting(JsonObject.of("until", time)), JsonObject.EMPTY);
            assertThat(failed.failure().orElseThrow().code()).isEqualTo(GraphErrorCode.INVALID_WAIT.code());
            assertThat(failed.failure().orElseThrow().message()).contains("later than the year 9999");
        }
        for (String deadline : List.of("+10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z")) {
            assertThatThrownBy(() -> bench.start(
                            waiting(JsonObject.of("for", "PT1H")),
                            JsonObject.EMPTY,
                            Optional.of(Instant.parse(deadline))))
                    .isInstanceOfSatisfying(
                            InvalidInputException.class,
                            e -> assertThat(e.faults())
                                    .extracting(Fault::pointer)
                                    .containsExactly("/deadline"));
        }
        assertThat(bench.start(
                                waiting(JsonObject.of("until", "'9999-12-31T23:59:59Z'")),
                                JsonObject.EMPTY,
                                Optional.of(Instant.parse("9999-12-31T23:59:59Z")))
                        .request()
                        .deadline())
                .isPresent();
    }

    @Test
    void holdsNothingWhileItWaitsLongAndIsWokenByTheStore() {
        ExecutionEngine engine = bench.engine("a");
        Execution execution = bench.run(waiting(JsonObject.of("for", "PT3.5S")), JsonObject.EMPTY);
        assertThat(execution.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(open(execution)).containsExactly("0:wait");
        Awaitility.await().until(() -> engine.active() == 0);
        Instant due = bench.latest(execution).interrupts().getFirst().due().orElseThrow();
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> bench.store
                                .find(Bench.TENANT, execution.id())
                                .orElseThrow()
                                .state()
                        == ExecutionState.SUCCEEDED);
        Execution done = bench.store.find(Bench.TENANT, execution.id()).orElseThrow();
        assertThat(done.times().finishedAt().orElseThrow()).isAfterOrEqualTo(due);
        assertThat(done.output()).contains(Json.parseObject("{\"log\":[1]}"));
    }

    @Test
    void takesAnEventOrGivesUpWhenItsTimeHasCome() {
        bench.engine("a");
        JsonObject config = JsonObject.of("event", "paid", "for", "PT1H", "output", "event");
        Execution paid = bench.run(waiting(config), JsonObject.EMPTY);
        assertThat(paid.state()).isEqualTo(ExecutionState.WAITING);
        bench.executions.resume(Bench.TENANT, paid.id(), answer("0:wait", JsonNumber.of(12)));
        assertThat(bench.rest(paid).output()).contains(Json.parseObject("{\"event\":12,\"log\":[1]}"));

        Execution unpaid = bench.run(waiting(config.with("for", "PT0.4S")), JsonObject.EMPTY);
        Awaitility.await()
                .until(() -> bench.store
                        .find(Bench.TENANT, unpaid.id())
                        .orElseThrow()
                        .state()
                        .terminal());
        assertThat(bench.rest(unpaid).output()).contains(Json.parseObject("{\"log\":[1]}"));
    }

    @Test
    void endsAtItsDeadlineAlthoughNobodyAnswers() {
        bench.engine("a");
        Execution execution = bench.start(
                waiting(JsonObject.of("event", "never")),
                JsonObject.EMPTY,
                Optional.of(Instant.now().plusMillis(600)));
        Awaitility.await()
                .until(() -> bench.store
                        .find(Bench.TENANT, execution.id())
                        .orElseThrow()
                        .state()
                        .terminal());
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.TIMED_OUT);
    }

    @Test
    void letsThroughRefusesOrAsksAtAGate() {
        bench.engine("a");
        JsonObject config = JsonObject.of("condition", "size(log) > 0", "reason", "Nothing to publish.");
        GraphBuilder failing = graph().channel("x", "any", "last", JsonNumber.of(1))
                .node("gate", "gate", config)
                .node(set("then", "[1]"))
                .edge("START", "gate")
                .edge("gate", "then");
        assertThat(bench.run(failing.build(), Json.parseObject("{\"log\":[0]}")).output())
                .contains(Json.parseObject("{\"x\":1,\"log\":[0,1]}"));
        Execution refused = bench.run(failing.build(), Json.parseObject("{\"log\":[]}"));
        assertThat(refused.failure().orElseThrow().code()).isEqualTo(GraphErrorCode.GATE_CLOSED.code());
        assertThat(refused.failure().orElseThrow().message()).contains("Nothing to publish.");

        GraphDefinition asking = graph().node("gate", "gate", config.with("otherwise", "ask"))
                .node(set("then", "[1]"))
                .edge("START", "gate")
                .edge("gate", "then")
                .build();
        Execution yes = bench.run(asking, Json.parseObject("{\"log\":[]}"));
        bench.executions.resume(Bench.TENANT, yes.id(), answer("0:gate", JsonBoolean.TRUE));
        assertThat(bench.rest(yes).output()).contains(Json.parseObject("{\"log\":[1]}"));
        Execution no = bench.run(asking, Json.parseObject("{\"log\":[]}"));
        bench.executions.resume(Bench.TENANT, no.id(), answer("0:gate", JsonBoolean.FALSE));
        assertThat(bench.rest(no).failure().orElseThrow().message()).contains("refused");
    }

    @Test
    void checksAnswersAgainstTheSchemaOfTheQuestion() {
        Executions checking = new Executions(
                bench.store,
                bench.graphs,
                type -> Optional.empty(),
                AgentCatalog.NONE,
                bench.ids,
                InstantSource.system(),
                (schema, value, pointer) ->
                        schema.text("type").filter("string"::equals).isPresent() && !(value instanceof JsonString)
                                ? List.of(new Fault(pointer, "schema:type", "It is no string."))
                                : List.of());
        bench.engine("a");
        GraphDefinition graph = graph().node(
                        "ask",
                        "human",
                        JsonObject.of("prompt", "?", "schema", JsonObject.of("type", "string"), "output", "event"))
                .edge("START", "ask")
                .build();
        Execution execution = bench.run(graph, JsonObject.EMPTY);
        assertThatThrownBy(() -> checking.resume(Bench.TENANT, execution.id(), answer("0:ask", JsonNumber.of(1))))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .containsExactly(new Fault("/resume/0:ask", "schema:type", "It is no string.")));
        checking.resume(Bench.TENANT, execution.id(), answer("0:ask", new JsonString("fine")));
        assertThat(bench.rest(execution).output()).contains(JsonObject.of("event", "fine"));
    }
}
