package dev.agentos.persistence;

import dev.agentos.audit.Act;
import dev.agentos.audit.AuditCheckpoint;
import dev.agentos.audit.AuditEntry;
import dev.agentos.audit.AuditRecord;
import dev.agentos.audit.AuditStore;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Records in PostgreSQL. Whoever appends holds the lock of the chain's end, so that a chain has one order. */
final class JdbiAuditStore implements AuditStore {

    private final PlatformTransactions platform;

    JdbiAuditStore(PlatformTransactions platform) {
        this.platform = platform;
    }

    @Override
    public void append(List<AuditEntry> entries, Set<String> noted) {
        platform.run(handle -> {
            append(handle, entries);
            if (!noted.isEmpty()) {
                handle.createUpdate("DELETE FROM audit_acts WHERE id = ANY (:noted)")
                        .bindArray("noted", String.class, noted.toArray())
                        .execute();
            }
        });
    }

    @Override
    public int appendAbandoned(Duration age, int most, BiFunction<JsonObject, Instant, AuditEntry> entry) {
        return platform.call(handle -> {
            List<AuditEntry> entries = handle.createQuery("""
                DELETE FROM audit_acts WHERE id IN (
                    SELECT id FROM audit_acts WHERE at < clock_timestamp() - CAST(:age AS interval)
                     ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED)
                RETURNING asked, at
                """)
                    .bind("age", age.toString())
                    .bind("most", most)
                    .map((row, context) -> entry.apply(Rows.object(row, "asked"), Rows.instant(row, "at")))
                    .list();
            append(handle, entries);
            return entries.size();
        });
    }

    /** In that transaction; it is the note of what the writer is about to change. */
    static boolean keep(Handle handle, Act.Note note) {
        // Only with something else that was written. A commit that nobody knows of may have left it already.
        return handle.createUpdate("""
            INSERT INTO audit_acts (id, tenant_id, asked, at)
            SELECT :id, nullif(current_setting('agentos.tenant', true), ''), :asked, clock_timestamp()
             WHERE pg_current_xact_id_if_assigned() IS NOT NULL
            ON CONFLICT DO NOTHING
            """)
                        .bind("id", note.id())
                        .bind("asked", note.asked())
                        .execute()
                > 0;
    }

    private static void append(Handle handle, List<AuditEntry> entries) {
        // Always in the same order, so that two servers do not wait for each other's chains.
        Map<String, List<AuditEntry>> chains = new TreeMap<>(Comparator.naturalOrder());
        entries.forEach(entry -> chains.computeIfAbsent(AuditRecord.chain(entry.tenant()), any -> new ArrayList<>())
                .add(entry));
        chains.values().forEach(chain -> appendToChain(handle, chain));
    }

    private static void appendToChain(Handle handle, List<AuditEntry> entries) {
        Optional<TenantId> tenant = entries.getFirst().tenant();
        handle.createUpdate("""
            INSERT INTO audit_chains (tenant_id, sequence, hash) VALUES (:tenant, 0, :nothing) ON CONFLICT DO NOTHING
            """)
                .bindByType("tenant", value(tenant), String.class)
                .bind("nothing", AuditRecord.NOTHING)
                .execute();
        Head head = handle.createQuery("""
            SELECT sequence, hash FROM audit_chains WHERE tenant_id IS NOT DISTINCT FROM :tenant FOR UPDATE
            """)
                .bindByType("tenant", value(tenant), String.class)
                .map(JdbiAuditStore::head)
                .one();
        PreparedBatch batch = handle.prepareBatch("""
            INSERT INTO audit_records (tenant_id, sequence, entry, previous, hash, at, actor, action, outcome)
            VALUES (:tenant, :sequence, :entry, :previous, :hash, :at, :actor, :action, :outcome)
            """);
        for (AuditEntry entry : entries) {
            AuditRecord record = AuditRecord.of(entry, head.sequence() + 1, head.hash());
            batch.bindByType("tenant", value(tenant), String.class)
                    .bind("sequence", record.sequence())
                    .bind("entry", record.text())
                    .bind("previous", record.previous())
                    .bind("hash", record.hash())
                    .bind("at", entry.at())
                    .bind("actor", entry.actor())
                    .bind("action", entry.action())
                    .bind("outcome", entry.outcome().name())
                    .add();
            head = new Head(record.sequence(), record.hash());
        }
        batch.execute();
        handle.createUpdate("""
            UPDATE audit_chains SET sequence = :sequence, hash = :hash WHERE tenant_id IS NOT DISTINCT FROM :tenant
            """)
                .bindByType("tenant", value(tenant), String.class)
                .bind("sequence", head.sequence())
                .bind("hash", head.hash())
                .execute();
    }

    @Override
    public List<Kept> kept(Optional<TenantId> tenant, Filter filter, long after, int most) {
        return platform.query(handle -> fitting(handle, tenant, filter, "sequence > :edge ORDER BY sequence")
                .bind("edge", after)
                .bind("most", most)
                .map((row, context) -> new Kept(
                        read(row, context),
                        new Labels(
                                Rows.instant(row, "at"),
                                row.getString("actor"),
                                row.getString("action"),
                                row.getString("outcome"))))
                .list());
    }

    @Override
    public List<AuditRecord> find(Optional<TenantId> tenant, Filter filter, long before, int most) {
        return platform.query(handle -> fitting(handle, tenant, filter, "sequence < :edge ORDER BY sequence DESC")
                .bind("edge", before)
                .bind("most", most)
                .map(JdbiAuditStore::read)
                .list());
    }

