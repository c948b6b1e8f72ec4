package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.RetryLaterException;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CachePolicy;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeLayout;
import dev.agentos.spi.NodeRules;
import dev.agentos.spi.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a node may say of its results and its failures. */
class NodePolicyTest {

    private final Bench bench = new Bench();
    private final AtomicInteger runs = new AtomicInteger();

    @AfterEach
    void close() {
        bench.close();
    }

    private static GraphDefinition cached(CachePolicy policy) {
        return GraphDefinition.named("cached")
                .channel("given", "integer", "last")
                .channel("other", "integer", "last")
                .channel("out", "integer", "last")
                .node(NodeDefinition.of(
                        "work", "work", JsonObject.EMPTY, new NodeRules(false, Optional.empty(), Optional.of(policy))))
                .edge("START", "work")
                .build();
    }

    private void countRuns() {
        bench.handlers.put("work", new FakeHandler(call -> {
            runs.incrementAndGet();
            return JsonObject.of("out", call.state().number("given").orElseThrow());
        }));
        bench.engine("a");
    }

    @Test
    void aNodeThatWritesToWhatItDoesNotNameFails() {
        bench.handlers.put("work", new FakeHandler(call -> JsonObject.of("out", 1, "other", 2)));
        bench.engine("a");
        for (List<String> declared : List.of(List.of("out"), List.<String>of())) {
            Execution failed = bench.run(writing(declared), JsonObject.EMPTY);
            assertThat(failed.failure().orElseThrow().code()).isEqualTo("graph:INVALID_WRITE");
            assertThat(failed.failure().orElseThrow().message())
                    .contains("'work'", "and says that it writes to", declared.isEmpty() ? "none" : "'other'");
        }
        Execution done = bench.run(writing(List.of("out", "other")), JsonObject.EMPTY);
        assertThat(done.output().orElseThrow().member("other")).contains(JsonNumber.of(2));
        // Inside of another node the names are those of its own graph.
        GraphDefinition around = GraphDefinition.named("around")
                .channel("out", "integer", "last")
                .node(
                        "in",
                        "subgraph",
                        JsonObject.of(
                                "graph",
                                GraphCodec.write(writing(List.of("out", "other"))),
                                "output",
                                JsonObject.of("out", "other")))
                .edge("START", "in")
                .build();
        assertThat(bench.run(around, JsonObject.EMPTY).output().orElseThrow().member("out"))
                .contains(JsonNumber.of(2));
    }

    private static GraphDefinition writing(List<String> declared) {
        return GraphDefinition.named("writing")
                .channel("out", "integer", "last")
                .channel("other", "integer", "last")
                .node(NodeDefinition.of(
                        "work", "work", JsonObject.EMPTY, NodeRules.NONE.writing(declared.toArray(String[]::new))))
                .edge("START", "work")
                .build();
    }

    @Test
    void usesAResultAgainForTheSameKey() {
        countRuns();
        GraphDefinition graph = cached(new CachePolicy(Optional.of("given"), Duration.ofMinutes(1)));
        for (int other = 0; other < 3; other++) {
            Execution done = bench.run(graph, JsonObject.of("given", 5, "other", other));
            assertThat(done.output().orElseThrow().member("out")).contains(JsonNumber.of(5));
            assertThat(bench.types(done)).contains("task.started", "task.finished");
        }
        assertThat(runs).hasValue(1);
        assertThat(bench.run(graph, JsonObject.of("given", 6))
                        .output()
                        .orElseThrow()
                        .member("out"))
                .contains(JsonNumber.of(6));
        assertThat(runs).hasValue(2);
    }

    @Test
    void takesTheWholeStateForTheKeyAndForgets() throws InterruptedException {
        countRuns();
        GraphDefinition graph = cached(new CachePolicy(Optional.empty(), Duration.ofMillis(200)));
        bench.run(graph, JsonObject.of("given", 5, "other", 1));
        bench.run(graph, JsonObject.of("given", 5, "other", 2));
        assertThat(runs).hasValue(2);
        Thread.sleep(250);
        bench.run(graph, JsonObject.of("given", 5, "other", 1));
        assertThat(runs).hasValue(3);
    }

    private Execution failing(RetryPolicy policy, RuntimeException thrown) {
        bench.handler("work", call -> {
            if (runs.incrementAndGet() < 3) {
                throw thrown;
            }
            return JsonObject.of("out", 1);
        });
        return bench.run(limited(policy), JsonObject.EMPTY);
    }

    private static RetryPolicy on(String... errors) {
        return new RetryPolicy(3, Duration.ofMillis(2), 1, Duration.ofMillis(2), List.of(errors));
    }

