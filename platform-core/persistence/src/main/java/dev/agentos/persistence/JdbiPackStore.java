package dev.agentos.persistence;

import dev.agentos.agents.EnabledPack;
import dev.agentos.agents.PackStore;
import dev.agentos.kernel.Revisions;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;

/** Enabled packs in PostgreSQL. */
final class JdbiPackStore implements PackStore {

    private static final String INSERT = """
        INSERT INTO tenant_packs AS p (tenant_id, pack, configuration, revision, changed_at)
        VALUES (:tenant, :pack, :configuration, :first, :time)
        """;

    private final TenantTransactions tenants;

    JdbiPackStore(TenantTransactions tenants) {
        this.tenants = tenants;
    }

    @Override
    public List<EnabledPack> list(TenantId tenant) {
        return tenants.inTenant(
                tenant,
                handle -> handle.createQuery("SELECT * FROM tenant_packs WHERE tenant_id = :tenant ORDER BY pack")
                        .bind("tenant", tenant.value())
                        .map(JdbiPackStore::pack)
                        .list());
    }

    @Override
    public Optional<EnabledPack> find(TenantId tenant, String pack) {
        return tenants.inTenant(
                tenant,
                handle -> handle.createQuery("SELECT * FROM tenant_packs WHERE tenant_id = :tenant AND pack = :pack")
                        .bind("tenant", tenant.value())
                        .bind("pack", pack)
                        .map(JdbiPackStore::pack)
                        .findOne());
    }

    @Override
    public Optional<EnabledPack> put(
            TenantId tenant, String pack, JsonObject configuration, Instant time, Optional<Long> expected) {
        String sql;
        if (expected.isEmpty()) {
            sql = INSERT + """
                ON CONFLICT (tenant_id, pack) DO UPDATE
                   SET configuration = :configuration, revision = p.revision + 1, changed_at = :time
                """;
        } else if (expected.get() == Revisions.NONE) {
            sql = INSERT + "ON CONFLICT (tenant_id, pack) DO NOTHING";
        } else {
            sql = """
                UPDATE tenant_packs
                   SET configuration = :configuration, revision = revision + 1, changed_at = :time
                 WHERE tenant_id = :tenant AND pack = :pack AND revision = :expected
                """;
        }
        return tenants.inTenant(tenant, handle -> {
            Query query = handle.createQuery(sql + " RETURNING *")
                    .bind("tenant", tenant.value())
                    .bind("pack", pack)
                    .bind("configuration", configuration)
                    .bind("time", time);
            if (expected.isEmpty() || expected.get() == Revisions.NONE) {
                query.bind("first", Revisions.after(Revisions.NONE));
            } else {
                query.bind("expected", expected.get());
            }
            return query.map(JdbiPackStore::pack).findOne();
        });
    }

    @Override
    public boolean delete(TenantId tenant, String pack) {
        return tenants.inTenant(
                tenant,
                handle -> handle.createUpdate("DELETE FROM tenant_packs WHERE tenant_id = :tenant AND pack = :pack")
                                .bind("tenant", tenant.value())
                                .bind("pack", pack)
                                .execute()
                        == 1);
    }

    private static EnabledPack pack(ResultSet row, StatementContext context) throws SQLException {
        return new EnabledPack(
                row.getString("pack"),
                Rows.object(row, "configuration"),
                row.getLong("revision"),
                Rows.instant(row, "changed_at"));
    }
}
