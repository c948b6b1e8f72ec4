package dev.agentos.execution;

import dev.agentos.kernel.Failure;
import java.util.Optional;

/**
 * Which executions are wanted; empty means any.
 *
 * @param state in that state
 * @param agent of that agent
 * @param graph of that graph's id
 * @param session of that session
 * @param failure with a failure of that code, {@code origin:NAME}
 * @param retried whether another execution has begun at a checkpoint of theirs, by a retry or a fork
 * @param within among those that somebody reaches
 */
public record ExecutionFilter(
        Optional<ExecutionState> state,
        Optional<String> agent,
        Optional<String> graph,
        Optional<String> session,
        Optional<String> failure,
        Optional<Boolean> retried,
        Within within) {

    /** All of them. */
    public static final ExecutionFilter ANY = new ExecutionFilter(Optional.empty(), Optional.empty(), Optional.empty());

    /** Of any session or none. */
    public ExecutionFilter(Optional<ExecutionState> state, Optional<String> agent, Optional<String> graph) {
        this(state, agent, graph, Optional.empty(), Optional.empty(), Optional.empty(), Within.ALL);
    }

    /** All of one session. */
    public static ExecutionFilter ofSession(String session) {
        return new ExecutionFilter(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(session),
                Optional.empty(),
                Optional.empty(),
                Within.ALL);
    }

    /**
     * Whether that is one of them.
     *
     * @param isRetried whether another one began from it
     */
    public boolean matches(Execution one, boolean isRetried) {
        ExecutionRequest request = one.request();
        return state.filter(wanted -> wanted != one.state()).isEmpty()
                && (agent.isEmpty() || agent.equals(request.agent()))
                && graph.filter(wanted -> !wanted.equals(request.graph().graph()))
                        .isEmpty()
                && (session.isEmpty() || session.equals(request.session()))
                && (failure.isEmpty() || failure.equals(one.failure().map(Failure::code)))
                && retried.filter(wanted -> wanted != isRetried).isEmpty()
                && within.covers(request.agent(), request.graph());
    }
}
