package dev.agentos.execution.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStore.Answer;
import dev.agentos.execution.ExecutionStore.Candidate;
import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.ExecutionStore.Opening;
import dev.agentos.execution.ExecutionStore.Outcome;
import dev.agentos.execution.ExecutionStore.Resuming;
import dev.agentos.execution.ExecutionStore.Running;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.execution.RequestKey;
import dev.agentos.execution.RequestKeyReusedException;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How an execution begins, or goes on after it waited, in one transaction with what its claimant does at once. */
abstract class OpeningContract extends StoreFixture {

    private static final Outcome SUCCESS = new Outcome(ExecutionState.SUCCEEDED, Optional.empty());
    private static final Optional<Claimant> HERE = Optional.of(new Claimant("server-1", LEASE));

    private static List<ExecutionEvent.Draft> beginning() {
        return List.of(draft("execution.queued"), draft("execution.started"));
    }

    private Opening begin(Execution candidate, Optional<RequestKey> key) {
        return store.begin(new Candidate(candidate, checkpoint(0, "a", 1), List.of(), beginning(), HERE, key));
    }

    private Execution candidate() {
        return candidate(tenant, 0, Optional.empty());
    }

    private static Running running(Opening opening) {
        return opening.running().orElseThrow();
    }

    @Test
    void keepsAnExecutionThatRanThroughAtOnce() {
        Execution candidate = candidate();
        Opening opening = begin(candidate, Optional.empty());
        ExecutionStore.Log log = running(opening).log();
        log.append(entry(checkpoint(1, "a", 2), Set.of("a"), Move.STAY, draft("checkpoint")));
        log.write(List.of(
                entry(checkpoint(2, "a", 3), Set.of("a"), Move.STAY, draft("checkpoint")),
                end(SUCCESS, draft("execution.succeeded"))));

        assertThat(opening.admission().execution().id()).isEqualTo(candidate.id());
        assertThat(opening.admission().replayed()).isFalse();
        Execution ended = store.find(tenant, candidate.id()).orElseThrow();
        assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(ended.output()).contains(JsonObject.of("a", 3));
        assertThat(ended.request().input()).isEqualTo(candidate.request().input());
        assertThat(ended.progress()).isEqualTo(new Execution.Progress(2, 1, false));
        assertThat(ended.times().startedAt()).isPresent();
        assertThat(ended.times().finishedAt()).isPresent();
        assertThat(types(candidate))
                .containsExactly(
                        "execution.queued", "execution.started", "checkpoint", "checkpoint", "execution.succeeded");
        assertThat(store.findCheckpoint(tenant, candidate.id(), Optional.of(1))
                        .orElseThrow()
                        .values())
                .isEqualTo(JsonObject.of("a", 2));
        assertThat(claim("server-2", 10, LEASE)).isEmpty();
        assertThatThrownBy(() -> log.write(entry(List.of(), draft("custom")))).isInstanceOf(LeaseLostException.class);
    }

    @Test
    void keepsAnExecutionThatFailedAtOnce() {
        Execution candidate = candidate();
        Opening opening = begin(candidate, Optional.empty());
        running(opening)
                .log()
                .write(end(new Outcome(ExecutionState.FAILED, Optional.of(STOPPED)), draft("execution.failed")));
        Execution failed =
                store.find(tenant, opening.admission().execution().id()).orElseThrow();
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(failed.failure()).contains(STOPPED);
    }

