package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.graph.FakeReducer;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.Failpoints;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Executions whose channels have reducers that are not built in. */
class CustomReducerExecutionTest {

    private final Bench bench = new Bench();
    private final AtomicInteger reductions = new AtomicInteger();

    @AfterEach
    void close() {
        bench.close();
    }

    private void offer() {
        bench.reducers.put("test.joined", new FakeReducer(true, new JsonString(""), (before, write) -> {
            reductions.incrementAndGet();
            return new JsonString(((JsonString) before).value() + ((JsonString) write).value());
        }));
    }

    private static GraphDefinition line() {
        return GraphDefinition.named("line")
                .channel("c", "string", "test.joined")
                .node("a", "write", JsonObject.EMPTY)
                .node("b", "hold", JsonObject.EMPTY)
                .node("d", "write", JsonObject.EMPTY)
                .edge("START", "a")
                .edge("a", "b")
                .edge("b", "d")
                .edge("d", "END")
                .build();
    }

    @Test
    void aCheckpointIsRecoveredWithoutAskingTheReducerAgain() {
        offer();
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        bench.handler("write", call -> JsonObject.of("c", call.node().id())).handler("hold", call -> {
            reached.countDown();
            release.await();
            return JsonObject.EMPTY;
        });
        ExecutionEngine first = bench.engine(Bench.config("first"), bench.executions, Failpoints.NONE);
        Execution execution = bench.start(line(), JsonObject.of("c", "in "));
        await().atMost(Duration.ofSeconds(10)).until(() -> reached.getCount() == 0);
        assertThat(reductions).hasValue(2);
        // The server dies; the plugin is gone when the next one takes over, and nothing durable needs it.
        first.abandon();
        bench.reducers.clear();
        release.countDown();
        bench.store.release("first");
        ExecutionEngine second = bench.engine("second");
        await().atMost(Duration.ofSeconds(10))
                .until(() -> bench.latest(execution).number() >= 2
                        || bench.executions
                                .find(Bench.TENANT, execution.id())
                                .orElseThrow()
                                .state()
                                .terminal());
        Execution ended = bench.rest(execution);
        assertThat(reductions)
                .as("of what was durable, nothing was reduced again")
                .hasValue(2);
        assertThat(ended.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(ended.failure().orElseThrow().code()).isEqualTo("graph:REDUCER_MISSING");
        assertThat(ended.failure().orElseThrow().message()).contains("'c'", "'test.joined'");
        assertThat(bench.latest(execution).values()).isEqualTo(JsonObject.of("c", "in a"));

        // With the plugin back, the execution is tried again where it failed.
        offer();
        second.wake();
        Execution again = bench.rest(bench.executions.retry(Bench.TENANT, execution.id(), Optional.empty()));
        assertThat(again.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(again.output()).contains(JsonObject.of("c", "in ad"));
        assertThat(reductions).hasValue(3);
    }

    @Test
    void aReducerThatFailsFailsItsExecutionAndNoOther() {
        bench.reducers.put("test.joined", new FakeReducer(true, new JsonString(""), (before, write) -> {
            if (write.equals(new JsonString("bad"))) {
                throw new AgentOsException(GraphErrorCode.REDUCER_FAILED, "It does not like this.", "Write another.");
            }
            return write;
        }));
        bench.handler("write", call -> JsonObject.of("c", call.state().text("c").orElse("")))
                .handler("hold", call -> JsonObject.of("c", "bad"));
        bench.engine("one");
        GraphDefinition sound = GraphDefinition.named("sound")
                .channel("c", "string", "test.joined")
                .node("a", "write", JsonObject.EMPTY)
                .edge("START", "a")
                .edge("a", "END")
                .build();
        Execution bad = bench.start(line(), JsonObject.of("c", "good"));
        Execution other = bench.start(sound, JsonObject.of("c", "good"));
        assertThat(bench.rest(bad).failure().orElseThrow().code()).isEqualTo("graph:REDUCER_FAILED");
        assertThat(bench.types(bad)).endsWith("execution.failed");
        assertThat(bench.rest(other).state()).isEqualTo(ExecutionState.SUCCEEDED);
        // The input is merged before anything is admitted.
        assertThatThrownBy(() -> bench.start(sound, JsonObject.of("c", "bad")))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.REDUCER_FAILED));
    }

    @Test
    void aGraphWhoseReducerIsGoneIsNotStarted() {
        offer();
        bench.handler("write", call -> JsonObject.EMPTY).handler("hold", call -> JsonObject.EMPTY);
        bench.engine("one");
        Execution before = bench.start(line(), JsonObject.EMPTY);
        bench.rest(before);
        bench.reducers.clear();
        assertThatThrownBy(() -> bench.executions.start(Bench.TENANT, before.request()))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.REDUCER_MISSING));
    }

    @Test
    void aDispatchReducesWhatItsTasksWrite() {
        bench.reducers.put(
                "test.most",
                new FakeReducer(
                        true,
                        JsonNumber.of(0),
                        (before, write) -> ((JsonNumber) before).value().compareTo(((JsonNumber) write).value()) > 0
                                ? before
                                : write));
        bench.handler(
                "item", call -> JsonObject.of("c", call.state().member("input").orElseThrow()));
        bench.engine("one");
        GraphDefinition graph = GraphDefinition.named("fan")
                .channel("items", "array", "last")
                .channel("c", "integer", "test.most")
                .node("fan", "dispatch", JsonObject.of("items", "items", "node", "work"))
                .node("work", "item", JsonObject.EMPTY)
                .edge("START", "fan")
                .edge("work", "END")
                .build();
        assertThat(bench.run(graph, JsonObject.of("items", java.util.List.of(3, 9, 4, 1)))
                        .output()
                        .orElseThrow()
                        .number("c"))
                .contains(JsonNumber.of(9));
    }
}
