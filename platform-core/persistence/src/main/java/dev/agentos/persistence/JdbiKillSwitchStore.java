package dev.agentos.persistence;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.KillSwitch;
import dev.agentos.policy.KillSwitchStore;
import dev.agentos.policy.KillTarget;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;

/** Kill switches in PostgreSQL, over the connections that ordinary work cannot use up. */
final class JdbiKillSwitchStore implements KillSwitchStore {

    private final PlatformTransactions reserved;
    private final Hints hints;

    JdbiKillSwitchStore(PlatformTransactions reserved, Hints hints) {
        this.reserved = reserved;
        this.hints = hints;
    }

    @Override
    public List<KillSwitch> engaged() {
        return reserved.query(
                handle -> handle.createQuery("SELECT * FROM kill_switches WHERE lifted_at IS NULL ORDER BY id")
                        .map(JdbiKillSwitchStore::read)
                        .list());
    }

    @Override
    public Page<KillSwitch> history(Optional<TenantId> tenant, PageRequest request) {
        return Page.of(
                reserved.query(handle -> handle.createQuery("""
                    SELECT * FROM kill_switches
                     WHERE id < :cursor AND (CAST(:tenant AS text) IS NULL OR tenant_id = :tenant)
                     ORDER BY id DESC LIMIT :limit
                    """)
                        .bindByType("tenant", tenant.map(TenantId::value).orElse(null), String.class)
                        .bind("cursor", request.cursor().orElse(Rows.LAST))
                        .bind("limit", request.limit() + 1)
                        .map(JdbiKillSwitchStore::read)
                        .list()),
                request.limit(),
                KillSwitch::id);
    }

    @Override
    public KillSwitch engage(KillSwitch wanted) {
        KillTarget target = wanted.target();
        KillSwitch stored = reserved.call(handle -> {
            handle.createUpdate("""
                INSERT INTO kill_switches (id, kind, name, tenant_id, engaged_by, by_platform, engaged_at, reason)
                VALUES (:id, :kind, :name, :tenant, :by, :platform, :at, :reason) ON CONFLICT DO NOTHING
                """)
                    .bind("id", wanted.id())
                    .bind("kind", target.kind().name())
                    .bind("name", target.name())
                    .bindByType("tenant", target.tenant().map(TenantId::value).orElse(null), String.class)
                    .bind("by", wanted.engaged().by())
                    .bind("platform", wanted.engaged().platform())
                    .bind("at", wanted.engaged().at())
                    .bind("reason", wanted.engaged().reason())
                    .execute();
            return handle.createQuery("""
                SELECT * FROM kill_switches
                 WHERE lifted_at IS NULL AND kind = :kind AND name = :name AND tenant_id IS NOT DISTINCT FROM :tenant
                """)
                    .bind("kind", target.kind().name())
                    .bind("name", target.name())
                    .bindByType("tenant", target.tenant().map(TenantId::value).orElse(null), String.class)
                    .map(JdbiKillSwitchStore::read)
                    .findOne()
                    .orElse(wanted);
        });
        hints.policies();
        return stored;
    }

    @Override
    public Optional<KillSwitch> lift(KillTarget target, KillSwitch.Act act) {
        Optional<KillSwitch> lifted = reserved.call(handle -> handle.createQuery("""
            UPDATE kill_switches SET lifted_by = :by, lifted_at = :at, lift_reason = :reason
             WHERE lifted_at IS NULL AND kind = :kind AND name = :name AND tenant_id IS NOT DISTINCT FROM :tenant
            RETURNING *
            """)
                .bind("by", act.by())
                .bind("at", act.at())
                .bind("reason", act.reason())
                .bind("kind", target.kind().name())
                .bind("name", target.name())
                .bindByType("tenant", target.tenant().map(TenantId::value).orElse(null), String.class)
                .map(JdbiKillSwitchStore::read)
                .findOne());
        hints.policies();
        return lifted;
    }

    @Override
    public List<KillSwitch.Active> active(Optional<TenantId> tenant, Optional<String> agent, int most) {
        return reserved.query(handle -> handle.createQuery("""
            SELECT tenant_id, id, agent FROM executions
             WHERE state IN ('QUEUED', 'HELD', 'RUNNING') AND NOT (state = 'RUNNING' AND cancel_requested)
               AND (CAST(:tenant AS text) IS NULL OR tenant_id = :tenant)
               AND (CAST(:agent AS text) IS NULL OR agent = :agent)
             LIMIT :most
            """)
                .bindByType("tenant", tenant.map(TenantId::value).orElse(null), String.class)
                .bindByType("agent", agent.orElse(null), String.class)
                .bind("most", most)
                .map((row, context) -> new KillSwitch.Active(
                        new TenantId(row.getString("tenant_id")), row.getString("id"), Rows.optionalText(row, "agent")))
                .list());
    }

    private static KillSwitch read(ResultSet row, StatementContext context) throws SQLException {
        return new KillSwitch(
                row.getString("id"),
                new KillTarget(
                        KillTarget.Kind.valueOf(row.getString("kind")),
                        row.getString("name"),
                        Rows.optionalText(row, "tenant_id").map(TenantId::new)),
                new KillSwitch.Act(
                        row.getString("engaged_by"),
                        row.getBoolean("by_platform"),
                        Rows.instant(row, "engaged_at"),
                        row.getString("reason")),
                row.getString("lifted_by") == null
                        ? Optional.empty()
                        : Optional.of(new KillSwitch.Act(
                                row.getString("lifted_by"),
                                row.getBoolean("by_platform"),
                                Rows.instant(row, "lifted_at"),
                                row.getString("lift_reason"))));
    }
}