    @Test
    void goesOnUnderTheLeaseThatItBeganWith() {
        Execution candidate = candidate();
        Opening opening = begin(candidate, Optional.empty());
        ExecutionStore.Log log = running(opening).log();
        log.append(entry(List.of(pending("0:x", 1)), draft("task.finished")));
        log.settle();
        assertThat(log.unopened()).isFalse();
        assertThat(store.find(tenant, candidate.id()).orElseThrow().state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(store.renew(List.of(running(opening).claim().lease()), LEASE))
                .singleElement()
                .matches(renewal -> !renewal.lost());
        log.write(entry(checkpoint(1, "a", 2), Set.of("a"), Move.STAY, draft("checkpoint")));
        store.release("server-1");
        assertThat(claim("server-2").execution().progress().attempt()).isEqualTo(2);
        assertThatThrownBy(() -> log.write(entry(List.of(), draft("custom")))).isInstanceOf(LeaseLostException.class);
        assertThat(types(candidate))
                .containsExactly("execution.queued", "execution.started", "task.finished", "checkpoint");
    }

    @Test
    void admitsOnceWhatBeginsTwiceWithOneKey() {
        RequestKey key = new RequestKey("key_1", "POST /executions", "once", "same");
        Opening first = begin(candidate(), Optional.of(key));
        running(first).log().write(end(SUCCESS, draft("execution.succeeded")));
        Execution second = candidate();
        Opening again = begin(second, Optional.of(key));
        again.running()
                .ifPresent(running -> assertThatThrownBy(
                                () -> running.log().write(end(SUCCESS, draft("execution.succeeded"))))
                        .isInstanceOf(LeaseLostException.class));
        assertThat(again.admission().replayed()).isTrue();
        assertThat(again.admission().execution().id())
                .isEqualTo(first.admission().execution().id());
        assertThat(store.find(tenant, second.id())).isEmpty();

        assertThatThrownBy(() -> {
                    Opening other = begin(
                            candidate(), Optional.of(new RequestKey("key_1", "POST /executions", "once", "other")));
                    other.running().ifPresent(running -> running.log().append(end(SUCCESS, draft("x"))));
                    other.admission();
                })
                .isInstanceOf(RequestKeyReusedException.class);
    }

    @Test
    void leavesAllOrNothingOfWhatWasAbandoned() {
        Execution candidate = candidate();
        Opening opening = begin(candidate, Optional.empty());
        running(opening).log().abandon();
        assertThat(running(opening).log().unopened()).isFalse();
        Optional<Execution> found = store.find(tenant, candidate.id());
        if (found.isEmpty()) {
            assertThatThrownBy(opening::admission)
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode().retriable()).isTrue());
        } else {
            assertThat(opening.admission().execution().id()).isEqualTo(candidate.id());
        }
    }

    private Execution waiting() {
        Execution candidate = candidate();
        Opening opening = begin(candidate, Optional.empty());
        running(opening)
                .log()
                .write(entry(
                        checkpoint(1, "a", 2),
                        Set.of("a"),
                        new Move.Suspend(Optional.<Instant>empty()),
                        draft("execution.waiting")));
        return opening.admission().execution();
    }

    private Optional<Resuming> resume(ExecutionId id, String owner) {
        return store.resume(
                tenant,
                id,
                (execution, checkpoint) -> new Answer(command(), draft("execution.resumed")),
                Optional.of(new Claimant(owner, LEASE)));
    }

    @Test
    void resumesTogetherWithWhatFollows() {
        Execution execution = waiting();
        assertThat(store.find(tenant, execution.id()).orElseThrow().state()).isEqualTo(ExecutionState.WAITING);
        Resuming resuming = resume(execution.id(), "server-2").orElseThrow();
        Running running = resuming.running().orElseThrow();
        Checkpoint from = running.resumption().checkpoint();
        assertThat(from.number()).isEqualTo(1);
        assertThat(running.resumption().command()).contains(command());
        assertThat(running.claim().execution().progress().attempt()).isEqualTo(2);
        running.log()
                .write(List.of(
                        entry(checkpoint(2, "a", 3), Set.of("a"), Move.STAY, draft("checkpoint")),
                        end(SUCCESS, draft("execution.succeeded"))));

        Execution told = resuming.resumed().get().orElseThrow();
        assertThat(told.id()).isEqualTo(execution.id());
        assertThat(told.request().input()).isEqualTo(execution.request().input());
        Execution ended = store.find(tenant, execution.id()).orElseThrow();
        assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(ended.progress()).isEqualTo(new Execution.Progress(2, 2, false));
        assertThat(ended.output()).contains(JsonObject.of("a", 3));
        assertThat(types(execution))
                .containsExactly(
                        "execution.queued",
                        "execution.started",
                        "execution.waiting",
                        "execution.resumed",
                        "checkpoint",
                        "execution.succeeded");
    }

    @Test
    void resumesForOneOfTwoWhoAnswerAtOnce() {
        Execution execution = waiting();
        Resuming first = resume(execution.id(), "server-1").orElseThrow();
        Optional<Resuming> second = resume(execution.id(), "server-2");
        first.running().orElseThrow().log().write(end(SUCCESS, draft("execution.succeeded")));
        second.ifPresent(late -> {
            assertThatThrownBy(() -> late.running().orElseThrow().log().write(end(SUCCESS, draft("late"))))
                    .isInstanceOf(LeaseLostException.class);
            assertThat(late.resumed().get()).isEmpty();
        });
        assertThat(first.resumed().get()).isPresent();
        assertThat(types(execution)).doesNotContain("late").endsWith("execution.resumed", "execution.succeeded");
        assertThat(resume(execution.id(), "server-3")).isEmpty();
    }

    @Test
    void leavesWaitingWhatTheAnswerDoesNotFit() {
        Execution execution = waiting();
        assertThatThrownBy(() -> store.resume(
                        tenant,
                        execution.id(),
                        (one, checkpoint) -> {
                            assertThat(checkpoint.values()).isEqualTo(JsonObject.of("a", 2));
                            throw new IllegalArgumentException(one.id().value());
                        },
                        HERE))
                .hasMessage(execution.id().value());
        assertThat(store.find(tenant, execution.id()).orElseThrow().state()).isEqualTo(ExecutionState.WAITING);
        assertThat(resume(execution.id(), "server-1")).isPresent();
    }
}
