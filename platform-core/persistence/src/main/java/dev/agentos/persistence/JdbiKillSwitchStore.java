package dev.agentos.persistence;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.persistence.internal.RunningCalls;
import dev.agentos.policy.KillSwitch;
import dev.agentos.policy.KillSwitchStore;
import dev.agentos.policy.KillSwitchTarget;
import dev.agentos.policy.KillSwitches;
import dev.agentos.spi.JsonArray;
import dev.agentos.stores.Owned;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Kill switches in PostgreSQL, reached over connections that ordinary work cannot use up. */
final class JdbiKillSwitchStore implements KillSwitchStore {

    private static final String SAME_TARGET = "kind = :kind AND name = :name AND <owned> AND lifted_at IS NULL";

    private final PlatformTransactions reserved;
    private final PlatformTransactions ordinary;
    private final Hints hints;

    /** Whoever stops something, or asks what is stopped before going on, uses the reserve; who lists them does not. */
    JdbiKillSwitchStore(PlatformTransactions reserved, PlatformTransactions ordinary, Hints hints) {
        this.reserved = reserved;
        this.ordinary = ordinary;
        this.hints = hints;
    }

    @Override
    public List<KillSwitch> engaged() {
        return reserved.query(handle -> handle.createQuery("SELECT * FROM kill_switches WHERE lifted_at IS NULL")
                .map(JdbiKillSwitchStore::read)
                .list());
    }

    @Override
    public KillSwitch engage(KillSwitch wanted) {
        KillSwitch kept = reserved.call(handle -> {
            // Whatever is in the way by the index is updated to what it is, so that it is returned, and not changed.
            return handle.createQuery("""
                INSERT INTO kill_switches (id, tenant_id, kind, name, platform, engaged_by, engaged_at, engaged_reason)
                VALUES (:id, :tenant, :kind, :name, :platform, :by, :at, :reason)
                ON CONFLICT (kind, name, tenant_id, platform) WHERE lifted_at IS NULL
                   DO UPDATE SET engaged_by = kill_switches.engaged_by
                RETURNING *
                """)
                    .bind("id", wanted.id())
                    .bindByType("tenant", tenant(wanted.target()), String.class)
                    .bind("kind", wanted.target().kind().word())
                    .bind("name", wanted.target().id())
                    .bind("platform", wanted.platform())
                    .bind("by", wanted.engaged().by())
                    .bind("at", wanted.engaged().at())
                    .bind("reason", wanted.engaged().reason())
                    .map(JdbiKillSwitchStore::read)
                    .one();
        });
        hints.switches();
        return kept;
    }

    @Override
    public List<KillSwitch> lift(KillSwitchTarget target, boolean platform, KillSwitch.Note note) {
        List<KillSwitch> lifted = reserved.call(handle -> handle.createQuery(
                        "UPDATE kill_switches SET lifted_by = :by, lifted_at = :at, lifted_reason = :reason WHERE "
                                + SAME_TARGET + " AND (:all OR NOT platform) RETURNING *")
                .bind("by", note.by())
                .bind("at", note.at())
                .bind("reason", note.reason())
                .bind("kind", target.kind().word())
                .bind("name", target.id())
                .addCustomizer(new Owned(target.tenant()))
                .bind("all", platform)
                .map(JdbiKillSwitchStore::read)
                .list());
        hints.switches();
        return lifted;
    }

    @Override
    public Page<KillSwitch> list(Optional<TenantId> tenant, Optional<KillSwitch.State> state, PageRequest request) {
        return Page.of(
                ordinary.query(handle -> handle.createQuery("""
                    SELECT * FROM kill_switches
                     WHERE (CAST(:lifted AS boolean) IS NULL OR (lifted_at IS NOT NULL) = :lifted)
                       AND (CAST(:tenant AS text) IS NULL OR tenant_id IS NULL OR tenant_id = :tenant)
                       AND (CAST(:cursor AS text) IS NULL OR id < :cursor)
                     ORDER BY id DESC LIMIT :limit
                    """)
                        .bindByType(
                                "lifted",
                                state.map(wanted -> wanted == KillSwitch.State.LIFTED)
                                        .orElse(null),
                                Boolean.class)
                        .bindByType("tenant", tenant.map(TenantId::value).orElse(null), String.class)
                        .bindByType("cursor", request.cursor().orElse(null), String.class)
                        .bind("limit", request.limit() + 1)
                        .map(JdbiKillSwitchStore::read)
                        .list()),
                request.limit(),
                KillSwitch::id);
    }

    @Override
    public void say(String server, Map<KillSwitches.Call, Integer> calls) {
        reserved.run(handle -> {
            handle.createUpdate("""
                INSERT INTO running_calls (server, calls, said_at) VALUES (:server, :calls, clock_timestamp())
                ON CONFLICT (server) DO UPDATE SET calls = excluded.calls, said_at = excluded.said_at
                """)
                    .bind("server", server)
                    .bind("calls", RunningCalls.write(calls))
                    .execute();
            handle.execute("DELETE FROM running_calls WHERE said_at < clock_timestamp() - interval '1 minute'");
        });
    }

    @Override
    public List<Map<KillSwitches.Call, Integer>> said(String except, Duration ago) {
        return reserved.query(handle -> handle.createQuery("""
            SELECT calls FROM running_calls
             WHERE server <> :except AND said_at > clock_timestamp() - make_interval(secs => :seconds)
            """)
                .bind("except", except)
                .bind("seconds", ago.toSeconds())
                .map((row, context) -> RunningCalls.read((JsonArray) Json.parse(row.getString("calls"))))
                .list());
    }

    @Override
    public Impact impact(KillSwitchTarget target) {
        return reserved.query(handle -> handle.createQuery("""
            SELECT count(*) FILTER (WHERE state = 'RUNNING') AS running,
                   count(*) FILTER (WHERE state = 'QUEUED') AS queued,
                   count(*) FILTER (WHERE state = 'WAITING') AS waiting
              FROM executions
             WHERE state IN ('RUNNING', 'QUEUED', 'WAITING')
               AND (CAST(:tenant AS text) IS NULL OR tenant_id = :tenant)
               AND (CAST(:agent AS text) IS NULL OR agent = :agent)
            """)
                .bindByType("tenant", tenant(target), String.class)
                .bindByType("agent", target.kind() == KillSwitchTarget.Kind.AGENT ? target.id() : null, String.class)
                .map((row, context) ->
                        new Impact(row.getLong("running"), row.getLong("queued"), row.getLong("waiting")))
                .one());
    }

    private static @Nullable String tenant(KillSwitchTarget target) {
        return target.tenant().map(TenantId::value).orElse(null);
    }

    private static KillSwitch read(ResultSet row, StatementContext context) throws SQLException {
        Optional<KillSwitch.Note> lifted = Optional.empty();
        if (row.getString("lifted_by") != null) {
            lifted = Optional.of(note(row, "lifted"));
        }
        return new KillSwitch(
                row.getString("id"),
                new KillSwitchTarget(
                        KillSwitchTarget.Kind.of(row.getString("kind")),
                        row.getString("name"),
                        Rows.optionalText(row, "tenant_id").map(TenantId::new)),
                row.getBoolean("platform"),
                note(row, "engaged"),
                lifted);
    }

    private static KillSwitch.Note note(ResultSet row, String what) throws SQLException {
        return new KillSwitch.Note(
                row.getString(what + "_by"), Rows.instant(row, what + "_at"), row.getString(what + "_reason"));
    }
}
