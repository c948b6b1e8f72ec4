package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InterruptTest {

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    private static Command answer(String id, JsonValue value) {
        return new Command(Map.of(id, value), Optional.empty(), JsonObject.EMPTY, List.of());
    }

    private Execution beforeAndAfter() {
        return bench.run(GraphCodec.read(GraphCodec.yamlObject("""
            metadata: {name: halts}
            channels: {log: {type: array, reducer: append}}
            nodes:
              - {id: a, type: transform, interrupt: before, config: {set: {log: "['a']"}}}
              - {id: b, type: transform, interrupt: after, config: {set: {log: "['b']"}}}
            edges: [{source: START, target: a}, {source: a, target: b}]
            """)), JsonObject.EMPTY);
    }

    /** Nothing is asked there, so nothing has to be said. */
    @Test
    void goesOnBeforeAndAfterANodeWithoutAWord() {
        bench.engine("a");
        Execution waiting = beforeAndAfter();
        Command nothing = new Command(Map.of(), Optional.empty(), JsonObject.EMPTY, List.of());
        bench.executions.resume(Bench.TENANT, waiting.id(), nothing);
        assertThat(bench.rest(waiting).state()).isEqualTo(ExecutionState.WAITING);
        Command update = new Command(Map.of(), Optional.empty(), JsonObject.of("log", List.of("between")), List.of());
        bench.executions.resume(Bench.TENANT, waiting.id(), update);
        Execution done = bench.rest(waiting);
        assertThat(done.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.output()).contains(JsonObject.of("log", List.of("a", "b", "between")));
    }

    private static GraphDefinition twoPeople() {
        return GraphDefinition.named("people")
                .channel("one", "string", "last")
                .channel("two", "string", "last")
                .channel("count", "integer", "sum")
                .channel("result", "string", "last")
                .node("ask-one", "human", JsonObject.of("prompt", "One?", "output", "one"))
                .node("ask-two", "human", JsonObject.of("prompt", "Two?", "output", "two"))
                .node("work", "count", JsonObject.EMPTY)
                .node("join", "transform", ExecutionEngineTest.set("result", "one + two"))
                .edge("START", "ask-one")
                .edge("START", "ask-two")
                .edge("START", "work")
                .edge("ask-one", "join")
                .edge("ask-two", "join")
                .edge("work", "join")
                .build();
    }

    @Test
    void waitsForEveryAnswerAndRunsTheOthersOnce() {
        AtomicInteger worked = new AtomicInteger();
        bench.handler("count", call -> {
            worked.incrementAndGet();
            return JsonObject.of("count", 1);
        });
        bench.engine("a");
        Execution waiting = bench.run(twoPeople(), JsonObject.EMPTY);
        assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
        Checkpoint asked = bench.latest(waiting);
        assertThat(asked.number()).isEqualTo(1);
        assertThat(asked.interrupts()).extracting(Interrupt::id).containsExactlyInAnyOrder("0:ask-one", "0:ask-two");
        assertThat(bench.types(waiting)).endsWith("checkpoint", "execution.waiting");

        bench.executions.resume(Bench.TENANT, waiting.id(), answer("0:ask-two", new JsonString("B")));
        Execution still = bench.rest(waiting);
        assertThat(still.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(bench.latest(still).interrupts()).extracting(Interrupt::id).containsExactly("0:ask-one");

        bench.executions.resume(
                Bench.TENANT,
                waiting.id(),
                new Command(Map.of(), Optional.of(new JsonString("A")), JsonObject.EMPTY, List.of()));
        Execution done = bench.rest(waiting);
        assertThat(done.output())
                .contains(Json.parseObject("{\"one\":\"A\",\"two\":\"B\",\"count\":1,\"result\":\"AB\"}"));
        assertThat(worked).hasValue(1);
        assertThat(bench.types(done)).filteredOn("task.finished"::equals).hasSize(4);
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void runsNothingAgainThatWasDoneBesideAQuestion(Durability durability) {
        AtomicInteger worked = new AtomicInteger();
        bench.handler("count", call -> {
            worked.incrementAndGet();
            return JsonObject.of("count", 1);
        });
        bench.engine("a");
        GraphDefinition graph = GraphDefinition.named("beside")
                .channel("count", "integer", "sum")
                .channel("answer", "string", "last")
                .node("first", "count", JsonObject.EMPTY)
                .node("second", "count", JsonObject.EMPTY)
                .node("ask", "human", JsonObject.of("prompt", "Well", "output", "answer"))
                .edge(GraphDefinition.START, "first")
                .edge("first", "second")
                .edge("first", "ask")
                .edge("second", GraphDefinition.END)
                .edge("ask", GraphDefinition.END)
                .build();
        Execution waiting = bench.rest(bench.start(graph, JsonObject.EMPTY, Optional.empty(), durability));
        assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
        bench.executions.resume(Bench.TENANT, waiting.id(), answer("1:ask", new JsonString("A")));
        assertThat(bench.rest(waiting).output()).contains(JsonObject.of("count", 2, "answer", "A"));
        assertThat(worked).hasValue(2);
    }

    @Test
    void refusesACommandThatDoesNotFit() {
        bench.handler("count", call -> JsonObject.of("count", 1));
        bench.engine("a");
        Execution waiting = bench.run(twoPeople(), JsonObject.EMPTY);
        Command nothing = new Command(Map.of(), Optional.empty(), JsonObject.EMPTY, List.of());
        Command wrong = new Command(
                Map.of("9:x", JsonNumber.of(1)),
                Optional.of(JsonNumber.of(1)),
                JsonObject.of("one", 7),
                List.of("nowhere"));
        assertThatThrownBy(() -> bench.executions.resume(Bench.TENANT, waiting.id(), nothing))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.INVALID_COMMAND));
        assertThatThrownBy(() -> bench.executions.resume(Bench.TENANT, waiting.id(), wrong))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(InvalidInputException.Fault::pointer)
                                .containsExactly("/answer", "/resume/9:x", "/update/one", "/goto/0"));
        bench.executions.cancel(Bench.TENANT, waiting.id());
        assertThatThrownBy(() ->
                        bench.executions.resume(Bench.TENANT, waiting.id(), answer("0:ask-one", new JsonString("A"))))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.NOT_WAITING));
    }

    @Test
    void goesOnElsewhereWithAnUpdate() {
        bench.handler("count", call -> JsonObject.of("count", 1));
        bench.engine("a");
        Execution waiting = bench.run(twoPeople(), JsonObject.EMPTY);
        bench.executions.resume(
                Bench.TENANT,
                waiting.id(),
                new Command(Map.of(), Optional.empty(), JsonObject.of("one", "x", "two", "y"), List.of("join")));
        Execution done = bench.rest(waiting);
        assertThat(done.output()).contains(Json.parseObject("{\"one\":\"x\",\"two\":\"y\",\"result\":\"xy\"}"));
        assertThat(bench.store
                        .findCheckpoint(Bench.TENANT, done.id(), Optional.of(2))
                        .orElseThrow()
                        .source())
                .isEqualTo(Checkpoint.Source.UPDATE);
    }

    private static GraphDefinition typed() {
        return GraphDefinition.named("typed")
                .channel("age", "integer", "last")
                .channel("news", "object", "merge")
                .node("ask", "human", JsonObject.of("prompt", "How old?", "output", "age"))
                .node("hear", "wait", JsonObject.of("event", "news", "output", "news"))
                .edge("START", "ask")
                .edge("START", "hear")
                .build();
    }

    /** Who answers can correct it; an answer that the node cannot write would end the execution. */
    @Test
    void refusesAnAnswerThatDoesNotFitItsChannelAndGoesOnWaiting() {
        bench.engine("a");
        Execution waiting = bench.run(typed(), JsonObject.EMPTY);
        Command wrong = new Command(
                Map.of("0:ask", new JsonString("old"), "0:hear", JsonNumber.of(1)),
                Optional.empty(),
                JsonObject.EMPTY,
                List.of());
        assertThatThrownBy(() -> bench.executions.resume(Bench.TENANT, waiting.id(), wrong))
                .isInstanceOfSatisfying(InvalidInputException.class, e -> {
                    assertThat(e.errorCode()).isEqualTo(GraphErrorCode.INVALID_COMMAND);
                    assertThat(e.faults())
                            .extracting(InvalidInputException.Fault::pointer)
                            .containsExactlyInAnyOrder("/resume/0:ask", "/resume/0:hear");
                    assertThat(e.faults())
                            .extracting(InvalidInputException.Fault::message)
                            .anyMatch(message -> message.contains("'age'") && message.contains("integer"))
                            .anyMatch(message -> message.contains("'news'") && message.contains("object"));
                });
        assertThat(bench.rest(waiting).state()).isEqualTo(ExecutionState.WAITING);
        bench.executions.resume(
                Bench.TENANT,
                waiting.id(),
                new Command(
                        Map.of("0:ask", JsonNumber.of(7), "0:hear", JsonObject.of("a", 1)),
                        Optional.empty(),
                        JsonObject.EMPTY,
                        List.of()));
        assertThat(bench.rest(waiting).output()).contains(JsonObject.of("age", 7, "news", JsonObject.of("a", 1)));
    }

    /** Inside of a node the channel has another name than the one that the node gives it. */
    @Test
    void refusesAnAnswerInsideOfANodeThatDoesNotFitItsChannel() {
        bench.engine("a");
        GraphDefinition graph = GraphDefinition.named("around")
                .node("inner", "subgraph", JsonObject.of("graph", GraphCodec.write(typed())))
                .edge("START", "inner")
                .build();
        Execution waiting = bench.run(graph, JsonObject.EMPTY);
        assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
        String question = bench.latest(waiting).interrupts().stream()
                .map(Interrupt::id)
                .filter(id -> id.endsWith("/ask"))
                .findFirst()
                .orElseThrow();
        assertThatThrownBy(() ->
                        bench.executions.resume(Bench.TENANT, waiting.id(), answer(question, new JsonString("old"))))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .singleElement()
                                .satisfies(fault -> assertThat(fault.message()).contains("'inner/age'")));
    }

    /** Asks twice, one question after the other, and needs both answers when it runs for the third time. */
    private static final class Questions implements NodeHandler {
        @Override
        public Effect effect(NodeDefinition node) {
            return Effect.PURE;
        }

        @Override
        public List<InvalidInputException.Fault> check(NodeDefinition node, Expressions expressions) {
            return List.of();
        }

        @Override
        public Result run(NodeCall call) {
            for (String id : List.of("first", "second")) {
                if (call.answer(id).isEmpty()) {
                    return new Result.Interrupted(
                            List.of(new Interrupt(id, call.node().id(), JsonObject.EMPTY)));
                }
            }
            return new Result.Writes(new JsonObject(Map.of(
                    "out",
                    call.answer("first").orElseThrow(),
                    "out2",
                    call.answer("second").orElseThrow())));
        }
    }

    @Test
    void keepsAnswersForATaskThatAsksAgain() {
        bench.handlers.put("questions", new Questions());
        bench.engine("a");
        GraphDefinition graph = GraphDefinition.named("questions")
                .channel("out", "any", "last")
                .channel("out2", "any", "last")
                .node("q", "questions", JsonObject.EMPTY)
                .edge("START", "q")
                .build();
        Execution execution = bench.run(graph, JsonObject.EMPTY);
        bench.executions.resume(Bench.TENANT, execution.id(), answer("first", JsonNumber.of(1)));
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.WAITING);
        bench.executions.resume(Bench.TENANT, execution.id(), answer("second", JsonNumber.of(2)));
        assertThat(bench.rest(execution).output()).contains(JsonObject.of("out", 1, "out2", 2));
    }
}
