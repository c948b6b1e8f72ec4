package dev.agentos.execution;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The input that continues a waiting execution.
 *
 * @param resume answers by interrupt id
 * @param answer the answer, when there is one open interrupt and no need to name it
 * @param update writes to channels before the next superstep
 * @param jump the nodes to go on with instead of what was planned
 * @param asNode the node that is taken to have written the update, behind which the execution goes on
 * @param change whether it only changes the state, so that one that was asked to wait goes on waiting
 * @param by the id of the principal that gives it; empty when nobody is known
 */
public record Command(
        Map<String, JsonValue> resume,
        Optional<JsonValue> answer,
        JsonObject update,
        List<String> jump,
        Optional<String> asNode,
        boolean change,
        Optional<String> by) {
    public Command {
        resume = Map.copyOf(resume);
        jump = List.copyOf(jump);
    }

    /**
     * The answer to an interrupt that waits for an approval: look what was decided. It says nothing itself, so that
     * nobody can agree by it.
     */
    public static final JsonValue DECIDED = JsonObject.of("approval", "decided");

    /** Who changes the state by it, and not only answers what was asked; empty when nobody does. */
    public Optional<String> editor() {
        return by.filter(any -> !update.isEmpty() || !jump.isEmpty() || asNode.isPresent());
    }

    /** A command whose update is nobody's in particular. */
    public Command(Map<String, JsonValue> resume, Optional<JsonValue> answer, JsonObject update, List<String> jump) {
        this(resume, answer, update, jump, Optional.empty());
    }

    /** A command of nobody who is known, that lets the execution go on, whether it was asked to wait or not. */
    public Command(
            Map<String, JsonValue> resume,
            Optional<JsonValue> answer,
            JsonObject update,
            List<String> jump,
            Optional<String> asNode) {
        this(resume, answer, update, jump, asNode, false, Optional.empty());
    }

    /** A command that changes the state and answers nothing. */
    public static Command change(JsonObject update, Optional<String> asNode) {
        return new Command(Map.of(), Optional.empty(), update, List.of(), asNode, true, Optional.empty());
    }

    /** The same with those answers, each by the id of what it answers. */
    public Command answering(Map<String, JsonValue> answers) {
        return new Command(answers, Optional.empty(), update, jump, asNode, change, by);
    }

    /** The same, given by that principal. */
    public Command givenBy(String principal) {
        return new Command(resume, answer, update, jump, asNode, change, Optional.of(principal));
    }
}
