package dev.agentos.stores;

import dev.agentos.secrets.DataKey;
import dev.agentos.secrets.DataKey.Purpose;
import dev.agentos.secrets.DataKeyStore;
import dev.agentos.secrets.Rotations;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Data keys in PostgreSQL, and the tables whose values they encrypt. Each of those has a foreign key to the data key
 * that its value names, so that neither can a key go that is needed, nor a value come whose key is gone.
 */
public final class JdbiDataKeys implements DataKeyStore {

    /** The platform's key is locked meanwhile: what it says encrypts does so until the transaction has ended. */
    private static final String STILL = """
        EXISTS (SELECT FROM data_keys p WHERE p.tenant_id IS NULL AND p.purpose = 'SEAL' AND p.replaced_at IS NULL
                   AND p.kek = :kek FOR SHARE)\
        """;

    private static final Map<String, Table> TABLES = Map.of(
            "redaction-tokens",
                    new Table("redaction_tokens", "t.token", "'redaction/' || t.tenant_id || '/' || t.token"),
            "plugin-secrets",
                    new Table(
                            "tenant_plugin_secrets",
                            "t.plugin || '/' || t.name",
                            "t.tenant_id || '/' || t.plugin || '/' || t.name"),
            "webhook-secrets", new Table("webhook_secrets", "t.id", "'webhooks/' || t.tenant_id || '/' || t.id"));

    /** Of more values than these nobody needs the exact number. */
    private static final int COUNTED = 10_000;

    private final Connections connections;

    /**
     * A table of values.
     *
     * @param item SQL that tells a tenant's values apart
     * @param place SQL for the place that a value was encrypted for
     */
    private record Table(String name, String item, String place) {}

    /** Over those connections. */
    public JdbiDataKeys(Connections connections) {
        this.connections = connections;
    }

    @Override
    public Optional<DataKey> current(Optional<TenantId> tenant, Purpose purpose) {
        return connections.asPlatform(handle -> handle.createQuery("""
            SELECT * FROM data_keys
             WHERE <owned> AND purpose = :purpose AND replaced_at IS NULL
            """)
                .addCustomizer(new Owned(tenant))
                .bind("purpose", purpose.name())
                .map(JdbiDataKeys::key)
                .findOne());
    }

    @Override
    public Optional<DataKey> find(String id) {
        return connections.asPlatform(handle -> handle.createQuery("SELECT * FROM data_keys WHERE id = :id")
                .bind("id", id)
                .map(JdbiDataKeys::key)
                .findOne());
    }

    private static DataKey key(ResultSet row, StatementContext context) throws SQLException {
        return new DataKey(
                row.getString("id"),
                Optional.ofNullable(row.getString("tenant_id")).map(TenantId::new),
                Purpose.valueOf(row.getString("purpose")),
                Optional.ofNullable(row.getString("wrapped")),
                row.getTimestamp("replaced_at") == null);
    }

    @Override
    public boolean add(DataKey key, Optional<String> replaced, Optional<String> kek) {
        return connections.asPlatform(handle -> {
            if (kek.isPresent()
                    && !handle.createQuery("SELECT " + STILL)
                            .bind("kek", kek.get())
                            .mapTo(Boolean.class)
                            .one()) {
                return false;
            }
            if (replaced.isPresent()
                    && handle.createUpdate("UPDATE data_keys SET replaced_at = clock_timestamp() WHERE id = :id"
                                            + " AND replaced_at IS NULL")
                                    .bind("id", replaced.get())
                                    .execute()
                            == 0) {
                return false;
            }
            int added = handle.createUpdate("""
                INSERT INTO data_keys (id, tenant_id, purpose, wrapped)
                SELECT :id, :tenant, :purpose, :wrapped
                 WHERE CAST(:tenant AS text) IS NULL OR EXISTS (SELECT FROM tenants WHERE id = :tenant)
                ON CONFLICT DO NOTHING
                """)
                    .bind("id", key.id())
                    .bindByType("tenant", key.tenant().map(TenantId::value).orElse(null), String.class)
                    .bind("purpose", key.purpose().name())
                    .bind("wrapped", key.wrapped().orElseThrow())
                    .execute();
            return added == 1;
        });
    }

