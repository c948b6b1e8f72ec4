package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.execution.memory.MemoryExecutionStore;
import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An execution that waits already can be asked to wait, too. */
class PausedWaitsTest {

    private static final Command GO_ON = new Command(Map.of(), Optional.empty(), JsonObject.EMPTY, List.of());

    /** The time of store and engine, which a test moves on. */
    private static final class MovedClock implements InstantSource {
        private volatile Duration moved = Duration.ZERO;

        @Override
        public Instant instant() {
            return Instant.now().plus(moved);
        }
    }

    private final MovedClock clock = new MovedClock();
    private final Bench bench = new Bench(new MemoryExecutionStore(clock));
    private final AtomicInteger worked = new AtomicInteger();
    private ExecutionEngine engine = engine();

    private ExecutionEngine engine() {
        bench.handlers.put("work", new FakeHandler(call -> {
            worked.incrementAndGet();
            return JsonObject.of("log", "worked");
        }));
        ExecutionEngine started =
                new ExecutionEngine(Bench.config("a"), bench.executions, clock, new Random(1), Failpoints.NONE);
        started.start();
        return started;
    }

    @AfterEach
    void close() {
        engine.close();
        bench.close();
    }

    private static GraphBuilder graph() {
        return GraphDefinition.named("paused")
                .channel("log", "array", "append")
                .channel("event", "any", "last")
                .node("wait", "wait", JsonObject.of("for", "PT1H"))
                .node("then", "work", JsonObject.EMPTY)
                .edge("START", "wait")
                .edge("wait", "then");
    }

    /** Beside the timer something was done, which is not done again. */
    private static GraphDefinition besideWork() {
        return graph().node("beside", "work", JsonObject.EMPTY)
                .edge("START", "beside")
                .build();
    }

    private Execution awaitAttempt(Execution execution, int attempt) {
        Awaitility.await().until(() -> {
            Execution now = bench.store.find(Bench.TENANT, execution.id()).orElseThrow();
            return now.progress().attempt() == attempt && now.state() == ExecutionState.WAITING;
        });
        return bench.store.find(Bench.TENANT, execution.id()).orElseThrow();
    }

    private void aTimerThatComesDueStaysPaused(GraphDefinition graph, String log) {
        Execution waiting = bench.run(graph, JsonObject.EMPTY);
        assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
        int attempt = waiting.progress().attempt();
        int before = worked.get();
        Execution paused = bench.executions.pause(Bench.TENANT, waiting.id());
        assertThat(paused.progress().pauseRequested()).isTrue();

        clock.moved = Duration.ofHours(2);
        Execution due = awaitAttempt(waiting, attempt + 1);
        assertThat(due.progress().pauseRequested()).isTrue();
        assertThat(worked).as("nothing goes on").hasValue(before);
        assertThat(bench.latest(due).interrupts()).hasSize(1);

        bench.executions.resume(Bench.TENANT, waiting.id(), GO_ON);
        Execution done = bench.rest(waiting);
        assertThat(done.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.output()).contains(Json.parseObject(log));
        assertThat(done.progress().pauseRequested()).isFalse();
    }

    @Test
    void aTimerThatComesDueStaysPausedUntilItIsResumed() {
        aTimerThatComesDueStaysPaused(graph().build(), "{\"log\":[\"worked\"]}");
        assertThat(worked).hasValue(1);
    }

    @Test
    void aTimerBesideWorkThatComesDueStaysPausedUntilItIsResumed() {
        aTimerThatComesDueStaysPaused(besideWork(), "{\"log\":[\"worked\",\"worked\"]}");
        assertThat(worked).hasValue(2);
    }

    @Test
    void endsAtItsDeadlineAlthoughItIsPaused() {
        Execution waiting = bench.rest(bench.start(
                graph().build(), JsonObject.EMPTY, Optional.of(clock.instant().plus(Duration.ofHours(3)))));
        bench.executions.pause(Bench.TENANT, waiting.id());
        clock.moved = Duration.ofHours(2);
        awaitAttempt(waiting, waiting.progress().attempt() + 1);
        clock.moved = Duration.ofHours(4);
        Awaitility.await()
                .until(() -> bench.store
                        .find(Bench.TENANT, waiting.id())
                        .orElseThrow()
                        .state()
                        .terminal());
        assertThat(bench.rest(waiting).state()).isEqualTo(ExecutionState.TIMED_OUT);
    }

    @Test
    void aChangeOfItsStateLeavesItPaused() {
        Execution waiting = bench.run(besideWork(), JsonObject.EMPTY);
        bench.executions.pause(Bench.TENANT, waiting.id());
        clock.moved = Duration.ofHours(2);
        Execution paused = awaitAttempt(waiting, waiting.progress().attempt() + 1);

        bench.executions.resume(
                Bench.TENANT, waiting.id(), Command.change(JsonObject.of("event", "changed"), Optional.empty()));
        Execution changed = awaitAttempt(waiting, paused.progress().attempt() + 1);
        assertThat(changed.progress().pauseRequested()).isTrue();
        assertThat(bench.latest(changed).values()).isEqualTo(JsonObject.of("event", "changed"));
        assertThat(bench.latest(changed).interrupts()).hasSize(1);
        assertThat(worked).as("what was done beside").hasValue(1);

        bench.executions.resume(Bench.TENANT, waiting.id(), GO_ON);
        assertThat(bench.rest(waiting).output())
                .contains(Json.parseObject("{\"event\":\"changed\",\"log\":[\"worked\",\"worked\"]}"));
        assertThat(worked).hasValue(2);
    }

