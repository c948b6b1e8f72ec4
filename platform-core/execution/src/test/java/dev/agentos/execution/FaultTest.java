package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Json;
import dev.agentos.spi.Effect;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaultTest {

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    private static GraphDefinition fanOut(String type) {
        return GraphDefinition.named("fan-out")
                .channel("log", "array", "append")
                .node("a", type, JsonObject.EMPTY)
                .node("b", type, JsonObject.EMPTY)
                .node("c", type, JsonObject.EMPTY)
                .node("join", "transform", ExecutionEngineTest.set("log", "['joined']"))
                .edge("START", "a")
                .edge("START", "b")
                .edge("START", "c")
                .edge("a", "join")
                .edge("b", "join")
                .edge("c", "join")
                .build();
    }

    private static GraphDefinition single(String type) {
        return GraphDefinition.named("single")
                .channel("out", "any", "last")
                .node("work", type, JsonObject.EMPTY)
                .edge("START", "work")
                .build();
    }

    @Test
    void runsOnlyTheOpenBranchesAfterACrash() {
        AtomicBoolean hang = new AtomicBoolean(true);
        AtomicInteger runs = new AtomicInteger();
        bench.handler("branch", call -> {
            runs.incrementAndGet();
            if (call.node().id().equals("b") && hang.get()) {
                new CountDownLatch(1).await();
            }
            return JsonObject.of("log", call.node().id());
        });
        ExecutionEngine first = bench.engine("first");
        Execution execution = bench.start(fanOut("branch"), JsonObject.EMPTY);
        await().until(() ->
                bench.types(execution).stream().filter("task.finished"::equals).count() == 2);
        first.abandon();
        hang.set(false);
        bench.store.release("first");
        bench.engine("second");

        Execution done = bench.rest(execution);
        assertThat(done.output()).contains(JsonObject.of("log", List.of("a", "b", "c", "joined")));
        assertThat(runs).hasValue(4);
        assertThat(done.progress().attempt()).isEqualTo(2);
        assertThat(bench.events(done))
                .filteredOn(event -> event.draft().type().equals("execution.resumed"))
                .singleElement()
                .satisfies(event -> assertThat(event.draft().data()).isEqualTo(JsonObject.of("attempt", 2)));
    }

    @Test
    void whatEndsItsServersIsGivenUpAndTold() {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        bench.handler("poison", call -> {
            runs.incrementAndGet();
            never.await();
            return JsonObject.EMPTY;
        });
        List<Optional<String>> told = new CopyOnWriteArrayList<>();
        EngineConfig usual = Bench.config("engine-0");
        ExecutionEngine engine = bench.engine(usual, bench.executions, Failpoints.NONE);
        Execution execution = bench.start(single("poison"), JsonObject.EMPTY);
        for (int crash = 1; crash <= 2; crash++) {
            int times = crash;
            await().until(() -> runs.get() == times);
            engine.abandon();
            engine = bench.engine(
                    new EngineConfig(
                            "engine-" + crash,
                            usual.maxConcurrent(),
                            usual.lease(),
                            usual.poll(),
                            usual.grace(),
                            usual.patience(),
                            2),
                    bench.executions,
                    Failpoints.NONE);
            engine.measuredBy(outcome -> told.add(outcome.failure().map(Failure::code)));
            bench.store.release("engine-" + (crash - 1));
        }

        Execution ended = bench.rest(execution);
        assertThat(ended.failure().orElseThrow().code()).isEqualTo(GraphErrorCode.CRASHED_TOO_OFTEN.code());
        assertThat(runs).hasValue(2);
        Execution sound = bench.run(
                GraphDefinition.named("sound")
                        .channel("log", "array", "append")
                        .node("join", "transform", ExecutionEngineTest.set("log", "['joined']"))
                        .edge("START", "join")
                        .build(),
                JsonObject.EMPTY);
        assertThat(sound.state()).isEqualTo(ExecutionState.SUCCEEDED);
        await().untilAsserted(() -> assertThat(told)
                .containsExactlyInAnyOrder(Optional.of(GraphErrorCode.CRASHED_TOO_OFTEN.code()), Optional.empty()));
    }

    /** What filled a server's memory together does not fill the memory of the next one. */
    @Test
    void whatEndedTwoServersTogetherGoesOnOneByOne() {
        AtomicInteger atOnce = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch never = new CountDownLatch(1);
        bench.handler("greedy", call -> {
            most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            try {
                if (runs.incrementAndGet() <= 6) {
                    never.await();
                }
                return JsonObject.EMPTY;
            } finally {
                atOnce.decrementAndGet();
            }
        });
        ExecutionEngine engine = bench.engine(Bench.config("engine-0"), bench.executions, Failpoints.NONE);
        List<Execution> started = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            started.add(bench.start(single("greedy"), JsonObject.EMPTY));
        }
        for (int crash = 1; crash <= 2; crash++) {
            int times = 3 * crash;
            await().until(() -> runs.get() == times);
            assertThat(most).hasValue(3);
            engine.abandon();
            await().until(() -> atOnce.get() == 0);
            most.set(0);
            engine = bench.engine(Bench.config("engine-" + crash), bench.executions, Failpoints.NONE);
            bench.store.release("engine-" + (crash - 1));
        }
        started.forEach(one -> assertThat(bench.rest(one).state()).isEqualTo(ExecutionState.SUCCEEDED));
        assertThat(runs).hasValue(9);
        assertThat(most).hasValue(1);
    }

    @Test
    void theNextAttemptIsToldOnceWhatWasLost() {
        AtomicInteger runs = new AtomicInteger();
        List<List<NodeCall.Lost>> told = new CopyOnWriteArrayList<>();
        bench.handler("work", call -> {
            told.add(call.lost());
            if (runs.incrementAndGet() == 1) {
                call.emit(ExecutionEvent.MESSAGE, JsonObject.of("text", "half an answer"));
                new CountDownLatch(1).await();
            }
            return JsonObject.of("out", "done");
        });
        ExecutionEngine first = bench.engine("first");
        Execution execution = bench.start(single("work"), JsonObject.EMPTY);
        await().until(() -> bench.types(execution).contains(ExecutionEvent.MESSAGE));
        first.abandon();
        bench.store.release("first");
        bench.engine("second");
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(told).containsExactly(List.of(), List.of(new NodeCall.Lost(1, 14)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"retry\" | SUCCEEDED | 2 | \"done\"",
                "{\"skip\":{\"out\":\"by hand\"}} | SUCCEEDED | 1 | \"by hand\"",
                "\"fail\" | FAILED | 1 | null"
            })
    void asksBeforeItRepeatsWhatCannotBeRepeated(String answer, ExecutionState state, int runs, String out) {
        AtomicInteger effects = new AtomicInteger();
        bench.handlers.put(
                "mail",
                new FakeHandler(call -> {
                            if (effects.incrementAndGet() == 1) {
                                new CountDownLatch(1).await();
                            }
                            return JsonObject.of("out", "done");
                        })
                        .with(Effect.NON_IDEMPOTENT));
        ExecutionEngine first = bench.engine("first");
        Execution execution = bench.start(single("mail"), JsonObject.EMPTY);
        await().until(() -> effects.get() == 1);
        assertThat(bench.types(execution)).contains("task.started");
        first.abandon();
        bench.store.release("first");
        bench.engine("second");

        Execution waiting = bench.rest(execution);
        assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(effects).hasValue(1);
        Interrupt question = bench.latest(execution).interrupts().getFirst();
        assertThat(question.payload()).matches(payload -> payload.toString().contains("needs_review"));

        JsonValue value = Json.parse(answer);
        bench.executions.resume(
                Bench.TENANT,
                execution.id(),
                new Command(Map.of(question.id(), value), Optional.empty(), JsonObject.EMPTY, List.of()));
        Execution done = bench.rest(execution);
        assertThat(done.state()).isEqualTo(state);
        assertThat(effects).hasValue(runs);
        assertThat(done.output()
                        .flatMap(one -> one.member("out"))
                        .map(JsonValue::toString)
                        .orElse("null"))
                .isEqualTo(out);
    }

    @Test
    void asksAgainAfterACrashOfTheRepetition() {
        AtomicInteger effects = new AtomicInteger();
        bench.handlers.put(
                "mail",
                new FakeHandler(call -> {
                            effects.incrementAndGet();
                            new CountDownLatch(1).await();
                            return JsonObject.EMPTY;
                        })
                        .with(Effect.NON_IDEMPOTENT));
        ExecutionEngine engine = bench.engine("engine-0");
        Execution execution = bench.start(single("mail"), JsonObject.EMPTY);
        for (int crash = 0; crash < 3; crash++) {
            int expected = crash + 1;
            await().until(() -> effects.get() == expected);
            engine.abandon();
            bench.store.release("engine-" + crash);
            engine = bench.engine("engine-" + (crash + 1));
            assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.WAITING);
            assertThat(effects).hasValue(expected);
            Interrupt question = bench.latest(execution).interrupts().getFirst();
            assertThat(question.id()).isEqualTo("0:work/review/" + crash);
            bench.executions.resume(
                    Bench.TENANT,
                    execution.id(),
                    new Command(Map.of(), Optional.of(new JsonString("retry")), JsonObject.EMPTY, List.of()));
        }
    }

    @Test
    void asksAgainAfterACrashOfARepetitionThatHadAskedSomethingElse() {
        AtomicInteger runs = new AtomicInteger();
        bench.handlers.put(
                "mail",
                new FakeHandler(call -> JsonObject.EMPTY) {
                    @Override
                    public Result run(NodeCall call) throws Exception {
                        if (runs.incrementAndGet() == 2) {
                            return new Result.Interrupted(
                                    List.of(new Interrupt("amount", "work", JsonObject.of("prompt", "How much?"))));
                        }
                        new CountDownLatch(1).await();
                        return new Result.Writes(JsonObject.EMPTY);
                    }
                }.with(Effect.NON_IDEMPOTENT));
        ExecutionEngine first = bench.engine("first");
        Execution execution = bench.start(single("mail"), JsonObject.EMPTY);
        await().until(() -> runs.get() == 1);
        first.abandon();
        bench.store.release("first");
        ExecutionEngine second = bench.engine("second");
        answer(execution, "0:work/review/0", "retry");
        answer(execution, "amount", "much");
        await().until(() -> runs.get() == 3);
        second.abandon();
        bench.store.release("second");
        bench.engine("third");
        answer(execution, "0:work/review/1", "skip");
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(runs).hasValue(3);
    }

    private void answer(Execution execution, String asked, String answer) {
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.WAITING);
        assertThat(bench.latest(execution).interrupts())
                .extracting(Interrupt::id)
                .containsExactly(asked);
        bench.executions.resume(
                Bench.TENANT,
                execution.id(),
                new Command(Map.of(), Optional.of(new JsonString(answer)), JsonObject.EMPTY, List.of()));
    }

    @Test
    void handsBackAtASuperstepBoundaryWhenItDrains() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        bench.handler("branch", call -> {
            runs.incrementAndGet();
            begun.countDown();
            release.await();
            return JsonObject.of("log", call.node().id());
        });
        Duration second = Duration.ofSeconds(1);
        ExecutionEngine first = bench.engine(
                new EngineConfig("first", 4, second.multipliedBy(5), second, second.multipliedBy(20), second, 5),
                bench.executions,
                // The branches end only when the drain has begun.
                name -> {
                    if (name.equals("draining")) {
                        release.countDown();
                    }
                });
        Execution execution = bench.start(fanOut("branch"), JsonObject.EMPTY);
        await().until(() -> begun.getCount() == 0);
        Thread drain = Thread.ofVirtual().start(first::close);
        await().atMost(Duration.ofSeconds(30)).until(() -> !drain.isAlive());

        Execution queued = bench.executions.find(Bench.TENANT, execution.id()).orElseThrow();
        assertThat(queued.state()).isEqualTo(ExecutionState.QUEUED);
        assertThat(queued.progress().step()).isEqualTo(1);
        bench.engine("second");
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(runs).hasValue(3);
    }

    @Test
    void handsBackWhatDoesNotEndInTheGraceOfADrain() {
        AtomicInteger runs = new AtomicInteger();
        bench.handler("slow", call -> {
            if (runs.incrementAndGet() == 1) {
                new CountDownLatch(1).await();
            }
            return JsonObject.of("out", 1);
        });
        ExecutionEngine first = bench.engine("first");
        Execution execution = bench.start(single("slow"), JsonObject.EMPTY);
        await().until(() -> runs.get() == 1);
        first.close();
        assertThat(bench.executions
                        .find(Bench.TENANT, execution.id())
                        .orElseThrow()
                        .state())
                .isEqualTo(ExecutionState.QUEUED);
        bench.engine("second");
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void letsGoWhenItsLeaseIsTaken() {
        AtomicBoolean interrupted = new AtomicBoolean();
        AtomicInteger runs = new AtomicInteger();
        bench.handler("slow", call -> {
            if (runs.incrementAndGet() == 1) {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    interrupted.set(true);
                    throw e;
                }
            }
            return JsonObject.of("out", 1);
        });
        ExecutionEngine first = bench.engine("first");
        Execution execution = bench.start(single("slow"), JsonObject.EMPTY);
        await().until(() -> runs.get() == 1);
        // The first engine is alive but was declared gone, as after a long pause of its machine.
        await().until(() -> {
            bench.store.release("first");
            return !bench.store
                    .claim(new ExecutionStore.Claimant("other", Duration.ofMillis(1)), 1)
                    .isEmpty();
        });
        await().atMost(Duration.ofSeconds(10)).untilTrue(interrupted);
        assertThat(bench.rest(execution).output()).contains(JsonObject.of("out", 1));
        // The end is stored a moment before its place is free.
        await().untilAsserted(() -> assertThat(first.active()).isZero());
    }

    @Test
    void endsAnExecutionThatTheStoreCannotLoadAndRunsTheRest() {
        GraphDefinition graph =
                ExecutionEngineTest.counter().edge("START", "more").build();
        Execution broken = bench.start(graph, JsonObject.EMPTY);
        Execution sound = bench.start(graph, JsonObject.EMPTY);
        ExecutionStore partly = FaultyStore.of(bench.store, (moment, method) -> {
            if (method.equals("open")
                    && Thread.currentThread().getName().contains(broken.id().value())) {
                throw new IllegalStateException("The row cannot be read");
            }
        });
        bench.engine(Bench.config("a"), bench.over(partly), Failpoints.NONE);
        assertThat(bench.rest(sound).state()).isEqualTo(ExecutionState.SUCCEEDED);
        Execution parked = bench.rest(broken);
        assertThat(parked.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(parked.failure().orElseThrow().message()).contains("cannot be read");
    }

    @Test
    void survivesAStoreThatDoesNotAnswerForAWhile() {
        AtomicBoolean down = new AtomicBoolean();
        ExecutionStore store = FaultyStore.of(bench.store, (moment, method) -> {
            if (down.get()) {
                throw new IllegalStateException("Connection refused");
            }
        });
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        bench.handler("slow", call -> {
            begun.countDown();
            release.await();
            return JsonObject.of("out", 1);
        });
        bench.engine(Bench.config("a"), bench.over(store), Failpoints.NONE);
        Execution execution = bench.start(single("slow"), JsonObject.EMPTY);
        await().until(() -> begun.getCount() == 0);
        down.set(true);
        release.countDown();
        await().pollDelay(Duration.ofMillis(2_500)).until(() -> true);
        assertThat(bench.executions
                        .find(Bench.TENANT, execution.id())
                        .orElseThrow()
                        .state())
                .isEqualTo(ExecutionState.RUNNING);
        down.set(false);
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }
}
