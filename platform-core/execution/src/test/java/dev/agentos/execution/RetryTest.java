package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.Onward;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an execution runs again that tries again where another one failed, and of what it asks before. */
@Timeout(60)
class RetryTest {

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    /** Of two tasks that failed at first, one has mended itself and gone its own way. */
    @Test
    void retriesNothingThatHasGoneOnElsewhereAfterAFailure() {
        AtomicInteger tried = new AtomicInteger();
        AtomicBoolean broken = new AtomicBoolean(true);
        bench.handlers.put("mends", new FakeHandler(call -> JsonObject.EMPTY) {
            @Override
            public Result run(NodeCall call) {
                if (tried.incrementAndGet() == 1) {
                    throw new AgentOsException(GraphErrorCode.GATE_CLOSED, "Not yet.", "Wait.");
                }
                return new Result.Writes(
                        JsonObject.of("log", List.of("mended")), Optional.of(new Onward.Goto(List.of("END"))));
            }
        });
        bench.handler("fails", call -> {
            for (int i = 0; tried.get() < 2 && i < 500; i++) {
                Thread.sleep(10);
            }
            Thread.sleep(100);
            if (broken.get()) {
                throw new IllegalStateException("broken");
            }
            return JsonObject.of("log", List.of("done"));
        });
        bench.engine("a");
        Execution failed = bench.run(yaml("""
            metadata: {name: mending}
            channels: {log: {type: array, reducer: append}}
            nodes:
              - {id: mends, type: mends, retry: {maxAttempts: 2, initial: PT0.01S, errors: [graph:GATE_CLOSED]}}
              - {id: fails, type: fails}
            edges: [{source: START, target: mends}, {source: START, target: fails}]
            """), JsonObject.EMPTY);
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(tried).hasValue(2);
        broken.set(false);
        Execution mended = bench.rest(bench.executions.retry(Bench.TENANT, failed.id(), Optional.empty()));
        assertThat(mended.output().orElseThrow().array("log").orElseThrow().items())
                .containsExactlyInAnyOrder(new JsonString("done"), new JsonString("mended"));
        assertThat(tried).as("it had finished").hasValue(2);
    }

    private static GraphDefinition yaml(String text) {
        return GraphCodec.read(GraphCodec.yamlObject(text));
    }

    private static GraphDefinition mailing(String timeout) {
        return yaml("""
            metadata: {name: mailing}
            channels: {log: {type: array, reducer: append}}
            nodes: [{id: mail, type: mail, timeout: %s}]
            edges: [{source: START, target: mail}]
            """.formatted(timeout));
    }

    private void asksBeforeItMailsAgain(Execution ended, AtomicInteger mailed) {
        assertThat(mailed).hasValue(1);
        assertThat(bench.events(ended))
                .filteredOn(event -> event.draft().type().equals(ExecutionEvent.TASK_FAILED))
                .singleElement()
                .matches(event ->
                        event.draft().data().bool(ExecutionEvent.UNCLEAR).orElse(false));
        Execution again = bench.rest(bench.executions.retry(Bench.TENANT, ended.id(), Optional.empty()));
        assertThat(again.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(bench.latest(again).interrupts().getFirst().payload().toString())
                .contains("needs_review");
        assertThat(mailed).as("nobody has said that it did not happen").hasValue(1);
        bench.executions.resume(
                Bench.TENANT,
                again.id(),
                new Command(Map.of(), Optional.of(new JsonString("retry")), JsonObject.EMPTY, List.of()));
        assertThat(bench.rest(again).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(mailed).hasValue(2);
    }

    @Test
    void asksBeforeItRetriesAnEffectThatTookTooLong() {
        AtomicInteger mailed = new AtomicInteger();
        bench.handlers.put(
                "mail",
                new FakeHandler(call -> {
                            if (mailed.incrementAndGet() == 1) {
                                new CountDownLatch(1).await();
                            }
                            return JsonObject.EMPTY;
                        })
                        .with(Effect.NON_IDEMPOTENT));
        bench.engine("a");
        Execution failed = bench.run(mailing("PT0.2S"), JsonObject.EMPTY);
        assertThat(failed.failure().orElseThrow().code()).isEqualTo(GraphErrorCode.NODE_TIMEOUT.code());
        asksBeforeItMailsAgain(failed, mailed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"DEADLINE_EXCEEDED", "CANCELLED"})
    void isOutOfTimeAndAsksBeforeItRetriesWhatItsDeadlineCutShort(KernelErrorCode cut) {
        AtomicInteger mailed = new AtomicInteger();
        AtomicReference<Duration> moved = new AtomicReference<>(Duration.ZERO);
        bench.handlers.put(
                "mail",
                new FakeHandler(call -> {
                            if (mailed.incrementAndGet() == 1) {
                                moved.set(Duration.ofHours(2));
                                throw new AgentOsException(cut, "It had not ended.", "Give it more time.");
                            }
                            return JsonObject.EMPTY;
                        })
                        .with(Effect.NON_IDEMPOTENT));
        try (ExecutionEngine engine = new ExecutionEngine(
                Bench.config("a"),
                bench.executions,
                () -> Instant.now().plus(moved.get()),
                new Random(1),
                Failpoints.NONE)) {
            engine.start();
            Execution late = bench.rest(bench.start(
                    mailing("PT10H"),
                    JsonObject.EMPTY,
                    Optional.of(Instant.now().plus(Duration.ofHours(1)))));
            assertThat(late.state()).isEqualTo(ExecutionState.TIMED_OUT);
            moved.set(Duration.ZERO);
            asksBeforeItMailsAgain(late, mailed);
        }
    }

    @Test
    void runsAnEffectAgainThatIsKnownToHaveFailed() {
        AtomicInteger mailed = new AtomicInteger();
        bench.handlers.put(
                "mail",
                new FakeHandler(call -> {
                            if (mailed.incrementAndGet() == 1) {
                                throw new AgentOsException(GraphErrorCode.GATE_CLOSED, "Refused.", "Wait.");
                            }
                            return JsonObject.EMPTY;
                        })
                        .with(Effect.NON_IDEMPOTENT));
        bench.engine("a");
        Execution failed = bench.run(mailing("PT10S"), JsonObject.EMPTY);
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        Execution again = bench.rest(bench.executions.retry(Bench.TENANT, failed.id(), Optional.empty()));
        assertThat(again.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(mailed).hasValue(2);
    }
}
