package dev.agentos.stores;

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
public final class JdbiQuotaStore extends NamedLimitRows<Quota> implements QuotaStore {

    private static final Tables TABLES = new Tables(
            "quotas",
            List.of("scope", "subject", "executions", "period", "warn_at"),
            "quotas_in_force",
            "quota_windows",
            "quota",
            "used < :warn_at * :executions");

    /** Over those connections. */
    public JdbiQuotaStore(Connections connections) {
        super(connections, TABLES, JdbiQuotaStore::quota, JdbiQuotaStore::bind);
    }

    private static void bind(SqlStatement<?> statement, Quota quota) {
        Quota.Terms terms = quota.terms();
        statement
                .bind("scope", terms.scope().name())
                .bindByType("subject", terms.subject().orElse(null), String.class)
                .bind("executions", terms.executions())
                .bind("period", terms.period().name())
                .bind("warn_at", terms.warnAt());
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
                change(row));
    }
}
