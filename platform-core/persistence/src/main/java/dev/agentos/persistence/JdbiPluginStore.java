package dev.agentos.persistence;

import dev.agentos.pluginruntime.InstalledPlugin;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginStore;
import dev.agentos.pluginruntime.Publishers;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.Permission;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** Installed plugins in PostgreSQL. One row holds the generation; its lock makes changes follow each other. */
final class JdbiPluginStore implements PluginStore, Publishers.Store {

    private final PlatformTransactions platform;

    JdbiPluginStore(PlatformTransactions platform) {
        this.platform = platform;
    }

    @Override
    public List<InstalledPlugin> list() {
        return platform.call(handle -> handle.createQuery("SELECT * FROM plugins ORDER BY id")
                .map(JdbiPluginStore::plugin)
                .list());
    }

    @Override
    public long generation() {
        return platform.call(handle -> handle.createQuery("SELECT generation FROM plugin_generation")
                .mapTo(Long.class)
                .one());
    }

    @Override
    public long commit(long expected, List<InstalledPlugin> saved, List<String> removed) {
        return platform.call(handle -> {
            Optional<Long> next = handle.createQuery("""
                UPDATE plugin_generation SET generation = generation + 1
                 WHERE generation = :expected RETURNING generation
                """)
                    .bind("expected", expected)
                    .mapTo(Long.class)
                    .findOne();
            long generation = next.orElseThrow(() -> new AgentOsException(
                    PluginErrorCode.BUSY,
                    "Another server changed the installed plugins at the same time.",
                    "Try again."));
            saved.forEach(plugin -> save(handle, plugin, generation));
            removed.forEach(id -> handle.createUpdate("DELETE FROM plugins WHERE id = :id")
                    .bind("id", id)
                    .execute());
            return generation;
        });
    }

    @Override
    public List<Publishers.Binding> bindings() {
        return platform.call(handle -> handle.createQuery("SELECT * FROM publishers ORDER BY plugin")
                .map((row, context) -> new Publishers.Binding(
                        row.getString("plugin"),
                        row.getString("publisher"),
                        row.getString("fingerprint"),
                        Rows.instant(row, "bound_at")))
                .list());
    }

    @Override
    public void bindFirst(Publishers.Binding binding) {
        bind(binding, "ON CONFLICT (plugin) DO NOTHING");
    }

    @Override
    public void bind(Publishers.Binding binding) {
        bind(binding, """
            ON CONFLICT (plugin) DO UPDATE
               SET publisher = excluded.publisher, fingerprint = excluded.fingerprint, bound_at = excluded.bound_at
            """);
    }

    private void bind(Publishers.Binding binding, String onConflict) {
        platform.call(handle -> handle.createUpdate("""
            INSERT INTO publishers (plugin, publisher, fingerprint, bound_at)
            VALUES (:plugin, :publisher, :fingerprint, :since)
            """ + onConflict)
                .bind("plugin", binding.plugin())
                .bind("publisher", binding.publisher())
                .bind("fingerprint", binding.fingerprint())
                .bind("since", binding.since())
                .execute());
    }

    @Override
    public boolean unbind(String plugin) {
        return platform.call(handle -> handle.createUpdate("DELETE FROM publishers WHERE plugin = :plugin")
                        .bind("plugin", plugin)
                        .execute())
                > 0;
    }

    @Override
    public List<Publishers.Revocation> revocations() {
        return platform.call(handle -> handle.createQuery(
                        "SELECT * FROM revoked_certificates ORDER BY revoked_at DESC, fingerprint")
                .map((row, context) -> new Publishers.Revocation(
                        row.getString("fingerprint"), row.getString("reason"), Rows.instant(row, "revoked_at")))
                .list());
    }

    @Override
    public void revoke(Publishers.Revocation revocation) {
        platform.call(handle -> handle.createUpdate("""
            INSERT INTO revoked_certificates (fingerprint, reason, revoked_at)
            VALUES (:fingerprint, :reason, :since)
            ON CONFLICT (fingerprint) DO NOTHING
            """)
                .bind("fingerprint", revocation.fingerprint())
                .bind("reason", revocation.reason())
                .bind("since", revocation.since())
                .execute());
    }

    private static void save(Handle handle, InstalledPlugin plugin, long generation) {
        handle.createUpdate("""
            INSERT INTO plugins (id, release, previous, enabled, configuration, generation)
            VALUES (:id, :release, :previous::json, :enabled, :configuration, :generation)
            ON CONFLICT (id) DO UPDATE
               SET release = excluded.release, previous = excluded.previous, enabled = excluded.enabled,
                   configuration = excluded.configuration, generation = excluded.generation
            """)
                .bind("id", plugin.id())
                .bind("release", write(plugin.release()))
                .bind(
                        "previous",
                        plugin.previous()
                                .map(previous -> write(previous).toString())
                                .orElse(null))
                .bind("enabled", plugin.enabled())
                .bind("configuration", plugin.configuration())
                .bind("generation", generation)
                .execute();
    }

    private static JsonObject write(InstalledPlugin.Release release) {
        return JsonObject.of(
                "version",
                release.version(),
                "sha512",
                release.sha512(),
                "grants",
                release.grants().stream().map(Permission::toString).toList());
    }

    private static InstalledPlugin.Release release(JsonObject json) {
        List<Permission> grants = new ArrayList<>();
        for (JsonValue grant : json.array("grants").orElse(JsonArray.EMPTY)) {
            if (grant instanceof JsonString(String text)) {
                grants.add(Permission.parse(text));
            }
        }
        return new InstalledPlugin.Release(
                json.text("version").orElseThrow(), json.text("sha512").orElseThrow(), grants);
    }

    private static InstalledPlugin plugin(ResultSet row, StatementContext context) throws SQLException {
        return new InstalledPlugin(
                row.getString("id"),
                release(Rows.object(row, "release")),
                Rows.optionalObject(row, "previous").map(JdbiPluginStore::release),
                row.getBoolean("enabled"),
                Rows.object(row, "configuration"),
                row.getLong("generation"));
    }
}
