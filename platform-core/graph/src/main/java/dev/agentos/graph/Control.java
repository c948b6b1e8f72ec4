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
 * @param waiting the interrupts that each waiting task asked for
 */
public record Control(int supersteps, Map<String, JsonValue> answers, Map<String, List<String>> waiting) {
    /** At the beginning. */
    public static final Control START = new Control(0, Map.of(), Map.of());

    public Control {
        answers = Map.copyOf(answers);
        waiting = Map.copyOf(waiting);
    }

    /** After one more superstep; answers belong to the one before. */
    Control advanced() {
        return new Control(supersteps + 1, Map.of(), Map.of());
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
        return new JsonObject(members);
    }

    /** Reads what {@link #toJson} wrote. */
    public static Control of(JsonObject json) {
        Map<String, List<String>> waiting = new LinkedHashMap<>();
        json.object("waiting").orElse(JsonObject.EMPTY).members().forEach((task, ids) -> waiting.put(task, texts(ids)));
        return new Control(
                json.number("supersteps")
                        .map(number -> number.value().intValue())
                        .orElse(0),
                json.object("answers").orElse(JsonObject.EMPTY).members(),
                waiting);
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
