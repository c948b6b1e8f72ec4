package dev.agentos.execution.memory;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionStore.Passage;
import dev.agentos.execution.ExecutionStore.Written;
import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.PendingWrite;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who wrote what in one execution, told from what was stored of it when somebody asks. */
final class MemoryHistory {

    private final List<Passage> passages = new ArrayList<>();
    private final List<Written> outside = new ArrayList<>();
    private final List<Written> finished = new ArrayList<>();
    private final Map<String, PendingWrite> pending = new LinkedHashMap<>();

    private MemoryHistory() {}

    /**
     * What was stored at once.
     *
     * @param checkpoint without values
     */
    record Part(
            Optional<Checkpoint> checkpoint,
            List<ExecutionEvent.Draft> events,
            List<PendingWrite> writes,
            Map<String, Change> changes) {}

    /** The checkpoints of an execution; its first part is its admission. */
    static List<Passage> newestFirst(JsonObject input, List<Part> parts) {
        MemoryHistory history = new MemoryHistory();
        Part admission = parts.getFirst();
        admission.events().forEach(history::note);
        Checkpoint first = admission.checkpoint().orElseThrow();
        if (first.source() == Checkpoint.Source.INPUT) {
            history.outside.add(new Written("START", List.copyOf(input.members().keySet()), Optional.of(input)));
        }
        history.pass(first, List.of(), Map.of());
        admission.writes().forEach(write -> history.pending.put(write.task(), write));
        parts.stream().skip(1).forEach(history::add);
        return List.copyOf(history.passages.reversed());
    }

    private void add(Part part) {
        part.writes().forEach(write -> pending.put(write.task(), write));
        if (part.checkpoint().isEmpty()) {
            part.events().forEach(this::note);
            return;
        }
        pass(part.checkpoint().get(), part.events(), part.changes());
        if (part.checkpoint().get().interrupts().isEmpty()) {
            pending.clear();
        }
    }

    /** Notes who wrote what; by the events, as the engine notes them before the checkpoint. */
    private void pass(Checkpoint checkpoint, List<ExecutionEvent.Draft> drafts, Map<String, Change> changes) {
        List<Written> writes = new ArrayList<>(outside);
        outside.clear();
        boolean asked = !checkpoint.interrupts().isEmpty();
        List<ExecutionEvent.Draft> behind = new ArrayList<>(drafts);
        while (!behind.isEmpty()) {
            ExecutionEvent.Draft draft = behind.removeFirst();
            if (draft.type().equals(ExecutionEvent.CHECKPOINT)) {
                break;
            }
            note(draft);
        }
        if (!asked && checkpoint.source() != Checkpoint.Source.UPDATE) {
            finished.forEach(one -> writes.add(new Written(
                    one.node(),
                    one.channels(),
                    pending.values().stream()
                            .filter(write -> write.node().equals(one.node()))
                            .findFirst()
                            .map(PendingWrite::writes))));
        }
        if (!asked) {
            finished.clear();
        }
        if (writes.size() == 1 && writes.getFirst().values().isEmpty()) {
            Map<String, JsonValue> values = new LinkedHashMap<>();
            changes.forEach((name, change) -> values.put(
                    name,
                    switch (change) {
                        case Change.Append(var items) -> items;
                        case Change.Members(var members) -> members;
                        default -> change.apply(Optional.empty()).orElse(JsonNull.NULL);
                    }));
            Written only = writes.getFirst();
            writes.set(0, new Written(only.node(), only.channels(), Optional.of(new JsonObject(values))));
        }
        passages.add(new Passage(checkpoint, writes));
        behind.forEach(this::note);
    }

    private void note(ExecutionEvent.Draft draft) {
        switch (draft.type()) {
            case ExecutionEvent.TASK_FINISHED ->
                finished.add(new Written(draft.node().orElse(""), texts(draft, "channels"), Optional.empty()));
            case ExecutionEvent.QUEUED, ExecutionEvent.RESUMED -> {
                List<String> updated = texts(draft, "updated");
                Optional<String> node = draft.data().text("asNode");
                if (!updated.isEmpty() || node.isPresent()) {
                    outside.add(new Written(node.orElse("update"), updated, Optional.empty()));
                }
            }
            default -> {}
        }
    }

    private static List<String> texts(ExecutionEvent.Draft draft, String name) {
        return draft.data().array(name).orElse(JsonArray.EMPTY).items().stream()
                .map(value -> ((JsonString) value).value())
                .toList();
    }
}
