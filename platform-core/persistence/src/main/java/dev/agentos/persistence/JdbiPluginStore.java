package dev.agentos.persistence;

import dev.agentos.kernel.Digests;
import dev.agentos.pluginruntime.InstalledPlugin;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginStore;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.pluginruntime.Publishers;
import dev.agentos.pluginruntime.consent.ToolTexts;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionSyntaxException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Installed plugins in PostgreSQL. One row holds the generation; its lock makes changes follow each other. */
final class JdbiPluginStore implements PluginStore, Publishers.Store {

    private static final Logger LOG = LoggerFactory.getLogger(JdbiPluginStore.class);

    /** A file is kept in parts of that size, so that no part is ever much memory. */
    private static final int PART = 1 << 20;

    private final PlatformTransactions platform;
    private final Hints hints;

    JdbiPluginStore(PlatformTransactions platform, Hints hints) {
        this.platform = platform;
        this.hints = hints;
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
    public long commit(long expected, Change change) {
        long committed = platform.call(handle -> {
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
            change.bound().forEach(binding -> bindFirst(handle, binding));
            change.files().forEach((sha512, file) -> keep(handle, sha512, file));
            // What an uninstalled one of that name may have left, by a late call, is not for this one; it goes with
            // what
            // brings this one and not before, so that an installation that fails takes nothing away.
            change.saved().stream()
                    .map(InstalledPlugin::id)
                    .filter(id -> !isInstalled(handle, id))
                    .forEach(id -> forgetKept(handle, id));
            change.saved().forEach(plugin -> save(handle, plugin, generation));
            change.saved().stream().filter(InstalledPlugin::enabled).forEach(plugin -> runs(handle, plugin));
            change.noted().forEach(plugin -> save(handle, plugin, plugin.generation()));
            change.removed().forEach(id -> {
                handle.execute("DELETE FROM plugins WHERE id = ?", id);
                forgetKept(handle, id);
            });
            removeFiles(handle);
            return generation;
        });
        hints.plugins();
        return committed;
    }

    private static boolean isInstalled(Handle handle, String id) {
        return handle.createQuery("SELECT EXISTS (SELECT FROM plugins WHERE id = :id)")
                .bind("id", id)
                .mapTo(Boolean.class)
                .one();
    }

    private static void forgetKept(Handle handle, String id) {
        // Else the next plugin of that name would find what this one kept.
        handle.execute("DELETE FROM plugin_state WHERE plugin = ?", id);
        // With the secrets of tenants, which nobody could remove any more.
        handle.execute("DELETE FROM tenant_plugins WHERE plugin = ?", id);
    }

    private static void runs(Handle handle, InstalledPlugin plugin) {
        handle.execute(
                "INSERT INTO plugin_versions_run (sha512) VALUES (?) ON CONFLICT DO NOTHING",
                plugin.release().sha512());
    }

    @Override
    public boolean hasRun(String sha512) {
        return platform.call(
                handle -> handle.createQuery("SELECT EXISTS (SELECT FROM plugin_versions_run WHERE sha512 = :sha512)")
                        .bind("sha512", sha512)
                        .mapTo(Boolean.class)
                        .one());
    }

    private static void removeFiles(Handle handle) {
        handle.execute("""
            DELETE FROM plugin_waits w
             USING operations o WHERE o.id = w.operation AND o.finished_at IS NOT NULL
            """);
        handle.execute("""
            DELETE FROM plugin_files f
             WHERE NOT EXISTS (SELECT FROM plugins p
                                WHERE f.sha512 IN (p.release ->> 'sha512', p.previous ->> 'sha512',
                                                p.pending ->> 'sha512'))
               AND NOT EXISTS (SELECT FROM plugin_waits w WHERE w.sha512 = f.sha512 AND w.uploaded)
            """);
    }

    /** One after the other, so that none removes the file that another has just found. */
    private static void lock(Handle handle) {
        handle.createQuery("SELECT generation FROM plugin_generation FOR UPDATE")
                .mapTo(Long.class)
                .one();
    }

    @Override
    public void await(Waiting waiting, Optional<Path> file) {
        platform.run(handle -> {
            lock(handle);
            handle.createUpdate("""
                INSERT INTO plugin_waits (operation, plugin, version, sha512, uploaded, request)
                VALUES (:operation, :plugin, :version, :sha512, :uploaded, :request)
                ON CONFLICT (operation) DO UPDATE
                   SET version = excluded.version, sha512 = excluded.sha512, uploaded = excluded.uploaded,
                       request = excluded.request
                """)
                    .bind("operation", waiting.operation())
                    .bind("plugin", waiting.plugin().plugin())
                    .bind("version", waiting.plugin().version())
                    .bind("sha512", waiting.plugin().sha512())
                    .bind("uploaded", waiting.uploaded())
                    .bind("request", waiting.request())
                    .execute();
            file.ifPresent(one -> keep(handle, waiting.plugin().sha512(), one));
        });
    }

    @Override
    public List<Waiting> waiting() {
        return platform.call(handle -> handle.createQuery("""
            SELECT w.* FROM plugin_waits w JOIN operations o ON o.id = w.operation WHERE o.finished_at IS NULL
            """)
                .map((row, context) -> new Waiting(
                        row.getString("operation"),
                        new PluginVersion(row.getString("plugin"), row.getString("version"), row.getString("sha512")),
                        row.getBoolean("uploaded"),
                        Rows.object(row, "request")))
                .list());
    }

    @Override
    public void forget(String operation) {
        platform.run(handle -> {
            lock(handle);
            handle.execute("DELETE FROM plugin_waits WHERE operation = ?", operation);
            removeFiles(handle);
        });
    }

    private static void keep(Handle handle, String sha512, Path file) {
        boolean kept = handle.createQuery("SELECT EXISTS (SELECT FROM plugin_files WHERE sha512 = :sha512)")
                .bind("sha512", sha512)
                .mapTo(Boolean.class)
                .one();
        if (kept) {
            return;
        }
        MessageDigest digest = Digests.sha512();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            int part = 0;
            for (byte[] bytes = in.readNBytes(PART); bytes.length > 0; bytes = in.readNBytes(PART)) {
                handle.createUpdate("INSERT INTO plugin_files (sha512, part, bytes) VALUES (:sha512, :part, :bytes)")
                        .bind("sha512", sha512)
                        .bind("part", part++)
                        .bind("bytes", bytes)
                        .execute();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!Digests.hex(digest).equals(sha512)) {
            throw new AgentOsException(
                    PluginErrorCode.DIGEST_CHANGED,
                    "The file " + file.getFileName() + " is not the one that was verified.",
                    "Install the plugin again; find out who writes to the server's data.");
        }
    }

    @Override
    public boolean fetch(String sha512, Path target) throws IOException {
        try (OutputStream out = Files.newOutputStream(target)) {
            int part = 0;
            for (Optional<byte[]> bytes = part(sha512, part); bytes.isPresent(); bytes = part(sha512, ++part)) {
                out.write(bytes.get());
            }
            return part > 0;
        }
    }

    private Optional<byte[]> part(String sha512, int part) {
        return platform.call(
                handle -> handle.createQuery("SELECT bytes FROM plugin_files WHERE sha512 = :sha512 AND part = :part")
                        .bind("sha512", sha512)
                        .bind("part", part)
                        .mapTo(byte[].class)
                        .findOne());
    }

    @Override
    public List<Publishers.Binding> bindings() {
        return platform.call(handle -> handle.createQuery("SELECT * FROM publishers ORDER BY plugin")
                .map((row, context) -> new Publishers.Binding(
                        row.getString("plugin"),
                        row.getString("publisher"),
                        row.getString("fingerprint"),
                        Rows.instant(row, "bound_at"),
                        row.getString("registry")))
                .list());
    }

    private static void bindFirst(Handle handle, Publishers.Binding binding) {
        // The first registry is added to what was bound by an upload.
        bind(handle, binding, """
            ON CONFLICT (plugin) DO UPDATE SET registry = excluded.registry
             WHERE publishers.registry = '' AND publishers.fingerprint = excluded.fingerprint
            """);
        boolean same = handle.createQuery("""
            SELECT fingerprint = :fingerprint AND (:registry = '' OR registry = :registry)
              FROM publishers WHERE plugin = :plugin
            """)
                .bind("plugin", binding.plugin())
                .bind("fingerprint", binding.fingerprint())
                .bind("registry", binding.registry())
                .mapTo(Boolean.class)
                .one();
        if (!same) {
            throw new AgentOsException(
                    PluginErrorCode.BUSY,
                    "Plugin '" + binding.plugin() + "' was bound to another publisher or registry at the same time.",
                    "Look at the list of publishers, and try again.");
        }
    }

    @Override
    public boolean bind(Publishers.Binding binding, Optional<Publishers.Binding> seen) {
        return platform.call(handle -> seen.isEmpty()
                ? bind(handle, binding, "ON CONFLICT DO NOTHING")
                : seen(handle, seen.get(), """
                    UPDATE publishers
                       SET publisher = :publisher, fingerprint = :fingerprint, bound_at = :since,
                           registry = :registry
                    """)
                                .bind("publisher", binding.publisher())
                                .bind("fingerprint", binding.fingerprint())
                                .bind("since", binding.since())
                                .bind("registry", binding.registry())
                                .execute()
                        == 1);
    }

    /** What is done to a binding that still is as it was seen. */
    private static Update seen(Handle handle, Publishers.Binding seen, String what) {
        return handle.createUpdate(what + """
             WHERE plugin = :plugin AND publisher = :seenPublisher AND fingerprint = :seenFingerprint
               AND bound_at = :seenSince AND registry = :seenRegistry
            """)
                .bind("plugin", seen.plugin())
                .bind("seenPublisher", seen.publisher())
                .bind("seenFingerprint", seen.fingerprint())
                .bind("seenSince", seen.since())
                .bind("seenRegistry", seen.registry());
    }

    private static boolean bind(Handle handle, Publishers.Binding binding, String onConflict) {
        return handle.createUpdate("""
            INSERT INTO publishers (plugin, publisher, fingerprint, bound_at, registry)
            VALUES (:plugin, :publisher, :fingerprint, :since, :registry)
            """ + onConflict)
                        .bind("plugin", binding.plugin())
                        .bind("publisher", binding.publisher())
                        .bind("fingerprint", binding.fingerprint())
                        .bind("since", binding.since())
                        .bind("registry", binding.registry())
                        .execute()
                == 1;
    }

    @Override
    public boolean unbind(Publishers.Binding seen) {
        return platform.call(
                handle -> seen(handle, seen, "DELETE FROM publishers").execute() == 1);
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
            INSERT INTO plugins (id, release, previous, pending, enabled, configuration, isolated, generation,
                    installation)
            VALUES (:id, :release, :previous::json, :pending::json, :enabled, :configuration, :isolated,
                    :generation, :installation)
            ON CONFLICT (id) DO UPDATE
               SET release = excluded.release, previous = excluded.previous, pending = excluded.pending,
                   enabled = excluded.enabled, configuration = excluded.configuration, isolated = excluded.isolated,
                   generation = excluded.generation, installation = excluded.installation
            """)
                .bind("id", plugin.id())
                .bind("release", write(plugin.release()))
                .bind("previous", text(plugin.previous()))
                .bind("pending", text(plugin.pending()))
                .bind("enabled", plugin.enabled())
                .bind("configuration", plugin.configuration())
                .bind("isolated", plugin.isolated())
                .bind("generation", generation)
                .bind("installation", plugin.installation())
                .execute();
    }

    private static @Nullable String text(Optional<InstalledPlugin.Release> release) {
        return release.map(written -> write(written).toString()).orElse(null);
    }

    private static JsonObject write(InstalledPlugin.Release release) {
        JsonObject json = JsonObject.of(
                "version",
                release.version(),
                "sha512",
                release.sha512(),
                "grants",
                release.grants().stream().map(Permission::toString).toList());
        JsonObject offered =
                release.registry().map(from -> json.with("registry", from)).orElse(json);
        return release.tools().map(tools -> write(offered, tools)).orElse(offered);
    }

    /**
     * The words stand beside the digests, which servers before this release read, and each as one string: whatever is
     * in them, the row can be read.
     */
    private static JsonObject write(JsonObject release, Map<String, ToolTexts.Agreed> tools) {
        Map<String, String> digests = new HashMap<>();
        Map<String, String> texts = new HashMap<>();
        tools.forEach((name, agreed) -> {
            digests.put(name, agreed.sha256());
            agreed.text().ifPresent(text -> texts.put(name, text));
        });
        return release.with("tools", digests).with("texts", texts);
    }

    private static InstalledPlugin.Release release(JsonObject json) {
        List<Permission> grants = new ArrayList<>();
        for (JsonValue grant : json.array("grants").orElse(JsonArray.EMPTY)) {
            if (grant instanceof JsonString(String text)) {
                grant(text).ifPresent(grants::add);
            }
        }
        return new InstalledPlugin.Release(
                json.text("version").orElseThrow(),
                json.text("sha512").orElseThrow(),
                grants,
                json.object("tools")
                        .map(tools -> tools(tools, json.object("texts").orElse(JsonObject.EMPTY))),
                json.text("registry"));
    }

    private static Map<String, ToolTexts.Agreed> tools(JsonObject digests, JsonObject texts) {
        Map<String, ToolTexts.Agreed> tools = new HashMap<>();
        digests.members()
                .keySet()
                .forEach(name -> digests.text(name)
                        .ifPresent(sha256 -> tools.put(name, new ToolTexts.Agreed(sha256, texts.text(name)))));
        return tools;
    }

    /** A grant that this release does not know grants nothing; the plugin's own start says what it lacks. */
    private static Optional<Permission> grant(String text) {
        try {
            return Optional.of(Permission.parse(text));
        } catch (PermissionSyntaxException e) {
            LOG.warn("The grant '{}' of an installed plugin means nothing to this release and is ignored", text, e);
            return Optional.empty();
        }
    }

    private static InstalledPlugin plugin(ResultSet row, StatementContext context) throws SQLException {
        return new InstalledPlugin(
                row.getString("id"),
                release(Rows.object(row, "release")),
                Rows.optionalObject(row, "previous").map(JdbiPluginStore::release),
                Rows.optionalObject(row, "pending").map(JdbiPluginStore::release),
                row.getBoolean("enabled"),
                Rows.object(row, "configuration"),
                row.getBoolean("isolated"),
                row.getLong("generation"),
                row.getString("installation"));
    }
}
