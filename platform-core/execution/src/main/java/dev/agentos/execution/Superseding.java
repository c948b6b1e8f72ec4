package dev.agentos.execution;

import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.Failure;
import java.util.Optional;

/** What is said of an execution that was stopped: by a person, or by another one that took its session. */
public final class Superseding {

    /** A person has cancelled it. */
    public static final Failure CANCELLED = Failure.of(
            GraphErrorCode.CANCELLED, "The execution was cancelled.", "Start it anew if it is still wanted.");

    private Superseding() {}

    /** What is said of one whose session was taken that way. */
    public static Failure reason(WhenBusy how) {
        return how == WhenBusy.ROLLBACK
                ? Failure.of(
                        GraphErrorCode.ROLLED_BACK,
                        "Another execution took the session and rolled back what this one had done to it.",
                        "Start it anew if it is still wanted.")
                : Failure.of(
                        GraphErrorCode.INTERRUPTED,
                        "Another execution took the session; what this one had done until its last checkpoint stays.",
                        "Start it anew if it is still wanted.");
    }

    /** What is said of one that was asked to stop; the store knows by whom. */
    public static Failure reason(Execution execution, ExecutionStore store) {
        if (execution.request().session().isEmpty()) {
            return CANCELLED;
        }
        Optional<WhenBusy> how = store.find(execution.tenant(), execution.id())
                .flatMap(now -> now.progress().superseded());
        return how.map(Superseding::reason).orElse(CANCELLED);
    }
}
