package dev.agentos.stores;

import dev.agentos.kernel.Revisions;
import dev.agentos.quotas.ConcurrencyLimit;
import dev.agentos.quotas.ConcurrencyStore;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;

/** How many executions may run at once, and whose turn it is, in PostgreSQL. */
public final class JdbiConcurrencyStore implements ConcurrencyStore {

    private static final int USUAL_WEIGHT = 10;

    private final Connections connections;

    /** Over those connections. */
    public JdbiConcurrencyStore(Connections connections) {
        this.connections = connections;
    }

    @Override
    public long generation() {
        return connections.asPlatform(handle -> handle.createQuery("SELECT generation FROM limits_generation")
                .mapTo(Long.class)
                .one());
    }

    @Override
    public List<ConcurrencyLimit> limits() {
        return connections.asPlatform(
                handle -> handle.createQuery("SELECT * FROM concurrency_in_force ORDER BY tenant_id, scope")
                        .map(JdbiConcurrencyStore::limit)
                        .list());
    }

    private static ConcurrencyLimit limit(ResultSet row, StatementContext context) throws SQLException {
        int queued = row.getInt("queued");
        boolean any = row.wasNull();
        return new ConcurrencyLimit(
                new TenantId(row.getString("tenant_id")),
                ConcurrencyLimit.Scope.valueOf(row.getString("scope")),
                new ConcurrencyLimit.Terms(row.getInt("running"), any ? Optional.empty() : Optional.of(queued)),
                row.getString("changed_by"),
                JdbiExports.time(row, "changed_at"),
                row.getLong("revision"));
    }

    @Override
    public boolean put(ConcurrencyLimit limit, long seen) {
        return connections.asPlatform(handle -> row(limit.tenant(), limit.scope())
                        .write(handle, List.of("running", "queued", "changed_by", "changed_at", "revision"), seen)
                        .bind("running", limit.terms().running())
                        .bindByType("queued", limit.terms().queued().orElse(null), Integer.class)
                        .bind("changed_by", limit.by())
                        .bind("changed_at", limit.at())
                        .bind("revision", limit.revision())
                        .execute()
                == 1);
    }

    @Override
    public boolean delete(TenantId tenant, ConcurrencyLimit.Scope scope, long seen) {
        return connections.asPlatform(handle -> row(tenant, scope).delete(handle, seen));
    }

    private static RevisedRow row(TenantId tenant, ConcurrencyLimit.Scope scope) {
        return new RevisedRow("concurrency_limits", Optional.of(tenant), "scope", scope.name());
    }

    @Override
    public Load load(TenantId tenant) {
        return connections.inTenant(
                tenant,
                handle -> handle.createQuery("""
                    SELECT (SELECT count(*) FROM executions WHERE tenant_id = :tenant AND state = 'RUNNING') AS running,
                           (SELECT count(*) FROM executions WHERE tenant_id = :tenant AND state = 'QUEUED')
                           + (SELECT count(*) FROM executions WHERE tenant_id = :tenant AND state = 'HELD') AS queued
                    """)
                        .bind("tenant", tenant.value())
                        .map((row, context) -> new Load(row.getLong("running"), row.getLong("queued")))
                        .one());
    }

    @Override
    public Weight weight(TenantId tenant) {
        return connections.asPlatform(handle -> handle.createQuery(
                        "SELECT * FROM weights_in_force WHERE tenant_id = :tenant")
                .bind("tenant", tenant.value())
                .map((row, context) -> new Weight(
                        row.getInt("weight"),
                        Optional.of(new Change(row.getString("changed_by"), JdbiExports.time(row, "changed_at"))),
                        row.getLong("revision")))
                .findOne()
                .orElse(new Weight(USUAL_WEIGHT, Optional.empty(), Revisions.NONE)));
    }

    @Override
    public boolean weigh(TenantId tenant, Optional<Weight> weight, long seen) {
        RevisedRow row = RevisedRow.only("tenant_weights", tenant);
        return connections.asPlatform(handle -> {
            if (weight.isEmpty()) {
                return row.delete(handle, seen);
            }
            Change change = weight.get().change().orElseThrow();
            return row.write(handle, List.of("weight", "changed_by", "changed_at", "revision"), seen)
                            .bind("weight", weight.get().value())
                            .bind("changed_by", change.by())
                            .bind("changed_at", change.at())
                            .bind("revision", weight.get().revision())
                            .execute()
                    == 1;
        });
    }
}
