package dev.agentos.persistence;

import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Puts checkpoints together from the rows of the channels: of each channel the last value up to the checkpoint. */
final class CheckpointReader {

    private static final String VALUES = """
        SELECT channel, value FROM (
            SELECT DISTINCT ON (channel) channel, value FROM execution_channels
             WHERE tenant_id = :tenant AND execution_id = :id AND number <= :number
             ORDER BY channel, number DESC) latest
         WHERE value IS NOT NULL
        """;

    private CheckpointReader() {}

    static Optional<Checkpoint> find(Handle handle, TenantId tenant, ExecutionId id, int number) {
        JsonObject values = values(handle, tenant, id, number);
        return handle.createQuery("""
            SELECT * FROM execution_checkpoints
             WHERE tenant_id = :tenant AND execution_id = :id AND number = :number
            """)
                .bind("tenant", tenant.value())
                .bind("id", id.value())
                .bind("number", number)
                .map((row, context) -> ExecutionRows.checkpoint(row, values))
                .findOne();
    }

    static Optional<Checkpoint> latest(Handle handle, TenantId tenant, ExecutionId id) {
        return handle.createQuery("SELECT step FROM executions WHERE tenant_id = :tenant AND id = :id")
                .bind("tenant", tenant.value())
                .bind("id", id.value())
                .mapTo(Integer.class)
                .findOne()
                .flatMap(step -> find(handle, tenant, id, step));
    }

    /** Without values, newest first, from below that number. */
    static List<Checkpoint> list(Handle handle, TenantId tenant, ExecutionId id, int below, int most) {
        return handle.createQuery("""
            SELECT * FROM execution_checkpoints
             WHERE tenant_id = :tenant AND execution_id = :id AND number < :below
             ORDER BY number DESC LIMIT :most
            """)
                .bind("tenant", tenant.value())
                .bind("id", id.value())
                .bind("below", below)
                .bind("most", most)
                .map((row, context) -> ExecutionRows.checkpoint(row, JsonObject.EMPTY))
                .list();
    }

    private static JsonObject values(Handle handle, TenantId tenant, ExecutionId id, int number) {
        Map<String, JsonValue> values = new LinkedHashMap<>();
        handle.createQuery(VALUES)
                .bind("tenant", tenant.value())
                .bind("id", id.value())
                .bind("number", number)
                .map((row, context) -> Map.entry(row.getString("channel"), Json.parse(row.getString("value"))))
                .forEach(entry -> values.put(entry.getKey(), entry.getValue()));
        return new JsonObject(values);
    }
}
