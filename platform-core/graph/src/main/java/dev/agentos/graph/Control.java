package dev.agentos.graph;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the planner remembers beside the channels.
 *
 * @param supersteps how many have ended
 * @param answers what was answered to the tasks of this superstep, by interrupt
 * @param waiting the interrupts that each waiting task asked for; under no task's name those of the boundary itself
 * @param arrived at each node that waits for all, from where paths have come
 * @param rounds of the open nodes that contain a graph and bound or repeat it as a whole, by their paths
 */
public record Control(
        int supersteps,
        Map<String, JsonValue> answers,
        Map<String, List<String>> waiting,
        Map<String, List<String>> arrived,
        Map<String, Round> rounds) {
    /** At the beginning. */
    public static final Control START = new Control(0, Map.of(), Map.of(), Map.of(), Map.of());

    private static final String BOUNDARY = "";

    public Control {
        answers = Map.copyOf(answers);
        waiting = Map.copyOf(waiting);
        arrived = Map.copyOf(arrived);
        rounds = Map.copyOf(rounds);
    }

    /**
     * A round of the graph in a node, from its entry to its end.
     *
     * @param attempt from 1
     * @param begins before when it does not begin, when an attempt before it failed
     * @param until when its time is over; empty when it has as long as it takes
     * @param spent whether something inside has had an effect that cannot be repeated
     */
    public record Round(int attempt, Optional<Instant> begins, Optional<Instant> until, boolean spent) {

        /** A first one that nothing bounds. */
        public static final Round FIRST = new Round(1, Optional.empty(), Optional.empty(), false);

        /** The same after an effect that cannot be repeated. */
        Round afterEffect() {
            return new Round(attempt, begins, until, true);
        }

        private JsonObject toJson() {
            Map<String, JsonValue> members = new LinkedHashMap<>();
            members.put("attempt", JsonNumber.of(attempt));
            begins.ifPresent(time -> members.put("begins", new JsonString(time.toString())));
            until.ifPresent(time -> members.put("until", new JsonString(time.toString())));
            if (spent) {
                members.put("spent", JsonValue.of(true));
            }
            return new JsonObject(members);
        }

        private static Round of(JsonObject json) {
            return new Round(
                    json.number("attempt")
                            .map(number -> number.value().intValue())
                            .orElse(1),
                    json.text("begins").map(Instant::parse),
                    json.text("until").map(Instant::parse),
                    json.member("spent").isPresent());
        }
    }

    /** After one more superstep; answers belong to the one before. */
    Control advanced() {
        return new Control(supersteps + 1, Map.of(), Map.of(), Map.of(), rounds);
    }

    /** The same with those rounds. */
    Control rounds(Map<String, Round> others) {
        return others.equals(rounds) ? this : new Control(supersteps, answers, waiting, arrived, others);
    }

    /** The first time at which a round is over; empty when there is none. */
    public Optional<Instant> until() {
        return rounds.isEmpty()
                ? Optional.empty()
                : rounds.values().stream()
                        .flatMap(round -> round.until().stream())
                        .min(Instant::compareTo);
    }

    /** The open nodes that contain a graph and do not begin anew, because of an effect that cannot be repeated. */
    public List<String> spent() {
        return rounds.entrySet().stream()
                .filter(round -> round.getValue().spent())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The same, waiting for those interrupts before the next superstep. */
    Control holding(List<String> interrupts) {
        return interrupts.isEmpty() ? this : waiting(answers, Map.of(BOUNDARY, interrupts));
    }

    /** The same with those paths that have come to nodes that wait for all. */
    Control with(Map<String, List<String>> paths) {
        return paths.isEmpty() && arrived.isEmpty() ? this : new Control(supersteps, answers, waiting, paths, rounds);
    }

    /** The same, waiting. */
    public Control waiting(Map<String, JsonValue> given, Map<String, List<String>> asked) {
        return new Control(supersteps, given, asked, arrived, rounds);
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
        if (!rounds.isEmpty()) {
            Map<String, JsonValue> all = new TreeMap<>();
            rounds.forEach((node, round) -> all.put(node, round.toJson()));
            members.put("rounds", new JsonObject(all));
        }
        return new JsonObject(members);
    }

    /** Reads what {@link #toJson} wrote. */
    public static Control of(JsonObject json) {
        return new Control(
                json.number("supersteps")
                        .map(number -> number.value().intValue())
                        .orElse(0),
                json.object("answers").map(JsonObject::members).orElse(Map.of()),
                lists(json, "waiting"),
                lists(json, "arrived"),
                json.members().containsKey("rounds")
                        ? rounds(json.object("rounds").orElse(JsonObject.EMPTY))
                        : Map.of());
    }

    private static Map<String, Round> rounds(JsonObject json) {
        Map<String, Round> rounds = new LinkedHashMap<>();
        json.members().forEach((node, round) -> {
            if (round instanceof JsonObject object) {
                rounds.put(node, Round.of(object));
            }
        });
        return rounds;
    }

    private static Map<String, List<String>> lists(JsonObject json, String name) {
        Optional<JsonObject> object = json.object(name);
        if (object.isEmpty()) {
            return Map.of();
        }
        Map<String, List<String>> lists = new LinkedHashMap<>();
        object.get().members().forEach((key, items) -> lists.put(key, texts(items)));
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
