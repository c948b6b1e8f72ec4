package dev.agentos.persistence;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionFilter;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore.Resumption;
import dev.agentos.execution.Lease;
import dev.agentos.execution.LostAttempts;
import dev.agentos.execution.WhenBusy;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.Pauses;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.persistence.internal.Confined;
import dev.agentos.persistence.internal.LogReader;
import dev.agentos.persistence.internal.PageBytes;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads executions and their logs, in a transaction that sees them. */
final class ExecutionRows {

    private static final Logger LOG = LoggerFactory.getLogger(ExecutionRows.class);

    /** An execution with the step that its log has come to. */
    static final String EXECUTIONS = """
        SELECT e.*, l.step FROM executions e
          JOIN LATERAL (SELECT step FROM execution_log WHERE execution = e.number ORDER BY sequence DESC LIMIT 1) l
            ON true
        """;

    /** What is read of an execution but its configuration, which is large and is not to come with each row of a log. */
    private static final String COLUMNS = """
        e.number, e.id, e.tenant_id, e.agent, e.graph_id, e.graph_version, e.priority, e.deadline, e.durability,
        e.pauses, e.origin, e.origin_checkpoint, e.session, e.started_by, e.max_supersteps, e.state, e.attempt,
        e.cancel_requested, e.pause_requested, e.superseded, e.failure, e.created_at, e.started_at, e.finished_at,
        e.lease_epoch\
        """;

    /** The row in which the values of the latest checkpoint begin, and all behind it. */
    private static final String FROM_BASE = """
        SELECT l.sequence, l.at, l.body FROM execution_log l
         WHERE l.execution = :number
           AND l.sequence >= (SELECT base FROM execution_log WHERE execution = :number ORDER BY sequence DESC LIMIT 1)
         ORDER BY l.sequence
        """;

    /** The same behind a row of {@code executions}. */
    private static final String ITS_LOG = """
          JOIN LATERAL (SELECT step, base FROM execution_log
                         WHERE execution = e.number ORDER BY sequence DESC LIMIT 1) t ON true
          JOIN execution_log l ON l.execution = e.number AND l.sequence >= t.base
        """;

    /** Whether another execution has begun at a checkpoint of this one. */
    private static final String BRANCHED =
            "EXISTS (SELECT FROM executions b WHERE b.tenant_id = e.tenant_id AND b.origin = e.id)";

    private ExecutionRows() {}

    /** A row of {@code executions} with {@code step}; without its input and output, which are in the log. */
    static Execution execution(ResultSet row, StatementContext context) throws SQLException {
        return execution(row, Column::read);
    }

    /** The same to be shown, in which a column that cannot be read is as if it were empty. */
    static Execution shown(ResultSet row, StatementContext context) throws SQLException {
        String id = row.getString("id");
        return execution(row, column -> {
            try {
                return column.read();
            } catch (RuntimeException e) {
                LOG.warn("Execution {} is shown in part: {}", id, e.toString());
                return Optional.empty();
            }
        });
    }

    /** Reads an object that may be missing. */
    @FunctionalInterface
    private interface Column {
        Optional<JsonObject> read() throws SQLException;
    }

    /** Decides on an object that cannot be read. */
    @FunctionalInterface
    private interface Reading {
        Optional<JsonObject> read(Column column) throws SQLException;
    }

    private static Execution execution(ResultSet row, Reading reading) throws SQLException {
        return new Execution(
                new ExecutionId(row.getString("id")),
                new TenantId(row.getString("tenant_id")),
                new ExecutionRequest(
                        Rows.optionalText(row, "agent"),
                        new GraphReference(row.getString("graph_id"), row.getInt("graph_version")),
                        JsonObject.EMPTY,
                        reading.read(() -> Rows.optionalObject(row, "configuration"))
                                .orElse(JsonObject.EMPTY),
                        row.getInt("priority"),
                        Rows.optionalInstant(row, "deadline"),
                        ExecutionRequest.Durability.valueOf(row.getString("durability")),
                        reading.read(() -> Rows.optionalObject(row, "pauses"))
                                .map(Pauses::of)
                                .orElse(Pauses.NONE),
                        origin(row),
                        Rows.optionalText(row, "session"),
                        Rows.optionalText(row, "started_by"),
                        Optional.ofNullable(row.getObject("max_supersteps", Integer.class)),
                        Optional.empty()),
                state(row.getString("state")),
                new Execution.Progress(
                        row.getInt("step"),
                        row.getInt("attempt"),
                        row.getBoolean("cancel_requested"),
                        row.getBoolean("pause_requested"),
                        Rows.optionalText(row, "superseded").map(WhenBusy::valueOf)),
                Optional.empty(),
                reading.read(() -> Rows.optionalObject(row, "failure")).map(Failure::fromJson),
                new Execution.Times(
                        Rows.instant(row, "created_at"),
                        Rows.optionalInstant(row, "started_at"),
                        Rows.optionalInstant(row, "finished_at")));
    }

