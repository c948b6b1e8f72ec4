package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.graph.Expressions;
import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.NodeDefinition;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a node has returned is not asked of it again when its execution goes to another server. */
class HandOverTest {

    private static final Command GO_ON = new Command(Map.of(), Optional.empty(), JsonObject.EMPTY, List.of());

    private final Bench bench = new Bench();
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger worked = new AtomicInteger();

    @AfterEach
    void close() {
        released.countDown();
        bench.close();
    }

    /** Nodes of that type end once they are released; the latch opens when the first of them has begun. */
    private CountDownLatch working(String type, Function<NodeCall, String> said) {
        CountDownLatch begun = new CountDownLatch(1);
        bench.handlers.put(type, new FakeHandler(call -> {
            begun.countDown();
            released.await();
            return JsonObject.of("log", said.apply(call));
        }));
        return begun;
    }

    /** Asks, with an effect that cannot be repeated on the way. */
    private final class Asker implements NodeHandler {
        @Override
        public Effect effect(NodeDefinition node) {
            return Effect.NON_IDEMPOTENT;
        }

        @Override
        public List<InvalidInputException.Fault> check(NodeDefinition node, Expressions expressions) {
            return List.of();
        }

        @Override
        public Result run(NodeCall call) {
            if (call.answer("sure").isPresent()) {
                return new Result.Writes(JsonObject.of("log", "answered"));
            }
            asked.incrementAndGet();
            return new Result.Interrupted(
                    List.of(new Interrupt("sure", call.node().id(), JsonObject.EMPTY)));
        }
    }

