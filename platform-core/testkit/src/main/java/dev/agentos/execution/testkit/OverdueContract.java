package dev.agentos.execution.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Session;
import dev.agentos.execution.Superseding;
import dev.agentos.execution.WhenBusy;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.Failure;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What becomes of executions in a session that have not begun before their deadlines. */
public abstract class OverdueContract extends SessionsFixture {

    private Execution sayUntil(String message, Instant deadline) {
        return say("s", says(message).within(Optional.of(deadline), Optional.empty()), WhenBusy.ENQUEUE);
    }

    /** It is not for the one behind it to wait for that, nor for the one before it to end. */
    @Test
    void whoIsInLineBehindItsDeadlineEndsThere() throws InterruptedException {
        engine("a", executions);
        Execution first = say("stay", WhenBusy.ENQUEUE);
        arrived("stay");
        Execution late = sayUntil("late", InstantSource.system().instant().plusMillis(300));
        Execution behind = say("behind", WhenBusy.ENQUEUE);
        Execution ended = ends(late, ExecutionState.TIMED_OUT);
        assertThat(ended.failure().orElseThrow().code()).isEqualTo(GraphErrorCode.EXECUTION_TIMEOUT.code());
        assertThat(ended.progress().attempt()).isZero();
        assertThat(session().line().active()).contains(first.id());
        assertThat(session().line().held()).containsExactly(behind.id());
        letGo("stay");
        succeeds(first);
        succeeds(behind);
        assertThat(messages()).containsExactly("stay", "answer stay of 1", "behind", "answer behind of 3");
    }

    /** However long a line is, whoever looks at a session is told of its beginning. */
    @Test
    void ofALongLineTheFirstAreShown() {
        Execution first = say("first", WhenBusy.ENQUEUE);
        List<ExecutionId> line = new ArrayList<>();
        for (int i = 0; i <= Session.Line.SHOWN; i++) {
            line.add(say("m" + i, WhenBusy.ENQUEUE).id());
        }
        assertThat(session().line().active()).contains(first.id());
        assertThat(session().line().held()).isEqualTo(line.subList(0, Session.Line.SHOWN));
        Execution heir = say("heir", WhenBusy.INTERRUPT);
        assertThat(session().line().active()).contains(heir.id());
        assertThat(session().line().held()).isEqualTo(line.subList(0, Session.Line.SHOWN));
    }

    /** Whoever carries on one that runs tells of its end. */
    @Test
    void tellsOfThoseThatMadeRoomBeforeTheyBegan() {
        List<ExecutionStore.Outcome> told = new CopyOnWriteArrayList<>();
        store.listenToEnds(outcome -> {
            if (outcome.state() == ExecutionState.CANCELLED) {
                told.add(outcome);
            }
        });
        say("first", WhenBusy.ENQUEUE);
        say("second", WhenBusy.INTERRUPT);
        say("third", WhenBusy.INTERRUPT);
        ExecutionStore.Outcome interrupted = new ExecutionStore.Outcome(
                ExecutionState.CANCELLED, Optional.of(Superseding.reason(WhenBusy.INTERRUPT)));
        assertThat(told).containsExactly(interrupted, interrupted);
    }

    @Test
    void whoHasTheSessionInTheQueueBehindItsDeadlineLetsTheNextOneBegin() {
        Execution first = sayUntil("first", InstantSource.system().instant().plusMillis(50));
        Execution second = say("second", WhenBusy.ENQUEUE);
        Execution third = say("third", WhenBusy.ENQUEUE);
        assertThat(session().line().active()).contains(first.id());
        Failure late = Failure.of(GraphErrorCode.EXECUTION_TIMEOUT, "It is late.", "Begin earlier.");
        ExecutionEvent.Draft event = new ExecutionEvent.Draft(
                ExecutionEvent.TIMED_OUT, 0, Optional.empty(), JsonObject.of("failure", late.toJson()));
        List<ExecutionId> ended;
        do {
            ended = store.endOverdue(one -> new ExecutionStore.Ending(late, event), 1_000).stream()
                    .map(Execution::id)
                    .filter(first.id()::equals)
                    .toList();
        } while (ended.isEmpty());
        assertThat(executions.require(tenant, first.id()).state()).isEqualTo(ExecutionState.TIMED_OUT);
        assertThat(session().line().active()).contains(second.id());
        assertThat(session().line().held()).containsExactly(third.id());
        engine("a", executions);
        succeeds(second);
        succeeds(third);
        assertThat(messages()).startsWith("second", "answer second of 1", "third");
    }
}
