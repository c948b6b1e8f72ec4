package dev.agentos.execution;

import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Durable state that successive executions share, one of them at a time.
 *
 * @param id the client's name for it, unique in the tenant
 * @param agent the agent with which it began; empty when that was a graph
 * @param graph the version that its executions are pinned to
 * @param revision one higher with each change of its state or version
 * @param position where its state was left; empty before its first execution has ended
 * @param line who has it, and who waits for it
 * @param previous the version to which the last migration can be undone
 * @param migrations what was migrated, oldest first
 * @param times when it was made and last changed
 */
public record Session(
        String id,
        Optional<String> agent,
        GraphReference graph,
        long revision,
        Optional<Position> position,
        Line line,
        Optional<Integer> previous,
        List<JsonObject> migrations,
        Times times) {

    /** What an id is made of. */
    public static final String ID_RULE = "1 to 128 of A-Z a-z 0-9 . _ : -, beginning with a letter or a digit";

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");

    public Session {
        migrations = List.copyOf(migrations);
    }

    /**
     * The last checkpoint of the execution that was the last to change the state.
     *
     * @param checkpoint its number
     */
    public record Position(ExecutionId execution, int checkpoint) {}

    /**
     * The executions of a session that have not ended.
     *
     * @param active the one that has the session: it is queued, runs or waits for an answer
     * @param held those that wait for the session, the next one first, and the first {@link #SHOWN} of them only
     */
    public record Line(Optional<ExecutionId> active, List<ExecutionId> held) {

        /** How many of those that wait are named; the others are found among the executions of the session. */
        public static final int SHOWN = 100;

        public Line {
            held = List.copyOf(held);
        }
    }

    /** When a session was made, and when its state or its line last changed. */
    public record Times(Instant createdAt, Instant changedAt) {}

    /** Whether an execution has it. */
    public boolean busy() {
        return line.active().isPresent();
    }

    /**
     * Checks an id.
     *
     * @throws InvalidInputException {@code graph:INVALID_INPUT}
     */
    static String requireId(String id) {
        if (!ID.matcher(id).matches()) {
            throw InvalidInputException.of(
                    GraphErrorCode.INVALID_INPUT,
                    "/session",
                    "A session's id is " + ID_RULE + ".",
                    "Choose another id for the session.");
        }
        return id;
    }

    /** The failure of a request for a session that has something else to do. */
    public static AgentOsException busy(String session, ExecutionId active) {
        return new AgentOsException(
                GraphErrorCode.SESSION_BUSY,
                "The session '" + session + "' is busy with the execution " + active + ".",
                "Wait until that has ended or cancel it; or start another one with whenBusy enqueue, interrupt or"
                        + " rollback.");
    }

    /** The failure of a request for a session that there is not. */
    public static AgentOsException unknown(String session) {
        return new AgentOsException(
                GraphErrorCode.UNKNOWN_SESSION,
                "There is no session '" + session + "'.",
                "GET /api/v1/sessions lists the sessions.");
    }
}