    /** The target is the last member of an entry's text; a quotation mark inside a value has a backslash before it. */
    private static Query fitting(Handle handle, Optional<TenantId> tenant, Filter filter, String part) {
        return handle.createQuery("""
            SELECT * FROM audit_records
             WHERE tenant_id IS NOT DISTINCT FROM :tenant
               AND (CAST(:actor AS text) IS NULL OR actor = :actor)
               AND (CAST(:action AS text) IS NULL OR action = :action)
               AND (CAST(:target AS text) IS NULL
                    OR strpos(split_part(entry, '"target":{', 2), ':' || CAST(:target AS text)) > 0)
               AND (CAST(:outcome AS text) IS NULL OR outcome = :outcome)
               AND (CAST(:from AS timestamptz) IS NULL OR at >= :from)
               AND (CAST(:until AS timestamptz) IS NULL OR at < :until)
               AND\
            """ + " " + part + " LIMIT :most")
                .bindByType("tenant", value(tenant), String.class)
                .bindByType("actor", filter.actor().orElse(null), String.class)
                .bindByType("action", filter.action().orElse(null), String.class)
                .bindByType(
                        "target",
                        filter.target().map(JsonString::new).map(Rows::text).orElse(null),
                        String.class)
                .bindByType("outcome", filter.outcome().map(Enum::name).orElse(null), String.class)
                .bindByType("from", filter.from().orElse(null), Instant.class)
                .bindByType("until", filter.until().orElse(null), Instant.class);
    }

    @Override
    public Optional<Head> head(Optional<TenantId> tenant) {
        return platform.query(handle -> handle.createQuery("""
            SELECT sequence, hash FROM audit_chains WHERE tenant_id IS NOT DISTINCT FROM :tenant
            """)
                .bindByType("tenant", value(tenant), String.class)
                .map(JdbiAuditStore::head)
                .findOne());
    }

    @Override
    public AuditCheckpoint keep(AuditCheckpoint checkpoint) {
        return platform.call(handle -> {
            handle.createUpdate("""
                INSERT INTO audit_checkpoints (tenant_id, sequence, hash, at, key, signature)
                VALUES (:tenant, :sequence, :hash, :at, :key, :signature) ON CONFLICT DO NOTHING
                """)
                    .bindByType("tenant", value(checkpoint.tenant()), String.class)
                    .bind("sequence", checkpoint.sequence())
                    .bind("hash", checkpoint.hash())
                    .bind("at", checkpoint.at())
                    .bind("key", checkpoint.key())
                    .bind("signature", checkpoint.signature())
                    .execute();
            return handle.createQuery("""
                SELECT * FROM audit_checkpoints
                 WHERE tenant_id IS NOT DISTINCT FROM :tenant AND sequence = :sequence AND key = :key
                """)
                    .bindByType("tenant", value(checkpoint.tenant()), String.class)
                    .bind("sequence", checkpoint.sequence())
                    .bind("key", checkpoint.key())
                    .map(JdbiAuditStore::checkpoint)
                    .one();
        });
    }

    @Override
    public List<AuditCheckpoint> checkpoints(Optional<TenantId> tenant, long before, int most) {
        return platform.query(handle -> handle.createQuery("""
            SELECT * FROM audit_checkpoints
             WHERE tenant_id IS NOT DISTINCT FROM :tenant AND sequence < :before ORDER BY sequence DESC LIMIT :most
            """)
                .bindByType("tenant", value(tenant), String.class)
                .bind("before", before)
                .bind("most", most)
                .map(JdbiAuditStore::checkpoint)
                .list());
    }

    @Override
    public List<AuditCheckpoint> checkpointsBetween(Optional<TenantId> tenant, long after, long last) {
        return platform.query(handle -> handle.createQuery("""
            SELECT * FROM audit_checkpoints
             WHERE tenant_id IS NOT DISTINCT FROM :tenant AND sequence > :after AND sequence <= :last ORDER BY sequence
            """)
                .bindByType("tenant", value(tenant), String.class)
                .bind("after", after)
                .bind("last", last)
                .map(JdbiAuditStore::checkpoint)
                .list());
    }

    @Override
    public List<Optional<TenantId>> due(Instant since, int most) {
        return platform.query(handle -> handle.createQuery("""
            SELECT tenant_id FROM audit_chains AS chain
             WHERE sequence > 0 AND NOT EXISTS (
                   SELECT FROM audit_checkpoints AS made
                    WHERE made.tenant_id IS NOT DISTINCT FROM chain.tenant_id
                      AND (made.at >= :since OR made.sequence = chain.sequence))
             LIMIT :most
            """)
                .bind("since", since)
                .bind("most", most)
                .map((row, context) -> Rows.optionalText(row, "tenant_id").map(TenantId::new))
                .list());
    }

    private static AuditCheckpoint checkpoint(ResultSet row, StatementContext context) throws SQLException {
        return new AuditCheckpoint(
                Rows.optionalText(row, "tenant_id").map(TenantId::new),
                row.getLong("sequence"),
                row.getString("hash"),
                Rows.instant(row, "at"),
                row.getString("key"),
                row.getString("signature"));
    }

    private static @Nullable String value(Optional<TenantId> tenant) {
        return tenant.map(TenantId::value).orElse(null);
    }

    private static Head head(ResultSet row, StatementContext context) throws SQLException {
        return new Head(row.getLong("sequence"), row.getString("hash"));
    }

    private static AuditRecord read(ResultSet row, StatementContext context) throws SQLException {
        return new AuditRecord(
                Rows.optionalText(row, "tenant_id").map(TenantId::new),
                row.getLong("sequence"),
                row.getString("entry"),
                row.getString("previous"),
                row.getString("hash"));
    }
}
