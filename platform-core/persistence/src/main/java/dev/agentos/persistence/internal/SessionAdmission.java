package dev.agentos.persistence.internal;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.Session;
import dev.agentos.execution.Superseding;
import dev.agentos.execution.WhenBusy;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Json;
import dev.agentos.persistence.internal.AdmissionWriter.Admission;
import dev.agentos.persistence.internal.AdmissionWriter.Admitted;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Admits one execution into its session. The lock of the session's row makes admissions come one after the other, and
 * with the ends of its executions too. Who will end the active execution locks that first, as its own end would.
 */
public final class SessionAdmission {

    private static final int MOST_TRIES = 8;

    private static final String ACTIVE = """
        SELECT number, id, state FROM executions
         WHERE tenant_id = ? AND session = ? AND state IN ('QUEUED', 'RUNNING', 'WAITING')
        """;
    /** Alone: a statement that waited for a lock sees other tables as they were before. */
    private static final String SESSION = """
        SELECT graph_id, graph_version, coalesce(heir, 0) AS heir FROM sessions
         WHERE tenant_id = ? AND id = ? FOR UPDATE
        """;

    /** With its lock: it may be cancelled at this very moment, and what has ended cannot be ended again. */
    private static final String HEIR = """
        SELECT number, id, state FROM executions WHERE number = ? AND state = 'HELD' FOR UPDATE
        """;

    private static final String MAKE = """
        INSERT INTO sessions (tenant_id, id, agent, graph_id, graph_version, created_at, changed_at)
        SELECT t.id, ?, ?, ?, ?, clock_timestamp(), clock_timestamp() FROM tenants t WHERE t.id = ?
        ON CONFLICT DO NOTHING
        """;
    private static final String JOIN = """
        UPDATE executions SET session = ?, state = CASE WHEN ? THEN 'HELD' ELSE state END WHERE number = ?
        """;
    private static final String APPEND = """
        INSERT INTO execution_log (tenant_id, execution, sequence, events, step, base, at, body)
        SELECT l.tenant_id, l.execution, l.sequence + l.events, 1, l.step, l.base, clock_timestamp(), ?
          FROM execution_log l WHERE l.execution = ? ORDER BY l.sequence DESC LIMIT 1
        """;
    private static final String END = """
        UPDATE executions SET state = 'CANCELLED', failure = CAST(? AS json), superseded = ?, cancel_requested = true,
               finished_at = clock_timestamp() WHERE number = ?
        """;
    private static final String ASK = """
        UPDATE executions SET cancel_requested = true, superseded = coalesce(superseded, ?) WHERE number = ?
        """;

    private final DataSource pool;

    /** Admissions over connections that see the rows of all tenants. */
    public SessionAdmission(DataSource pool) {
        this.pool = pool;
    }

    /**
     * What came of it.
     *
     * @param superseded the executions that were asked to stop, or have been ended
     * @param ended how many of them have been ended
     */
    public record Result(Admitted admitted, List<ExecutionId> superseded, int ended) {
        public Result {
            superseded = List.copyOf(superseded);
        }

        private static Result of(Admitted admitted) {
            return new Result(admitted, List.of(), 0);
        }
    }

    private record Other(long number, ExecutionId id, String state) {}

    private record Found(String graph, int version, long heir) {}

