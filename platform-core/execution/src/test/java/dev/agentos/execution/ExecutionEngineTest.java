package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeHandler;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.GraphLimits;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeLayout;
import dev.agentos.spi.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExecutionEngineTest {

    private static final ErrorCode BUSY = ErrorCode.of("model", "BUSY", ErrorType.EXTERNAL, true);

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    static JsonObject set(String channel, String expression) {
        return JsonObject.of("set", JsonObject.of(channel, expression));
    }

    static GraphBuilder counter() {
        return GraphDefinition.named("counter")
                .channel("n", "integer", "last", JsonNumber.of(0))
                .channel("log", "array", "append")
                .node("more", "transform", set("n", "n + 1"));
    }

    private static GraphDefinition single(String type) {
        return single(type, Optional.empty(), Optional.empty());
    }

    private static GraphDefinition single(String type, Optional<RetryPolicy> retry, Optional<Duration> timeout) {
        return GraphDefinition.named("single")
                .channel("out", "any", "last")
                .node(new NodeDefinition("work", type, JsonObject.EMPTY, NodeLayout.NONE, retry, timeout))
                .edge("START", "work")
                .build();
    }

    @Test
    void loopsUntilAConditionHolds() {
        bench.engine("a");
        Execution done = bench.run(
                counter()
                        .edge("START", "more")
                        .edge("more", "more", "n < 5")
                        .edge("more", "END", "n >= 5")
                        .build(),
                JsonObject.of("n", 2));

        assertThat(done.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.output()).contains(JsonObject.of("n", 5));
        assertThat(done.progress().step()).isEqualTo(3);
        assertThat(bench.types(done))
                .containsExactly(
                        "execution.queued",
                        "execution.started",
                        "task.started",
                        "task.finished",
                        "checkpoint",
                        "task.started",
                        "task.finished",
                        "checkpoint",
                        "task.started",
                        "task.finished",
                        "checkpoint",
                        "execution.succeeded");
    }

    @Test
    void choosesOneCaseOfACondition() {
        bench.engine("a");
        GraphDefinition graph = counter()
                .node("route", "condition", Json.parseObject("""
                    {"cases":[{"when":"n > 10","goto":"big"},{"when":"n > 5","goto":"END"}],"default":"small"}\
                    """))
                .node("big", "transform", set("log", "['big']"))
                .node("small", "transform", set("log", "['small']"))
                .edge("START", "more")
                .edge("more", "route")
                .build();
        assertThat(bench.run(graph, JsonObject.of("n", 20)).output())
                .contains(Json.parseObject("{\"n\":21,\"log\":[\"big\"]}"));
        assertThat(bench.run(graph, JsonObject.of("n", 7)).output()).contains(Json.parseObject("{\"n\":8}"));
        assertThat(bench.run(graph, JsonObject.EMPTY).output())
                .contains(Json.parseObject("{\"n\":1,\"log\":[\"small\"]}"));
    }

    @Test
    void runsTheTasksOfASuperstepInParallelAndMergesThemInOrder() {
        CountDownLatch both = new CountDownLatch(2);
        bench.handler("meet", call -> {
            both.countDown();
            both.await();
            return JsonObject.of(
                    "log", List.of(call.node().id(), call.state().members().size()));
        });
        bench.engine("a");
        GraphDefinition graph = counter()
                .node("b", "meet", JsonObject.EMPTY)
                .node("a", "meet", JsonObject.EMPTY)
                .node("join", "transform", set("n", "size(log)"))
                .edge("START", "more")
                .edge("more", "b")
                .edge("more", "a")
                .edge("a", "join")
                .edge("b", "join")
                .build();
        Execution done = bench.run(graph, JsonObject.EMPTY);
        assertThat(done.output()).contains(Json.parseObject("{\"n\":4,\"log\":[\"a\",1,\"b\",1]}"));
        assertThat(done.progress().step()).isEqualTo(3);
    }

    @Test
    void refusesInputThatDoesNotFitBeforeAnythingIsStored() {
        GraphDefinition graph = counter().edge("START", "more").build();
        assertThatThrownBy(() -> bench.start(graph, Json.parseObject("{\"n\":1.5,\"x\":1}")))
                .isInstanceOfSatisfying(InvalidInputException.class, e -> {
                    assertThat(e.errorCode()).isEqualTo(GraphErrorCode.INVALID_INPUT);
                    assertThat(e.faults())
                            .extracting(InvalidInputException.Fault::pointer)
                            .containsExactly("/input/n", "/input/x");
                });
        assertThat(bench.executions
                        .list(Bench.TENANT, ExecutionFilter.ANY, dev.agentos.kernel.PageRequest.FIRST)
                        .items())
                .isEmpty();
    }

    @Test
    void failsWhenNoEdgeIsTakenOrTwoNodesWriteOneValue() {
        bench.handler("silent", call -> JsonObject.of("n", 7));
        bench.engine("a");
        Execution stuck = bench.run(
                counter().edge("START", "more").edge("more", "END", "n > 100").build(), JsonObject.EMPTY);
        assertThat(stuck.failure().orElseThrow().code()).isEqualTo("graph:NO_EDGE_TAKEN");
        assertThat(stuck.failure().orElseThrow().message()).contains("'more'");
        Execution clash = bench.run(
                counter()
                        .node("other", "silent", JsonObject.EMPTY)
                        .edge("START", "more", "n >= 0")
                        .edge("START", "other", "n < 100")
                        .build(),
                JsonObject.EMPTY);
        assertThat(clash.failure().orElseThrow().code()).isEqualTo("graph:INVALID_WRITE");
        assertThat(clash.failure().orElseThrow().message()).contains("'more' and 'other'");
    }

    @Test
    void endsAtTheStepLimitAndAtTheDeadline() {
        bench.handler("sleep", call -> {
            new CountDownLatch(1).await();
            return JsonObject.EMPTY;
        });
        bench.engine("a");
        Execution endless = bench.run(
                counter()
                        .edge("START", "more")
                        .edge("more", "more", "n >= 0")
                        .edge("more", "END", "n < 0")
                        .limits(new GraphLimits(Optional.of(25), Optional.empty()))
                        .build(),
                JsonObject.EMPTY);
        assertThat(endless.failure().orElseThrow().code()).isEqualTo("graph:STEP_LIMIT");
        assertThat(endless.progress().step()).isEqualTo(25);
        Execution late = bench.rest(bench.start(
                single("sleep"), JsonObject.EMPTY, Optional.of(Instant.now().plusMillis(200))));
        assertThat(late.state()).isEqualTo(ExecutionState.TIMED_OUT);
        assertThat(late.failure().orElseThrow().code()).isEqualTo("graph:EXECUTION_TIMEOUT");
    }

    @Test
    void aRequestMayHaveAStepLimitOfItsOwnWithinThatOfItsGraph() {
        bench.engine("a");
        GraphBuilder endless =
                counter().edge("START", "more").edge("more", "more", "n >= 0").edge("more", "END", "n < 0");
        Execution origin = bench.run(
                endless.limits(new GraphLimits(Optional.of(25), Optional.empty()))
                        .build(),
                JsonObject.EMPTY);
        for (int[] asked : new int[][] {{3, 3}, {25, 25}, {26, 25}, {100_000, 25}}) {
            Execution bounded = bench.rest(bench.executions.start(
                    Bench.TENANT, origin.request().within(Optional.empty(), Optional.of(asked[0]))));
            assertThat(bounded.failure().orElseThrow().code()).isEqualTo("graph:STEP_LIMIT");
            assertThat(bounded.failure().orElseThrow().message()).contains("within " + asked[1] + " supersteps");
            assertThat(bounded.progress().step()).isEqualTo(asked[1]);
            Execution again = bench.rest(bench.executions.retry(Bench.TENANT, bounded.id(), Optional.empty()));
            assertThat(again.progress().step()).isEqualTo(asked[1]);
        }
        Execution free = bench.run(
                endless.limits(new GraphLimits(Optional.empty(), Optional.empty()))
                        .build(),
                JsonObject.EMPTY);
        assertThat(free.progress().step()).isEqualTo(1_000);
        Execution longer = bench.rest(
                bench.executions.start(Bench.TENANT, free.request().within(Optional.empty(), Optional.of(1_200))));
        assertThat(longer.progress().step()).isEqualTo(1_200);
        for (int wrong : new int[] {0, -1, 100_001}) {
            assertThatThrownBy(() -> bench.executions.start(
                            Bench.TENANT, free.request().within(Optional.empty(), Optional.of(wrong))))
                    .isInstanceOfSatisfying(
                            InvalidInputException.class,
                            e -> assertThat(e.faults())
                                    .singleElement()
                                    .satisfies(
                                            fault -> assertThat(fault.pointer()).isEqualTo("/maxSupersteps")));
        }
    }

    @Test
    void repeatsWhatMayBeRepeatedAndNamesTheNodeInTheEnd() {
        AtomicInteger calls = new AtomicInteger();
        bench.handler("flaky", call -> {
            if (calls.incrementAndGet() < 3) {
                throw new AgentOsException(BUSY, "The model is busy.", "Wait.");
            }
            return JsonObject.of("out", call.attempt());
        });
        bench.handler("broken", call -> {
            throw new IllegalStateException("secret detail");
        });
        bench.handler("slow", call -> {
            new CountDownLatch(1).await();
            return JsonObject.EMPTY;
        });
        bench.engine("a");
        RetryPolicy policy = new RetryPolicy(3, Duration.ofMillis(5), 2, Duration.ofMillis(20));
        Execution done = bench.run(single("flaky", Optional.of(policy), Optional.empty()), JsonObject.EMPTY);
        assertThat(done.output()).contains(JsonObject.of("out", 3));
        assertThat(bench.types(done)).filteredOn("task.failed"::equals).hasSize(2);
        Failure broken = bench.run(single("broken", Optional.of(policy), Optional.empty()), JsonObject.EMPTY)
                .failure()
                .orElseThrow();
        assertThat(broken.code()).isEqualTo("graph:NODE_FAILED");
        assertThat(broken.message())
                .contains("'work'")
                .contains("IllegalStateException")
                .doesNotContain("secret");
        Execution slow =
                bench.run(single("slow", Optional.of(policy), Optional.of(Duration.ofMillis(50))), JsonObject.EMPTY);
        assertThat(slow.failure().orElseThrow().code()).isEqualTo("graph:NODE_TIMEOUT");
        assertThat(bench.types(slow)).filteredOn("task.started"::equals).hasSize(3);
    }

    @Test
    void aResultThatNoLogWouldTakeFailsItsNodeAtOnce() {
        bench.handler("large", call -> JsonObject.of("out", "x".repeat(17 << 20)));
        bench.engine("a");
        Execution large = bench.run(
                single("large", Optional.of(new RetryPolicy(3, Duration.ZERO, 1, Duration.ZERO)), Optional.empty()),
                JsonObject.EMPTY);
        Failure failure = large.failure().orElseThrow();
        assertThat(failure.code()).isEqualTo("graph:RESULT_TOO_LARGE");
        assertThat(failure.message()).contains("'work'").hasSizeLessThan(300);
        assertThat(bench.types(large)).containsOnlyOnce("task.started").contains("task.failed");
    }

    @Test
    void keepsStreamedEventsInFrontOfTheirTasksEnd() {
        bench.handler("stream", call -> {
            for (int i = 0; i < 1_000; i++) {
                call.emit(ExecutionEvent.MESSAGE, JsonObject.of("i", i));
            }
            return JsonObject.of("out", "done");
        });
        bench.engine("a");
        Execution done = bench.run(single("stream"), JsonObject.EMPTY);
        List<ExecutionEvent> events = bench.events(done);
        assertThat(events)
                .filteredOn(event -> event.draft().type().equals("message"))
                .extracting(event ->
                        event.draft().data().number("i").orElseThrow().value().intValue())
                .containsExactlyElementsOf(
                        java.util.stream.IntStream.range(0, 1_000).boxed().toList());
        assertThat(bench.types(done)).endsWith("message", "task.finished", "checkpoint", "execution.succeeded");
    }

    @Test
    void showsAStreamBeforeItsNodeHasEnded() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        bench.handler("stream", call -> {
            call.emit(ExecutionEvent.MESSAGE, JsonObject.of("text", "early"));
            release.await();
            return JsonObject.EMPTY;
        });
        bench.engine("a");
        Execution running = bench.start(single("stream"), JsonObject.EMPTY);
        await().atMost(Duration.ofSeconds(10)).until(() -> bench.types(running).contains("message"));
        assertThat(bench.types(running)).doesNotContain("task.finished");
        long last = bench.events(running).getLast().sequence();
        var next = bench.executions.awaitEvents(Bench.TENANT, running.id(), last, 10, Duration.ofSeconds(20));
        assertThat(next).isNotDone();
        release.countDown();
        assertThat(next.get()).isNotEmpty().first().matches(event -> event.sequence() == last + 1);
        Execution done = bench.rest(running);
        long end = bench.events(done).getLast().sequence();
        assertThat(bench.executions
                        .awaitEvents(Bench.TENANT, done.id(), end, 10, Duration.ofMinutes(5))
                        .get())
                .isEmpty();
    }

    @Test
    void cancelsARunningExecutionAtTheFirstRenewalWhenNothingElseTells() {
        AtomicBoolean interrupted = new AtomicBoolean();
        CountDownLatch begun = new CountDownLatch(1);
        bench.handler("sleep", call -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.set(call.cancelled());
                throw e;
            }
            return JsonObject.EMPTY;
        });
        AtomicBoolean cancelled = new AtomicBoolean();
        AtomicInteger renewals = new AtomicInteger();
        ExecutionStore seen = FaultyStore.of(bench.store, (moment, method) -> {
            if (moment == FaultyStore.Moment.BEFORE
                    && method.equals("renew")
                    && cancelled.get()
                    && !interrupted.get()) {
                renewals.incrementAndGet();
            }
        });
        bench.engine(Bench.config("a"), bench.over(seen), Failpoints.NONE);
        Execution running = bench.start(single("sleep"), JsonObject.EMPTY);
        await().until(() -> begun.getCount() == 0);
        // Through the store alone, as another server would: only the renewal tells.
        bench.store.cancel(
                Bench.TENANT,
                running.id(),
                Failure.of(GraphErrorCode.CANCELLED, "x", "y"),
                new ExecutionEvent.Draft("execution.cancelled", 0, Optional.empty(), JsonObject.EMPTY));
        cancelled.set(true);
        assertThat(bench.rest(running).state()).isEqualTo(ExecutionState.CANCELLED);
        await().untilTrue(interrupted);
        assertThat(renewals).as("renewals until the node was told").hasValueLessThanOrEqualTo(2);
        assertThat(bench.types(running)).endsWith("execution.cancelled");
        assertThat(bench.executions.cancel(Bench.TENANT, running.id()).state()).isEqualTo(ExecutionState.CANCELLED);
    }

    @Test
    void saysThatItWaitsForANodeTypeThatIsAwayAndGoesOnWhenItIsBack() {
        bench.handler("plugin", call -> JsonObject.of("out", 1));
        Execution first = bench.start(single("plugin"), JsonObject.EMPTY);
        NodeHandler handler = bench.handlers.remove("plugin");
        assertThatThrownBy(() -> bench.executions.start(Bench.TENANT, first.request()))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.NODE_TYPE_MISSING));
        bench.engine("a");
        assertThat(bench.rest(first).state()).isEqualTo(ExecutionState.WAITING);
        assertThat(bench.latest(first).interrupts()).singleElement().satisfies(asked -> {
            assertThat(asked.node()).isEqualTo("work");
            assertThat(asked.payload().toString())
                    .contains("Node 'work' waits for its type 'plugin', which no started plugin offers.")
                    .contains("or cancel the execution");
        });
        assertThat(bench.types(first)).endsWith("execution.waiting");
        bench.handlers.put("plugin", handler);
        await().untilAsserted(() -> assertThat(
                        bench.executions.require(Bench.TENANT, first.id()).state())
                .isEqualTo(ExecutionState.SUCCEEDED));
    }

    @Test
    void looksForAMissingNodeTypeByItselfAndWhenItIsToldTo() {
        bench.handler("plugin", call -> JsonObject.of("out", 1));
        Execution told = bench.start(single("plugin"), JsonObject.EMPTY);
        Execution alone = bench.start(single("plugin"), JsonObject.EMPTY);
        NodeHandler handler = bench.handlers.remove("plugin");
        ExecutionEngine engine = bench.engine("a");
        bench.rest(told);
        bench.rest(alone);
        String asked = bench.latest(told).interrupts().getFirst().id();
        bench.executions.resume(
                Bench.TENANT, told.id(), new Command(Map.of(), Optional.empty(), JsonObject.EMPTY, List.of()));
        await().untilAsserted(
                        () -> assertThat(bench.rest(told).progress().attempt()).isEqualTo(2));
        assertThat(bench.rest(told).state()).isEqualTo(ExecutionState.WAITING);
        assertThat(bench.latest(told).interrupts().getFirst().id()).isNotEqualTo(asked);

        engine.close();
        bench.handlers.put("plugin", handler);
        // Another server knows of it only by the time until which it waits.
        bench.engine("b");
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(bench.executions
                                .require(Bench.TENANT, alone.id())
                                .state())
                        .isEqualTo(ExecutionState.SUCCEEDED));
    }

    @Test
    void writesNothingWhileANodeTypeStaysAbsent() {
        bench.handler("plugin", call -> JsonObject.of("out", 1));
        Execution one = bench.start(single("plugin"), JsonObject.EMPTY);
        NodeHandler handler = bench.handlers.remove("plugin");
        ExecutionEngine engine = bench.engine("a");
        Execution waiting = bench.rest(one);
        List<ExecutionEvent> events = bench.events(one);
        int checkpoint = bench.latest(one).number();
        engine.close();
        bench.engine("b");
        await().pollDelay(Duration.ofSeconds(8)).atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(bench.rest(one)).isEqualTo(waiting);
            assertThat(bench.events(one)).isEqualTo(events);
            assertThat(bench.latest(one).number()).isEqualTo(checkpoint);
        });
        bench.handlers.put("plugin", handler);
        // The other server knows of it since it has looked; it would look again by itself later only.
        await().atMost(Duration.ofSeconds(4))
                .untilAsserted(() -> assertThat(
                                bench.executions.require(Bench.TENANT, one.id()).state())
                        .isEqualTo(ExecutionState.SUCCEEDED));
    }

    @Test
    void staysPausedWhenTheNodeTypeIsBack() throws Exception {
        bench.handler("plugin", call -> JsonObject.of("out", 1));
        Execution one = bench.start(single("plugin"), JsonObject.EMPTY);
        NodeHandler handler = bench.handlers.remove("plugin");
        bench.engine("a");
        assertThat(bench.rest(one).state()).isEqualTo(ExecutionState.WAITING);
        bench.executions.pause(Bench.TENANT, one.id());
        bench.handlers.put("plugin", handler);
        Thread.sleep(3_000);
        Execution paused = bench.executions.require(Bench.TENANT, one.id());
        assertThat(paused.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(paused.progress().pauseRequested()).isTrue();
        bench.executions.resume(
                Bench.TENANT, one.id(), new Command(Map.of(), Optional.empty(), JsonObject.EMPTY, List.of()));
        await().untilAsserted(() -> assertThat(
                        bench.executions.require(Bench.TENANT, one.id()).state())
                .isEqualTo(ExecutionState.SUCCEEDED));
    }

    @Test
    void forgetsWhatDoesNotWaitForANodeTypeAnyMore() {
        bench.handler("plugin", call -> JsonObject.of("out", 1));
        Execution one = bench.start(single("plugin"), JsonObject.EMPTY);
        bench.handlers.remove("plugin");
        bench.engine("a");
        assertThat(bench.rest(one).state()).isEqualTo(ExecutionState.WAITING);
        AbsentTypes absent = new AbsentTypes(bench.executions);
        absent.note(Bench.TENANT, one.id(), Map.of("question", "plugin"));
        absent.look();
        assertThat(absent.size()).isEqualTo(1);
        bench.executions.cancel(Bench.TENANT, one.id());
        await().untilAsserted(() -> {
            absent.look();
            assertThat(absent.size()).isZero();
        });
    }

    @Test
    void doesNotEvenWaitForANodeTypeThatIsBackAtOnce() {
        bench.handler("plugin", call -> JsonObject.of("out", 1));
        Execution one = bench.start(single("plugin"), JsonObject.EMPTY);
        NodeHandler handler = bench.handlers.remove("plugin");
        bench.engine("a");
        bench.handlers.put("plugin", handler);
        assertThat(bench.rest(one).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }
}
