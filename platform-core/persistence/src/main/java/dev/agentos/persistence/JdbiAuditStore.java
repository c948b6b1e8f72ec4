package dev.agentos.persistence;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.audit.Act;
import dev.agentos.audit.AuditCheckpoint;
import dev.agentos.audit.AuditEntry;
import dev.agentos.audit.AuditRecord;
import dev.agentos.audit.AuditStore;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.stores.Owned;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Records in PostgreSQL. Whoever appends holds the lock of the chain's end, so that a chain has one order. */
final class JdbiAuditStore implements AuditStore {

    private static final int MOST_ENDS = 10_000;

    private final PlatformTransactions platform;
    /** Where chains ended when this server had appended to them. */
    private final Cache<Optional<TenantId>, Head> ends =
            Caffeine.newBuilder().maximumSize(MOST_ENDS).build();

    JdbiAuditStore(PlatformTransactions platform) {
        this.platform = platform;
    }

    @Override
    public void append(List<AuditEntry> entries, Set<String> noted) {
        Collection<List<AuditEntry>> chains = chains(entries);
        if (continued(chains, noted)) {
            return;
        }
        List<Links> made = platform.call(handle -> {
            forget(handle, noted);
            List<Links> links = append(handle, chains);
            // If the answer is lost, the next try is to begin where this one did, and to find what it left.
            links.forEach(one -> ends.put(one.tenant(), one.behind()));
            return links;
        });
        made.forEach(links -> ends.put(links.tenant(), links.end()));
    }

    private static void forget(Handle handle, Set<String> noted) {
        if (!noted.isEmpty()) {
            handle.createUpdate("DELETE FROM audit_acts WHERE id = ANY (:noted)")
                    .bindArray("noted", String.class, noted.toArray())
                    .execute();
        }
    }

    /**
     * Appends behind what this server appended last, one statement a chain, unless somebody else has appended since.
     * When the answer was lost and it is tried again, the records that are there are these.
     */
    private boolean continued(Collection<List<AuditEntry>> chains, Set<String> noted) {
        List<Links> links = new ArrayList<>();
        for (List<AuditEntry> chain : chains) {
            Optional<Head> end =
                    Optional.ofNullable(ends.getIfPresent(chain.getFirst().tenant()));
            if (end.isEmpty()) {
                return false;
            }
            links.add(Links.behind(end.get(), chain));
        }
        boolean done = inserted(links, noted) || links.stream().allMatch(one -> platform.query(one::there));
        links.forEach(one -> {
            if (done) {
                ends.put(one.tenant(), one.end());
            } else {
                ends.invalidate(one.tenant());
            }
        });
        return done;
    }

    private boolean inserted(List<Links> links, Set<String> noted) {
        if (links.size() == 1 && noted.isEmpty()) {
            // A single statement needs no round trips to begin and to end its transaction.
            return platform.query(handle -> links.getFirst().insert(handle));
        }
        try {
            platform.run(handle -> {
                forget(handle, noted);
                if (!links.stream().allMatch(one -> one.insert(handle))) {
                    throw new Overtaken();
                }
            });
            return true;
        } catch (Overtaken e) {
            return false;
        }
    }

    /** Undoes what went in for other chains, and the removal of notes. */
    private static final class Overtaken extends RuntimeException {}

    /**
     * Entries of one chain, linked to its end.
     *
     * @param behind that end, as this server left it
     */
    private record Links(Optional<TenantId> tenant, Head behind, List<AuditEntry> entries, List<AuditRecord> records) {

        private static final String INSERT = """
            WITH moved AS (
                UPDATE audit_chains SET sequence = :sequence, hash = :hash
                 WHERE <owned> AND sequence = :before AND hash = :after RETURNING 1)
            INSERT INTO audit_records (tenant_id, sequence, entry, previous, hash, at, actor, action, outcome)
            SELECT :tenant, r.* FROM (
                   SELECT unnest(:sequences), unnest(:texts), unnest(:previous), unnest(:hashes),
                          CAST(unnest(:times) AS timestamptz), unnest(:actors), unnest(:actions), unnest(:outcomes)) r
             WHERE EXISTS (SELECT FROM moved)
            """;

        static Links behind(Head head, List<AuditEntry> entries) {
            List<AuditRecord> records = new ArrayList<>(entries.size());
            Head end = head;
            for (AuditEntry entry : entries) {
                records.add(AuditRecord.of(entry, end.sequence() + 1, end.hash()));
                end = endOf(records);
            }
            return new Links(entries.getFirst().tenant(), head, entries, records);
        }

        private static Head endOf(List<AuditRecord> records) {
            return new Head(records.getLast().sequence(), records.getLast().hash());
        }

        Head end() {
            return endOf(records);
        }

        /** Whether nobody had appended. */
        boolean insert(Handle handle) {
            return handle.createUpdate(INSERT)
                            .addCustomizer(new Owned(tenant))
                            .bind("before", behind.sequence())
                            .bind("after", behind.hash())
                            .bind("sequence", end().sequence())
                            .bind("hash", end().hash())
                            .bindArray("sequences", Long.class, each(records, AuditRecord::sequence))
                            .bindArray("texts", String.class, each(records, AuditRecord::text))
                            .bindArray("previous", String.class, each(records, AuditRecord::previous))
                            .bindArray("hashes", String.class, each(records, AuditRecord::hash))
                            .bindArray(
                                    "times",
                                    String.class,
                                    each(entries, entry -> entry.at().toString()))
                            .bindArray("actors", String.class, each(entries, AuditEntry::actor))
                            .bindArray("actions", String.class, each(entries, AuditEntry::action))
                            .bindArray(
                                    "outcomes",
                                    String.class,
                                    each(entries, entry -> entry.outcome().name()))
                            .execute()
                    > 0;
        }

