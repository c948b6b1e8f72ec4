package dev.agentos.persistence;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.OperationStore;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.statement.StatementContext;

/** Operations in PostgreSQL; each belongs to the node that runs it. */
final class JdbiOperationStore implements OperationStore {

    private final PlatformTransactions transactions;
    private final String nodeId;

    JdbiOperationStore(PlatformTransactions transactions, String nodeId) {
        this.transactions = transactions;
        this.nodeId = nodeId;
    }

    @Override
    public void insert(Operation operation) {
        transactions.run(handle -> handle.createUpdate("""
            INSERT INTO operations (id, node_id, kind, subject, state, done, total, message, created_at, alive_until)
            VALUES (:id, :node, :kind, :subject, :state, :done, :total, :message, :created,
                    clock_timestamp() + interval '2 minutes')
            """)
                .bind("id", operation.id())
                .bind("node", nodeId)
                .bind("kind", operation.kind())
                .bind("subject", operation.subject())
                .bind("state", operation.state().name())
                .bind("done", operation.progress().done())
                .bind("total", operation.progress().total())
                .bind("message", operation.progress().message())
                .bind("created", operation.createdAt())
                .execute());
    }

    @Override
    public boolean update(Operation operation, JsonObject event) {
        return transactions.call(handle -> handle.createUpdate("""
            WITH changed AS (
                UPDATE operations
                   SET state = :state, done = :done, total = :total, message = :message, result = :result,
                       failure = :failure, finished_at = :finished, sequence = sequence + 1
                 WHERE id = :id AND state IN ('RUNNING', 'WAITING')
                RETURNING id, sequence)
            INSERT INTO operation_events (operation_id, sequence, data)
            SELECT id, sequence, :event FROM changed
            """)
                        .bind("id", operation.id())
                        .bind("state", operation.state().name())
                        .bind("done", operation.progress().done())
                        .bind("total", operation.progress().total())
                        .bind("message", operation.progress().message())
                        .bindByType("result", operation.result().orElse(null), JsonObject.class)
                        .bindByType(
                                "failure",
                                operation.failure().map(Failure::toJson).orElse(null),
                                JsonObject.class)
                        .bindByType("finished", operation.finishedAt().orElse(null), Instant.class)
                        .bind("event", event)
                        .execute())
                > 0;
    }

    @Override
    public Optional<Operation> find(String id) {
        return transactions.call(handle -> handle.createQuery("SELECT * FROM operations WHERE id = :id")
                .bind("id", id)
                .map(JdbiOperationStore::operation)
                .findOne());
    }

    @Override
    public Page<Operation> list(PageRequest request) {
        return Page.of(
                transactions.call(handle -> handle.createQuery("""
                    SELECT * FROM operations WHERE id < :cursor ORDER BY id DESC LIMIT :limit
                    """)
                        .bind("cursor", request.cursor().orElse(Rows.LAST))
                        .bind("limit", request.limit() + 1)
                        .map(JdbiOperationStore::operation)
                        .list()),
                request.limit(),
                Operation::id);
    }

    @Override
    public List<Event> events(String id, long after) {
        return transactions.call(handle -> handle.createQuery("""
            SELECT sequence, data FROM operation_events
             WHERE operation_id = :id AND sequence > :after ORDER BY sequence
            """)
                .bind("id", id)
                .bind("after", after)
                .map((row, context) -> new Event(row.getLong("sequence"), Rows.object(row, "data")))
                .list());
    }

    @Override
    public boolean take(String id) {
        return transactions.call(handle -> handle.createUpdate("""
            UPDATE operations
               SET state = 'RUNNING', node_id = :node, alive_until = clock_timestamp() + interval '2 minutes'
             WHERE id = :id AND state = 'WAITING'
            """)
                        .bind("id", id)
                        .bind("node", nodeId)
                        .execute())
                > 0;
    }

