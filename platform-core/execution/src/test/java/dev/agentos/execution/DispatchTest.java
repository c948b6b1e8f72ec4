package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeHandler;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DispatchTest {

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    private static GraphBuilder fan(JsonObject dispatch) {
        return GraphDefinition.named("fan")
                .channel("items", "array", "last")
                .channel("item", "integer", "last")
                .channel("results", "array", "append")
                .channel("joins", "integer", "sum")
                .node("fan", "dispatch", dispatch)
                .node("join", "transform", ExecutionEngineTest.set("joins", "1"))
                .edge("START", "fan")
                .edge("work", "join")
                .edge("join", "END");
    }

    private static JsonObject dispatch() {
        return JsonObject.of("items", "items", "node", "work");
    }

    private static JsonObject items(int count) {
        return JsonObject.of("items", IntStream.range(0, count).boxed().toList());
    }

    private static JsonValue results(Execution done) {
        return done.output().orElseThrow().member("results").orElseThrow();
    }

    @Test
    void givesEachTaskItsItemAndJoinsTheResultsInTheirOrder() {
        bench.engine("a");
        GraphDefinition graph = fan(dispatch())
                .node("work", "transform", ExecutionEngineTest.set("results", "input * 2"))
                .build();
        Execution done = bench.run(graph, items(300));
        assertThat(done.failure()).isEmpty();
        assertThat(results(done))
                .isEqualTo(JsonValue.of(
                        IntStream.range(0, 300).map(i -> i * 2).boxed().toList()));
        assertThat(done.output().orElseThrow().member("joins")).contains(JsonNumber.of(1));
        assertThat(bench.types(done)).filteredOn("task.finished"::equals).hasSize(302);
        assertThat(bench.events(done))
                .anyMatch(event -> event.draft()
                        .data()
                        .text("task")
                        .filter("1:work:00007"::equals)
                        .isPresent());
    }

    @Test
    void showsAHandlerTheItemUnderTheNameOfAChannelWithoutWritingToIt() {
        bench.handler("square", call -> {
            int item = call.state().number("item").orElseThrow().value().intValue();
            return JsonObject.of("results", List.of(item * item));
        });
        bench.engine("a");
        GraphDefinition graph = fan(dispatch().with("as", "item"))
                .node("work", "square", JsonObject.EMPTY)
                .build();
        Execution done = bench.run(graph, items(4));
        assertThat(results(done)).isEqualTo(Json.parse("[0,1,4,9]"));
        assertThat(done.output().orElseThrow().member("item")).isEmpty();
    }

    @Test
    void asksOnceForTheTypeThatAllTasksOfANodeWaitFor() {
        bench.handler(
                "plugin",
                call -> JsonObject.of(
                        "results", List.of(call.state().member("input").orElseThrow())));
        Execution begun = bench.start(
                fan(dispatch()).node("work", "plugin", JsonObject.EMPTY).build(), items(50));
        NodeHandler handler = bench.handlers.remove("plugin");
        bench.engine("a");
        assertThat(bench.rest(begun).state()).isEqualTo(ExecutionState.WAITING);
        assertThat(bench.latest(begun).interrupts()).singleElement().satisfies(asked -> {
            assertThat(asked.node()).isEqualTo("work");
            assertThat(asked.id()).isEqualTo("1:work:00000/type/1");
        });
        bench.handlers.put("plugin", handler);
        await().untilAsserted(() -> assertThat(
                        bench.executions.require(Bench.TENANT, begun.id()).state())
                .isEqualTo(ExecutionState.SUCCEEDED));
        assertThat(results(bench.rest(begun)))
                .isEqualTo(JsonValue.of(IntStream.range(0, 50).boxed().toList()));
        assertThat(bench.types(begun)).filteredOn("task.started"::equals).hasSize(52);
    }

    @Test
    void tellsWhichOfTheTasksSaidSomething() {
        bench.handler("work", call -> {
            call.emit(ExecutionEvent.MESSAGE, JsonObject.of("text", "one of them"));
            return JsonObject.of("results", List.of(1));
        });
        bench.handler("alone", call -> {
            call.emit(ExecutionEvent.MESSAGE, JsonObject.of("text", "alone"));
            return JsonObject.EMPTY;
        });
        bench.engine("a");
        GraphDefinition graph = fan(dispatch())
                .node("work", "work", JsonObject.EMPTY)
                .node("alone", "alone", JsonObject.EMPTY)
                .edge("START", "alone")
                .edge("alone", "END")
                .build();
        assertThat(bench.events(bench.run(graph, items(3))))
                .filteredOn(event -> event.draft().type().equals(ExecutionEvent.MESSAGE))
                .extracting(event -> event.draft().data().text("task"))
                .containsExactlyInAnyOrder(
                        Optional.empty(),
                        Optional.of("1:work:00000"),
                        Optional.of("1:work:00001"),
                        Optional.of("1:work:00002"));
    }

    @Test
    void runsManyBranchesAFewAtATime() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        bench.handler("work", call -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            Thread.sleep(1);
            running.decrementAndGet();
            return JsonObject.of("results", List.of(1));
        });
        bench.engine("a");
        Execution done =
                bench.run(fan(dispatch()).node("work", "work", JsonObject.EMPTY).build(), items(1_000));
        assertThat(results(done))
                .isInstanceOfSatisfying(
                        JsonArray.class, all -> assertThat(all.size()).isEqualTo(1_000));
        assertThat(most.get()).isBetween(2, 64);
    }

    @Test
    void endsTenThousandQuickBranches() {
        bench.engine("a");
        GraphDefinition graph = fan(dispatch())
                .node("work", "transform", ExecutionEngineTest.set("results", "input + 1"))
                .build();
        Execution done = bench.run(graph, items(10_000));
        assertThat(results(done))
                .isInstanceOfSatisfying(
                        JsonArray.class,
                        all -> assertThat(all.items().getLast()).isEqualTo(JsonNumber.of(10_000)));
    }

    @Test
    void goesOnBehindTheTargetWhenThereAreNoItems() {
        bench.engine("a");
        GraphDefinition graph = fan(dispatch())
                .node("work", "transform", ExecutionEngineTest.set("results", "input"))
                .build();
        Execution done = bench.run(graph, items(0));
        assertThat(done.output()).contains(Json.parseObject("{\"items\":[],\"joins\":1}"));
    }

    @Test
    void refusesWhatIsNoListOrTooLongOrOfAnotherType() {
        bench.engine("a");
        GraphBuilder graph = fan(JsonObject.of("items", "'no list'", "node", "work"))
                .node("work", "transform", ExecutionEngineTest.set("results", "input"));
        assertThat(bench.run(graph.build(), items(1)).failure().orElseThrow().code())
                .isEqualTo(GraphErrorCode.INVALID_DISPATCH.code());
        GraphDefinition much = fan(dispatch())
                .node("work", "transform", ExecutionEngineTest.set("results", "input"))
                .build();
        assertThat(bench.run(much, items(10_001)).failure().orElseThrow().message())
                .contains("10001 items");
        GraphDefinition typed = fan(dispatch().with("as", "item"))
                .node("work", "transform", ExecutionEngineTest.set("results", "item"))
                .build();
        assertThat(bench.run(typed, JsonObject.of("items", List.of("x")))
                        .failure()
                        .orElseThrow()
                        .message())
                .contains("item")
                .contains("integer");
    }

    @Test
    void failsWhenTwoBranchesWriteWhereOnlyOneMay() {
        // Of what its settings do not tell, the compiler knows nothing.
        bench.handler("work", call -> JsonObject.of("item", 1));
        bench.engine("a");
        GraphDefinition graph =
                fan(dispatch()).node("work", "work", JsonObject.EMPTY).build();
        assertThat(bench.run(graph, items(2)).failure().orElseThrow().message()).contains("Two tasks of node 'work'");
    }

    @Test
    void runsNoBranchAgainThatWasStoredBeforeACrash() throws InterruptedException {
        Map<String, Integer> runs = new ConcurrentHashMap<>();
        CountDownLatch half = new CountDownLatch(10);
        CountDownLatch hang = new CountDownLatch(1);
        bench.handler("work", call -> {
            runs.merge(call.task().id(), 1, Integer::sum);
            int item = call.state().number("input").orElseThrow().value().intValue();
            if (item >= 10 && half.getCount() >= 0 && hang.getCount() > 0) {
                hang.await();
            }
            half.countDown();
            return JsonObject.of("results", List.of(item));
        });
        ExecutionEngine first = bench.engine(Bench.config("a"), bench.executions, Failpoints.NONE);
        Execution execution = bench.start(
                fan(dispatch()).node("work", "work", JsonObject.EMPTY).build(), items(20));
        assertThat(half.await(20, TimeUnit.SECONDS)).isTrue();
        org.awaitility.Awaitility.await()
                .until(() -> bench.types(execution).stream()
                                .filter("task.finished"::equals)
                                .count()
                        >= 11);
        first.abandon();
        bench.store.release("a");
        hang.countDown();
        bench.engine("b");
        Execution done = bench.rest(execution);
        assertThat(results(done))
                .isEqualTo(JsonValue.of(IntStream.range(0, 20).boxed().toList()));
        IntStream.range(0, 10)
                .forEach(i -> assertThat(runs.get("1:work:0000" + i)).isEqualTo(1));
    }

    @Test
    void saysOfWhichItemATaskFailed() {
        bench.handler("picky", call -> {
            if (call.state().number("input").orElseThrow().value().intValue() == 2) {
                throw new AgentOsException(GraphErrorCode.GATE_CLOSED, "Not this one.", "Leave it out.");
            }
            return JsonObject.EMPTY;
        });
        bench.engine("a");
        GraphDefinition graph = GraphDefinition.named("picky")
                .channel("items", "array", "last")
                .node("fan", "dispatch", JsonObject.of("items", "items", "node", "work"))
                .node("work", "picky", JsonObject.EMPTY)
                .edge("START", "fan")
                .build();
        Execution failed = bench.run(graph, JsonObject.of("items", List.of(0, 1, 2, 3)));
        assertThat(failed.failure().orElseThrow().message())
                .isEqualTo("Node 'work' (item 3, task '1:work:00002') failed: Not this one.");
    }
}