    /** Admits; tries again what the database gave up for the sake of another. */
    public Result admit(Admission admission, WhenBusy whenBusy) {
        for (int tries = 1; ; tries++) {
            try (Connection connection = pool.getConnection()) {
                connection.setAutoCommit(false);
                try {
                    Optional<Result> result = tries > 1 ? earlier(connection, admission) : Optional.empty();
                    if (result.isEmpty()) {
                        result = new Attempt(connection, admission, whenBusy).run();
                    }
                    if (result.isPresent()) {
                        connection.commit();
                        admission.told();
                        return result.get();
                    }
                } finally {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
            } catch (SQLException e) {
                if (!SqlStates.passing(e) || tries >= MOST_TRIES) {
                    throw AdmissionWriter.failure(e);
                }
            }
            AdmissionWriter.pause(Math.min(tries, 4));
        }
    }

    /** What an earlier try has done whose answer was lost. */
    private static Optional<Result> earlier(Connection connection, Admission admission) throws SQLException {
        try (PreparedStatement statement = prepared(
                        connection,
                        "SELECT number, created_at FROM executions WHERE tenant_id = ? AND id = ?",
                        admission.execution().tenant().value(),
                        admission.execution().id().value());
                ResultSet found = statement.executeQuery()) {
            return found.next()
                    ? Optional.of(Result.of(new Admitted(
                            found.getLong(1),
                            found.getObject(2, OffsetDateTime.class).toInstant(),
                            Optional.empty())))
                    : Optional.empty();
        }
    }

    /** One try, in one transaction. */
    private record Attempt(Connection connection, Admission admission, WhenBusy whenBusy) {

        /** Empty when the session has changed hands meanwhile. */
        Optional<Result> run() throws SQLException {
            Optional<Other> locked = whenBusy.supersedes() ? active(" FOR UPDATE") : Optional.empty();
            Found session = session();
            if (AdmissionWriter.replay(connection, admission)) {
                return Optional.of(Result.of(replayed()));
            }
            requireVersion(session);
            Optional<Other> active = active("");
            if (whenBusy.supersedes() && !active.map(Other::number).equals(locked.map(Other::number))) {
                return Optional.empty();
            }
            if (active.isPresent() && whenBusy == WhenBusy.REJECT) {
                throw Session.busy(id(), active.get().id());
            }
            Admitted admitted = AdmissionCounter.insert(connection, List.of(admission))
                    .get(admission.execution().id().value());
            if (admitted == null) {
                if (AdmissionWriter.replay(connection, admission)) {
                    return Optional.of(Result.of(replayed()));
                }
                throw AdmissionWriter.gone(connection, admission);
            }
            update(JOIN, id(), active.isPresent(), admitted.number());
            return Optional.of(
                    active.isPresent() && whenBusy.supersedes()
                            ? supersede(admitted, active.get(), session.heir())
                            : Result.of(admitted));
        }

        private String tenant() {
            return admission.execution().tenant().value();
        }

        private String id() {
            return admission.execution().request().session().orElseThrow();
        }

        private Optional<Other> active(String lock) throws SQLException {
            return other(ACTIVE + lock, tenant(), id());
        }

        private Optional<Other> other(String sql, Object... values) throws SQLException {
            try (PreparedStatement statement = prepared(connection, sql, values);
                    ResultSet found = statement.executeQuery()) {
                return found.next()
                        ? Optional.of(new Other(
                                found.getLong("number"),
                                new ExecutionId(found.getString("id")),
                                found.getString("state")))
                        : Optional.empty();
            }
        }

        /** The session with its lock; made if there is none. */
        private Found session() throws SQLException {
            Optional<Found> found = locked();
            if (found.isEmpty()) {
                ExecutionRequest request = admission.execution().request();
                update(
                        MAKE,
                        id(),
                        request.agent().orElse(null),
                        request.graph().graph(),
                        request.graph().version(),
                        tenant());
                found = locked();
            }
            if (found.isEmpty()) {
                throw AdmissionWriter.gone(connection, admission);
            }
            return found.get();
        }

        private Optional<Found> locked() throws SQLException {
            try (PreparedStatement statement = prepared(connection, SESSION, tenant(), id());
                    ResultSet found = statement.executeQuery()) {
                return found.next()
                        ? Optional.of(new Found(
                                found.getString("graph_id"), found.getInt("graph_version"), found.getLong("heir")))
                        : Optional.empty();
            }
        }

        private void requireVersion(Found session) {
            ExecutionRequest request = admission.execution().request();
            if (!session.graph().equals(request.graph().graph())
                    || session.version() != request.graph().version()) {
                throw new AgentOsException(
                        GraphErrorCode.SESSION_CONFLICT,
                        "The session '" + id() + "' is pinned to version " + session.version() + " of "
                                + session.graph() + ".",
                        "Name the graph or agent with which the session began, or another session.");
            }
        }

        private Admitted replayed() {
            try {
                return admission.admitted().join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof RuntimeException cause ? cause : e;
            }
        }

        /** Ends the one that was to be next, and ends the active one or asks it to; the new one is next. */
        private Result supersede(Admitted next, Other active, long before) throws SQLException {
            int ended = 0;
            List<ExecutionId> superseded = new ArrayList<>();
            superseded.add(active.id());
            Optional<Other> heir = other(HEIR, before);
            if (heir.isPresent()) {
                end(heir.get());
                ended++;
                superseded.add(heir.get().id());
            }
            update("UPDATE sessions SET heir = ? WHERE tenant_id = ? AND id = ?", next.number(), tenant(), id());
            if (active.state().equals("RUNNING")) {
                update(ASK, whenBusy.name(), active.number());
            } else {
                end(active);
                ended++;
            }
            return new Result(next, superseded, ended);
        }

        private void end(Other other) throws SQLException {
            Failure reason = Superseding.reason(whenBusy);
            ExecutionEvent.Draft event = new ExecutionEvent.Draft(
                    ExecutionEvent.CANCELLED, 0, Optional.empty(), JsonObject.of("failure", reason.toJson()));
            update(APPEND, LogCodec.row(List.of(LogCodec.events(List.of(event)))), other.number());
            update(END, Json.write(reason.toJson()), whenBusy.name(), other.number());
        }

        private void update(String sql, @Nullable Object... values) throws SQLException {
            try (PreparedStatement statement = prepared(connection, sql, values)) {
                statement.executeUpdate();
            }
        }
    }

    private static PreparedStatement prepared(Connection connection, String sql, @Nullable Object... values)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }
}
