package dev.agentos.stores;

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
                JdbiExports.time(row, "changed_at"));
    }

    @Override
    public void put(ConcurrencyLimit limit) {
        connections.asPlatform(handle -> handle.createUpdate("""
            INSERT INTO concurrency_limits (tenant_id, scope, running, queued, changed_by, changed_at)
            VALUES (:tenant, :scope, :running, :queued, :by, :at)
            ON CONFLICT (tenant_id, scope) DO UPDATE
               SET running = excluded.running, queued = excluded.queued, changed_by = excluded.changed_by,
                   changed_at = excluded.changed_at
            """)
                .bind("tenant", limit.tenant().value())
                .bind("scope", limit.scope().name())
                .bind("running", limit.terms().running())
                .bindByType("queued", limit.terms().queued().orElse(null), Integer.class)
                .bind("by", limit.by())
                .bind("at", limit.at())
                .execute());
    }

    @Override
    public boolean delete(TenantId tenant, ConcurrencyLimit.Scope scope) {
        return connections.asPlatform(handle ->
                handle.createUpdate("DELETE FROM concurrency_limits WHERE tenant_id = :tenant AND scope = :scope")
                                .bind("tenant", tenant.value())
                                .bind("scope", scope.name())
                                .execute()
                        == 1);
    }

    @Override
    public Load load(TenantId tenant) {
        return connections.inTenant(
                tenant,
                handle -> handle.createQuery("""
                    SELECT count(*) FILTER (WHERE state = 'RUNNING') AS running,
                           count(*) FILTER (WHERE state = 'QUEUED') AS queued
                      FROM executions WHERE tenant_id = :tenant AND state IN ('RUNNING', 'QUEUED')
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
                        Optional.of(new Change(row.getString("changed_by"), JdbiExports.time(row, "changed_at")))))
                .findOne()
                .orElse(new Weight(USUAL_WEIGHT, Optional.empty())));
    }

    @Override
    public void weigh(TenantId tenant, Optional<Weight> weight) {
        connections.asPlatform(handle -> {
            if (weight.isEmpty()) {
                return handle.createUpdate("DELETE FROM tenant_weights WHERE tenant_id = :tenant")
                        .bind("tenant", tenant.value())
                        .execute();
            }
            Change change = weight.get().change().orElseThrow();
            return handle.createUpdate("""
                INSERT INTO tenant_weights (tenant_id, weight, changed_by, changed_at)
                VALUES (:tenant, :weight, :by, :at)
                ON CONFLICT (tenant_id) DO UPDATE
                   SET weight = excluded.weight, changed_by = excluded.changed_by, changed_at = excluded.changed_at
                """)
                    .bind("tenant", tenant.value())
                    .bind("weight", weight.get().value())
                    .bind("by", change.by())
                    .bind("at", change.at())
                    .execute();
        });
    }
}
