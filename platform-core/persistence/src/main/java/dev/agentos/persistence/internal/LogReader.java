package dev.agentos.persistence.internal;

import dev.agentos.execution.Command;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionEvent.Draft;
import dev.agentos.execution.ExecutionStore.Remainder;
import dev.agentos.execution.ExecutionStore.Resumption;
import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.io.ByteArrayInputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads rows of the log as {@link LogCodec} wrote them, in order, and puts the state together. */
public final class LogReader {

    private Optional<JsonObject> input = Optional.empty();
    private Optional<Checkpoint> checkpoint = Optional.empty();
    private final Map<String, PendingWrite> pending = new LinkedHashMap<>();
    private final Set<String> failed = new HashSet<>();
    private Optional<Command> command = Optional.empty();
    private boolean grounded;
    private long next = 1;
    private long valueBytes;
    private long changeBytes;

    /**
     * A row of the log.
     *
     * @param sequence the number of its first event
     * @param at when it was stored
     * @param body its entries
     */
    public record Row(long sequence, Instant at, byte[] body) {

        /** The entries of the body. */
        JsonArray entries() {
            return (JsonArray) Json.parseStored(new ByteArrayInputStream(body));
        }

        /** The row's events. */
        public List<ExecutionEvent> events() {
            List<ExecutionEvent> events = new ArrayList<>();
            for (JsonValue entry : entries()) {
                for (Draft draft : drafts((JsonObject) entry)) {
                    events.add(new ExecutionEvent(sequence + events.size(), draft, at));
                }
            }
            return events;
        }

        /** The checkpoints in this row, without values. */
        public List<Checkpoint> checkpoints() {
            List<Checkpoint> checkpoints = new ArrayList<>();
            for (JsonValue entry : entries()) {
                ((JsonObject) entry)
                        .array("c")
                        .ifPresent(stored -> checkpoints.add(LogReader.checkpoint(stored, JsonObject.EMPTY, at)));
            }
            return checkpoints;
        }
    }

    /** Takes the next row; the first one must hold all values. */
    public LogReader add(Row row) {
        next = row.sequence();
        for (JsonValue entry : row.entries()) {
            add((JsonObject) entry, row.at());
        }
        return this;
    }

    /** Takes rows up to a checkpoint, and says whether it was found. */
    public boolean addUntil(Row row, int number) {
        next = row.sequence();
        for (JsonValue entry : row.entries()) {
            add((JsonObject) entry, row.at());
            if (checkpoint.filter(one -> one.number() >= number).isPresent()) {
                return true;
            }
        }
        return false;
    }

    private void add(JsonObject entry, Instant at) {
        next += entry.array("e").orElse(JsonArray.EMPTY).size();
        entry.object("i").ifPresent(value -> input = Optional.of(value));
        entry.array("c").ifPresent(stored -> failed.clear());
        for (JsonValue event : entry.array("e").orElse(JsonArray.EMPTY)) {
            List<JsonValue> parts = ((JsonArray) event).items();
            if (parts.getFirst() instanceof JsonString(String type) && type.equals(ExecutionEvent.TASK_FAILED)) {
                ExecutionEvent.noteFailed((JsonObject) parts.get(3), failed);
            }
        }
        for (JsonValue write : entry.array("w").orElse(JsonArray.EMPTY)) {
            PendingWrite read = pending((JsonObject) write);
            if (read.own()) {
                failed.remove(read.task());
            }
            pending.put(read.task(), read);
        }
        entry.array("c").ifPresent(stored -> {
            checkpoint = Optional.of(checkpoint(stored, values(entry), at));
            command = Optional.empty();
            checkpoint.get().settle(pending.values());
        });
        entry.object("m").ifPresent(json -> command = Optional.of(command(json)));
    }

    private JsonObject values(JsonObject entry) {
        Map<String, JsonValue> values = new LinkedHashMap<>();
        Optional<JsonObject> whole = entry.object("v");
        if (whole.isPresent()) {
            JsonObject given = input.orElse(JsonObject.EMPTY);
            whole.get()
                    .members()
                    .forEach((name, value) -> values.put(
                            name,
                            value instanceof JsonArray(List<JsonValue> wrapped)
                                    ? wrapped.getFirst()
                                    : given.member(name).orElseThrow()));
            valueBytes = whole.get().toString().length();
            changeBytes = 0;
            grounded = true;
            return new JsonObject(values);
        }
        if (!grounded) {
            // A whole checkpoint follows in this row; what stands before it belongs to an earlier one.
            return JsonObject.EMPTY;
        }
        values.putAll(
                checkpoint.map(Checkpoint::values).orElse(JsonObject.EMPTY).members());
        entry.object("d").ifPresent(changes -> {
            changeBytes += changes.toString().length();
            changes.members()
                    .forEach((name, json) -> change((JsonObject) json)
                            .apply(Optional.ofNullable(values.get(name)))
                            .ifPresentOrElse(value -> values.put(name, value), () -> values.remove(name)));
        });
        return new JsonObject(values);
    }

    /** The latest checkpoint, with the values of its channels. */
    public Optional<Checkpoint> checkpoint() {
        return checkpoint;
    }

    /** The execution's input, if the first row was read. */
    public Optional<JsonObject> input() {
        return input;
    }

    /** The number of the event after the last. */
    public long next() {
        return next;
    }

    /** About how many bytes the last full values took. */
    long valueBytes() {
        return valueBytes;
    }

    /** About how many bytes the changes after them took. */
    long changeBytes() {
        return changeBytes;
    }

    /** What is left of the execution for others. */
    public Remainder remainder() {
        return new Remainder(checkpoint.orElseThrow(), List.copyOf(pending.values()), failed);
    }