    @Override
    public boolean askToCancel(String id) {
        return transactions.call(
                        handle -> handle.createUpdate("""
                            UPDATE operations SET cancel_asked_at = coalesce(cancel_asked_at, clock_timestamp())
                             WHERE id = :id AND state = 'RUNNING'
                            """).bind("id", id).execute())
                > 0;
    }

    @Override
    public Set<String> askedToCancel(Set<String> ids) {
        return transactions.call(handle -> handle.createQuery(
                        "SELECT id FROM operations WHERE id = ANY (:ids) AND cancel_asked_at IS NOT NULL")
                .bindArray("ids", String.class, ids.toArray())
                .mapTo(String.class)
                .collectIntoSet());
    }

    @Override
    public int failRunning(Failure failure, Set<String> except) {
        return fail("node_id = :node", Map.of("node", nodeId), failure, except);
    }

    @Override
    public void renew(Set<String> ids, Duration lease) {
        transactions.run(handle -> handle.createUpdate("""
            UPDATE operations SET alive_until = clock_timestamp() + CAST(:lease AS interval)
             WHERE id = ANY (:ids) AND state = 'RUNNING'
            """)
                .bind("lease", lease.toString())
                .bindArray("ids", String.class, ids.toArray())
                .execute());
    }

    /** A server of an older version says nothing of what it is at, and has a day. */
    @Override
    public int failAbandoned(Failure failure, Set<String> except) {
        return fail(
                "coalesce(alive_until, created_at + interval '1 day') < clock_timestamp()", Map.of(), failure, except);
    }

    private int fail(String which, Map<String, String> named, Failure failure, Set<String> except) {
        JsonObject event = JsonObject.of(
                "state", Operation.State.FAILED.name(), "message", failure.message(), "failure", failure.toJson());
        return transactions.call(handle -> handle.createUpdate("""
            WITH changed AS (
                UPDATE operations
                   SET state = 'FAILED', failure = :failure, message = :message,
                       finished_at = clock_timestamp(), sequence = sequence + 1
                 WHERE %s AND state = 'RUNNING' AND kind <> ALL (:except)
                RETURNING id, sequence)
            INSERT INTO operation_events (operation_id, sequence, data)
            SELECT id, sequence, :event FROM changed
            """.formatted(which))
                .bindMap(named)
                .bindArray("except", String.class, except.toArray())
                .bind("failure", failure.toJson())
                .bind("message", failure.message())
                .bind("event", event)
                .execute());
    }

    @Override
    public void asked(String id, JsonObject asked) {
        transactions.run(
                handle -> handle.createUpdate("UPDATE operations SET asked = :asked WHERE id = :id AND asked IS NULL")
                        .bind("id", id)
                        .bind("asked", asked)
                        .execute());
    }

    @Override
    public List<Unrecorded> unrecorded(Instant before, int most) {
        return transactions.call(handle -> handle.createQuery("""
            SELECT * FROM operations
             WHERE asked IS NOT NULL AND recorded_at IS NULL AND finished_at < :before ORDER BY id LIMIT :most
            """)
                .bind("before", before)
                .bind("most", most)
                .map((row, context) -> new Unrecorded(operation(row, context), Rows.object(row, "asked")))
                .list());
    }

    @Override
    public void recorded(String id) {
        transactions.run(handle -> handle.createUpdate(
                        "UPDATE operations SET recorded_at = clock_timestamp() WHERE id = :id AND recorded_at IS NULL")
                .bind("id", id)
                .execute());
    }

    private static Operation operation(ResultSet row, StatementContext context) throws SQLException {
        return new Operation(
                row.getString("id"),
                row.getString("kind"),
                row.getString("subject"),
                Operation.State.valueOf(row.getString("state")),
                new Operation.Progress(row.getLong("done"), row.getLong("total"), row.getString("message")),
                Rows.optionalObject(row, "result"),
                Rows.optionalObject(row, "failure").map(Failure::fromJson),
                Rows.instant(row, "created_at"),
                Rows.optionalInstant(row, "finished_at"));
    }
}