    @Test
    void repeatsTheFailuresThatAreNamed() {
        bench.engine("a");
        AgentOsException invalid = new AgentOsException(GraphErrorCode.INVALID_INPUT, "No.", "Yes.");
        assertThat(failing(on(), invalid).state()).isEqualTo(ExecutionState.FAILED);
        runs.set(0);
        assertThat(failing(on("graph:INVALID_INPUT"), invalid).state()).isEqualTo(ExecutionState.SUCCEEDED);
        runs.set(0);
        assertThat(failing(on("USER"), invalid).state()).isEqualTo(ExecutionState.SUCCEEDED);
        runs.set(0);
        assertThat(failing(on("INTERNAL"), new IllegalStateException("odd")).state())
                .isEqualTo(ExecutionState.SUCCEEDED);
        runs.set(0);
        AgentOsException slow = new AgentOsException(GraphErrorCode.NODE_TIMEOUT, "Slow.", "Wait.");
        assertThat(failing(on("graph:INVALID_INPUT"), slow).state()).isEqualTo(ExecutionState.FAILED);
    }

    @Test
    void waitsForTheEndOfARefusalThatSaysWhenItIsOver() {
        bench.engine("a");
        List<Instant> began = new CopyOnWriteArrayList<>();
        ErrorCode limited = ErrorCode.of("limits", "RATE_LIMITED", ErrorType.RESOURCES, true);
        RetryLaterException refused = new RetryLaterException(limited, "No more.", "Wait.", Duration.ofMillis(900));
        bench.handler("work", call -> {
            began.add(Instant.now());
            if (began.size() == 1) {
                throw refused;
            }
            return JsonObject.of("out", 1);
        });
        GraphDefinition graph = limited(on());
        assertThat(bench.run(graph, JsonObject.EMPTY).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(Duration.between(began.get(0), began.get(1))).isGreaterThanOrEqualTo(Duration.ofSeconds(1));

        began.clear();
        Execution late = bench.rest(
                bench.start(graph, JsonObject.EMPTY, Optional.of(Instant.now().plusMillis(900))));
        assertThat(late.failure().orElseThrow().code())
                .as("it could not be tried again before the deadline")
                .isEqualTo("limits:RATE_LIMITED");
        assertThat(began).hasSize(1);

        began.clear();
        Execution otherwise = bench.run(limited(on("graph:INVALID_INPUT")), JsonObject.EMPTY);
        assertThat(otherwise.state()).as("the policy does not cover it").isEqualTo(ExecutionState.FAILED);
        assertThat(began).hasSize(1);
    }

    /** Chance chooses each pause between none and the longest one, which grows with the attempts up to its bound. */
    @Test
    void pausesBetweenAttemptsForAPartOfWhatThePolicySays() {
        AtomicReference<Double> chance = new AtomicReference<>(0.0);
        bench.engine(Bench.config("a"), bench.executions, Failpoints.NONE, new Random() {
            @Override
            public double nextDouble() {
                return chance.get();
            }
        });
        List<Instant> began = new CopyOnWriteArrayList<>();
        bench.handler("work", call -> {
            began.add(Instant.now());
            if (began.size() < 4) {
                throw new IllegalStateException("odd");
            }
            return JsonObject.of("out", 1);
        });
        Duration hour = Duration.ofHours(1);
        assertThat(bench.run(limited(new RetryPolicy(4, hour, 1, hour, List.of("INTERNAL"))), JsonObject.EMPTY)
                        .state())
                .as("hours were waited for, though chance said none")
                .isEqualTo(ExecutionState.SUCCEEDED);

        began.clear();
        chance.set(0.5);
        RetryPolicy growing =
                new RetryPolicy(4, Duration.ofMillis(100), 2, Duration.ofMillis(300), List.of("INTERNAL"));
        assertThat(bench.run(limited(growing), JsonObject.EMPTY).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(IntStream.range(1, 4)
                        .mapToObj(i -> Duration.between(began.get(i - 1), began.get(i)))
                        .toList())
                .satisfiesExactly(
                        first -> assertThat(first).isGreaterThanOrEqualTo(Duration.ofMillis(50)),
                        second -> assertThat(second).isGreaterThanOrEqualTo(Duration.ofMillis(100)),
                        third -> assertThat(third).isGreaterThanOrEqualTo(Duration.ofMillis(150)));
    }

    private static GraphDefinition limited(RetryPolicy policy) {
        return GraphDefinition.named("limited")
                .channel("out", "integer", "last")
                .node(new NodeDefinition(
                        "work", "work", JsonObject.EMPTY, NodeLayout.NONE, Optional.of(policy), Optional.empty()))
                .edge("START", "work")
                .build();
    }
}
