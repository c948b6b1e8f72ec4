package dev.agentos.persistence.internal;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStore.Passage;
import dev.agentos.graph.ExecutionId;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads from logs a part at a time, bounded by bytes: one row may hold as much as a hundred others. */
public final class LogPages {

    /** Of how many bytes rows are fetched together; one that is larger comes alone. */
    private static final int BYTES_AT_ONCE = 1 << 20;

    /** How many bytes of rows are read for the few events in them, at most. */
    private static final long MOST_BYTES = 32L << 20;

    /** How many bytes of rows a page of the history is told from, but for a few steps. */
    private static final long HISTORY_BYTES = 4L << 20;

    /** The fewest steps from which the history of one can be told. */
    private static final int FEWEST_STEPS = 3;

    private LogPages() {}

    /** A row, and among how many it was found, of which those are left out that are too large together. */
    public record Fetched(LogReader.Row row, long found) {}

    /** Runs a query that sees the rows of a tenant. */
    @FunctionalInterface
    public interface Lookup {

        /** What that query finds. */
        List<Fetched> of(Function<Handle, List<Fetched>> query);
    }

    /** Events after that number, at most so many, and no more once they are large. */
    public static List<ExecutionEvent> events(Lookup lookup, TenantId tenant, ExecutionId id, long after, int most) {
        List<ExecutionEvent> events = new ArrayList<>();
        long room = ExecutionStore.MOST_EVENT_BYTES;
        long unread = MOST_BYTES;
        long behind = 0;
        List<Fetched> rows;
        do {
            long from = behind;
            rows = lookup.of(handle -> rows(handle, tenant, id, after, from, most + 1));
            for (Fetched fetched : rows) {
                behind = fetched.row().sequence();
                unread -= fetched.row().body().length;
                for (ExecutionEvent event : fetched.row().events()) {
                    if (event.sequence() <= after) {
                        continue;
                    }
                    if (events.size() == most || room <= 0) {
                        return events;
                    }
                    events.add(event);
                    room -= Json.size(event.draft().data());
                }
            }
        } while (!rows.isEmpty() && rows.size() < rows.getFirst().found() && (unread > 0 || events.isEmpty()));
        return events;
    }

    private static List<Fetched> rows(
            Handle handle, TenantId tenant, ExecutionId id, long after, long behind, int most) {
        return handle.createQuery("""
            SELECT sequence, at, body, found FROM (
                SELECT sequence, at, body, count(*) OVER () AS found, row_number() OVER line AS place,
                       sum(octet_length(body)) OVER line AS bytes
                  FROM (SELECT l.sequence, l.at, l.body
                          FROM executions e JOIN execution_log l ON l.execution = e.number
                         WHERE e.tenant_id = :tenant AND e.id = :id AND l.sequence > :behind
                           AND l.sequence >= (SELECT sequence FROM execution_log
                                               WHERE execution = e.number AND sequence <= :after + 1
                                               ORDER BY sequence DESC LIMIT 1)
                         ORDER BY l.sequence LIMIT :most) nearest
                WINDOW line AS (ORDER BY sequence ROWS UNBOUNDED PRECEDING)) counted
             WHERE place = 1 OR bytes <= :bytes
             ORDER BY sequence
            """)
                .bind("tenant", tenant.value())
                .bind("id", id.value())
                .bind("after", after)
                .bind("behind", behind)
                .bind("most", most)
                .bind("bytes", BYTES_AT_ONCE)
                .map((row, context) -> new Fetched(row(row, context), row.getLong("found")))
                .list();
    }

    /** A page of the history, newest first, and a shorter one of what is large. */
    public static Page<Passage> history(Handle handle, TenantId tenant, ExecutionId id, PageRequest request) {
        int below = request.place(Integer.MAX_VALUE);
        List<LogReader.Row> rows = rowsOfSteps(handle, tenant, id, below, request.limit() + 2);
        HistoryReader reader = new HistoryReader();
        rows.forEach(reader::add);
        List<Passage> found = reader.passages();
        boolean fromStart = rows.isEmpty() || rows.getFirst().sequence() == 1;
        // What was written before the eldest may stand in rows that were not read.
        List<Passage> told = (fromStart ? found : found.subList(Math.min(2, found.size()), found.size()))
                .reversed().stream()
                        .filter(one -> one.checkpoint().number() < below)
                        .limit(request.limit() + 1L)
                        .toList();
        if (!fromStart && !told.isEmpty() && told.size() <= request.limit()) {
            return new Page<>(told, Optional.of(cursor(told.getLast())));
        }
        return Page.of(told, request.limit(), LogPages::cursor);
    }

    private static String cursor(Passage passage) {
        return Integer.toString(passage.checkpoint().number());
    }

    /** So many steps before that checkpoint, oldest first, fewer when they are large, and perhaps a few more rows. */
    private static List<LogReader.Row> rowsOfSteps(
            Handle handle, TenantId tenant, ExecutionId id, int below, int steps) {
        // From the first row of a step that is old enough, so that what was written before each is read too.
        return handle.createQuery("""
            SELECT l.sequence, l.at, l.body FROM executions e JOIN execution_log l ON l.execution = e.number
             WHERE e.tenant_id = :tenant AND e.id = :id
               AND l.sequence >= coalesce((SELECT min(first) FROM (
                                               SELECT min(sequence) AS first,
                                                      row_number() OVER line AS place,
                                                      sum(sum(octet_length(body))) OVER line AS bytes
                                                 FROM execution_log WHERE execution = e.number AND step < :below
                                                GROUP BY step WINDOW line AS (ORDER BY step DESC)
                                                ORDER BY step DESC LIMIT :steps + 1) latest
                                            WHERE place <= :fewest + 1 OR bytes <= :bytes), 1)
               AND l.sequence <= coalesce((SELECT min(sequence) FROM execution_log
                                            WHERE execution = e.number AND step >= :below), 2147483647)
             ORDER BY l.sequence
            """)
                .bind("tenant", tenant.value())
                .bind("id", id.value())
                .bind("below", below)
                .bind("steps", steps)
                .bind("fewest", FEWEST_STEPS)
                .bind("bytes", HISTORY_BYTES)
                .map(LogPages::row)
                .list();
    }

    private static LogReader.Row row(ResultSet row, StatementContext context) throws SQLException {
        return new LogReader.Row(
                row.getLong("sequence"),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                row.getBytes("body"));
    }
}
