package dev.agentos.retention;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** What executions did, of which only their logs tell: events, checkpoints and the state that they were left in. */
final class ExecutionHistories {

    private static final int AT_ONCE = 200;

    private final ExecutionStore store;
    private final TenantDataStore data;

    ExecutionHistories(ExecutionStore store, TenantDataStore data) {
        this.store = store;
        this.data = data;
    }

    private void each(Whose whose, Consumer<ExecutionId> execution) {
        data.read(
                whose,
                TenantDataStore.EXECUTIONS,
                row -> Json.parseObject(row).text("id").map(ExecutionId::new).ifPresent(execution));
    }

    void events(Whose whose, Consumer<String> row) {
        each(whose, id -> {
            long last = 0;
            List<ExecutionEvent> events;
            do {
                events = store.events(whose.tenant(), id, last, AT_ONCE);
                for (ExecutionEvent event : events) {
                    last = event.sequence();
                    row.accept(Json.write(event(id, event)));
                }
            } while (!events.isEmpty());
        });
    }

    void checkpoints(Whose whose, Consumer<String> row) {
        each(whose, id -> {
            Optional<String> cursor = Optional.empty();
            do {
                Page<ExecutionStore.Passage> page = store.history(whose.tenant(), id, new PageRequest(AT_ONCE, cursor));
                page.items().forEach(passage -> row.accept(Json.write(checkpoint(id, passage))));
                cursor = page.next();
            } while (cursor.isPresent());
        });
    }

    void states(Whose whose, Consumer<String> row) {
        TenantId tenant = whose.tenant();
        each(
                whose,
                id -> store.findCheckpoint(tenant, id, Optional.empty())
                        .ifPresent(last -> row.accept(Json.write(state(id, last)))));
    }

    private static JsonObject event(ExecutionId id, ExecutionEvent event) {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        members.put("execution", JsonValue.of(id.value()));
        members.put("sequence", JsonValue.of(event.sequence()));
        members.put("type", JsonValue.of(event.draft().type()));
        members.put("step", JsonValue.of(event.draft().step()));
        event.draft().node().ifPresent(node -> members.put("node", JsonValue.of(node)));
        members.put("time", JsonValue.of(event.time().toString()));
        members.put("data", event.draft().data());
        return new JsonObject(members);
    }

    private static JsonObject checkpoint(ExecutionId id, ExecutionStore.Passage passage) {
        Checkpoint checkpoint = passage.checkpoint();
        return JsonObject.of(
                "execution",
                id.value(),
                "number",
                checkpoint.number(),
                "source",
                checkpoint.source().name(),
                "next",
                checkpoint.next().stream().map(task -> task.node()).toList(),
                "writes",
                passage.writes().stream().map(ExecutionHistories::written).toList());
    }

    private static JsonObject written(ExecutionStore.Written one) {
        JsonObject written = JsonObject.of("node", one.node(), "channels", one.channels());
        return one.values().map(values -> written.with("values", values)).orElse(written);
    }

    private static JsonObject state(ExecutionId id, Checkpoint last) {
        return JsonObject.of("execution", id.value(), "number", last.number(), "values", last.values());
    }
}
