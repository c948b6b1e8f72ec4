package dev.agentos.persistence;

import dev.agentos.kernel.Json;
import dev.agentos.pluginruntime.PluginStateStore;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The durable state of plugins in PostgreSQL. */
final class JdbiPluginStateStore implements PluginStateStore {

    private final TenantTransactions tenants;
    private final PlatformTransactions platform;

    JdbiPluginStateStore(TenantTransactions tenants, PlatformTransactions platform) {
        this.tenants = tenants;
        this.platform = platform;
    }

    private record Cell(String key, JsonValue value) {}

    @Override
    public Map<String, JsonValue> get(String tenant, String plugin, Collection<String> keys) {
        List<Cell> cells = tenants.inTenant(
                new TenantId(tenant),
                handle -> handle.createQuery("""
                    SELECT key, value FROM plugin_state
                     WHERE tenant_id = :tenant AND plugin = :plugin AND key = ANY (:keys)
                    """)
                        .bind("tenant", tenant)
                        .bind("plugin", plugin)
                        .bindArray("keys", String.class, keys.toArray())
                        .map((row, context) -> new Cell(row.getString("key"), Json.parse(row.getString("value"))))
                        .list());
        Map<String, JsonValue> values = new LinkedHashMap<>();
        cells.forEach(cell -> values.put(cell.key(), cell.value()));
        return values;
    }

    @Override
    public void put(String tenant, String plugin, Map<String, JsonValue> values) {
        // Two calls that set the same keys in another order must not wait for each other.
        List<String> keys = values.keySet().stream().sorted().toList();
        tenants.runInTenant(
                new TenantId(tenant),
                handle -> handle.createUpdate("""
                    INSERT INTO plugin_state (tenant_id, plugin, key, value)
                    SELECT :tenant, :plugin, cell.key, cell.value::json
                      FROM unnest(:keys, :values) AS cell (key, value)
                    ON CONFLICT (tenant_id, plugin, key) DO UPDATE SET value = excluded.value
                    """)
                        .bind("tenant", tenant)
                        .bind("plugin", plugin)
                        .bindArray("keys", String.class, keys.toArray())
                        .bindArray(
                                "values",
                                String.class,
                                keys.stream()
                                        .map(key -> Rows.text(values.get(key)))
                                        .toArray())
                        .execute());
    }

    @Override
    public void remove(String tenant, String plugin, Collection<String> keys) {
        tenants.runInTenant(
                new TenantId(tenant),
                handle -> handle.createUpdate(
                                "DELETE FROM plugin_state WHERE tenant_id = :tenant AND plugin = :plugin AND key = ANY"
                                        + " (:keys)")
                        .bind("tenant", tenant)
                        .bind("plugin", plugin)
                        .bindArray("keys", String.class, keys.toArray())
                        .execute());
    }

    @Override
    public void removePlugin(String plugin) {
        platform.run(handle -> handle.createUpdate("DELETE FROM plugin_state WHERE plugin = :plugin")
                .bind("plugin", plugin)
                .execute());
    }
}