    /** What an owner goes on with. */
    public Resumption resumption() {
        return new Resumption(checkpoint.orElseThrow(), List.copyOf(pending.values()), command, Map.of());
    }

    static List<Draft> drafts(JsonObject entry) {
        List<Draft> drafts = new ArrayList<>();
        for (JsonValue value : entry.array("e").orElse(JsonArray.EMPTY)) {
            List<JsonValue> event = ((JsonArray) value).items();
            String type = text(event.getFirst());
            drafts.add(
                    switch (type) {
                        case "c" ->
                            LogCodec.ofCheckpoint(
                                    checkpoint(entry.array("c").orElseThrow(), JsonObject.EMPTY, Instant.EPOCH),
                                    changes(entry));
                        case "s" -> task(ExecutionEvent.TASK_STARTED, event, "attempt");
                        case "f" -> task(ExecutionEvent.TASK_FINISHED, event, "channels");
                        default ->
                            new Draft(
                                    type,
                                    number(event.get(1)),
                                    event.get(2) instanceof JsonString(String node)
                                            ? Optional.of(node)
                                            : Optional.empty(),
                                    (JsonObject) event.get(3));
                    });
        }
        return drafts;
    }

    private static Draft task(String type, List<JsonValue> event, String detail) {
        int step = number(event.get(1));
        String node = text(event.get(2));
        return new Draft(
                type, step, Optional.of(node), JsonObject.of("task", NodeTask.id(step, node), detail, event.get(3)));
    }

    /** What was written into a checkpoint, seen from how its channels changed. */
    static Optional<JsonObject> written(JsonObject entry) {
        return entry.object("d").map(ignored -> {
            Map<String, JsonValue> values = new LinkedHashMap<>();
            changes(entry).forEach((name, change) -> values.put(name, written(change)));
            return new JsonObject(values);
        });
    }

    private static JsonValue written(Change change) {
        return switch (change) {
            case Change.Set(JsonValue value) -> value;
            case Change.Unset() -> JsonNull.NULL;
            case Change.Append(JsonArray items) -> items;
            case Change.Replace(int index, JsonValue item) -> new JsonArray(List.of(item));
            case Change.Members(JsonObject members) -> members;
            case Change.Several(List<Change> changes) -> {
                List<JsonValue> all = new ArrayList<>();
                for (Change one : changes) {
                    JsonValue value = written(one);
                    all.addAll(value instanceof JsonArray array ? array.items() : List.of(value));
                }
                yield new JsonArray(all);
            }
        };
    }

    private static Map<String, Change> changes(JsonObject entry) {
        Map<String, Change> changes = new LinkedHashMap<>();
        entry.object("d")
                .orElse(JsonObject.EMPTY)
                .members()
                .forEach((name, json) -> changes.put(name, change((JsonObject) json)));
        return changes;
    }

    private static Change change(JsonObject json) {
        Map.Entry<String, JsonValue> one = json.members().entrySet().iterator().next();
        JsonValue value = one.getValue();
        return switch (one.getKey()) {
            case "=" -> new Change.Set(value);
            case "-" -> new Change.Unset();
            case "+" -> new Change.Append((JsonArray) value);
            case "r" -> {
                List<JsonValue> parts = ((JsonArray) value).items();
                yield new Change.Replace(number(parts.get(0)), parts.get(1));
            }
            case "m" -> new Change.Members((JsonObject) value);
            case "&" ->
                new Change.Several(((JsonArray) value)
                        .items().stream().map(part -> change((JsonObject) part)).toList());
            default -> throw new IllegalStateException("The log has a change of an unknown kind: " + one.getKey());
        };
    }

    static Checkpoint checkpoint(JsonArray stored, JsonObject values, Instant at) {
        List<JsonValue> parts = stored.items();
        int number = number(parts.get(0));
        List<NodeTask> tasks = new ArrayList<>();
        for (JsonValue task : (JsonArray) parts.get(2)) {
            tasks.add(
                    task instanceof JsonObject json
                            ? new NodeTask(text(json, "id"), text(json, "node"), json.object("input"))
                            : NodeTask.of(number, text(task)));
        }
        return new Checkpoint(
                number,
                Checkpoint.Source.valueOf(text(parts.get(1))),
                values,
                tasks,
                parts.size() > 4 ? interrupts((JsonArray) parts.get(4)) : List.of(),
                parts.get(3) instanceof JsonObject control ? control : JsonObject.of("supersteps", parts.get(3)),
                Optional.of(at));
    }

    private static PendingWrite pending(JsonObject json) {
        return new PendingWrite(
                text(json, "t"),
                text(json, "n"),
                json.object("w").orElse(JsonObject.EMPTY),
                json.array("i").map(LogReader::interrupts).orElse(List.of()),
                json.member("d"));
    }

    private static List<Interrupt> interrupts(JsonArray json) {
        return json.items().stream()
                .map(JsonObject.class::cast)
                .map(one -> new Interrupt(
                        text(one, "id"),
                        text(one, "node"),
                        one.member("payload").orElseThrow()))
                .toList();
    }

    private static Command command(JsonObject json) {
        return new Command(
                json.object("resume").orElse(JsonObject.EMPTY).members(),
                json.member("answer"),
                json.object("update").orElse(JsonObject.EMPTY),
                json.array("jump").orElse(JsonArray.EMPTY).items().stream()
                        .map(LogReader::text)
                        .toList(),
                json.text("asNode"),
                json.bool("change").orElse(false),
                Optional.empty());
    }

    static String text(JsonValue value) {
        return ((JsonString) value).value();
    }

    private static String text(JsonObject json, String name) {
        return json.text(name).orElseThrow();
    }

    private static int number(JsonValue value) {
        return ((JsonNumber) value).value().intValueExact();
    }
}