    @Override
    public boolean rewrap(DataKey key, String wrapped) {
        boolean platform = key.tenant().isEmpty();
        return connections.asPlatform(handle -> {
            var update = handle.createUpdate("UPDATE data_keys SET wrapped = :after WHERE id = :id"
                            + " AND wrapped IS NOT DISTINCT FROM :before" + (platform ? "" : " AND " + STILL))
                    .bind("after", wrapped)
                    .bind("id", key.id())
                    .bindByType("before", key.wrapped().orElse(null), String.class);
            if (!platform) {
                update.bind("kek", wrapped.split("\\.", 3)[1]);
            }
            return update.execute() == 1;
        });
    }

    @Override
    public List<DataKey> others(String kek, String after, int most) {
        return connections.asPlatform(handle -> handle.createQuery("""
            SELECT * FROM data_keys WHERE kek IS DISTINCT FROM :kek AND id > :after ORDER BY id LIMIT :most
            """)
                .bind("kek", kek)
                .bind("after", after)
                .bind("most", most)
                .map(JdbiDataKeys::key)
                .list());
    }

    @Override
    public Map<String, Long> byKek() {
        return counted("SELECT coalesce(kek, '') AS name, count(*) AS count FROM data_keys GROUP BY 1 ORDER BY 1");
    }

    private Map<String, Long> counted(String sql) {
        Map<String, Long> counts = new LinkedHashMap<>();
        connections
                .asPlatform(handle -> handle.createQuery(sql)
                        .map((row, context) -> Map.entry(row.getString("name"), row.getLong("count")))
                        .list())
                .forEach(one -> counts.put(one.getKey(), one.getValue()));
        return counts;
    }

    @Override
    public long removeUnused(Duration replaced, boolean dryRun) {
        String unused = " FROM data_keys k WHERE k.replaced_at < clock_timestamp() - make_interval(secs => :seconds)"
                + each(table -> " AND NOT EXISTS (SELECT FROM " + table.name() + " v WHERE v.data_key = k.id)");
        return connections.<Long>asPlatform(handle -> dryRun
                ? handle.createQuery("SELECT count(*)" + unused)
                        .bind("seconds", (double) replaced.toSeconds())
                        .mapTo(Long.class)
                        .one()
                : (long) handle.createUpdate("DELETE" + unused)
                        .bind("seconds", (double) replaced.toSeconds())
                        .execute());
    }

    private static String each(Function<Table, String> sql) {
        StringBuilder all = new StringBuilder();
        TABLES.values().forEach(table -> all.append(sql.apply(table)));
        return all.toString();
    }

    @Override
    public long replaced() {
        return connections.asPlatform(
                handle -> handle.createQuery("SELECT count(*) FROM data_keys WHERE replaced_at IS NOT NULL")
                        .mapTo(Long.class)
                        .one());
    }

    @Override
    public List<TenantId> tenants(String after, int most) {
        return connections.asPlatform(
                handle -> handle.createQuery("SELECT id FROM tenants WHERE id > :after ORDER BY id LIMIT :most")
                        .bind("after", after)
                        .bind("most", most)
                        .map((row, context) -> new TenantId(row.getString("id")))
                        .list());
    }

    @Override
    public Optional<TenantId> tenant(String idOrName) {
        return connections.asPlatform(handle -> handle.createQuery(
                        "SELECT id FROM tenants WHERE id = :name OR name = :name" + " ORDER BY id <> :name LIMIT 1")
                .bind("name", idOrName)
                .map((row, context) -> new TenantId(row.getString("id")))
                .findOne());
    }

    @Override
    public List<String> kinds() {
        return TABLES.keySet().stream().sorted().toList();
    }

    private static Table table(String kind) {
        return Optional.ofNullable(TABLES.get(kind)).orElseThrow();
    }

    @Override
    public List<Value> values(TenantId tenant, String kind, Optional<String> without, String after, int most) {
        Table table = table(kind);
        return connections.asPlatform(handle -> handle.createQuery("SELECT " + table.item() + " AS item, "
                        + table.place() + " AS place, t.sealed FROM " + table.name() + " t WHERE t.tenant_id = :tenant"
                        + " AND (:without = '' OR t.data_key IS DISTINCT FROM :without) AND "
                        + table.item() + " > :after ORDER BY 1 LIMIT :most")
                .bind("tenant", tenant.value())
                .bind("without", without.orElse(""))
                .bind("after", after)
                .bind("most", most)
                .map((row, context) ->
                        new Value(tenant, kind, row.getString("item"), row.getString("place"), row.getString("sealed")))
                .list());
    }

