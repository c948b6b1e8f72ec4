package dev.agentos.persistence.internal;

import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.persistence.internal.ExecutionLog.Append;
import dev.agentos.spi.AgentOsException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes rows of many executions in one statement.
 *
 * <p>Fencing is part of the insert: a row goes in only while its execution runs under the row's epoch. A takeover
 * between the statement's snapshot and its commit is caught by the key: whoever takes over writes its first row at the
 * sequence behind the last committed one, which is where the older owner's row wanted to go.
 *
 * <p>When a statement fails, nobody knows whether it was committed. It is repeated, and a row that then does not go in
 * is compared with the one that is there: the same bytes at the same place are this very row.
 */
public final class LogWriter {

    private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);

    private static final String ROW = """
        unnest(?::bigint[]) AS number, unnest(?::bigint[]) AS epoch, unnest(?::integer[]) AS sequence,
        unnest(?::integer[]) AS events, unnest(?::integer[]) AS step, unnest(?::integer[]) AS base,
        unnest(?::bytea[]) AS body\
        """;

    private static final String INSERT = """
        INSERT INTO execution_log (tenant_id, execution, sequence, events, step, base, at, body)
        SELECT e.tenant_id, e.number, r.sequence, r.events, r.step, r.base, statement_timestamp(), r.body
        """;

    /**
     * Whoever has an owner is running. The state is not asked for, because an index of all that are running would
     * answer that, and a plan that begins there compares each of them with each row.
     */
    private static final String OWNED = "e.lease_epoch = r.epoch AND e.lease_owner IS NOT NULL";

    private static final String STAY = INSERT + " FROM (SELECT " + ROW
            + ") r JOIN executions e ON e.number = r.number WHERE " + OWNED + " RETURNING execution, at";

    /**
     * Most rows leave their execution where it is, so the statement that moves some is another one. A row that resumes
     * an execution finds it waiting under the epoch before.
     */
    private static final String MOVE = """
        WITH moved AS (
            UPDATE executions e
               SET state = CASE WHEN m.state = 'WAITING' AND e.cancel_requested THEN 'QUEUED' ELSE m.state END,
                   queued_at = CASE WHEN m.state = 'WAITING' OR m.resumer IS NOT NULL THEN statement_timestamp()
                                    ELSE e.queued_at END,
                   failure = CAST(m.failure AS json), due_at = CAST(m.due AS timestamptz),
                   finished_at = CASE WHEN m.state IN ('WAITING', 'RUNNING') THEN NULL ELSE statement_timestamp() END,
                   lease_owner = CASE WHEN m.state = 'RUNNING' THEN m.resumer END,
                   lease_until = CASE WHEN m.state = 'RUNNING'
                                      THEN statement_timestamp() + CAST(m.lease AS interval) END,
                   lease_epoch = m.epoch,
                   attempt = e.attempt + CASE WHEN m.resumer IS NULL THEN 0 ELSE 1 END,
                   started_at = CASE WHEN m.resumer IS NULL THEN e.started_at
                                     ELSE coalesce(e.started_at, statement_timestamp()) END,
                   pause_requested = e.pause_requested AND (m.resumer IS NULL OR m.change),
                   crashes = CASE WHEN m.resumer IS NULL THEN e.crashes ELSE 0 END,
                   crash_step = CASE WHEN m.resumer IS NULL THEN e.crash_step ELSE -1 END
              FROM (SELECT unnest(?::bigint[]) AS number, unnest(?::bigint[]) AS epoch, unnest(?::text[]) AS state,
                           unnest(?::text[]) AS failure, unnest(?::text[]) AS due, unnest(?::text[]) AS resumer,
                           unnest(?::text[]) AS lease, unnest(?::boolean[]) AS change) AS m
             WHERE e.number = m.number
               AND e.lease_epoch = m.epoch - CASE WHEN m.resumer IS NULL THEN 0 ELSE 1 END
               AND e.state = CASE WHEN m.resumer IS NULL THEN 'RUNNING' ELSE 'WAITING' END
            RETURNING e.number)
        """ + INSERT + " FROM (SELECT " + ROW + """
        , unnest(?::boolean[]) AS moves) r JOIN executions e ON e.number = r.number
         WHERE CASE WHEN r.moves THEN r.number IN (SELECT number FROM moved) ELSE\
        """ + " " + OWNED + """
         END
        RETURNING execution, at
        """;

    private static final String STORED = """
        SELECT l.at, l.body, e.lease_owner, e.lease_epoch
          FROM execution_log l JOIN executions e ON e.number = l.execution
         WHERE l.execution = ? AND l.sequence = ?
        """;

    private static final String STAY_ALONE = Columns.alone(STAY);
    private static final String MOVE_ALONE = Columns.alone(MOVE);

    private final DataSource pool;
    private volatile boolean closed;

    /** Who takes over an execution that waits, and whether that only changes its state. */
    record Resuming(Claimant claimant, boolean change) {}

    /** A writer whose connections see the rows of all tenants. */
    public LogWriter(DataSource pool) {
        this.pool = pool;
    }

    /** Does not wait for a database that is away any longer. */
    public void close() {
        closed = true;
    }

    /** Writes a batch and tells each row; returns how many of their logs have the next row ready at once. */
    public int commit(List<Append> batch) {
        return commit(batch, false);
    }

    /**
     * The same.
     *
     * @param tried whether an earlier try may have been committed although its answer was lost
     */
    private int commit(List<Append> batch, boolean tried) {
        // Whoever is interrupted lets go of its own row; it must not take those of others along.
        boolean interrupted = false;
        boolean uncertain = tried;
        try {
            for (int tries = 1; ; tries++) {
                interrupted |= Thread.interrupted();
                List<Append> rows = new ArrayList<>(batch.size());
                List<Append> abandoned = new ArrayList<>();
                batch.forEach(row -> (row.abandoned() ? abandoned : rows).add(row));
                try {
                    int again = rows.isEmpty() ? 0 : told(rows, insert(rows), uncertain);
                    abandoned.forEach(LogWriter::lost);
                    return again;
                } catch (SQLException e) {
                    if (!SqlStates.passing(e)) {
                        oneByOne(rows, e, uncertain);
                        return 0;
                    }
                    if (closed) {
                        batch.forEach(LogWriter::lost);
                        return 0;
                    }
                    uncertain = true;
                    pause(tries, e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** One row is at fault; the others must not suffer. */
    private void oneByOne(List<Append> rows, SQLException cause, boolean tried) {
        if (rows.size() > 1) {
            rows.forEach(row -> commit(List.of(row), tried));
            return;
        }
        Append row = rows.getFirst();
        if (SqlStates.duplicate(cause)) {
            resolve(row);
        } else {
            LOG.error("Execution {}: the store refuses a row", row.lease().execution(), cause);
            row.refused(new AgentOsException(
                    KernelErrorCode.INTERNAL,
                    "The store refused what the execution was to remember (SQLState " + cause.getSQLState() + ").",
                    "Look for the cause in the server's log.",
                    cause));
        }
    }

    /**
     * Waking many threads takes about as long as writing their rows, and one that is virtual wakes others for less; so
     * this thread goes on to the next batch.
     */
    private int told(List<Append> rows, Map<Long, Instant> stored, boolean uncertain) {
        int again = (int) rows.stream().filter(Append::again).count();
        if (rows.size() == 1 || uncertain) {
            tell(rows, stored, uncertain);
        } else {
            Thread.ofVirtual().name("log-teller").start(() -> tell(rows, stored, false));
        }
        return again;
    }

    private void tell(List<Append> rows, Map<Long, Instant> stored, boolean uncertain) {
        for (Append row : rows) {
            Instant at = stored.get(row.number());
            if (at != null) {
                row.stored(at);
            } else if (uncertain) {
                resolve(row);
            } else {
                lost(row);
            }
        }
    }

    /**
     * Whether the row that is there is this one, stored by a try whose answer was lost. Several servers may resume an
     * execution with the same bytes under the same epoch; the one that owns it then has stored them. Where the row has
     * also ended what it resumed, nobody owns it and nobody goes on, so that it does not matter whose it was; nor does
     * it when another server has taken the execution over since.
     */
    private void resolve(Append row) {
        for (int tries = 1; ; tries++) {
            try (Connection connection = pool.getConnection();
                    PreparedStatement statement = connection.prepareStatement(STORED)) {
                statement.setLong(1, row.number());
                statement.setLong(2, row.sequence);
                try (ResultSet found = statement.executeQuery()) {
                    if (found.next() && isThere(row, found)) {
                        row.stored(found.getObject("at", OffsetDateTime.class).toInstant());
                    } else {
                        lost(row);
                    }
                }
                return;
            } catch (SQLException e) {
                if (closed || !SqlStates.passing(e)) {
                    lost(row);
                    return;
                }
                pause(tries, e);
            }
        }
    }

    private static boolean isThere(Append row, ResultSet found) throws SQLException {
        boolean owned = row.resuming.isEmpty()
                || !(row.move instanceof Move.Stay)
                || found.getLong("lease_epoch") > row.lease().epoch()
                || (found.getLong("lease_epoch") == row.lease().epoch()
                        && row.lease().owner().equals(found.getString("lease_owner")));
        return owned && Arrays.equals(found.getBytes("body"), row.body);
    }

    private static void lost(Append row) {
        row.refused(new LeaseLostException(row.lease()));
    }

    private static void pause(int tries, SQLException cause) {
        if (tries == 1 || tries % 20 == 0) {
            LOG.warn("The log cannot be written, try {}: {}", tries, cause.getMessage());
        }
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(5, 10L << Math.min(tries, 7)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean moves(Append row) {
        return !(row.move instanceof Move.Stay) || row.resuming.isPresent();
    }

    private static String statement(boolean moves, boolean alone) {
        if (moves) {
            return alone ? MOVE_ALONE : MOVE;
        }
        return alone ? STAY_ALONE : STAY;
    }

    private Map<Long, Instant> insert(List<Append> rows) throws SQLException {
        List<Append> moves = rows.stream().filter(LogWriter::moves).toList();
        boolean alone = rows.size() == 1;
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(statement(!moves.isEmpty(), alone))) {
            int set = moves.isEmpty() ? 0 : bind(new Columns<>(statement, moves, alone, 0));
            Columns<Append> columns = new Columns<>(statement, rows, alone, set);
            columns.longs(Append::number);
            columns.longs(row -> row.lease().epoch());
            columns.integers(row -> Math.toIntExact(row.sequence));
            columns.integers(Append::events);
            columns.integers(row -> row.step);
            columns.integers(row -> Math.toIntExact(row.base));
            columns.bytes(row -> row.body);
            if (!moves.isEmpty()) {
                columns.flags(LogWriter::moves);
            }
            Map<Long, Instant> stored = new HashMap<>();
            try (ResultSet found = statement.executeQuery()) {
                Instant at = Instant.MIN;
                while (found.next()) {
                    // One statement has one time.
                    at = stored.isEmpty()
                            ? found.getObject(2, OffsetDateTime.class).toInstant()
                            : at;
                    stored.put(found.getLong(1), at);
                }
            }
            return stored;
        }
    }

    private static int bind(Columns<Append> columns) throws SQLException {
        columns.longs(Append::number);
        columns.longs(row -> row.lease().epoch());
        columns.texts(row -> Place.of(row.move).state());
        columns.texts(row -> Place.of(row.move).failure());
        columns.texts(row -> Place.of(row.move).due());
        columns.texts(row -> row.resuming.map(by -> by.claimant().owner()).orElse(null));
        columns.texts(
                row -> row.resuming.map(by -> by.claimant().lease().toString()).orElse(null));
        columns.flags(row -> row.resuming.filter(Resuming::change).isPresent());
        return columns.set();
    }
}
