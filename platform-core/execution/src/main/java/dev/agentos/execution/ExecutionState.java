package dev.agentos.execution;

/** Where an execution stands. */
public enum ExecutionState {
    /** Admitted, to be claimed by a server. */
    QUEUED,
    /** Claimed by a server that holds its lease. */
    RUNNING,
    /** Waits for outside input. */
    WAITING,
    SUCCEEDED,
    FAILED,
    CANCELLED,
    TIMED_OUT;

    /** Whether nothing will change any more. */
    public boolean terminal() {
        return ordinal() >= SUCCEEDED.ordinal();
    }
}
