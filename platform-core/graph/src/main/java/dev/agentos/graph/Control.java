package dev.agentos.graph;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the planner remembers beside the channels.
 *
 * @param supersteps how many have ended
 * @param answers what was answered to the tasks of this superstep, by interrupt
 * @param waiting the interrupts that each waiting task asked for; under no task's name those of the boundary itself
 * @param arrived at each node that waits for all, from where paths have come
 */
public record Control(
        int supersteps,
        Map<String, JsonValue> answers,
        Map<String, List<String>> waiting,
        Map<String, List<String>> arrived) {
    /** At the beginning. */
    public static final Control START = new Control(0, Map.of(), Map.of(), Map.of());

    private static final String BOUNDARY = "";

    public Control {
        answers = Map.copyOf(answers);
        waiting = Map.copyOf(waiting);
        arrived = Map.copyOf(arrived);
    }

    /** After one more superstep; answers belong to the one before. */
    Control advanced() {
        return new Control(supersteps + 1, Map.of(), Map.of(), Map.of());
    }

    /** The same, waiting for those interrupts before the next superstep. */
    Control holding(List<String> interrupts) {
        return interrupts.isEmpty() ? this : waiting(answers, Map.of(BOUNDARY, interrupts));
    }

    /** The same with those paths that have come to nodes that wait for all. */
    Control with(Map<String, List<String>> paths) {
        return paths.isEmpty() && arrived.isEmpty() ? this : new Control(supersteps, answers, waiting, paths);
    }

    /** The same, waiting. */
    public Control waiting(Map<String, JsonValue> given, Map<String, List<String>> asked) {
        return new Control(supersteps, given, asked, arrived);
    }

    /** The interrupts that are to be answered before the superstep may begin. */
    public List<String> held(Map<String, JsonValue> given) {
        return waiting.isEmpty()
                ? List.of()
                : waiting.getOrDefault(BOUNDARY, List.of()).stream()
                        .filter(id -> !given.containsKey(id))
                        .toList();
    }

    /** What {@link #waiting} is while the boundary waits for those. */
    public static Map<String, List<String>> boundary(List<String> interrupts) {
        return Map.of(BOUNDARY, interrupts);
    }

    /** As a checkpoint keeps it. */
    public JsonObject toJson() {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        members.put("supersteps", JsonNumber.of(supersteps));
        if (!answers.isEmpty()) {
            members.put("answers", new JsonObject(answers));
        }
        if (!waiting.isEmpty()) {
            members.put("waiting", JsonValue.of(waiting));
        }
        if (!arrived.isEmpty()) {
            members.put("arrived", JsonValue.of(arrived));
        }
        return new JsonObject(members);
    }

    /** Reads what {@link #toJson} wrote. */
    public static Control of(JsonObject json) {
        return new Control(
                json.number("supersteps")
                        .map(number -> number.value().intValue())
                        .orElse(0),
                json.object("answers").orElse(JsonObject.EMPTY).members(),
                lists(json, "waiting"),
                lists(json, "arrived"));
    }

    private static Map<String, List<String>> lists(JsonObject json, String name) {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        json.object(name).orElse(JsonObject.EMPTY).members().forEach((key, items) -> lists.put(key, texts(items)));
        return lists;
    }

    private static List<String> texts(JsonValue value) {
        return value instanceof JsonArray(List<JsonValue> items)
                ? items.stream()
                        .filter(JsonString.class::isInstance)
                        .map(item -> ((JsonString) item).value())
                        .toList()
                : List.of();
    }
}
