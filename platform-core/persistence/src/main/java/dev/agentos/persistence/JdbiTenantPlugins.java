package dev.agentos.persistence;

import dev.agentos.invocation.TenantPlugin;
import dev.agentos.invocation.TenantPluginStore;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginStateStore;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.stores.RevisedRow;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** What plugins keep for tenants, and what tenants have set for plugins, in PostgreSQL. */
final class JdbiTenantPlugins implements PluginStateStore, TenantPluginStore {

    private static final String SECRETS = """
        (SELECT coalesce(json_object_agg(s.name, s.sealed), '{}') FROM tenant_plugin_secrets s
          WHERE s.tenant_id = t.tenant_id AND s.plugin = t.plugin) AS secrets\
        """;

    private static final List<String> COLUMNS =
            List.of("enabled", "configuration", "concurrent_calls", "revision", "changed_at");

    private static final String SIZE = """
        SELECT coalesce(sum(entries), 0) AS entries, coalesce(sum(bytes), 0) AS bytes
          FROM plugin_state_sizes WHERE tenant_id = :tenant AND plugin = :plugin\
        """;

    private static final long MEBI = 1024 * 1024;

    private static final int PLACES = 256;

    private final List<Lock> places =
            Stream.<Lock>generate(ReentrantLock::new).limit(PLACES).toList();
    private final TenantTransactions tenants;

