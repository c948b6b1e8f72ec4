package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.room.Room;
import dev.agentos.kernel.Failpoints;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeLayout;
import dev.agentos.spi.RetryPolicy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Executions share the memory of their server. */
@Timeout(90)
class SharedRoomTest {

    private static final int GROWTH = 300_000;

    private final Bench bench = new Bench();
    private final Room room = new Room(2_000_000);

    @AfterEach
    void close() {
        bench.close();
    }

    private ExecutionEngine engine() {
        ExecutionEngine engine = new ExecutionEngine(
                Bench.config("a"), bench.executions, InstantSource.system(), new Random(1), Failpoints.NONE);
        engine.within(room);
        engine.start();
        return engine;
    }

    private static GraphDefinition growing(String type) {
        return GraphDefinition.named("growing")
                .channel("all", "array", "append")
                .channel("count", "integer", "sum")
                .node("grow", type, JsonObject.EMPTY)
                .edge("START", "grow")
                .edge("grow", "grow", "count < 8")
                .edge("grow", "END", "count >= 8")
                .build();
    }

    private static JsonObject growth(int size) {
        return JsonObject.of("all", List.of(new JsonString("x".repeat(size))), "count", 1);
    }

    /** Each alone has room, and all together do not. */
    @Test
    void whatGrowsTogetherIsHandedBackAndEndsAsItWouldAlone() {
        CountDownLatch allInside = new CountDownLatch(8);
        bench.handler("grow", call -> {
            allInside.countDown();
            try {
                assertThat(allInside.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return growth(GROWTH);
        });
        bench.handler("little", call -> JsonObject.of("count", 1));
        try (ExecutionEngine engine = engine()) {
            List<Execution> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                all.add(bench.start(growing("grow"), JsonObject.EMPTY));
            }
            assertThat(bench.run(growing("little"), JsonObject.EMPTY).state()).isEqualTo(ExecutionState.SUCCEEDED);
            int attempts = 0;
            for (Execution one : all) {
                Execution ended = bench.rest(one);
                assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
                assertThat(bench.latest(ended)
                                .values()
                                .array("all")
                                .orElseThrow()
                                .size())
                        .isEqualTo(8);
                attempts += ended.progress().attempt();
            }
            assertThat(attempts).as("somebody had to make room").isGreaterThan(8);
            await().untilAsserted(() -> assertThat(engine.active()).isZero());
            assertThat(room.held()).isZero();
        }
    }

    /** An effect that was done must not be done again because others use the memory. */
    @Test
    void whatWasDoneIsKeptHoweverMuchOthersHold() {
        AtomicInteger paid = new AtomicInteger();
        bench.handler("pay", call -> {
            paid.incrementAndGet();
            return growth(GROWTH);
        });
        GraphDefinition graph = GraphDefinition.named("paying")
                .channel("all", "array", "append")
                .channel("count", "integer", "sum")
                .node(new NodeDefinition(
                        "pay",
                        "pay",
                        JsonObject.EMPTY,
                        NodeLayout.NONE,
                        Optional.of(new RetryPolicy(3, Duration.ofMillis(1), 1, Duration.ofMillis(1))),
                        Optional.of(Duration.ofSeconds(2))))
                .edge("START", "pay")
                .build();
        try (ExecutionEngine engine = engine();
                Room.Share others = room.share()) {
            others.take(3_000_000);
            Execution ended = bench.run(graph, JsonObject.EMPTY);
            assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
            assertThat(paid).hasValue(1);
            assertThat(bench.types(ended)).doesNotContain(ExecutionEvent.TASK_FAILED);
        }
    }

    @Test
    void whoWaitsForRoomHearsThatItIsCancelledOrLate() {
        bench.handler("grow", call -> growth(1));
        JsonObject large = growth(400_000);
        Execution cancelled = bench.start(growing("grow"), large);
        Execution late = bench.start(
                growing("grow"),
                large,
                Optional.of(InstantSource.system().instant().plusSeconds(2)));
        try (Room.Share others = room.share()) {
            others.take(1_000_000);
            try (ExecutionEngine engine = engine()) {
                await().untilAsserted(() -> assertThat(engine.active()).isEqualTo(2));
                await().until(room::crowded);
                bench.executions.cancel(Bench.TENANT, cancelled.id());
                await().atMost(5, TimeUnit.SECONDS).until(() -> state(cancelled) == ExecutionState.CANCELLED);
                await().atMost(8, TimeUnit.SECONDS).until(() -> state(late) == ExecutionState.TIMED_OUT);
                await().untilAsserted(() -> assertThat(engine.active()).isZero());
            }
        }
        assertThat(room.held()).isZero();
    }

    /** More of them wait than there are places. */
    @Test
    void whoWaitsForRoomKeepsNobodyFromAPlace() {
        bench.handler("grow", call -> growth(1));
        bench.handler("little", call -> JsonObject.of("count", 1));
        List<Execution> large = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            large.add(bench.start(growing("grow"), growth(400_000)));
        }
        try (Room.Share others = room.share();
                ExecutionEngine engine = engine()) {
            others.take(1_000_000);
            await().until(() -> engine.active() >= 16);
            assertThat(bench.run(growing("little"), JsonObject.EMPTY).state()).isEqualTo(ExecutionState.SUCCEEDED);
            others.close();
            assertThat(large)
                    .allSatisfy(one -> assertThat(bench.rest(one).state()).isEqualTo(ExecutionState.SUCCEEDED));
        }
    }

    private ExecutionState state(Execution one) {
        return bench.store.find(Bench.TENANT, one.id()).orElseThrow().state();
    }

    @Test
    void whoWaitsForRoomIsHandedBackWhenTheServerDrains() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch inside = new CountDownLatch(1);
        bench.handler("grow", call -> {
            inside.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return growth(1);
        });
        JsonObject large = growth(400_000);
        // Queued, so that their sizes are known before they are read.
        List<Execution> both = List.of(bench.start(growing("grow"), large), bench.start(growing("grow"), large));
        try (ExecutionEngine engine = engine()) {
            inside.await();
            await().untilAsserted(() -> assertThat(engine.active()).isEqualTo(2));
            engine.drain();
            assertThat(both)
                    .allSatisfy(one -> assertThat(bench.store
                                    .find(Bench.TENANT, one.id())
                                    .orElseThrow()
                                    .state())
                            .isEqualTo(ExecutionState.QUEUED));
            assertThat(both)
                    .filteredOn(one -> bench.types(one).contains(ExecutionEvent.STARTED))
                    .hasSize(1);
        }
        goOn.countDown();
        try (ExecutionEngine engine = engine()) {
            assertThat(both)
                    .allSatisfy(one -> assertThat(bench.rest(one).state()).isEqualTo(ExecutionState.SUCCEEDED));
            assertThat(engine.active()).isLessThanOrEqualTo(2);
        }
    }
}
