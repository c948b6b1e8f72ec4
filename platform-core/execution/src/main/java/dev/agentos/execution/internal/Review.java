package dev.agentos.execution.internal;

import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What becomes of a task whose effect cannot be repeated and which a crash cut short. Before such a task runs, a mark
 * is stored in the place of its writes. A server that finds a mark and no writes cannot know whether the effect
 * happened, so a person says: {@code "retry"}, {@code "fail"}, or {@code {"skip": {channel: value}}} with what the task
 * would have written. Marks are numbered, so that each crash asks anew.
 */
final class Review {

    private static final String KIND = "needs_review";
    private static final String STARTED = "started";

    private Review() {}

    /** The mark that a task is about to have its effect for the n-th time, from 0. */
    static PendingWrite mark(NodeTask task, int number) {
        return new PendingWrite(
                task.id(),
                task.node(),
                JsonObject.EMPTY,
                List.of(),
                Optional.of(new JsonObject(Map.of(STARTED, JsonNumber.of(number)))));
    }

    /** The number of the mark, if a write is one. */
    static Optional<Integer> marked(PendingWrite write) {
        return write.detail()
                .flatMap(detail -> detail instanceof JsonObject object
                        ? object.number(STARTED).map(number -> number.value().intValue())
                        : Optional.empty());
    }

    /** The number of a task's next mark, at least that: behind all about which something was answered. */
    static int next(NodeTask task, int least, Map<String, JsonValue> answers) {
        int number = least;
        while (!answers.isEmpty() && answers.containsKey(id(task, number))) {
            number++;
        }
        return number;
    }

    static String id(NodeTask task, int number) {
        return task.id() + "/review/" + number;
    }

    /** The question about a mark. */
    static Interrupt question(NodeTask task, int number) {
        return new Interrupt(
                id(task, number),
                task.node(),
                JsonObject.of(
                        "kind",
                        KIND,
                        "prompt",
                        "Node '" + task.node() + "' was cut short after it had started, and its effect cannot be"
                                + " repeated safely. Find out whether it happened; then answer \"retry\", \"fail\","
                                + " or {\"skip\": {…}} with what it would have written.",
                        "schema",
                        JsonObject.of(
                                "anyOf",
                                List.of(
                                        JsonObject.of("enum", List.of("retry", "skip", "fail")),
                                        JsonObject.of(
                                                "type",
                                                "object",
                                                "required",
                                                List.of("skip"),
                                                "additionalProperties",
                                                false,
                                                "properties",
                                                JsonObject.of("skip", JsonObject.of("type", "object")))))));
    }

    static boolean asked(Interrupt interrupt) {
        return interrupt.payload() instanceof JsonObject payload
                && payload.text("kind").filter(KIND::equals).isPresent();
    }

    /** What is wrong with an answer; empty when it is one of those that can be given. */
    static Optional<String> problem(CompiledGraph graph, Interrupt interrupt, JsonValue answer) {
        return switch (answer) {
            case JsonString(String word) when List.of("retry", "skip", "fail").contains(word) -> Optional.empty();
            case JsonObject object
            when object.members().size() == 1 && object.object("skip").isPresent() ->
                graph.channels().check(object.object("skip").get()).stream()
                        .map(fault -> "What is skipped cannot be written: " + fault.message())
                        .findFirst();
            default ->
                Optional.of(
                        "The answer to '" + interrupt.id() + "' is \"retry\", \"fail\", \"skip\" or {\"skip\": {…}}.");
        };
    }

    /** The writes that an answer puts in the place of the task's own, if it does. */
    static Optional<JsonObject> skipped(JsonValue answer) {
        return switch (answer) {
            case JsonObject object -> object.object("skip");
            case JsonString(String word) when word.equals("skip") -> Optional.of(JsonObject.EMPTY);
            default -> Optional.empty();
        };
    }

    /** What it means that the answer was that it failed. */
    static Failure failure(NodeTask task) {
        return Failure.of(
                GraphErrorCode.NODE_FAILED,
                "Node '" + task.node() + "' was cut short, and its review said that it failed.",
                "Start the execution anew when the effect may happen again.");
    }

    static boolean failed(JsonValue answer) {
        return answer instanceof JsonString(String word) && word.equals("fail");
    }
}
