package dev.agentos.stores;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.retention.Export;
import dev.agentos.retention.ExportStore;
import dev.agentos.retention.Whose;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;

/** Exports and the parts of their files in PostgreSQL. */
public final class JdbiExports implements ExportStore {

    /** A cursor behind every id. */
    private static final String LAST = "~";

    private final Connections connections;

    /** Over those connections. */
    public JdbiExports(Connections connections) {
        this.connections = connections;
    }

    @Override
    public boolean insert(Export export, int most) {
        return connections.inTenant(export.tenant(), handle -> {
            // Two at once would each find room for itself.
            handle.createQuery("SELECT pg_advisory_xact_lock(hashtextextended('exports ' || :tenant, 0))::text")
                    .bind("tenant", export.tenant().value())
                    .mapTo(String.class)
                    .one();
            return handle.createUpdate("""
                INSERT INTO tenant_exports
                    (id, tenant_id, principal, requested_by, operation, state, created_at, expires_at)
                SELECT :id, :tenant, CAST(:principal AS text), :by, :operation, 'RUNNING', :created, :expires
                 WHERE (SELECT count(*) FROM tenant_exports WHERE tenant_id = :tenant AND expires_at > :created) < :most
                """)
                            .bind("id", export.id())
                            .bind("tenant", export.tenant().value())
                            .bindByType("principal", export.whose().principal().orElse(null), String.class)
                            .bind("by", export.requestedBy())
                            .bind("operation", export.operation())
                            .bind("created", export.createdAt())
                            .bind("expires", export.expiresAt())
                            .bind("most", most)
                            .execute()
                    == 1;
        });
    }

    @Override
    public void append(Export export, int part, byte[] bytes) {
        connections.inTenant(
                export.tenant(),
                handle -> handle.createUpdate("""
                    INSERT INTO tenant_export_parts (tenant_id, export_id, part, bytes)
                    SELECT tenant_id, id, :part, :bytes FROM tenant_exports WHERE tenant_id = :tenant AND id = :id
                    """)
                        .bind("tenant", export.tenant().value())
                        .bind("id", export.id())
                        .bind("part", part)
                        .bind("bytes", bytes)
                        .execute());
    }

    @Override
    public void finish(Export export, Export.State state, Export.Made made) {
        connections.inTenant(
                export.tenant(),
                handle -> handle.createUpdate("""
                    UPDATE tenant_exports SET state = :state, bytes = :bytes, sha256 = :sha256, contents = :contents
                     WHERE tenant_id = :tenant AND id = :id
                    """)
                        .bind("tenant", export.tenant().value())
                        .bind("id", export.id())
                        .bind("state", state.name())
                        .bind("bytes", made.bytes())
                        .bind("sha256", made.sha256())
                        .bind("contents", (JsonObject) JsonValue.of(made.contents()))
                        .execute());
    }

    @Override
    public Optional<Export> find(TenantId tenant, String id) {
        return connections.inTenant(
                tenant,
                handle -> handle.createQuery("SELECT * FROM tenant_exports WHERE tenant_id = :tenant AND id = :id")
                        .bind("tenant", tenant.value())
                        .bind("id", id)
                        .map(JdbiExports::export)
                        .findOne());
    }

    @Override
    public Page<Export> list(TenantId tenant, PageRequest request) {
        return Page.of(
                connections.inTenant(
                        tenant,
                        handle -> handle.createQuery("""
                            SELECT * FROM tenant_exports WHERE tenant_id = :tenant AND id < :cursor
                             ORDER BY id DESC LIMIT :limit
                            """)
                                .bind("tenant", tenant.value())
                                .bind("cursor", request.cursor().orElse(LAST))
                                .bind("limit", request.limit() + 1)
                                .map(JdbiExports::export)
                                .list()),
                request.limit(),
                Export::id);
    }

    @Override
    public Optional<byte[]> part(TenantId tenant, String id, int part) {
        return connections.inTenant(
                tenant,
                handle -> handle.createQuery("""
                    SELECT bytes FROM tenant_export_parts
                     WHERE tenant_id = :tenant AND export_id = :id AND part = :part
                    """)
                        .bind("tenant", tenant.value())
                        .bind("id", id)
                        .bind("part", part)
                        .mapTo(byte[].class)
                        .findOne());
    }

    @Override
    public boolean delete(TenantId tenant, String id) {
        return connections.inTenant(
                tenant,
                handle -> handle.createUpdate("DELETE FROM tenant_exports WHERE tenant_id = :tenant AND id = :id")
                                .bind("tenant", tenant.value())
                                .bind("id", id)
                                .execute()
                        == 1);
    }

    @Override
    public int expire(Instant now) {
        return connections.asPlatform(
                handle -> handle.createUpdate("DELETE FROM tenant_exports WHERE expires_at <= :now")
                        .bind("now", now)
                        .execute());
    }

    private static Export export(ResultSet row, StatementContext context) throws SQLException {
        return new Export(
                row.getString("id"),
                new Whose(new TenantId(row.getString("tenant_id")), Optional.ofNullable(row.getString("principal"))),
                row.getString("requested_by"),
                row.getString("operation"),
                Export.State.valueOf(row.getString("state")),
                new Export.Made(row.getLong("bytes"), row.getString("sha256"), counts(row.getString("contents"))),
                time(row, "created_at"),
                time(row, "expires_at"));
    }

    static Instant time(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    /** Numbers by name, in their order. */
    static Map<String, Long> counts(String json) {
        Map<String, Long> counts = new LinkedHashMap<>();
        Json.parseObject(json).members().forEach((name, value) -> {
            if (value instanceof JsonNumber(var number)) {
                counts.put(name, number.longValue());
            }
        });
        return counts;
    }
}
