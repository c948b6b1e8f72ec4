package dev.agentos.benchmarks.internal;

import java.sql.Connection;
import java.sql.SQLException;

/** Counts the processor time of this process and of a whole PostgreSQL on this machine, and its write-ahead log. */
public final class PostgresMeter implements Usage.Meter, AutoCloseable {

    private final Connection connection;
    private final long postmaster;
    private final long self = ProcessHandle.current().pid();

    private PostgresMeter(Connection connection, long postmaster) {
        this.connection = connection;
        this.postmaster = postmaster;
    }

    /**
     * Opens a connection of its own.
     *
     * @throws IllegalStateException if that PostgreSQL does not wait for its disk, so that nothing measured would count
     */
    public static PostgresMeter open(Rows rows) {
        try {
            var connection = rows.connect();
            var meter = new PostgresMeter(connection, parentOf(connection));
            for (var setting : new String[] {"fsync", "synchronous_commit", "full_page_writes"}) {
                if (!meter.ask("SHOW " + setting).equals("on")) {
                    meter.close();
                    throw new IllegalStateException("PostgreSQL runs with " + setting + " off");
                }
            }
            return meter;
        } catch (SQLException failure) {
            throw new IllegalStateException("PostgreSQL cannot be watched", failure);
        }
    }

    /** Every process of PostgreSQL is a child of the one that made the connection's. */
    private static long parentOf(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT pg_backend_pid()")) {
            row.next();
            return ProcessTimes.parent(row.getLong(1)).orElse(-1L);
        }
    }

    @Override
    public Usage read() {
        var log = Double.parseDouble(ask("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"));
        return new Usage(ProcessTimes.of(self) + ProcessTimes.ofFamily(postmaster), log);
    }

    private String ask(String query) {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        } catch (SQLException failure) {
            throw new IllegalStateException("PostgreSQL cannot be watched", failure);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException failure) {
            throw new IllegalStateException("The connection could not be closed", failure);
        }
    }
}
