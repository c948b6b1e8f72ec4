package dev.agentos.execution.testkit;

import java.util.Optional;

/**
 * Something that a server or a user does. Executions and grants are picked by how many came after, so that a sequence
 * from which operations were taken away is still one.
 */
sealed interface Operation {

    /**
     * Somebody asks for an execution, perhaps with a key, perhaps at a server that has room.
     *
     * @param deadline in how many minutes it is to have ended
     */
    record Admit(
            int tenant,
            int priority,
            Optional<Integer> key,
            int fingerprint,
            Optional<Integer> deadline,
            Optional<Server> server)
            implements Operation {}

    /** A branch of an execution, with what is left of it. */
    record Fork(int execution, Optional<Server> server) implements Operation {}

    record Claim(Server server, int most) implements Operation {}

    record Append(int grant, What what) implements Operation {}

    /** The log is read anew under the same lease. */
    record Reopen(int grant) implements Operation {}

    record HandBack(int grant) implements Operation {}

    record Park(int grant) implements Operation {}

    record Renew(int grant, int minutes) implements Operation {}

    record Release(String owner) implements Operation {}

    record Cancel(int execution) implements Operation {}

    record Pause(int execution) implements Operation {}

    record Resume(int execution, Optional<Server> server) implements Operation {}

    /** What is in the queue behind its deadline ends. */
    record EndOverdue() implements Operation {}

    record Pass(int minutes) implements Operation {}

    /** A server that claims. */
    record Server(String owner, int minutes) {}

    /** What an owner appends. */
    enum What {
        EVENT,
        PENDING,
        CHECKPOINT,
        /** A checkpoint that goes on with the first of the tasks that have produced something. */
        GO_ON,
        /** A checkpoint with a question. */
        ASK,
        SUSPEND_UNTIL_DUE,
        SUSPEND_OVERDUE,
        SUCCEED,
        FAIL,
        STOP,
        TIME_OUT
    }
}
