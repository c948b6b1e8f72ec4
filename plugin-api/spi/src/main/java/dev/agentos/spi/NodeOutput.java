package dev.agentos.spi;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What a node task produced, or what it has to know from people first.
 *
 * @param writes a value for each channel that the node writes; each is merged by the channel's reducer
 * @param next where to go on instead of along the node's edges: targets of its edges, or {@code END}; empty to take the
 *     edges
 * @param questions what people are asked, at most 100; when there is any, nothing is written and nothing is gone to.
 *     The execution waits, and when each question has its answer, the task runs again from its beginning and finds them
 *     in {@link NodeInput#answers}
 */
public record NodeOutput(JsonObject writes, List<String> next, List<Question> questions) {

    /** Writes nothing. */
    public static final NodeOutput NOTHING = new NodeOutput(JsonObject.EMPTY);

    private static final int MOST_QUESTIONS = 100;

    /**
     * A question to a person.
     *
     * @param id unique among the questions of the task, 1 to 60 letters, digits, hyphens and underscores
     * @param prompt what is asked
     * @param schema JSON Schema 2020-12 that an answer must fit; empty when any will do
     */
    public record Question(String id, String prompt, Optional<JsonObject> schema) {
        public Question {
            Objects.requireNonNull(prompt, "A question asks nothing");
            Objects.requireNonNull(schema, "A question has no schema: Optional.empty() when any answer will do");
            if (!id.matches("[A-Za-z0-9_-]{1,60}")) {
                throw new IllegalArgumentException(
                        "A question's id is 1 to 60 letters, digits, hyphens and underscores: " + id);
            }
        }
    }

    public NodeOutput {
        Objects.requireNonNull(writes, "A task has no writes: JsonObject.EMPTY where it writes nothing");
        next = List.copyOf(next);
        questions = List.copyOf(questions);
        if (!questions.isEmpty() && !(writes.isEmpty() && next.isEmpty())) {
            throw new IllegalArgumentException("A task that asks neither writes nor goes on");
        }
        Set<String> ids = new HashSet<>();
        if (questions.size() > MOST_QUESTIONS
                || !questions.stream().map(Question::id).allMatch(ids::add)) {
            throw new IllegalArgumentException(
                    "A task asks at most " + MOST_QUESTIONS + " questions, each with its own id");
        }
    }

    /** Writes, and goes where it says. */
    public NodeOutput(JsonObject writes, List<String> next) {
        this(writes, next, List.of());
    }

    /** Writes, and goes on along the edges. */
    public NodeOutput(JsonObject writes) {
        this(writes, List.of());
    }

    /** Asks people. */
    public static NodeOutput asking(Question... questions) {
        return new NodeOutput(JsonObject.EMPTY, List.of(), List.of(questions));
    }
}
