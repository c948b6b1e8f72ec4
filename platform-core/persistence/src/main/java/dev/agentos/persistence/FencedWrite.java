package dev.agentos.persistence;

import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionEvent;
import dev.agentos.graph.Lease;
import dev.agentos.graph.LeaseLostException;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.statement.SqlStatement;

/**
 * The one shape of every write under a lease: a single statement that first changes the execution's row, if the lease's
 * epoch is the latest, and then inserts whatever hangs on that row. When the row does not match, nothing is written,
 * and the count of nothing tells the caller. The row's lock orders the event numbers, so that who sees number n has
 * seen all before it.
 */
final class FencedWrite {

    /** Inserts the events behind the row that {@code owned} names; part of each statement that stores some. */
    static final String EVENTS = """
        events AS (
            INSERT INTO execution_events (tenant_id, execution_id, sequence, type, step, node, data, at)
            SELECT o.tenant_id, o.id, o.base + e.position, e.type, e.step, nullif(e.node, ''),
                   CAST(e.data AS json), clock_timestamp()
              FROM owned o, unnest(CAST(:eventTypes AS text[]), CAST(:eventSteps AS integer[]),
                                   CAST(:eventNodes AS text[]), CAST(:eventData AS text[]))
                            WITH ORDINALITY AS e(type, step, node, data, position))
        """;

    /** Inserts a checkpoint and the values of the channels that changed. */
    static final String CHECKPOINT = """
        checkpoints AS (
            INSERT INTO execution_checkpoints
                   (tenant_id, execution_id, number, source, next, interrupts, control, created_at)
            SELECT o.tenant_id, o.id, :number, :source, :next, :interrupts, :control, clock_timestamp()
              FROM owned o),
        channels AS (
            INSERT INTO execution_channels (tenant_id, execution_id, channel, number, value)
            SELECT o.tenant_id, o.id, c.channel, :number, CAST(nullif(c.value, '') AS json)
              FROM owned o, unnest(CAST(:channelNames AS text[]), CAST(:channelValues AS text[]))
                            AS c(channel, value))
        """;

    /** Removes what finished node tasks stored for the checkpoint that now exists. */
    static final String DROP_PENDING = """
        dropped AS (
            DELETE FROM pending_writes p USING owned o
             WHERE p.tenant_id = o.tenant_id AND p.execution_id = o.id)
        """;

    private final TenantTransactions transactions;

    FencedWrite(TenantTransactions transactions) {
        this.transactions = transactions;
    }

    /** Binds what one kind of write has beyond lease and events. */
    @FunctionalInterface
    interface Binder {
        void bind(SqlStatement<?> statement);
    }

    /** A statement that sets those columns under the lease and has those further parts. */
    static String statement(String assignments, String condition, String... parts) {
        return """
            WITH owned AS (
                UPDATE executions
                   SET last_sequence = last_sequence + :eventCount%s
                 WHERE tenant_id = :tenant AND id = :id AND state = 'RUNNING' AND lease_owner = :owner
                   AND lease_epoch = :epoch%s
                RETURNING tenant_id, id, last_sequence - :eventCount AS base),
            %s
            SELECT count(*) FROM owned
            """.formatted(
                        assignments.isEmpty() ? "" : ", " + assignments,
                        condition.isEmpty() ? "" : " AND " + condition,
                        String.join(",\n", parts));
    }

    /** Runs a statement under a lease. */
    void run(String sql, Lease lease, List<ExecutionEvent.Draft> events, Binder binder) {
        int written = transactions.inTenant(lease.tenant(), handle -> {
            var query = handle.createQuery(sql)
                    .bind("tenant", lease.tenant().value())
                    .bind("id", lease.execution().value())
                    .bind("owner", lease.owner())
                    .bind("epoch", lease.epoch());
            bindEvents(query, events);
            binder.bind(query);
            return query.mapTo(Integer.class).one();
        });
        if (written != 1) {
            throw new LeaseLostException(lease);
        }
    }

    static void bindEvents(SqlStatement<?> statement, List<ExecutionEvent.Draft> events) {
        statement
                .bind("eventCount", events.size())
                .bindArray(
                        "eventTypes",
                        String.class,
                        events.stream().map(ExecutionEvent.Draft::type).toList())
                .bindArray(
                        "eventSteps",
                        Integer.class,
                        events.stream().map(ExecutionEvent.Draft::step).toList())
                .bindArray(
                        "eventNodes",
                        String.class,
                        events.stream().map(e -> e.node().orElse("")).toList())
                .bindArray(
                        "eventData",
                        String.class,
                        events.stream().map(e -> Rows.text(e.data())).toList());
    }

    /** Binds a checkpoint; a changed channel without a value is stored as unset. */
    static void bindCheckpoint(SqlStatement<?> statement, Checkpoint checkpoint, Collection<String> changed) {
        Map<String, JsonValue> values = checkpoint.values().members();
        List<String> names = new ArrayList<>(changed);
        statement
                .bind("number", checkpoint.number())
                .bind("source", checkpoint.source().name())
                .bind("next", ExecutionRows.tasksToJson(checkpoint.next()))
                .bind("interrupts", ExecutionRows.interruptsToJson(checkpoint.interrupts()))
                .bind("control", checkpoint.control())
                .bindArray("channelNames", String.class, names)
                .bindArray(
                        "channelValues",
                        String.class,
                        names.stream()
                                .map(name -> values.containsKey(name) ? Rows.text(values.get(name)) : "")
                                .toList());
    }
}
