package dev.agentos.stores;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.retention.Erasure;
import dev.agentos.retention.ErasureStore;
import dev.agentos.retention.Whose;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** Erasures in PostgreSQL. */
public final class JdbiErasures implements ErasureStore {

    private static final String FREE = "(owner IS NULL OR owned_until < clock_timestamp())";

    private final Connections connections;

    /** Over those connections. */
    public JdbiErasures(Connections connections) {
        this.connections = connections;
    }

    @Override
    public Optional<Erasure> begin(Erasure erasure) {
        boolean whole = erasure.whose().principal().isEmpty();
        return connections.asPlatform(handle -> {
            // Before any row is locked, as whoever changes users does.
            boolean last = lastOwner(handle, erasure.whose());
            // Its lock puts in order whoever asks for the same.
            boolean there = handle.createQuery("SELECT 1 FROM tenants WHERE id = :tenant FOR UPDATE")
                    .bind("tenant", erasure.whose().tenant().value())
                    .mapTo(Integer.class)
                    .findOne()
                    .isPresent();
            if (!there || last) {
                return Optional.<Erasure>empty();
            }
            if (whole) {
                handle.createUpdate("UPDATE tenants SET erasing_at = clock_timestamp() WHERE id = :tenant"
                                + " AND erasing_at IS NULL")
                        .bind("tenant", erasure.whose().tenant().value())
                        .execute();
            }
            insert(handle, erasure);
            return handle.createQuery("""
                SELECT * FROM erasures WHERE tenant_id = :tenant AND finished_at IS NULL
                   AND principal IS NOT DISTINCT FROM :principal
                """)
                    .bind("tenant", erasure.whose().tenant().value())
                    .bindByType("principal", erasure.whose().principal().orElse(null), String.class)
                    .map(JdbiErasures::erasure)
                    .findOne();
        });
    }

    @Override
    public boolean lastOwner(Whose whose) {
        return connections.asPlatform(handle -> lastOwner(handle, whose));
    }

    private static boolean lastOwner(Handle handle, Whose whose) {
        JdbiUserStore.lock(handle, Optional.of(whose.tenant()));
        return whose.principal()
                .filter(id -> JdbiUserStore.lastOwner(handle, whose.tenant(), id))
                .isPresent();
    }

    private static void insert(Handle handle, Erasure erasure) {
        handle.createUpdate("""
            INSERT INTO erasures (id, tenant_id, tenant_name, principal, requested_by, requested_at)
            VALUES (:id, :tenant, :name, :principal, :by, :at) ON CONFLICT DO NOTHING
            """)
                .bind("id", erasure.id())
                .bind("tenant", erasure.whose().tenant().value())
                .bind("name", erasure.name())
                .bindByType("principal", erasure.whose().principal().orElse(null), String.class)
                .bind("by", erasure.requestedBy())
                .bind("at", erasure.requestedAt())
                .execute();
    }

    @Override
    public void operation(String id, String operation) {
        connections.asPlatform(
                handle -> handle.createUpdate("UPDATE erasures SET operation = :operation WHERE id = :id")
                        .bind("id", id)
                        .bind("operation", operation)
                        .execute());
    }

    @Override
    public List<Erasure> claim(String owner, Duration lease) {
        return connections.asPlatform(handle -> handle.createQuery("""
            UPDATE erasures SET owner = :owner, owned_until = clock_timestamp() + CAST(:lease AS interval)
             WHERE finished_at IS NULL AND\
            """ + " " + FREE + " RETURNING *")
                .bind("owner", owner)
                .bind("lease", lease.toString())
                .map(JdbiErasures::erasure)
                .list());
    }

    @Override
    public boolean claim(String id, String owner, Duration lease) {
        return connections.asPlatform(handle -> handle.createUpdate("""
            UPDATE erasures SET owner = :owner, owned_until = clock_timestamp() + CAST(:lease AS interval)
             WHERE id = :id AND finished_at IS NULL AND\
            """ + " " + FREE)
                        .bind("id", id)
                        .bind("owner", owner)
                        .bind("lease", lease.toString())
                        .execute()
                == 1);
    }

