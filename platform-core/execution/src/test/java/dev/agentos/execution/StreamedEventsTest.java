package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.graph.GraphErrorCode;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a node streams faster than it is noted does not fill the memory. */
class StreamedEventsTest {

    private static final int MEBIBYTE = 1 << 20;

    private final Bench bench = new Bench();
    private final CountDownLatch goOn = new CountDownLatch(1);

    @AfterEach
    void close() {
        goOn.countDown();
        bench.close();
    }

    @Test
    void aNodeThatStreamsMuchWaitsUntilItIsNoted() throws InterruptedException {
        AtomicInteger emitted = new AtomicInteger();
        AtomicReference<Thread> talking = new AtomicReference<>();
        CountDownLatch held = new CountDownLatch(1);
        bench.handler("done", call -> JsonObject.EMPTY);
        bench.handler("talk", call -> {
            held.await();
            talking.set(Thread.currentThread());
            String text = "x".repeat(MEBIBYTE);
            for (int i = 0; i < 64; i++) {
                call.emit(ExecutionEvent.CUSTOM, JsonObject.of("text", text));
                emitted.incrementAndGet();
            }
            return JsonObject.EMPTY;
        });
        GraphDefinition graph = GraphDefinition.named("talk")
                .node("done", "done", JsonObject.EMPTY)
                .node("talk", "talk", JsonObject.EMPTY)
                .edge("START", "done")
                .edge("START", "talk")
                .build();
        // Nothing is noted while the end of the one node is.
        bench.engine(Bench.config("a"), bench.executions, place -> {
            if (place.equals("afterTask") && held.getCount() > 0) {
                held.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        Execution execution = bench.start(graph, JsonObject.EMPTY);
        await().until(() -> talking.get() != null
                && (talking.get().getState() == Thread.State.TIMED_WAITING
                        || talking.get().getState() == Thread.State.TERMINATED));
        assertThat(emitted.get()).isBetween(16, 32);
        goOn.countDown();
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(bench.types(execution))
                .filteredOn(ExecutionEvent.CUSTOM::equals)
                .hasSize(64);
    }

    @Test
    void anEventThatNothingCouldStoreFailsTheNodeAlone() {
        bench.handler("talk", call -> {
            call.emit(ExecutionEvent.CUSTOM, JsonObject.of("text", "x".repeat(17 * MEBIBYTE)));
            return JsonObject.EMPTY;
        });
        bench.engine("a");
        GraphDefinition graph = GraphDefinition.named("talk")
                .node("talk", "talk", JsonObject.EMPTY)
                .edge("START", "talk")
                .build();
        Execution failed = bench.run(graph, JsonObject.EMPTY);
        assertThat(failed.failure()).hasValueSatisfying(failure -> {
            assertThat(failure.code()).isEqualTo(GraphErrorCode.RESULT_TOO_LARGE.code());
            assertThat(failure.message()).contains("Node 'talk'", "an event");
        });
    }
}
