package dev.agentos.persistence;

import dev.agentos.graph.ExecutionId;

/** Something happened, probably; whoever acts on it looks into the store for the truth. */
public sealed interface Hint {

    /** There may be executions to claim. */
    record Work() implements Hint {}

    /**
     * An execution has new events or another state.
     *
     * @param execution which one
     */
    record Changed(ExecutionId execution) implements Hint {}
}