    /** Only the database knows of those that are held. */
    static ExecutionState state(String stored) {
        return stored.equals("HELD") ? ExecutionState.QUEUED : ExecutionState.valueOf(stored);
    }

    private static Optional<ExecutionRequest.Origin> origin(ResultSet row) throws SQLException {
        Optional<String> execution = Rows.optionalText(row, "origin");
        return execution.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new ExecutionRequest.Origin(new ExecutionId(execution.get()), row.getInt("origin_checkpoint")));
    }

    static LogReader.Row row(ResultSet row, StatementContext context) throws SQLException {
        return new LogReader.Row(row.getLong("sequence"), Rows.instant(row, "at"), row.getBytes("body"));
    }

    /** The number under which an execution's log is kept. */
    static Optional<Long> number(Handle handle, TenantId tenant, ExecutionId id) {
        return handle.createQuery("SELECT number FROM executions WHERE tenant_id = :tenant AND id = :id")
                .bind("tenant", tenant.value())
                .bind("id", id.value())
                .mapTo(Long.class)
                .findOne();
    }

    /**
     * An execution with input, and output once it has succeeded.
     *
     * @param bytes how much of its log was read
     */
    record Found(Execution execution, int bytes) {}

    /** An execution with input, and output once it has succeeded. */
    static Optional<Execution> whole(Handle handle, TenantId tenant, ExecutionId id) {
        return found(handle, tenant, id).map(Found::execution);
    }

    /** The same, in one statement. */
    static Optional<Found> found(Handle handle, TenantId tenant, ExecutionId id) {
        return handle.createQuery("SELECT " + COLUMNS + """
            , CASE WHEN l.sequence = 1 THEN e.configuration END AS configuration,
                   t.step, t.base, l.sequence, l.at, l.body FROM executions e
              JOIN LATERAL (SELECT step, base FROM execution_log
                             WHERE execution = e.number ORDER BY sequence DESC LIMIT 1) t ON true
              JOIN LATERAL (SELECT sequence, at, body FROM execution_log WHERE execution = e.number AND sequence = 1
                            UNION ALL
                            SELECT sequence, at, body FROM execution_log
                             WHERE execution = e.number AND e.state = 'SUCCEEDED' AND sequence > 1
                               AND sequence >= t.base) l ON true
             WHERE e.tenant_id = :tenant AND e.id = :id ORDER BY l.sequence
            """)
                .bind("tenant", tenant.value())
                .bind("id", id.value())
                .scanResultSet((rows, context) -> {
                    try (ResultSet row = rows.get()) {
                        return row.next() ? Optional.of(found(row, context)) : Optional.empty();
                    }
                });
    }

    private static Found found(ResultSet rows, StatementContext context) throws SQLException {
        Execution execution = shown(rows, context);
        boolean succeeded = execution.state() == ExecutionState.SUCCEEDED;
        long base = rows.getLong("base");
        LogReader.Row first = row(rows, context);
        JsonObject input = new LogReader().add(first).input().orElseThrow();
        LogReader reader = new LogReader();
        int bytes = 0;
        LogReader.Row next = first;
        while (next != null) {
            bytes += next.body().length;
            if (succeeded && next.sequence() >= base) {
                reader.add(next);
            }
            next = rows.next() ? row(rows, context) : null;
        }
        return new Found(execution.with(input, reader.checkpoint().map(Checkpoint::values)), bytes);
    }

    /** An execution without input and output, whose step is known. */
    static Optional<Execution> row(Handle handle, TenantId tenant, ExecutionId id, int step) {
        return handle.createQuery(
                        "SELECT *, CAST(:step AS integer) AS step FROM executions WHERE tenant_id = :tenant AND id ="
                                + " :id")
                .bind("step", step)
                .bind("tenant", tenant.value())
                .bind("id", id.value())
                .map(ExecutionRows::shown)
                .findOne();
    }

    /** A page of executions, newest first. */
    static Page<Execution> newest(Handle handle, TenantId tenant, ExecutionFilter filter, PageRequest request) {
        StringBuilder sql = new StringBuilder(EXECUTIONS + " WHERE e.tenant_id = :tenant AND e.id < :cursor");
        filter.state().ifPresent(state -> sql.append(inState(state)));
        filter.agent().ifPresent(agent -> sql.append(" AND e.agent = :agent"));
        filter.graph().ifPresent(graph -> sql.append(" AND e.graph_id = :graph"));
        filter.session().ifPresent(session -> sql.append(" AND e.session = :session"));
        filter.failure()
                .ifPresent(code -> sql.append(" AND e.failure IS NOT NULL AND e.failure ->> 'code' = :failure"));
        filter.retried()
                .ifPresent(
                        retried -> sql.append(retried ? " AND " : " AND NOT ").append(BRANCHED));
        sql.append(Confined.condition("e", filter.within())).append(" ORDER BY e.id DESC LIMIT :limit");
        Query query = handle.createQuery(PageBytes.statement(sql.toString(), "configuration", "failure"))
                .bind("tenant", tenant.value())
                .bind("cursor", request.cursor().orElse(Rows.LAST))
                .bind("limit", request.limit() + 1);
        filter.agent().ifPresent(agent -> query.bind("agent", agent));
        filter.graph().ifPresent(graph -> query.bind("graph", graph));
        filter.session().ifPresent(session -> query.bind("session", session));
        filter.failure().ifPresent(code -> query.bind("failure", code));
        Confined.bind(query, filter.within());
        return PageBytes.page(
                query.map(PageBytes.rows(ExecutionRows::shown)).list(),
                request.limit(),
                execution -> execution.id().value());
    }

    /** Whether somebody who changes a state was noted, once. */
    static boolean edited(Handle handle, TenantId tenant, ExecutionId id, String by) {
        return handle.createUpdate("""
            UPDATE executions SET edited_by = array_append(edited_by, :by)
             WHERE tenant_id = :tenant AND id = :id AND finished_at IS NULL AND NOT :by = ANY (edited_by)
            """)
                        .bind("tenant", tenant.value())
                        .bind("id", id.value())
                        .bind("by", by)
                        .execute()
                > 0;
    }

    /**
     * Who has changed a state, or begun or changed one of those that it was branched off, or has changed one that was
     * before it in its session and left it something.
     */
    static Set<String> editors(Handle handle, TenantId tenant, ExecutionId id) {
        return Set.copyOf(handle.createQuery("""
            WITH RECURSIVE line AS (
                SELECT id, number, session, origin, edited_by, ARRAY[]::text[] AS began
                  FROM executions WHERE tenant_id = :tenant AND id = :id
                UNION ALL
                SELECT e.id, e.number, e.session, e.origin, e.edited_by, ARRAY[e.started_by]
                  FROM line JOIN executions e ON e.tenant_id = :tenant AND e.id = line.origin)
            SELECT unnest(array_remove(edited_by || began, NULL)) FROM line
             UNION
            SELECT unnest(e.edited_by) FROM line JOIN executions e
                ON e.tenant_id = :tenant AND e.session = line.session AND e.number < line.number
             UNION
            SELECT entry ->> 'by' FROM line JOIN sessions s ON s.tenant_id = :tenant AND s.id = line.session
              CROSS JOIN json_array_elements(s.migrations) entry
             WHERE entry ->> 'by' IS NOT NULL
            """)
                .bind("tenant", tenant.value())
                .bind("id", id.value())
                .mapTo(String.class)
                .list());
    }

    /** Written out, and each by itself: a parameter, or a list, matches none of the indexes of one state. */
    private static String inState(ExecutionState state) {
        return state == ExecutionState.QUEUED
                ? " AND (e.state = 'QUEUED' OR e.state = 'HELD')"
                : " AND e.state = '" + state.name() + "'";
    }

    /** A waiting execution, its number and epoch, and its log from the last whole values on. */
    record Waiting(Execution execution, long number, long epoch, Log log) {}

    /** That execution, if it waits; in one statement. */
    static Optional<Waiting> waiting(Handle handle, TenantId tenant, ExecutionId id) {
        record Found(Execution execution, long number, long epoch, LogReader.Row row) {}
        List<Found> found = handle.createQuery("SELECT " + COLUMNS
                        + ", CASE WHEN l.sequence = t.base THEN e.configuration END AS configuration,"
                        + " t.step, l.sequence, l.at, l.body FROM executions e"
                        + ITS_LOG
                        + " WHERE e.tenant_id = :tenant AND e.id = :id AND e.state = 'WAITING' ORDER BY l.sequence")
                .bind("tenant", tenant.value())
                .bind("id", id.value())
                .map((row, context) -> new Found(
                        execution(row, context), row.getLong("number"), row.getLong("lease_epoch"), row(row, context)))
                .list();
        return found.stream()
                .findFirst()
                .map(one -> new Waiting(
                        one.execution(),
                        one.number(),
                        one.epoch(),
                        Log.of(found.stream().map(Found::row).toList())));
    }

    /** The number of a running execution and its log from the last whole values on. */
    record Held(long number, Log log) {}

    /** The execution that a lease holds; empty when it is another's by now; in one statement. */
    static Optional<Held> held(Handle handle, Lease lease) {
        record Found(long number, LogReader.Row row) {}
        List<Found> found = handle.createQuery("SELECT e.number, l.sequence, l.at, l.body FROM executions e"
                        + ITS_LOG
                        + " WHERE e.tenant_id = :tenant AND e.id = :id AND e.state = 'RUNNING'"
                        + " AND e.lease_epoch = :epoch ORDER BY l.sequence")
                .bind("tenant", lease.tenant().value())
                .bind("id", lease.execution().value())
                .bind("epoch", lease.epoch())
                .map((row, context) -> new Found(row.getLong("number"), row(row, context)))
                .list();
        return found.stream()
                .findFirst()
                .map(one -> new Held(
                        one.number(), Log.of(found.stream().map(Found::row).toList())));
    }

    /** Everything from the last whole values on. */
    static Log fromBase(Handle handle, long number) {
        List<LogReader.Row> rows = handle.createQuery(FROM_BASE)
                .bind("number", number)
                .map(ExecutionRows::row)
                .list();
        return Log.of(rows);
    }

    /** A log that was read from where its whole values are, and its rows. */
    record Log(LogReader reader, long base, List<LogReader.Row> rows) {

        private static Log of(List<LogReader.Row> rows) {
            LogReader reader = new LogReader();
            rows.forEach(reader::add);
            return new Log(reader, rows.getFirst().sequence(), rows);
        }

        /** What an owner goes on with who is not the first. */
        Resumption resumption() {
            LostAttempts lost = new LostAttempts();
            rows.forEach(row -> row.events().forEach(event -> lost.add(event.draft())));
            return reader.resumption().losing(lost.byTask());
        }
    }

    /** Rows from that sequence on. */
    static List<LogReader.Row> rows(Handle handle, long number, long from, int most) {
        return handle.createQuery("""
            SELECT sequence, at, body FROM execution_log
             WHERE execution = :number AND sequence >= :from ORDER BY sequence LIMIT :most
            """)
                .bind("number", number)
                .bind("from", from)
                .bind("most", most)
                .map(ExecutionRows::row)
                .list();
    }

    /** That checkpoint with its values. */
    static Optional<Checkpoint> checkpoint(Handle handle, long number, int step) {
        List<LogReader.Row> rows = handle.createQuery("""
            WITH holder AS (
                SELECT sequence, base FROM execution_log
                 WHERE execution = :number AND step >= :step ORDER BY sequence LIMIT 1),
            start AS (
                SELECT CASE WHEN h.base < h.sequence THEN h.base
                            ELSE coalesce((SELECT base FROM execution_log
                                            WHERE execution = :number AND sequence < h.sequence
                                            ORDER BY sequence DESC LIMIT 1), h.sequence) END AS base,
                       h.sequence
                  FROM holder h)
            SELECT l.sequence, l.at, l.body FROM execution_log l, start s
             WHERE l.execution = :number AND l.sequence BETWEEN s.base AND s.sequence ORDER BY l.sequence
            """)
                .bind("number", number)
                .bind("step", step)
                .map(ExecutionRows::row)
                .list();
        LogReader reader = new LogReader();
        for (LogReader.Row row : rows) {
            if (reader.addUntil(row, step)) {
                return reader.checkpoint().filter(one -> one.number() == step);
            }
        }
        return Optional.empty();
    }
}