    @Override
    public boolean reseal(Value value, String sealed) {
        Table table = table(value.kind());
        return connections.asPlatform(handle -> handle.createUpdate("UPDATE " + table.name()
                                + " t SET sealed = :after WHERE t.tenant_id = :tenant AND " + table.item()
                                + " = :item AND t.sealed = :before")
                        .bind("after", sealed)
                        .bind("tenant", value.tenant().value())
                        .bind("item", value.item())
                        .bind("before", value.sealed())
                        .execute()
                == 1);
    }

    /** Most values are encrypted as they should be: the others are counted by an index, and those are the rest. */
    @Override
    public Uses uses() {
        return connections.asPlatform(handle -> {
            // By their ids, which let the planner know how rare they are.
            List<String> keys = handle.createQuery("SELECT id FROM data_keys WHERE replaced_at IS NOT NULL")
                    .mapTo(String.class)
                    .list();
            long current = 0;
            long replaced = 0;
            Map<String, Long> direct = new TreeMap<>();
            for (Table table : TABLES.values()) {
                long old = handle.createQuery("SELECT count(*) FROM " + table.name() + " WHERE data_key = ANY (:keys)")
                        .bindArray("keys", String.class, keys)
                        .mapTo(Long.class)
                        .one();
                long without = 0;
                for (Map.Entry<String, Long> one : handle.createQuery("SELECT split_part(sealed, '.', 2) AS name,"
                                + " count(*) AS count FROM " + table.name() + " WHERE data_key IS NULL GROUP BY 1")
                        .map((row, context) -> Map.entry(row.getString("name"), row.getLong("count")))
                        .list()) {
                    direct.merge(one.getKey(), one.getValue(), Long::sum);
                    without += one.getValue();
                }
                replaced += old;
                current += Math.max(0, about(handle, table) - old - without);
            }
            return new Uses(current, replaced, direct);
        });
    }

    /** How many rows there are: counted as far as that is little work, and as the database knows it from there on. */
    private static long about(Handle handle, Table table) {
        long counted = handle.createQuery("SELECT count(*) FROM (SELECT FROM " + table.name() + " LIMIT :most) few")
                .bind("most", COUNTED)
                .mapTo(Long.class)
                .one();
        return counted < COUNTED
                ? counted
                : handle.createQuery(
                                "SELECT greatest(:counted, reltuples) FROM pg_class WHERE oid = to_regclass(:table)")
                        .bind("counted", counted)
                        .bind("table", table.name())
                        .mapTo(Long.class)
                        .one();
    }

    @Override
    public List<byte[]> cursorKeys() {
        return connections.asPlatform(handle -> handle.createQuery("""
            SELECT key FROM (
                SELECT key, 1 AS place FROM cursor_key
                UNION ALL
                SELECT previous, 2 FROM cursor_key
                 WHERE replaced_at > clock_timestamp() - make_interval(secs => :seconds)) taken
             ORDER BY place
            """)
                .bind("seconds", (double) Rotations.CURSORS_TAKEN.toSeconds())
                .mapTo(byte[].class)
                .list());
    }

    @Override
    public void replaceCursorKey() {
        connections.asPlatform(handle -> handle.createUpdate("""
            UPDATE cursor_key SET previous = key, replaced_at = clock_timestamp(),
                   key = decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
            """).execute());
    }

    @Override
    public void present(String node, List<String> keks) {
        connections.asPlatform(handle -> handle.createUpdate("""
            INSERT INTO key_holders (node, keks, seen_at) VALUES (:node, :keks, clock_timestamp())
            ON CONFLICT (node) DO UPDATE SET keks = excluded.keks, seen_at = excluded.seen_at
            """)
                .bind("node", node)
                .bindArray("keks", String.class, keks)
                .execute());
    }

    @Override
    public void leave(String node) {
        connections.asPlatform(handle -> handle.createUpdate("DELETE FROM key_holders WHERE node = :node")
                .bind("node", node)
                .execute());
    }

    @Override
    public Map<String, List<String>> holders(Duration within) {
        Map<String, List<String>> holders = new LinkedHashMap<>();
        connections
                .asPlatform(handle -> handle.createQuery("""
                    SELECT node, array_to_string(keks, ' ') AS keks FROM key_holders
                     WHERE seen_at > clock_timestamp() - make_interval(secs => :seconds) ORDER BY node
                    """)
                        .bind("seconds", (double) within.toSeconds())
                        .map((row, context) -> Map.entry(row.getString("node"), row.getString("keks")))
                        .list())
                .forEach(one -> holders.put(
                        one.getKey(),
                        one.getValue().isEmpty()
                                ? List.of()
                                : List.of(one.getValue().split(" "))));
        return holders;
    }
}