    @Test
    void aChangeAsANodeLeavesItPausedBehindThatNode() {
        Execution waiting = bench.run(graph().build(), JsonObject.EMPTY);
        bench.executions.pause(Bench.TENANT, waiting.id());
        bench.executions.resume(
                Bench.TENANT, waiting.id(), Command.change(JsonObject.of("event", "changed"), Optional.of("wait")));
        Execution changed = awaitAttempt(waiting, waiting.progress().attempt() + 1);
        assertThat(changed.progress().pauseRequested()).isTrue();
        assertThat(bench.latest(changed).interrupts()).isEmpty();
        assertThat(worked).hasValue(0);
        bench.executions.resume(Bench.TENANT, waiting.id(), GO_ON);
        assertThat(bench.rest(waiting).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(worked).hasValue(1);
    }

    @Test
    void anAnswerLetsItGoOnAndAnEmptyChangeIsRefused() {
        GraphDefinition asking = GraphDefinition.named("asking")
                .channel("event", "any", "last")
                .node("wait", "wait", JsonObject.of("event", "paid", "output", "event"))
                .edge("START", "wait")
                .build();
        Execution waiting = bench.run(asking, JsonObject.EMPTY);
        bench.executions.pause(Bench.TENANT, waiting.id());
        assertThatThrownBy(() -> bench.executions.resume(
                        Bench.TENANT, waiting.id(), Command.change(JsonObject.EMPTY, Optional.empty())))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.INVALID_COMMAND));
        bench.executions.resume(
                Bench.TENANT,
                waiting.id(),
                new Command(Map.of(), Optional.of(new JsonString("yes")), JsonObject.EMPTY, List.of()));
        assertThat(bench.rest(waiting).output()).contains(JsonObject.of("event", "yes"));
    }

    /** It is said once, by whoever tells of the decision, so nobody would say it again. */
    @Test
    void aDecisionThatHasComeBeforeThePauseIsRemembered() {
        AtomicInteger sent = new AtomicInteger();
        bench.handlers.put("send", new FakeHandler(call -> JsonObject.EMPTY) {
            @Override
            public Result run(NodeCall call) {
                String id = call.task().id() + "/approval";
                if (call.answer(id).isEmpty()) {
                    JsonObject asked = JsonObject.of("kind", Interrupt.APPROVAL, "prompt", "Send?");
                    return new Result.Interrupted(
                            List.of(new Interrupt(id, call.node().id(), asked)));
                }
                sent.incrementAndGet();
                return new Result.Writes(JsonObject.of("log", "sent"));
            }
        });
        GraphDefinition graph = GraphDefinition.named("deciding")
                .channel("log", "array", "append")
                .channel("event", "any", "last")
                .node("send", "send", JsonObject.EMPTY)
                .node("wait", "wait", JsonObject.of("event", "paid", "output", "event"))
                .edge("START", "send")
                .edge("START", "wait")
                .build();
        Execution waiting = bench.run(graph, JsonObject.EMPTY);
        List<Interrupt> asked = bench.latest(waiting).interrupts();
        Interrupt approval =
                asked.stream().filter(Interrupt::awaitsApproval).findFirst().orElseThrow();
        // It is taken over by nobody before it is paused.
        engine.close();
        bench.executions.resume(
                Bench.TENANT,
                waiting.id(),
                new Command(
                        Map.of(approval.id(), Command.DECIDED),
                        Optional.empty(),
                        JsonObject.EMPTY,
                        List.of(),
                        Optional.empty(),
                        true,
                        Optional.empty()));
        bench.executions.pause(Bench.TENANT, waiting.id());
        engine = engine();
        Execution paused = awaitAttempt(waiting, waiting.progress().attempt() + 1);
        assertThat(sent).as("it is paused").hasValue(0);
        assertThat(bench.latest(paused).interrupts()).hasSize(1).doesNotContain(approval);

        bench.executions.resume(Bench.TENANT, waiting.id(), GO_ON);
        Execution still = bench.rest(waiting);
        assertThat(still.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(sent).hasValue(1);
        assertThat(bench.latest(still).interrupts()).hasSize(1).doesNotContain(approval);
        bench.executions.resume(
                Bench.TENANT,
                waiting.id(),
                new Command(Map.of(), Optional.of(new JsonString("yes")), JsonObject.EMPTY, List.of()));
        assertThat(bench.rest(waiting).output()).contains(Json.parseObject("{\"event\":\"yes\",\"log\":[\"sent\"]}"));
        assertThat(sent).hasValue(1);
    }
}
