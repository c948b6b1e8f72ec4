package dev.agentos.persistence;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStore.Candidate;
import dev.agentos.execution.Session;
import dev.agentos.execution.SessionStore;
import dev.agentos.execution.Superseding;
import dev.agentos.execution.WhenBusy;
import dev.agentos.execution.Within;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.persistence.internal.AdmissionWriter;
import dev.agentos.persistence.internal.Confined;
import dev.agentos.persistence.internal.GroupCommit;
import dev.agentos.persistence.internal.SessionAdmission;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;

/** Sessions in PostgreSQL; what happens when an execution ends is a trigger, so that no way of ending misses it. */
final class JdbiSessionStore implements SessionStore {

    private static final String SESSIONS = """
        SELECT s.*, b.id AS base_id, l.step AS base_step,
               (SELECT e.id FROM executions e WHERE e.tenant_id = s.tenant_id AND e.session = s.id
                   AND e.state IN ('QUEUED', 'RUNNING', 'WAITING')) AS active,
               ARRAY(SELECT e.id FROM executions e
                      WHERE e.tenant_id = s.tenant_id AND e.session = s.id AND e.state = 'HELD'
                        AND e.number IS DISTINCT FROM s.heir
                      ORDER BY e.number LIMIT %1$d) AS held,
               (SELECT e.id FROM executions e WHERE e.number = s.heir AND e.state = 'HELD') AS heir_id
          FROM sessions s LEFT JOIN executions b ON b.number = s.base
          LEFT JOIN LATERAL (SELECT step FROM execution_log WHERE execution = s.base
                              ORDER BY sequence DESC LIMIT 1) l ON true
        """.formatted(Session.Line.SHOWN);

    private final TenantTransactions transactions;
    private final PlatformTransactions platform;
    private final SessionAdmission admissions;
    private final GroupCommit<AdmissionWriter.Admission> group;
    private final Hints hints;
    private final Consumer<ExecutionStore.Outcome> ended;

    JdbiSessionStore(
            TenantTransactions transactions,
            PlatformTransactions platform,
            DataSource writers,
            Hints hints,
            GroupCommit<AdmissionWriter.Admission> group,
            Consumer<ExecutionStore.Outcome> ended) {
        this.group = group;
        this.ended = ended;
        this.transactions = transactions;
        this.platform = platform;
        this.admissions = new SessionAdmission(writers);
        this.hints = hints;
    }

    @Override
    public Admitted admit(Candidate candidate, WhenBusy whenBusy) {
        Execution execution = candidate.execution();
        AdmissionWriter.Admission admission = JdbiExecutionStore.admission(candidate, group);
        SessionAdmission.Result result = admissions.admit(admission, whenBusy);
        Optional<ExecutionId> other = result.admitted().other();
        if (other.isPresent()) {
            Execution before = transactions
                    .inTenant(
                            execution.tenant(), handle -> ExecutionRows.whole(handle, execution.tenant(), other.get()))
                    .orElseThrow(() -> new IllegalStateException("An execution that was admitted is gone"));
            return new Admitted(before, true, List.of());
        }
        for (int i = 0; i < result.ended(); i++) {
            ended.accept(
                    new ExecutionStore.Outcome(ExecutionState.CANCELLED, Optional.of(Superseding.reason(whenBusy))));
        }
        result.superseded().forEach(one -> {
            hints.steered(execution.tenant(), one);
            hints.changed(execution.tenant(), one);
        });
        hints.changed(execution.tenant(), execution.id());
        hints.queued();
        return new Admitted(execution.admitted(result.admitted().at(), false), false, result.superseded());
    }

    @Override
    public Optional<Session> find(TenantId tenant, String id) {
        return transactions.inTenant(
                tenant,
                handle -> handle.createQuery(SESSIONS + " WHERE s.tenant_id = :tenant AND s.id = :id")
                        .bind("tenant", tenant.value())
                        .bind("id", id)
                        .map(JdbiSessionStore::session)
                        .findOne());
    }

    @Override
    public Optional<GraphReference> pinned(TenantId tenant, String id) {
        return transactions.lookUp(
                tenant,
                handle -> handle.createQuery(
                                "SELECT graph_id, graph_version FROM sessions WHERE tenant_id = :tenant AND id = :id")
                        .bind("tenant", tenant.value())
                        .bind("id", id)
                        .map((row, context) ->
                                new GraphReference(row.getString("graph_id"), row.getInt("graph_version")))
                        .findOne());
    }

    @Override
    public Page<Session> list(TenantId tenant, Within within, PageRequest request) {
        record Numbered(long number, Session session) {}
        Page<Numbered> page = Page.of(
                transactions.inTenant(tenant, handle -> {
                    Query query = handle.createQuery(SESSIONS + " WHERE s.tenant_id = :tenant AND s.number < :cursor"
                                    + Confined.condition("s", within)
                                    + " ORDER BY s.number DESC LIMIT :limit")
                            .bind("tenant", tenant.value())
                            .bind("cursor", request.place(Long.MAX_VALUE))
                            .bind("limit", request.limit() + 1);
                    Confined.bind(query, within);
                    return query.map((row, context) -> new Numbered(row.getLong("number"), session(row, context)))
                            .list();
                }),
                request.limit(),
                one -> Long.toString(one.number()));
        return new Page<>(page.items().stream().map(Numbered::session).toList(), page.next());
    }

