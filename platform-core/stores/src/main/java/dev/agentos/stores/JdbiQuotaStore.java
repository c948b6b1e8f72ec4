package dev.agentos.stores;

import dev.agentos.limits.Budget;
import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.quotas.Quota;
import dev.agentos.quotas.QuotaStore;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.StatementContext;

/** Quotas in PostgreSQL; what they count is written with the executions. */
public final class JdbiQuotaStore implements QuotaStore {

    private final Connections connections;

    /** Over those connections. */
    public JdbiQuotaStore(Connections connections) {
        this.connections = connections;
    }

    @Override
    public List<Quota> all() {
        return connections.asPlatform(
                handle -> handle.createQuery("SELECT * FROM quotas_in_force ORDER BY tenant_id, name")
                        .map(JdbiQuotaStore::quota)
                        .list());
    }

    // Plans are nobody's, so that the role of a tenant does not read them.

    @Override
    public List<Quota> list(TenantId tenant) {
        return connections.asPlatform(
                handle -> handle.createQuery("SELECT * FROM quotas_in_force WHERE tenant_id = :tenant ORDER BY name")
                        .bind("tenant", tenant.value())
                        .map(JdbiQuotaStore::quota)
                        .list());
    }

    @Override
    public Optional<Quota> find(TenantId tenant, String name) {
        return connections.asPlatform(
                handle -> handle.createQuery("SELECT * FROM quotas_in_force WHERE tenant_id = :tenant AND name = :name")
                        .bind("tenant", tenant.value())
                        .bind("name", name)
                        .map(JdbiQuotaStore::quota)
                        .findOne());
    }

    @Override
    public boolean put(Quota quota, long expected) {
        String sql = expected == 0 ? """
            INSERT INTO quotas (tenant_id, name, scope, subject, executions, period, warn_at, revision, by_platform,
                                changed_by, changed_at)
            VALUES (:tenant, :name, :scope, :subject, :executions, :period, :warnAt, :revision, :platform, :by, :at)
            ON CONFLICT DO NOTHING
            """ : """
                UPDATE quotas
                   SET scope = :scope, subject = :subject, executions = :executions, period = :period,
                       warn_at = :warnAt, revision = :revision, by_platform = :platform, changed_by = :by,
                       changed_at = :at
                 WHERE tenant_id = :tenant AND name = :name AND revision = :expected
                """;
        return connections.inTenant(quota.tenant(), handle -> {
            var update = bound(handle.createUpdate(sql), quota);
            if (expected != 0) {
                update.bind("expected", expected);
            }
            if (update.execute() == 0) {
                return false;
            }
            // Whoever has more again is warned again.
            handle.createUpdate("""
                UPDATE quota_windows SET warned = false
                 WHERE tenant_id = :tenant AND quota = :name AND warned AND used < :warnAt * :executions
                """)
                    .bind("tenant", quota.tenant().value())
                    .bind("name", quota.name())
                    .bind("warnAt", quota.terms().warnAt())
                    .bind("executions", quota.terms().executions())
                    .execute();
            return true;
        });
    }

    private static <S extends SqlStatement<S>> S bound(S statement, Quota quota) {
        Quota.Terms terms = quota.terms();
        return statement
                .bind("tenant", quota.tenant().value())
                .bind("name", quota.name())
                .bind("scope", terms.scope().name())
                .bindByType("subject", terms.subject().orElse(null), String.class)
                .bind("executions", terms.executions())
                .bind("period", terms.period().name())
                .bind("warnAt", terms.warnAt())
                .bind("revision", quota.change().revision())
                .bind("platform", quota.change().byPlatform())
                .bind("by", quota.change().by())
                .bind("at", quota.change().at());
    }

    @Override
    public boolean delete(TenantId tenant, String name, long expected) {
        return connections.inTenant(tenant, handle -> {
            int gone = handle.createUpdate(
                            "DELETE FROM quotas WHERE tenant_id = :tenant AND name = :name AND revision = :expected")
                    .bind("tenant", tenant.value())
                    .bind("name", name)
                    .bind("expected", expected)
                    .execute();
            if (gone == 1) {
                handle.createUpdate("DELETE FROM quota_windows WHERE tenant_id = :tenant AND quota = :name")
                        .bind("tenant", tenant.value())
                        .bind("name", name)
                        .execute();
            }
            return gone == 1;
        });
    }

    @Override
    public List<Quota.Window> windows(TenantId tenant, String name, String period, int most) {
        return connections.inTenant(
                tenant,
                handle -> handle.createQuery("""
                    SELECT * FROM quota_windows
                     WHERE tenant_id = :tenant AND quota = :name AND split_part(bucket, ' ', 1) = :period
                     ORDER BY used DESC, bucket LIMIT :most
                    """)
                        .bind("tenant", tenant.value())
                        .bind("name", name)
                        .bind("period", period)
                        .bind("most", most)
                        .map((row, context) -> new Quota.Window(
                                row.getString("bucket"), row.getLong("used"), row.getBoolean("warned")))
                        .list());
    }

    @Override
    public void forget(LocalDate before) {
        connections.asPlatform(handle -> handle.createUpdate("DELETE FROM quota_windows WHERE began_on < :before")
                .bind("before", before)
                .execute());
    }

    private static Quota quota(ResultSet row, StatementContext context) throws SQLException {
        return new Quota(
                new TenantId(row.getString("tenant_id")),
                row.getString("name"),
                new Quota.Terms(
                        BudgetScope.valueOf(row.getString("scope")),
                        Optional.ofNullable(row.getString("subject")),
                        row.getLong("executions"),
                        BudgetPeriod.valueOf(row.getString("period")),
                        row.getBigDecimal("warn_at")),
                new Budget.Change(
                        row.getLong("revision"),
                        row.getBoolean("by_platform"),
                        row.getString("changed_by"),
                        JdbiExports.time(row, "changed_at")));
    }
}
