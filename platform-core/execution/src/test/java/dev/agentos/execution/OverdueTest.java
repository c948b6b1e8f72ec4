package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.Failpoints;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A deadline holds for an execution that has found no place before it, too. */
class OverdueTest {

    private final Bench bench = new Bench();
    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void close() {
        released.countDown();
        bench.close();
    }

    private final CountDownLatch begun = new CountDownLatch(1);
    private final List<ExecutionStore.Outcome> measured = new CopyOnWriteArrayList<>();

    /** On a server with one place. */
    private GraphDefinition held() {
        bench.handler("hold", call -> {
            begun.countDown();
            released.await();
            return JsonObject.EMPTY;
        });
        ExecutionEngine engine = bench.engine(
                new EngineConfig(
                        "a",
                        1,
                        Duration.ofSeconds(5),
                        Duration.ofMillis(50),
                        Duration.ofMillis(500),
                        Duration.ofMillis(400),
                        1_000),
                bench.executions,
                Failpoints.NONE);
        engine.measuredBy(measured::add);
        return GraphDefinition.named("hold")
                .node("hold", "hold", JsonObject.EMPTY)
                .edge("START", "hold")
                .build();
    }

    @Test
    void isMeasuredOnceWhenItIsCancelledInTheQueue() throws InterruptedException {
        GraphDefinition graph = held();
        Execution first = bench.start(graph, JsonObject.EMPTY);
        begun.await();
        Execution second = bench.start(graph, JsonObject.EMPTY);
        for (int again = 0; again < 3; again++) {
            assertThat(bench.executions.cancel(Bench.TENANT, second.id()).state())
                    .isEqualTo(ExecutionState.CANCELLED);
        }
        ExecutionStore.Outcome cancelled =
                new ExecutionStore.Outcome(ExecutionState.CANCELLED, Optional.of(Superseding.CANCELLED));
        assertThat(measured).containsExactly(cancelled);
        bench.executions.cancel(Bench.TENANT, first.id());
        assertThat(bench.rest(first).state()).isEqualTo(ExecutionState.CANCELLED);
        await().untilAsserted(() -> assertThat(measured).containsExactly(cancelled, cancelled));
    }

    @Test
    void endsInTheQueueWhenAllPlacesAreTaken() throws InterruptedException {
        GraphDefinition graph = held();
        Execution first = bench.start(graph, JsonObject.EMPTY);
        begun.await();
        Execution second =
                bench.start(graph, JsonObject.EMPTY, Optional.of(Instant.now().plusMillis(200)));
        Execution ended = bench.rest(second);
        assertThat(ended.state()).isEqualTo(ExecutionState.TIMED_OUT);
        assertThat(ended.failure().orElseThrow().code()).isEqualTo(GraphErrorCode.EXECUTION_TIMEOUT.code());
        assertThat(ended.progress().attempt()).as("it never began").isZero();
        assertThat(bench.types(second)).containsExactly("execution.queued", "execution.timed_out");
        ExecutionStore.Outcome late = new ExecutionStore.Outcome(ExecutionState.TIMED_OUT, ended.failure());
        await().untilAsserted(() -> assertThat(measured).containsExactly(late));
        released.countDown();
        assertThat(bench.rest(first).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }
}
