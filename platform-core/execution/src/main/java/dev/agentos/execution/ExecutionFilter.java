package dev.agentos.execution;

import java.util.Optional;

/**
 * Which executions are wanted; empty means any.
 *
 * @param state in that state
 * @param agent of that agent
 * @param graph of that graph's id
 * @param session of that session
 * @param within among those that somebody reaches
 */
public record ExecutionFilter(
        Optional<ExecutionState> state,
        Optional<String> agent,
        Optional<String> graph,
        Optional<String> session,
        Within within) {

    /** All of them. */
    public static final ExecutionFilter ANY = new ExecutionFilter(Optional.empty(), Optional.empty(), Optional.empty());

    /** Of any session or none. */
    public ExecutionFilter(Optional<ExecutionState> state, Optional<String> agent, Optional<String> graph) {
        this(state, agent, graph, Optional.empty(), Within.ALL);
    }

    /** All of one session. */
    public static ExecutionFilter ofSession(String session) {
        return new ExecutionFilter(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(session), Within.ALL);
    }
}
