package dev.agentos.execution;

import java.util.Optional;

/**
 * Which executions are wanted; empty means any.
 *
 * @param state in that state
 * @param agent of that agent
 * @param graph of that graph's id
 */
public record ExecutionFilter(Optional<ExecutionState> state, Optional<String> agent, Optional<String> graph) {

    /** All of them. */
    public static final ExecutionFilter ANY = new ExecutionFilter(Optional.empty(), Optional.empty(), Optional.empty());
}