    private static Session session(ResultSet row, StatementContext context) throws SQLException {
        Optional<String> base = Rows.optionalText(row, "base_id");
        int previous = row.getInt("previous_version");
        Optional<Integer> undo = row.wasNull() ? Optional.empty() : Optional.of(previous);
        Array held = row.getArray("held");
        return new Session(
                row.getString("id"),
                Rows.optionalText(row, "agent"),
                new GraphReference(row.getString("graph_id"), row.getInt("graph_version")),
                row.getLong("revision"),
                base.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Session.Position(new ExecutionId(base.get()), row.getInt("base_step"))),
                new Session.Line(
                        Rows.optionalText(row, "active").map(ExecutionId::new),
                        Stream.concat(
                                        Rows.optionalText(row, "heir_id").stream(),
                                        Stream.of((Object[]) held.getArray()).map(String::valueOf))
                                .limit(Session.Line.SHOWN)
                                .map(ExecutionId::new)
                                .toList()),
                undo,
                ((JsonArray) Json.parse(row.getString("migrations")))
                        .items().stream().map(JsonObject.class::cast).toList(),
                new Session.Times(Rows.instant(row, "created_at"), Rows.instant(row, "changed_at")));
    }

    @Override
    public JsonObject values(TenantId tenant, String id) {
        record Left(Optional<JsonObject> state, long base) {}
        return transactions.inTenant(tenant, handle -> {
            Optional<Left> left = handle.createQuery(
                            "SELECT state, base FROM sessions WHERE tenant_id = :tenant AND id = :id")
                    .bind("tenant", tenant.value())
                    .bind("id", id)
                    .map((row, context) -> new Left(Rows.optionalObject(row, "state"), row.getLong("base")))
                    .findOne();
            return left.flatMap(one -> one.state().or(() -> values(handle, one.base())))
                    .orElse(JsonObject.EMPTY);
        });
    }

    private static Optional<JsonObject> values(Handle handle, long base) {
        return base == 0
                ? Optional.empty()
                : ExecutionRows.fromBase(handle, base).reader().checkpoint().map(Checkpoint::values);
    }

    @Override
    public boolean migrate(TenantId tenant, Session before, Migrated after) {
        JsonArray entries = JsonArray.EMPTY.appended(before.migrations()).appended(List.of(after.entry()));
        return transactions.inTenant(tenant, handle -> {
            Optional<Long> revision = locked(handle, tenant, before.id());
            requireIdle(handle, tenant, before.id());
            return revision.filter(now -> now == before.revision()).isPresent()
                    && handle.createUpdate("""
                        UPDATE sessions SET graph_version = :version, state = CAST(:state AS json),
                               previous_version = CASE WHEN CAST(:kept AS text) IS NULL THEN NULL ELSE graph_version END,
                               previous_state = CAST(:kept AS json), migrations = CAST(:migrations AS json),
                               revision = revision + 1, changed_at = clock_timestamp()
                         WHERE tenant_id = :tenant AND id = :id
                        """)
                                    .bind("tenant", tenant.value())
                                    .bind("id", before.id())
                                    .bind("version", after.version())
                                    .bind("state", Json.write(after.values()))
                                    .bind("kept", after.kept().map(Json::write).orElse(null))
                                    .bind("migrations", Json.write(entries))
                                    .execute()
                            == 1;
        });
    }

    private static Optional<Long> locked(Handle handle, TenantId tenant, String id) {
        return handle.createQuery("SELECT revision FROM sessions WHERE tenant_id = :tenant AND id = :id FOR UPDATE")
                .bind("tenant", tenant.value())
                .bind("id", id)
                .mapTo(Long.class)
                .findOne();
    }

    private static void requireIdle(Handle handle, TenantId tenant, String id) {
        handle.createQuery("""
            SELECT id FROM executions
             WHERE tenant_id = :tenant AND session = :id AND state IN ('QUEUED', 'RUNNING', 'WAITING')
            """)
                .bind("tenant", tenant.value())
                .bind("id", id)
                .mapTo(String.class)
                .findOne()
                .ifPresent(active -> {
                    throw Session.busy(id, new ExecutionId(active));
                });
    }

    @Override
    public Optional<JsonObject> previous(TenantId tenant, String id) {
        return transactions.inTenant(
                tenant,
                handle -> handle.createQuery(
                                "SELECT previous_state FROM sessions WHERE tenant_id = :tenant AND id = :id")
                        .bind("tenant", tenant.value())
                        .bind("id", id)
                        .map((row, context) -> Rows.optionalObject(row, "previous_state"))
                        .findOne()
                        .flatMap(state -> state));
    }

    @Override
    public boolean delete(TenantId tenant, String id) {
        return platform.call(handle -> {
            if (locked(handle, tenant, id).isEmpty()) {
                return false;
            }
            requireIdle(handle, tenant, id);
            for (String sql : List.of(
                    "DELETE FROM execution_log l USING executions e"
                            + " WHERE l.execution = e.number AND e.tenant_id = :tenant AND e.session = :id",
                    "DELETE FROM idempotency_keys k USING executions e"
                            + " WHERE k.tenant_id = :tenant AND k.execution = e.id"
                            + " AND e.tenant_id = :tenant AND e.session = :id",
                    "DELETE FROM executions WHERE tenant_id = :tenant AND session = :id",
                    "DELETE FROM sessions WHERE tenant_id = :tenant AND id = :id")) {
                handle.createUpdate(sql)
                        .bind("tenant", tenant.value())
                        .bind("id", id)
                        .execute();
            }
            return true;
        });
    }
}