    /** The other one does not end before the server is gone, so that nothing else is told of it. */
    @Test
    void aQuestionThatWasAskedBesideAnotherNode() {
        bench.handlers.put("asker", new Asker());
        CountDownLatch begun = working("work", call -> "worked");
        GraphDefinition graph = GraphDefinition.named("beside")
                .channel("log", "array", "append")
                .node("ask", "asker", JsonObject.EMPTY)
                .node("work", "work", JsonObject.EMPTY)
                .edge("START", "ask")
                .edge("START", "work")
                .build();
        ExecutionEngine first = bench.engine("first");
        Execution execution = bench.start(graph, JsonObject.EMPTY);
        await().until(() -> asked.get() == 1 && begun.getCount() == 0);
        first.close();
        assertThat(bench.types(execution)).contains("task.waiting");
        released.countDown();
        bench.engine("second");

        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.WAITING);
        assertThat(bench.latest(execution).interrupts())
                .extracting(Interrupt::id)
                .containsExactly("sure");
        assertThat(asked).hasValue(1);
        bench.executions.resume(
                Bench.TENANT,
                execution.id(),
                new Command(Map.of("sure", new JsonString("yes")), Optional.empty(), JsonObject.EMPTY, List.of()));
        assertThat(bench.rest(execution).output()).contains(JsonObject.of("log", List.of("answered", "worked")));
        assertThat(asked).hasValue(1);
    }

    /** A database that is away for a moment while a server drains is no failure of what is handed over. */
    @Test
    void anExecutionWhoseHandingBackTakesMoreThanOneTry() throws InterruptedException {
        CountDownLatch begun = working("work", call -> call.node().id());
        AtomicInteger away = new AtomicInteger(2);
        Executions seen = bench.over(FaultyStore.of(bench.store, (moment, what) -> {
            if (moment == FaultyStore.Moment.BEFORE && what.equals("handBack") && away.getAndDecrement() > 0) {
                throw new AgentOsException(KernelErrorCode.DATABASE_UNAVAILABLE, "It is away.", "Wait.");
            }
        }));
        GraphDefinition graph = GraphDefinition.named("line")
                .channel("log", "array", "append")
                .node("a", "work", JsonObject.EMPTY)
                .node("b", "work", JsonObject.EMPTY)
                .edge("START", "a")
                .edge("a", "b")
                .build();
        ExecutionEngine first = bench.engine(
                new EngineConfig(
                        "first",
                        16,
                        Duration.ofMinutes(1),
                        Duration.ofMillis(50),
                        Duration.ofSeconds(20),
                        Duration.ofMillis(400),
                        1_000),
                seen,
                Failpoints.NONE);
        Execution execution = bench.start(graph, JsonObject.EMPTY);
        begun.await();
        Thread drains = Thread.ofVirtual().start(first::drain);
        await().until(() -> drains.getState() == Thread.State.TIMED_WAITING);
        released.countDown();
        drains.join();
        bench.engine("second");
        Execution done = bench.rest(execution);
        assertThat(done.failure()).isEmpty();
        assertThat(done.output()).contains(JsonObject.of("log", List.of("a", "b")));
        assertThat(away).as("the fault happened").hasNegativeValue();
    }

    /** Whoever keeps checkpoints back gives them to the next server; only a crash loses them. */
    @ParameterizedTest
    @EnumSource(Durability.class)
    void anEffectThatCannotBeRepeated(Durability durability) throws InterruptedException {
        AtomicInteger paid = new AtomicInteger();
        CountDownLatch begun = working("hold", call -> "held");
        bench.handlers.put(
                "pay",
                new FakeHandler(call -> {
                            paid.incrementAndGet();
                            return JsonObject.of("log", "paid");
                        })
                        .with(Effect.NON_IDEMPOTENT));
        GraphDefinition graph = GraphDefinition.named("paid")
                .channel("log", "array", "append")
                .node("pay", "pay", JsonObject.EMPTY)
                .node("hold", "hold", JsonObject.EMPTY)
                .edge("START", "pay")
                .edge("pay", "hold")
                .build();
        ExecutionEngine first = bench.engine("first");
        Execution execution = bench.start(graph, JsonObject.EMPTY, Optional.empty(), durability);
        begun.await();
        first.close();
        released.countDown();
        bench.engine("second");
        Execution done = bench.rest(execution);
        assertThat(done.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.output()).contains(JsonObject.of("log", List.of("paid", "held")));
        assertThat(paid).hasValue(1);
    }

    /** What was done beside a node that does not end is done, also before there is any checkpoint of it. */
    @ParameterizedTest
    @EnumSource(Durability.class)
    void whatWasDoneInAFirstSuperstepThatIsCutShort(Durability durability) {
        bench.handler("work", call -> {
            worked.incrementAndGet();
            return JsonObject.of("log", "worked");
        });
        bench.handler("hold", call -> {
            released.await();
            return JsonObject.of("log", "held");
        });
        GraphDefinition graph = GraphDefinition.named("first")
                .channel("log", "array", "append")
                .node("hold", "hold", JsonObject.EMPTY)
                .node("work", "work", JsonObject.EMPTY)
                .edge("START", "hold")
                .edge("START", "work")
                .build();
        ExecutionEngine first = bench.engine("first");
        Execution execution = bench.start(graph, JsonObject.EMPTY, Optional.empty(), durability);
        await().until(() -> bench.types(execution).contains("task.finished"));
        first.close();
        released.countDown();
        bench.engine("second");
        Execution done = bench.rest(execution);
        assertThat(done.output()).contains(JsonObject.of("log", List.of("held", "worked")));
        assertThat(worked).as("how often it was done").hasValue(1);
    }

    /**
     * Of one that is tried again what was done is done; also when it was paused before anybody began it, and a person
     * then changed its state, while the server that makes the change goes.
     */
    @ParameterizedTest
    @EnumSource(Durability.class)
    void whatWasDoneBeforeAChangeOfAPausedState(Durability durability) throws InterruptedException {
        bench.handler("work", call -> {
            worked.incrementAndGet();
            return JsonObject.of("log", "worked");
        });
        bench.handler("fail", call -> {
            if (released.getCount() > 0) {
                await().until(() -> worked.get() == 1);
                throw new IllegalStateException("on purpose");
            }
            return JsonObject.of("log", "mended");
        });
        GraphDefinition graph = GraphDefinition.named("again")
                .channel("log", "array", "append")
                .channel("said", "string", "last")
                .node("fail", "fail", JsonObject.EMPTY)
                .node("work", "work", JsonObject.EMPTY)
                .edge("START", "fail")
                .edge("START", "work")
                .build();
        ExecutionEngine first = bench.engine("first");
        Execution failed = bench.rest(bench.start(graph, JsonObject.EMPTY, Optional.empty(), durability));
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        first.close();
        released.countDown();

        Execution again = bench.executions.retry(Bench.TENANT, failed.id(), Optional.empty());
        bench.executions.pause(Bench.TENANT, again.id());
        bench.executions.resume(
                Bench.TENANT, again.id(), Command.change(JsonObject.of("said", "changed"), Optional.empty()));
        leaveAtTheChange(again);
        bench.engine("third");
        assertThat(bench.latest(again).values()).isEqualTo(JsonObject.of("said", "changed"));

        bench.executions.resume(Bench.TENANT, again.id(), GO_ON);
        assertThat(bench.rest(again).output())
                .contains(JsonObject.of("said", "changed", "log", List.of("mended", "worked")));
        assertThat(worked).hasValue(1);
    }

    /** A server takes it, and is asked to go when it is about to note the change. */
    private void leaveAtTheChange(Execution execution) throws InterruptedException {
        CountDownLatch draining = new CountDownLatch(1);
        AtomicReference<ExecutionEngine> engine = new AtomicReference<>();
        CountDownLatch known = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        engine.set(bench.engine(Bench.config("second"), bench.executions, place -> {
            try {
                if (place.equals("draining")) {
                    draining.countDown();
                } else if (place.equals("beforeCheckpoint")) {
                    known.await();
                    Thread.ofVirtual().start(() -> {
                        engine.get().close();
                        gone.countDown();
                    });
                    draining.await();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        known.countDown();
        gone.await();
        assertThat(bench.store.find(Bench.TENANT, execution.id()).orElseThrow().state())
                .as("it need not be handed over")
                .isEqualTo(ExecutionState.WAITING);
    }
}