        boolean there(Handle handle) {
            return handle.createQuery("""
                SELECT EXISTS (SELECT FROM audit_records WHERE <owned> AND sequence = :sequence AND hash = :hash)
                """)
                    .addCustomizer(new Owned(tenant))
                    .bind("sequence", end().sequence())
                    .bind("hash", end().hash())
                    .mapTo(Boolean.class)
                    .one();
        }
    }

    private static <T, V> List<V> each(List<T> all, Function<T, V> value) {
        return all.stream().map(value).toList();
    }

    @Override
    public void renew(Set<String> noted) {
        if (!noted.isEmpty()) {
            platform.query(handle -> handle.createUpdate(
                            "UPDATE audit_acts SET alive_at = clock_timestamp() WHERE id = ANY (:noted)")
                    .bindArray("noted", String.class, noted.toArray())
                    .execute());
        }
    }

    @Override
    public int appendAbandoned(Duration age, int most, BiFunction<JsonObject, Instant, AuditEntry> entry) {
        return platform.call(handle -> {
            List<AuditEntry> entries = handle.createQuery("""
                DELETE FROM audit_acts WHERE id IN (
                    SELECT id FROM audit_acts WHERE alive_at < clock_timestamp() - CAST(:age AS interval)
                     ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED)
                RETURNING asked, at
                """)
                    .bind("age", age.toString())
                    .bind("most", most)
                    .map((row, context) -> entry.apply(Rows.object(row, "asked"), Rows.instant(row, "at")))
                    .list();
            append(handle, chains(entries));
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

    /** By chain, and always in the same order, so that two servers do not wait for each other's. */
    private static Collection<List<AuditEntry>> chains(List<AuditEntry> entries) {
        Map<String, List<AuditEntry>> chains = new TreeMap<>(Comparator.naturalOrder());
        entries.forEach(entry -> chains.computeIfAbsent(AuditRecord.chain(entry.tenant()), any -> new ArrayList<>())
                .add(entry));
        return chains.values();
    }

    private static List<Links> append(Handle handle, Collection<List<AuditEntry>> chains) {
        return chains.stream().map(chain -> appendToChain(handle, chain)).toList();
    }

    private static Links appendToChain(Handle handle, List<AuditEntry> entries) {
        Optional<TenantId> tenant = entries.getFirst().tenant();
        handle.createUpdate("""
            INSERT INTO audit_chains (tenant_id, sequence, hash) VALUES (:tenant, 0, :nothing) ON CONFLICT DO NOTHING
            """)
                .bindByType("tenant", value(tenant), String.class)
                .bind("nothing", AuditRecord.NOTHING)
                .execute();
        Head head = handle.createQuery("SELECT sequence, hash FROM audit_chains WHERE <owned> FOR UPDATE")
                .addCustomizer(new Owned(tenant))
                .map(JdbiAuditStore::head)
                .one();
        Links links = Links.behind(head, entries);
        if (!links.insert(handle)) {
            throw new IllegalStateException("The end of a chain moved although it was locked");
        }
        return links;
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

    /**
     * The target is the last member of an entry's text, behind details that may have a member of that name; a quotation
     * mark inside a value has a backslash before it.
     */
    private static Query fitting(Handle handle, Optional<TenantId> tenant, Filter filter, String part) {
        return handle.createQuery("""
            SELECT * FROM audit_records
             WHERE <owned>
               AND (CAST(:actor AS text) IS NULL OR actor = :actor)
               AND (CAST(:action AS text) IS NULL OR action = :action)
               AND (CAST(:target AS text) IS NULL
                    OR strpos(split_part(entry, '"target":{', -1), ':' || CAST(:target AS text)) > 0)
               AND (CAST(:outcome AS text) IS NULL OR outcome = :outcome)
               AND (CAST(:from AS timestamptz) IS NULL OR at >= :from)
               AND (CAST(:until AS timestamptz) IS NULL OR at < :until)
               AND\
            """ + " " + part + " LIMIT :most")
                .addCustomizer(new Owned(tenant))
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
            SELECT sequence, hash FROM audit_chains WHERE <owned>
            """)
                .addCustomizer(new Owned(tenant))
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
                 WHERE <owned> AND sequence = :sequence AND key = :key
                """)
                    .addCustomizer(new Owned(checkpoint.tenant()))
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
             WHERE <owned> AND sequence < :before ORDER BY sequence DESC LIMIT :most
            """)
                .addCustomizer(new Owned(tenant))
                .bind("before", before)
                .bind("most", most)
                .map(JdbiAuditStore::checkpoint)
                .list());
    }

    @Override
    public List<AuditCheckpoint> checkpointsBetween(Optional<TenantId> tenant, long after, long last) {
        return platform.query(handle -> handle.createQuery("""
            SELECT * FROM audit_checkpoints
             WHERE <owned> AND sequence > :after AND sequence <= :last ORDER BY sequence
            """)
                .addCustomizer(new Owned(tenant))
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
                    WHERE (made.tenant_id = chain.tenant_id OR made.tenant_id IS NULL AND chain.tenant_id IS NULL)
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
