package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Failpoints;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is held for an execution is let go whenever no engine carries it on. */
class HoldingTest {

    private final Bench bench = new Bench();
    private final List<String> seen = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        bench.close();
    }

    private ExecutionEngine engine() {
        ExecutionEngine engine = new ExecutionEngine(
                Bench.config("a"), bench.executions, InstantSource.system(), new Random(), Failpoints.NONE);
        engine.holding(id -> {
            seen.add("held");
            return () -> seen.add("let go");
        });
        engine.start();
        return engine;
    }

    @Test
    void fromItsBeginningUntilItWaitsAndUntilItsEnd() {
        bench.handler("look", call -> {
            seen.add("works");
            return JsonObject.of("count", 1);
        });
        GraphDefinition graph = GraphDefinition.named("held")
                .channel("answer", "string", "last")
                .channel("count", "integer", "sum")
                .node("before", "look", JsonObject.EMPTY)
                .node("ask", "human", JsonObject.of("prompt", "Go on?", "output", "answer"))
                .node("behind", "look", JsonObject.EMPTY)
                .edge("START", "before")
                .edge("before", "ask")
                .edge("ask", "behind")
                .build();
        try (ExecutionEngine engine = engine()) {
            Execution waiting = bench.run(graph, JsonObject.EMPTY);
            assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
            await().untilAsserted(() -> assertThat(seen).containsExactly("held", "works", "let go"));
            assertThat(engine.active()).isZero();

            bench.executions.resume(
                    Bench.TENANT,
                    waiting.id(),
                    new Command(
                            Map.of(bench.latest(waiting).interrupts().getFirst().id(), new JsonString("yes")),
                            Optional.empty(),
                            JsonObject.EMPTY,
                            List.of()));
            assertThat(bench.rest(waiting).state()).isEqualTo(ExecutionState.SUCCEEDED);
            await().untilAsserted(() ->
                    assertThat(seen).containsExactly("held", "works", "let go", "held", "works", "let go"));
        }
    }

    /** Whoever cannot take hold leaves the execution to others, and does not keep it from them. */
    @Test
    void leavesItToOthersWhenNothingCanBeHeld() {
        GraphDefinition graph = oneNode();
        EngineConfig usual = Bench.config("a");
        EngineConfig brief = new EngineConfig(
                "a", 1, Duration.ofMillis(300), usual.poll(), usual.grace(), usual.patience(), usual.mostCrashes());
        AtomicInteger tries = new AtomicInteger();
        try (ExecutionEngine engine =
                new ExecutionEngine(brief, bench.executions, InstantSource.system(), new Random(), Failpoints.NONE)) {
            engine.holding(id -> {
                if (tries.incrementAndGet() == 1) {
                    throw new IllegalStateException("on purpose");
                }
                return () -> {};
            });
            engine.start();
            Execution done = bench.run(graph, JsonObject.EMPTY);
            assertThat(done.state()).isEqualTo(ExecutionState.SUCCEEDED);
            assertThat(tries).hasValue(2);
            await().untilAsserted(() -> assertThat(engine.active()).isZero());
        }
    }

    /** No server was lost with it, however often it is in vain. */
    @Test
    void isPutOffAndNotGivenUpAsLongAsNothingCanBeHeld() {
        GraphDefinition graph = oneNode();
        EngineConfig usual = Bench.config("a");
        EngineConfig strict =
                new EngineConfig("a", 1, Duration.ofMillis(300), usual.poll(), usual.grace(), usual.patience(), 1);
        AtomicInteger tries = new AtomicInteger();
        try (ExecutionEngine engine =
                new ExecutionEngine(strict, bench.executions, InstantSource.system(), new Random(), Failpoints.NONE)) {
            engine.holding(id -> {
                if (tries.incrementAndGet() <= 3) {
                    throw new IllegalStateException("on purpose");
                }
                return () -> {};
            });
            Execution started = bench.start(graph, JsonObject.EMPTY);
            engine.start();
            assertThat(bench.rest(started).state()).isEqualTo(ExecutionState.SUCCEEDED);
            assertThat(tries).hasValue(4);
            List<JsonObject> delayed = bench.events(started).stream()
                    .map(ExecutionEvent::draft)
                    .filter(event -> event.type().equals(ExecutionEvent.DELAYED))
                    .map(ExecutionEvent.Draft::data)
                    .toList();
            assertThat(delayed)
                    .hasSize(3)
                    .allSatisfy(
                            data -> assertThat(data.toString()).contains("IllegalStateException", "goes on by itself"));
            assertThat(delayed.stream()
                            .map(data -> Duration.parse(data.text("delay").orElseThrow())))
                    .isSorted()
                    .first()
                    .satisfies(first -> assertThat(first).isBetween(Duration.ofMillis(750), Duration.ofSeconds(1)));
        }
    }

    @Test
    void alsoWhenItFails() {
        bench.handler("look", call -> {
            throw new IllegalStateException("on purpose");
        });
        GraphDefinition graph = GraphDefinition.named("broken")
                .channel("count", "integer", "sum")
                .node("only", "look", JsonObject.EMPTY)
                .edge("START", "only")
                .build();
        try (ExecutionEngine engine = engine()) {
            assertThat(bench.run(graph, JsonObject.EMPTY).state()).isEqualTo(ExecutionState.FAILED);
            await().untilAsserted(() -> assertThat(engine.active()).isZero());
            assertThat(seen).containsExactly("held", "let go");
        }
    }

    private GraphDefinition oneNode() {
        bench.handler("look", call -> JsonObject.of("count", 1));
        return GraphDefinition.named("held")
                .channel("count", "integer", "sum")
                .node("only", "look", JsonObject.EMPTY)
                .edge("START", "only")
                .build();
    }
}
