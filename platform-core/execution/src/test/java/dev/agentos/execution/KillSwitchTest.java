package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.policy.KillSwitchTarget;
import dev.agentos.policy.KillSwitches;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KillSwitchTest {

    private static final KillSwitches.Actor ADMIN = new KillSwitches.Actor("key_admin", true);

    private final Bench bench = new Bench();
    private final KillSwitches switches = bench.executions.switches();

    @AfterEach
    void close() {
        bench.close();
    }

    private static GraphDefinition asking() {
        return GraphDefinition.named("asking")
                .channel("out", "any", "last")
                .node("first", "human", JsonObject.of("prompt", "Go on?", "output", "out"))
                .node("second", "behind", JsonObject.EMPTY)
                .edge("START", "first")
                .edge("first", "second")
                .edge("second", "END")
                .build();
    }

    private static GraphDefinition line(String first, String second) {
        return GraphDefinition.named("line")
                .channel("out", "any", "last")
                .node("first", first, JsonObject.EMPTY)
                .node("second", second, JsonObject.EMPTY)
                .edge("START", "first")
                .edge("first", "second")
                .edge("second", "END")
                .build();
    }

    private static void stopped(ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(PolicyErrorCode.KILL_SWITCH_ENGAGED));
    }

    @Test
    void whatRunsEndsCancelledAndCanBeTriedAgainAfterwards() {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicInteger behind = new AtomicInteger();
        bench.handler("hang", call -> {
            if (begun.getCount() > 0) {
                begun.countDown();
                new CountDownLatch(1).await();
            }
            return JsonObject.of("out", 1);
        });
        bench.handler("behind", call -> JsonObject.of("out", behind.incrementAndGet()));
        bench.engine("a");
        Execution running = bench.start(line("hang", "behind"), JsonObject.EMPTY);
        await().until(() -> begun.getCount() == 0);

        switches.engage(KillSwitchTarget.PLATFORM, ADMIN, "Test");

        Execution ended = bench.rest(running);
        assertThat(ended.state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(ended.failure().orElseThrow().code()).isEqualTo("policy:KILL_SWITCH_ENGAGED");
        assertThat(bench.types(running)).endsWith("execution.cancelled");
        assertThat(behind).hasValue(0);
        stopped(() -> bench.executions.retry(Bench.TENANT, running.id(), Optional.empty()));
        stopped(() -> bench.executions.start(Bench.TENANT, running.request()));

        switches.lift(KillSwitchTarget.PLATFORM, ADMIN, "Over");
        Execution again = bench.executions.retry(Bench.TENANT, running.id(), Optional.empty());
        assertThat(bench.rest(again).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(behind).hasValue(1);
    }

    @Test
    void aTaskThatFailsBecauseItsCallWasClosedEndsTheExecutionAsCancelled() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch engaged = new CountDownLatch(1);
        bench.handler("call", call -> {
            begun.countDown();
            engaged.await();
            throw switches.stopping(call.tenant(), Optional.empty())
                    .orElseThrow()
                    .refusal();
        });
        bench.handler("behind", call -> JsonObject.EMPTY);
        bench.engine("a");
        Execution running = bench.start(line("call", "behind"), JsonObject.EMPTY);
        await().until(() -> begun.getCount() == 0);
        // The engine is told by whoever listens last, so the task may be heard of before.
        switches.onChange(engaged::countDown);
        switches.engage(KillSwitchTarget.of(Bench.TENANT), ADMIN, "Test");
        engaged.countDown();
        assertThat(bench.rest(running).state()).isEqualTo(ExecutionState.CANCELLED);
    }

    @Test
    void whatWaitsIsNotResumedAndGoesOnAfterwardsAndOthersAreNotConcerned() {
        bench.handler("behind", call -> JsonObject.of("out", "done"));
        bench.engine("a");
        Execution waiting = bench.run(asking(), JsonObject.EMPTY);
        assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
        String interrupt = bench.executions
                .findCheckpoint(Bench.TENANT, waiting.id(), Optional.empty())
                .orElseThrow()
                .interrupts()
                .getFirst()
                .id();
        Command answer = new Command(
                Map.of(interrupt, new dev.agentos.spi.JsonString("yes")),
                Optional.empty(),
                JsonObject.EMPTY,
                java.util.List.of());

        switches.engage(KillSwitchTarget.of(Bench.TENANT), ADMIN, "Test");
        stopped(() -> bench.executions.resume(Bench.TENANT, waiting.id(), answer));
        stopped(() -> bench.executions.fork(
                Bench.TENANT, waiting.id(), Optional.empty(), dev.agentos.graph.Fork.REPLAY, Optional.empty()));
        assertThat(bench.executions.require(Bench.TENANT, waiting.id()).state()).isEqualTo(ExecutionState.WAITING);

        switches.lift(KillSwitchTarget.of(Bench.TENANT), ADMIN, "Over");
        switches.engage(KillSwitchTarget.of(new TenantId("tnt_other")), ADMIN, "Test");
        bench.executions.resume(Bench.TENANT, waiting.id(), answer);
        assertThat(bench.rest(waiting).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void whatIsAdmittedWhileASwitchIsEngagedDoesNothing() throws InterruptedException {
        AtomicInteger effects = new AtomicInteger();
        bench.handler("effect", call -> JsonObject.of("out", effects.incrementAndGet()));
        bench.engine("a");
        GraphDefinition graph = line("effect", "effect");
        Execution first = bench.run(graph, JsonObject.EMPTY);
        Thread[] starters = new Thread[8];
        for (int i = 0; i < starters.length; i++) {
            starters[i] = Thread.startVirtualThread(() -> {
                try {
                    while (true) {
                        bench.executions.start(Bench.TENANT, first.request());
                    }
                } catch (AgentOsException e) {
                    assertThat(e.errorCode()).isEqualTo(PolicyErrorCode.KILL_SWITCH_ENGAGED);
                }
            });
        }
        await().until(() -> effects.get() > 20);
        switches.engage(KillSwitchTarget.PLATFORM, ADMIN, "Test");
        for (Thread starter : starters) {
            starter.join(10_000);
            assertThat(starter.isAlive()).isFalse();
        }
        Thread.sleep(200);
        int then = effects.get();
        Thread.sleep(500);
        assertThat(effects).hasValue(then);
    }
}