    @Override
    public boolean advance(String id, String owner, Map<String, Long> gone, Duration lease) {
        return connections.asPlatform(handle -> {
            Optional<String> before = handle.createQuery(
                            "SELECT counts FROM erasures WHERE id = :id AND owner = :owner AND finished_at IS NULL"
                                    + " FOR UPDATE")
                    .bind("id", id)
                    .bind("owner", owner)
                    .mapTo(String.class)
                    .findOne();
            if (before.isEmpty()) {
                return false;
            }
            Map<String, Long> counts = new LinkedHashMap<>(JdbiExports.counts(before.get()));
            gone.forEach((kind, count) -> counts.merge(kind, count, Long::sum));
            handle.createUpdate("""
                UPDATE erasures SET counts = :counts, owned_until = clock_timestamp() + CAST(:lease AS interval)
                 WHERE id = :id
                """)
                    .bind("id", id)
                    .bind("counts", (JsonObject) JsonValue.of(counts))
                    .bind("lease", lease.toString())
                    .execute();
            return true;
        });
    }

    @Override
    public void finish(String id, Instant time) {
        connections.asPlatform(handle -> handle.createUpdate(
                        "UPDATE erasures SET finished_at = :time, owner = NULL, owned_until = NULL WHERE id = :id")
                .bind("id", id)
                .bind("time", time)
                .execute());
    }

    @Override
    public void release(String id, String owner) {
        connections.asPlatform(
                handle -> handle.createUpdate("UPDATE erasures SET owner = NULL WHERE id = :id AND owner = :owner")
                        .bind("id", id)
                        .bind("owner", owner)
                        .execute());
    }

    @Override
    public void releaseAll(String owner) {
        connections.asPlatform(handle -> handle.createUpdate("UPDATE erasures SET owner = NULL WHERE owner = :owner")
                .bind("owner", owner)
                .execute());
    }

    @Override
    public boolean begun(TenantId tenant) {
        return connections.asPlatform(
                handle -> handle.createQuery("SELECT 1 FROM tenants WHERE id = :tenant AND erasing_at IS NOT NULL")
                        .bind("tenant", tenant.value())
                        .mapTo(Integer.class)
                        .findOne()
                        .isPresent());
    }

    @Override
    public Optional<Erasure> find(Optional<TenantId> tenant, String id) {
        return connections.asPlatform(handle -> handle.createQuery("""
            SELECT * FROM erasures WHERE id = :id
               AND (CAST(:tenant AS text) IS NULL OR (tenant_id = :tenant AND principal IS NOT NULL))
            """)
                .bind("id", id)
                .bindByType("tenant", tenant.map(TenantId::value).orElse(null), String.class)
                .map(JdbiErasures::erasure)
                .findOne());
    }

    @Override
    public Page<Erasure> list(Optional<TenantId> tenant, PageRequest request) {
        return Page.of(
                connections.asPlatform(handle -> handle.createQuery("""
                    SELECT * FROM erasures
                     WHERE id < :cursor AND CASE WHEN CAST(:tenant AS text) IS NULL THEN principal IS NULL
                                                 ELSE tenant_id = :tenant AND principal IS NOT NULL END
                     ORDER BY id DESC LIMIT :limit
                    """)
                        .bind("cursor", request.cursor().orElse("~"))
                        .bindByType("tenant", tenant.map(TenantId::value).orElse(null), String.class)
                        .bind("limit", request.limit() + 1)
                        .map(JdbiErasures::erasure)
                        .list()),
                request.limit(),
                Erasure::id);
    }

    @Override
    public boolean erased(TenantId tenant) {
        return connections.asPlatform(
                handle -> handle.createQuery("SELECT 1 FROM erasures WHERE tenant_id = :tenant AND principal IS NULL")
                        .bind("tenant", tenant.value())
                        .mapTo(Integer.class)
                        .findFirst()
                        .isPresent());
    }

    private static Erasure erasure(ResultSet row, StatementContext context) throws SQLException {
        return new Erasure(
                row.getString("id"),
                new Whose(new TenantId(row.getString("tenant_id")), Optional.ofNullable(row.getString("principal"))),
                row.getString("tenant_name"),
                row.getString("requested_by"),
                JdbiExports.time(row, "requested_at"),
                Optional.ofNullable(row.getString("operation")),
                JdbiExports.counts(row.getString("counts")),
                Optional.ofNullable(row.getObject("finished_at", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant));
    }
}
