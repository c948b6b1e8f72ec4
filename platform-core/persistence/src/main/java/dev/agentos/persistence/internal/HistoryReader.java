package dev.agentos.persistence.internal;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionEvent.Draft;
import dev.agentos.execution.ExecutionStore.Passage;
import dev.agentos.execution.ExecutionStore.Written;
import dev.agentos.graph.Checkpoint;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads from rows of the log, in order, which checkpoints there are and who wrote what into each. */
public final class HistoryReader {

    private final List<Passage> passages = new ArrayList<>();
    private final List<Written> fromTasks = new ArrayList<>();
    private final List<Written> fromOutside = new ArrayList<>();
    private final Map<String, JsonObject> values = new HashMap<>();

    /** Takes the next row. */
    public void add(LogReader.Row row) {
        for (JsonValue entry : row.entries()) {
            add((JsonObject) entry, row.at());
        }
    }

    /** The checkpoints so far, oldest first. */
    public List<Passage> passages() {
        return passages;
    }

    private void add(JsonObject entry, Instant at) {
        for (JsonValue write : entry.array("w").orElse(JsonArray.EMPTY)) {
            JsonObject pending = (JsonObject) write;
            if (pending.member("d").isEmpty()) {
                values.put(pending.text("n").orElseThrow(), pending.object("w").orElse(JsonObject.EMPTY));
            }
        }
        Optional<Checkpoint> stored = entry.array("c").map(json -> LogReader.checkpoint(json, JsonObject.EMPTY, at));
        stored.filter(first -> first.source() == Checkpoint.Source.INPUT)
                .flatMap(first -> entry.object("i"))
                .ifPresent(input -> fromOutside.add(new Written("START", names(input), Optional.of(input))));
        boolean taken = stored.isEmpty();
        for (Draft event : LogReader.drafts(entry)) {
            switch (event.type()) {
                case ExecutionEvent.TASK_FINISHED ->
                    fromTasks.add(
                            new Written(event.node().orElse(""), texts(event.data(), "channels"), Optional.empty()));
                case ExecutionEvent.QUEUED, ExecutionEvent.RESUMED -> outside(event);
                case ExecutionEvent.CHECKPOINT -> {
                    if (!taken) {
                        take(stored.orElseThrow(), entry);
                        taken = true;
                    }
                }
                default -> {}
            }
        }
        if (!taken) {
            take(stored.orElseThrow(), entry);
        }
    }

    private void outside(Draft event) {
        List<String> updated = texts(event.data(), "updated");
        Optional<String> node = event.data().text("asNode");
        if (!updated.isEmpty() || node.isPresent()) {
            fromOutside.add(new Written(node.orElse("update"), updated, Optional.empty()));
        }
    }

    private void take(Checkpoint checkpoint, JsonObject entry) {
        List<Written> writers = new ArrayList<>(fromOutside);
        boolean asked = !checkpoint.interrupts().isEmpty();
        // What tasks wrote beside one that asks goes in with the answer, and not at all when the plan is left.
        if (!asked && checkpoint.source() != Checkpoint.Source.UPDATE) {
            fromTasks.forEach(one ->
                    writers.add(new Written(one.node(), one.channels(), Optional.ofNullable(values.get(one.node())))));
        }
        if (writers.size() == 1 && writers.getFirst().values().isEmpty()) {
            Written only = writers.getFirst();
            writers.set(0, new Written(only.node(), only.channels(), LogReader.written(entry)));
        }
        fromOutside.clear();
        if (!asked) {
            fromTasks.clear();
            values.clear();
        }
        passages.add(new Passage(checkpoint, writers));
    }

    private static List<String> names(JsonObject object) {
        return List.copyOf(object.members().keySet());
    }

    private static List<String> texts(JsonObject data, String name) {
        return data.array(name).orElse(JsonArray.EMPTY).items().stream()
                .map(LogReader::text)
                .toList();
    }
}