    JdbiTenantPlugins(TenantTransactions tenants) {
        this.tenants = tenants;
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
                        .map((row, context) -> new Cell(row.getString("key"), Json.parseStored(row.getString("value"))))
                        .list());
        Map<String, JsonValue> values = new LinkedHashMap<>();
        cells.forEach(cell -> values.put(cell.key(), cell.value()));
        return values;
    }

    @Override
    public void put(String tenant, String plugin, Map<String, JsonValue> values) {
        // Two calls that set the same keys in another order must not wait for each other.
        List<String> keys = values.keySet().stream().sorted().toList();
        alone(tenant, plugin, () -> write(tenant, plugin, keys, values));
    }

    private void alone(String tenant, String plugin, Runnable change) {
        Lock place = places.get(Math.floorMod(Objects.hash(tenant, plugin), PLACES));
        enter(place);
        try {
            change.run();
        } finally {
            place.unlock();
        }
    }

    /** Whoever waits for another of this server here has no connection yet, which all the others need. */
    private static void enter(Lock place) {
        try {
            place.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AgentOsException(
                    KernelErrorCode.CANCELLED,
                    "Nothing was changed: the call was told to end while it waited for others that change something.",
                    "Make it again when you want it done.",
                    e);
        }
    }

    private void write(String tenant, String plugin, List<String> keys, Map<String, JsonValue> values) {
        tenants.runInTenant(new TenantId(tenant), handle -> {
            lock(handle, tenant, plugin);
            // What is asked beside the change is as it was before it.
            Size before = handle.createQuery("""
                WITH kept AS (
                    INSERT INTO plugin_state (tenant_id, plugin, key, value)
                    SELECT :tenant, :plugin, cell.key, cell.value::json
                      FROM unnest(:keys, :values) AS cell (key, value)
                    ON CONFLICT (tenant_id, plugin, key) DO UPDATE SET value = excluded.value)
                """ + SIZE)
                    .bind("tenant", tenant)
                    .bind("plugin", plugin)
                    .bindArray("keys", String.class, keys.toArray())
                    .bindArray(
                            "values",
                            String.class,
                            keys.stream().map(key -> Rows.text(values.get(key))).toArray())
                    .map(JdbiTenantPlugins::size)
                    .one();
            requireRoom(handle, tenant, plugin, before);
        });
    }

    private record Size(long entries, long bytes) {

        /** What is over a limit already, from a time when it was counted otherwise, may be changed and not grow. */
        boolean fits(Size before) {
            return entries <= Math.max(MOST_VALUES, before.entries) && bytes <= Math.max(MOST_BYTES, before.bytes);
        }
    }

    private static Size size(ResultSet row, StatementContext context) throws SQLException {
        return new Size(row.getLong("entries"), row.getLong("bytes"));
    }

    /** Until the transaction ends, no other adds to it: each would find room that the others are about to take. */
    private static void lock(Handle handle, String tenant, String plugin) {
        handle.createQuery("SELECT pg_advisory_xact_lock(hashtextextended('state ' || :plugin || ' ' || :tenant, 0))")
                .bind("plugin", plugin)
                .bind("tenant", tenant)
                .mapToMap()
                .list();
    }

    private static void requireRoom(Handle handle, String tenant, String plugin, Size before) {
        Size now = handle.createQuery(SIZE)
                .bind("tenant", tenant)
                .bind("plugin", plugin)
                .map(JdbiTenantPlugins::size)
                .one();
        if (!now.fits(before)) {
            throw new AgentOsException(
                    PluginErrorCode.STATE_TOO_LARGE,
                    "Plugin " + plugin + " wanted to keep more than " + MOST_VALUES + " values or " + MOST_BYTES / MEBI
                            + " MiB for this tenant.",
                    "Nothing was kept. The plugin has to remove what it no longer needs.");
        }
    }

    @Override
    public void remove(String tenant, String plugin, Collection<String> keys) {
        alone(
                tenant,
                plugin,
                () -> tenants.runInTenant(
                        new TenantId(tenant),
                        handle -> handle.createUpdate("DELETE FROM plugin_state WHERE tenant_id = :tenant"
                                        + " AND plugin = :plugin AND key = ANY (:keys)")
                                .bind("tenant", tenant)
                                .bind("plugin", plugin)
                                .bindArray("keys", String.class, keys.toArray())
                                .execute()));
    }

    @Override
    public Map<String, TenantPlugin> list(String tenant) {
        Map<String, TenantPlugin> all = new LinkedHashMap<>();
        tenants.inTenant(
                        new TenantId(tenant),
                        handle -> handle.createQuery("SELECT t.*, " + SECRETS
                                        + " FROM tenant_plugins t WHERE tenant_id = :tenant ORDER BY plugin")
                                .bind("tenant", tenant)
                                .map((row, context) -> Map.entry(row.getString("plugin"), plugin(row, context)))
                                .list())
                .forEach(one -> all.put(one.getKey(), one.getValue()));
        return all;
    }

    @Override
    public Optional<TenantPlugin> find(String tenant, String plugin) {
        return tenants.inTenant(
                new TenantId(tenant),
                handle -> handle.createQuery("SELECT t.*, " + SECRETS
                                + " FROM tenant_plugins t WHERE tenant_id = :tenant AND plugin = :plugin")
                        .bind("tenant", tenant)
                        .bind("plugin", plugin)
                        .map(JdbiTenantPlugins::plugin)
                        .findOne());
    }

    @Override
    public Optional<TenantPlugin> put(String tenant, String plugin, TenantPlugin settings, long expected) {
        return tenants.inTenant(new TenantId(tenant), handle -> {
            boolean written = row(tenant, plugin)
                            .write(handle, COLUMNS, expected)
                            .bind("enabled", settings.enabled())
                            .bind("configuration", settings.configuration())
                            .bind("concurrent_calls", settings.concurrentCalls().orElse(null))
                            .bind("revision", settings.revision())
                            .bind("changed_at", settings.changedAt())
                            .execute()
                    == 1;
            if (!written) {
                return Optional.empty();
            }
            keepSecrets(handle, tenant, plugin, settings.secrets());
            return Optional.of(new TenantPlugin(
                    settings.enabled(),
                    settings.configuration(),
                    settings.secrets(),
                    settings.concurrentCalls(),
                    settings.revision(),
                    settings.changedAt().truncatedTo(ChronoUnit.MICROS)));
        });
    }

    private static RevisedRow row(String tenant, String plugin) {
        return new RevisedRow("tenant_plugins", Optional.of(new TenantId(tenant)), "plugin", plugin);
    }

    /** One that is written although it was encrypted anew meanwhile opens as it did, by the older key. */
    private static void keepSecrets(Handle handle, String tenant, String plugin, Map<String, String> secrets) {
        List<String> names = List.copyOf(new TreeMap<>(secrets).keySet());
        handle.createUpdate("""
            DELETE FROM tenant_plugin_secrets
             WHERE tenant_id = :tenant AND plugin = :plugin AND NOT name = ANY (:names)
            """)
                .bind("tenant", tenant)
                .bind("plugin", plugin)
                .bindArray("names", String.class, names)
                .execute();
        handle.createUpdate("""
            INSERT INTO tenant_plugin_secrets (tenant_id, plugin, name, sealed)
            SELECT :tenant, :plugin, s.name, s.sealed FROM unnest(:names, :sealed) AS s (name, sealed)
            ON CONFLICT (tenant_id, plugin, name) DO UPDATE SET sealed = excluded.sealed
             WHERE tenant_plugin_secrets.sealed <> excluded.sealed
            """)
                .bind("tenant", tenant)
                .bind("plugin", plugin)
                .bindArray("names", String.class, names)
                .bindArray(
                        "sealed", String.class, names.stream().map(secrets::get).toList())
                .execute();
    }

    @Override
    public boolean delete(String tenant, String plugin, long expected) {
        return tenants.inTenant(
                new TenantId(tenant), handle -> row(tenant, plugin).delete(handle, expected));
    }

    private static TenantPlugin plugin(ResultSet row, StatementContext context) throws SQLException {
        Map<String, String> secrets = new TreeMap<>();
        Rows.object(row, "secrets").members().forEach((name, value) -> {
            if (value instanceof JsonString(String sealed)) {
                secrets.put(name, sealed);
            }
        });
        int calls = row.getInt("concurrent_calls");
        return new TenantPlugin(
                row.getBoolean("enabled"),
                Rows.object(row, "configuration"),
                secrets,
                calls == 0 ? Optional.empty() : Optional.of(calls),
                row.getLong("revision"),
                Rows.instant(row, "changed_at"));
    }
}
