package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.graph.Control;
import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Time limits and attempts of nodes that contain a graph. */
class SubgraphPolicyTest {

    private static final String RETRY = "{maxAttempts: 3, initial: PT0.01S, errors: [graph:GATE_CLOSED]}";

    private final Bench bench = new Bench();
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger beside = new AtomicInteger();

    SubgraphPolicyTest() {
        bench.handler("work", call -> JsonObject.of("log", List.of(call.node().id())));
        bench.handler("beside", call -> {
            beside.incrementAndGet();
            return JsonObject.of("log", List.of("beside"));
        });
        bench.handler("fails", call -> {
            if (failures.getAndDecrement() > 0) {
                throw new AgentOsException(GraphErrorCode.GATE_CLOSED, "Not yet.", "Wait.");
            }
            return JsonObject.of("log", List.of(call.node().id()));
        });
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static GraphDefinition yaml(String text) {
        return GraphCodec.read(GraphCodec.yamlObject(text));
    }

    /** A node 'sub' with some policies around some nodes in a row, and another graph's nodes beside it. */
    private static GraphDefinition around(String policies, String inside, String... beside) {
        StringBuilder others = new StringBuilder();
        StringBuilder edges = new StringBuilder();
        for (String one : beside) {
            others.append("  - ").append(one).append('\n');
            String id = one.replaceAll(".*id: (\\w+).*", "$1");
            edges.append("  - {source: START, target: ").append(id).append("}\n");
        }
        return yaml("""
            metadata: {name: outer}
            channels:
              log: {type: array, reducer: append}
              verdict: {type: string, reducer: last}
            nodes:
            %s  - id: sub
                type: subgraph
                %s
                config:
                  output: {log: log}
                  graph:
                    channels:
                      log: {type: array, reducer: append}
                      verdict: {type: string, reducer: last}
                    nodes:
                      - {id: first, type: work}
                      - %s
                    edges: [{source: START, target: first}, {source: first, target: second}]
            edges:
            %s  - {source: START, target: sub}
            """.formatted(others, policies, inside, edges));
    }

    private static JsonObject log(String... entries) {
        return JsonObject.of("log", List.of(entries));
    }

    private List<String> failed(Execution execution) {
        return bench.events(execution).stream()
                .map(ExecutionEvent::draft)
                .filter(event -> event.type().equals(ExecutionEvent.TASK_FAILED))
                .map(event -> event.node().orElseThrow() + " "
                        + event.data().number("attempt").orElseThrow() + " "
                        + event.data().bool("retry").orElseThrow())
                .toList();
    }

    private String message(Execution execution) {
        return execution.failure().orElseThrow().message();
    }

    private static Command answer(String id, JsonValue value) {
        return new Command(Map.of(id, value), Optional.empty(), JsonObject.EMPTY, List.of());
    }

    private List<String> open(Execution execution) {
        return bench.latest(execution).interrupts().stream().map(Interrupt::id).toList();
    }

    @Test
    void beginsAnewWithFreshChannelsAndFinishesWhatRunsBeside() {
        failures.set(2);
        bench.engine("a");
        Execution done = bench.run(
                around("retry: " + RETRY, "{id: second, type: fails}", "{id: other, type: beside}"), JsonObject.EMPTY);
        assertThat(done.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.output()).contains(log("beside", "sub/first", "sub/second"));
        assertThat(beside).hasValue(1);
        assertThat(failed(done))
                .containsExactly("sub/second 1 false", "sub 1 true", "sub/second 1 false", "sub 2 true");
        assertThat(bench.latest(done).control().member("rounds")).isEmpty();
    }

    @Test
    void failsWhenItsAttemptsAreUsedUp() {
        failures.set(9);
        bench.engine("a");
        Execution done = bench.run(around("retry: " + RETRY, "{id: second, type: fails}"), JsonObject.EMPTY);
        assertThat(done.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(done.failure().orElseThrow().code()).isEqualTo("graph:GATE_CLOSED");
        assertThat(message(done)).contains("Node 'sub/second' failed", "Node 'sub', which contains it, was tried 3");
        assertThat(failed(done)).endsWith("sub/second 1 false", "sub 3 false");
        assertThat(failures).hasValue(6);
    }

    @Test
    void leavesFailuresThatItDoesNotName() {
        failures.set(1);
        bench.engine("a");
        Execution done = bench.run(
                around("retry: {errors: [graph:NODE_TIMEOUT]}", "{id: second, type: fails}"), JsonObject.EMPTY);
        assertThat(done.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(failed(done)).containsExactly("sub/second 1 false");
    }

    @Test
    void repeatsNoEffectThatCannotBe() {
        failures.set(1);
        AtomicInteger paid = new AtomicInteger();
        bench.handlers.put(
                "work",
                new FakeHandler(call -> {
                            paid.incrementAndGet();
                            return JsonObject.EMPTY;
                        })
                        .with(Effect.NON_IDEMPOTENT));
        bench.engine("a");
        Execution done = bench.run(around("retry: " + RETRY, "{id: second, type: fails}"), JsonObject.EMPTY);
        assertThat(done.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(message(done)).contains("an effect inside cannot be repeated");
        assertThat(paid).hasValue(1);
    }

    /** What was done before the question, or beside it, is forgotten by no way of going on. */
    @ParameterizedTest
    @CsvSource({"mail, true", "START, true", "START, false"})
    void repeatsNoEffectThatCannotBeAlsoWhereSomebodySentIt(String before, boolean jump) {
        failures.set(1);
        AtomicInteger mailed = new AtomicInteger();
        bench.handlers.put(
                "mail",
                new FakeHandler(call -> {
                            mailed.incrementAndGet();
                            return JsonObject.EMPTY;
                        })
                        .with(Effect.NON_IDEMPOTENT));
        bench.engine("a");
        Execution waiting = bench.run(yaml("""
            metadata: {name: outer}
            channels: {log: {type: array, reducer: append}}
            nodes:
              - id: sub
                type: subgraph
                retry: %s
                config:
                  graph:
                    channels:
                      log: {type: array, reducer: append}
                      verdict: {type: string, reducer: last}
                    nodes:
                      - {id: mail, type: mail}
                      - {id: ask, type: human, config: {prompt: 'Well', output: verdict}}
                      - {id: check, type: fails}
                    edges:
                      - {source: START, target: mail}
                      - {source: %s, target: ask}
                      - {source: ask, target: check}
            edges: [{source: START, target: sub}]
            """.formatted(RETRY, before)), JsonObject.EMPTY);
        assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
        bench.executions.resume(
                Bench.TENANT,
                waiting.id(),
                new Command(
                        Map.of(),
                        Optional.empty(),
                        JsonObject.EMPTY,
                        jump ? List.of("sub/check") : List.of(),
                        jump ? Optional.empty() : Optional.of("sub/ask")));
        Execution done = bench.rest(waiting);
        assertThat(done.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(message(done)).contains("an effect inside cannot be repeated");
        assertThat(failed(done)).containsExactly("sub/check 1 false", "sub 1 false");
        assertThat(mailed).hasValue(1);
    }

    @Test
    void countsFromOneWhenItIsEnteredAgain() {
        AtomicInteger calls = new AtomicInteger();
        bench.handler("fails", call -> {
            if (calls.incrementAndGet() % 3 != 0) {
                throw new AgentOsException(GraphErrorCode.GATE_CLOSED, "Not yet.", "Wait.");
            }
            return JsonObject.of("log", List.of("done"));
        });
        bench.engine("a");
        Execution done = bench.run(yaml("""
            metadata: {name: outer}
            channels: {log: {type: array, reducer: append}}
            nodes:
              - id: sub
                type: subgraph
                retry: %s
                config:
                  output: {log: log}
                  graph:
                    channels: {log: {type: array, reducer: append}}
                    nodes: [{id: second, type: fails}]
                    edges: [{source: START, target: second}]
            edges:
              - {source: START, target: sub}
              - {source: sub, target: sub, condition: size(log) < 3}
              - {source: sub, target: END, condition: size(log) >= 3}
            """.formatted(RETRY)), JsonObject.EMPTY);
        assertThat(done.output()).contains(log("done", "done", "done"));
        assertThat(calls).hasValue(9);
    }

    private static GraphDefinition nested(String outer, String inner, String node) {
        return yaml("""
            metadata: {name: outer}
            channels: {log: {type: array, reducer: append}}
            nodes:
              - id: a
                type: subgraph
                %s
                config:
                  output: {log: log}
                  graph:
                    channels: {log: {type: array, reducer: append}}
                    nodes:
                      - {id: before, type: work}
                      - id: b
                        type: subgraph
                        %s
                        config:
                          output: {log: log}
                          graph:
                            channels: {log: {type: array, reducer: append}}
                            nodes: [%s]
                            edges: [{source: START, target: c}]
                    edges: [{source: START, target: before}, {source: before, target: b}]
            edges: [{source: START, target: a}]
            """.formatted(outer, inner, node));
    }

    @Test
    void repeatsTheInnermostAndThenTheOneAround() {
        failures.set(4);
        bench.engine("a");
        Execution done = bench.run(
                nested(
                        "retry: " + RETRY,
                        "retry: {maxAttempts: 2, initial: PT0.01S, errors: [USER]}",
                        "{id: c, type: fails}"),
                JsonObject.EMPTY);
        assertThat(failed(done))
                .containsExactly(
                        "a/b/c 1 false",
                        "a/b 1 true",
                        "a/b/c 1 false",
                        "a/b 2 false",
                        "a 1 true",
                        "a/b/c 1 false",
                        "a/b 1 true",
                        "a/b/c 1 false",
                        "a/b 2 false",
                        "a 2 true");
        assertThat(done.output()).contains(log("a/before", "a/b/c"));
    }

    @Test
    void closesWhatIsInsideWhenItsTimeIsOver() throws InterruptedException {
        CountDownLatch closed = new CountDownLatch(1);
        bench.handler("fails", call -> {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                closed.countDown();
                Thread.currentThread().interrupt();
            }
            return JsonObject.EMPTY;
        });
        bench.engine("a");
        Execution done = bench.run(
                nested("timeout: PT20S", "timeout: PT0.2S", "{id: c, type: fails, timeout: PT1M}"), JsonObject.EMPTY);
        assertThat(done.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(done.failure().orElseThrow().code()).isEqualTo("graph:NODE_TIMEOUT");
        assertThat(message(done)).startsWith("Node 'a/b' did not end within PT0.2S");
        assertThat(failed(done)).containsExactly("a/b 1 false");
        assertThat(closed.await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void repeatsWhatTookTooLong() {
        failures.set(1);
        bench.handler("fails", call -> {
            if (failures.getAndDecrement() > 0) {
                try {
                    Thread.sleep(60_000);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return JsonObject.of("log", List.of("done"));
        });
        bench.engine("a");
        Execution done = bench.run(
                nested(
                        "retry: {maxAttempts: 2, initial: PT0.01S, errors: [graph:NODE_TIMEOUT]}",
                        "timeout: PT0.3S",
                        "{id: c, type: fails}"),
                JsonObject.EMPTY);
        assertThat(done.output()).contains(log("a/before", "done"));
        assertThat(failed(done)).containsExactly("a/b 1 false", "a 1 true");
    }

    @Test
    void wakesUpToEndAWaitForAPersonOnAnotherServer() {
        ExecutionEngine first = bench.engine("first");
        Execution waiting = bench.run(
                around("timeout: PT2.6S", "{id: second, type: human, config: {prompt: 'Well', output: verdict}}"),
                JsonObject.EMPTY);
        assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(Control.of(bench.latest(waiting).control()).until()).isPresent();
        first.abandon();
        bench.engine("second");
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(bench.store
                                .find(Bench.TENANT, waiting.id())
                                .orElseThrow()
                                .state())
                        .isEqualTo(ExecutionState.FAILED));
        Execution done = bench.store.find(Bench.TENANT, waiting.id()).orElseThrow();
        assertThat(done.failure().orElseThrow().code()).isEqualTo("graph:NODE_TIMEOUT");
        assertThat(message(done)).startsWith("Node 'sub' did not end");
    }

    @Test
    void asksAnewWhenAPauseInsideTookTooLong() {
        bench.engine("a");
        Execution execution = bench.start(
                around(
                        "timeout: PT0.5S\n    retry: {maxAttempts: 2, initial: PT0.01S}",
                        "{id: second, type: work, interrupt: before}",
                        "{id: other, type: human, interrupt: before, config: {prompt: 'Well', output: verdict}}"),
                JsonObject.EMPTY);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(failed(execution)).contains("sub 1 true"));
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(failed(execution)).contains("sub 2 false"));
        assertThat(bench.rest(execution).failure().orElseThrow().code()).isEqualTo("graph:NODE_TIMEOUT");
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void waitsForThePersonOutsideBeforeItBeginsAnew(Durability durability) {
        failures.set(1);
        bench.engine("a");
        GraphDefinition graph = yaml("""
            metadata: {name: outer}
            channels:
              log: {type: array, reducer: append}
              verdict: {type: string, reducer: last}
            nodes:
              - {id: early, type: beside}
              - {id: ask, type: human, config: {prompt: 'Well', output: verdict}}
              - id: sub
                type: subgraph
                retry: %s
                config:
                  output: {log: log}
                  graph:
                    channels: {log: {type: array, reducer: append}}
                    nodes: [{id: second, type: fails}]
                    edges: [{source: START, target: second}]
            edges:
              - {source: START, target: early}
              - {source: START, target: sub}
              - {source: early, target: ask}
            """.formatted(RETRY));
        Execution execution = bench.rest(bench.start(graph, JsonObject.EMPTY, Optional.empty(), durability));
        assertThat(execution.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(open(execution)).containsExactly("1:ask");
        bench.executions.resume(Bench.TENANT, execution.id(), answer("1:ask", new JsonString("good")));
        Execution done = bench.rest(execution);
        assertThat(done.output())
                .contains(Json.parseObject("{\"log\":[\"beside\",\"sub/second\"],\"verdict\":\"good\"}"));
        assertThat(failed(done)).containsExactly("sub/second 1 false", "sub 1 true");
        assertThat(beside).hasValue(1);
    }

    @Test
    void leavesWhatIsDispatchedBesideItAlone() {
        failures.set(1);
        bench.engine("a");
        GraphDefinition graph = yaml("""
            metadata: {name: outer}
            channels:
              log: {type: array, reducer: append}
              items: {type: array, reducer: last, default: [1, 2, 3]}
            nodes:
              - {id: spread, type: dispatch, config: {items: items, node: other}}
              - {id: other, type: beside}
              - id: sub
                type: subgraph
                retry: %s
                config:
                  output: {log: log}
                  graph:
                    channels: {log: {type: array, reducer: append}}
                    nodes: [{id: second, type: fails}]
                    edges: [{source: START, target: second}]
            edges:
              - {source: START, target: spread}
              - {source: START, target: sub}
            """.formatted(RETRY));
        Execution done = bench.run(graph, JsonObject.EMPTY);
        assertThat(done.output().orElseThrow().array("log").orElseThrow().items())
                .containsExactly(
                        new JsonString("beside"),
                        new JsonString("beside"),
                        new JsonString("beside"),
                        new JsonString("sub/second"));
        assertThat(beside).hasValue(3);
    }

    @Test
    void keepsItsAttemptsWhenItsServerDies() {
        failures.set(2);
        AtomicInteger checkpoints = new AtomicInteger();
        Failpoints dying = name -> {
            if (name.equals("beforeCheckpoint") && checkpoints.incrementAndGet() == 5) {
                throw new AssertionError("The server dies");
            }
        };
        ExecutionEngine first = bench.engine(Bench.config("first"), bench.executions, dying);
        Execution execution = bench.start(
                around("retry: {maxAttempts: 2, initial: PT0.01S, errors: [USER]}", "{id: second, type: fails}"),
                JsonObject.EMPTY);
        await().dontCatchUncaughtExceptions().until(() -> checkpoints.get() >= 5);
        first.abandon();
        bench.store.release("first");
        bench.engine("second");
        Execution done = bench.rest(execution);
        assertThat(done.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(failed(done)).endsWith("sub/second 1 false", "sub 2 false");
    }
}
