package dev.agentos.execution.testkit;

import static dev.agentos.execution.ExecutionState.CANCELLED;
import static dev.agentos.execution.ExecutionState.FAILED;
import static dev.agentos.execution.ExecutionState.QUEUED;
import static dev.agentos.execution.ExecutionState.RUNNING;
import static dev.agentos.execution.ExecutionState.SUCCEEDED;
import static dev.agentos.execution.ExecutionState.TIMED_OUT;
import static dev.agentos.execution.ExecutionState.WAITING;

import dev.agentos.execution.ExecutionState;
import java.util.Optional;

/** All the ways in which the state of an execution changes. What is not in this table does not happen. */
public enum Transition {
    ADMIT(Optional.empty(), QUEUED, "admit"),
    ADMIT_TO_CLAIMANT(Optional.empty(), RUNNING, "admit to a claimant"),
    CLAIM(QUEUED, RUNNING, "claim"),
    TAKE_OVER(RUNNING, RUNNING, "claim after the lease has run out"),
    FALL_DUE(WAITING, RUNNING, "claim when it is due"),
    HAND_BACK(RUNNING, QUEUED, "hand back"),
    SUSPEND(RUNNING, WAITING, "suspend"),
    SUSPEND_STOPPED(RUNNING, QUEUED, "suspend, though asked to stop"),
    PAUSE(QUEUED, WAITING, "pause before the first claim"),
    RESUME(WAITING, QUEUED, "resume"),
    RESUME_TO_CLAIMANT(WAITING, RUNNING, "resume to a claimant"),
    CANCEL_QUEUED(QUEUED, CANCELLED, "cancel"),
    CANCEL_WAITING(WAITING, CANCELLED, "cancel"),
    TIME_OUT_QUEUED(QUEUED, TIMED_OUT, "the deadline passes before a claim"),
    SUCCEED(RUNNING, SUCCEEDED, "finish"),
    FAIL(RUNNING, FAILED, "finish or park"),
    STOP(RUNNING, CANCELLED, "finish, asked to stop"),
    TIME_OUT(RUNNING, TIMED_OUT, "finish at the deadline");

    private final Optional<ExecutionState> from;
    private final ExecutionState to;
    private final String means;

    Transition(ExecutionState from, ExecutionState to, String means) {
        this(Optional.of(from), to, means);
    }

    Transition(Optional<ExecutionState> from, ExecutionState to, String means) {
        this.from = from;
        this.to = to;
        this.means = means;
    }

    /** The state of an execution that did not exist before. */
    ExecutionState first() {
        if (from.isPresent()) {
            throw new IllegalStateException(this + " begins no execution");
        }
        return to;
    }

    /** The state after that one. */
    ExecutionState after(ExecutionState before) {
        if (!from.equals(Optional.of(before))) {
            throw new IllegalStateException(this + " is not possible when " + before);
        }
        return to;
    }

    /** The table as a diagram. */
    public static String mermaid() {
        StringBuilder diagram = new StringBuilder("stateDiagram-v2\n");
        for (Transition one : values()) {
            diagram.append(
                    "    %s --> %s: %s%n".formatted(one.from.map(Enum::name).orElse("[*]"), one.to, one.means));
        }
        for (ExecutionState state : ExecutionState.values()) {
            if (state.terminal()) {
                diagram.append("    %s --> [*]%n".formatted(state));
            }
        }
        return diagram.toString();
    }
}
