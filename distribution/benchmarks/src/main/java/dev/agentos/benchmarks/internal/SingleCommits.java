package dev.agentos.benchmarks.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The limit {@code run10}: what durable steps cost when nobody shares anything. Each client has a connection of its own
 * and a thread of the system; a run is ten times an insert of one row by a statement that was prepared before, with
 * binary parameters. Each insert is a transaction, so that statement and commit are one round trip, and the next begins
 * when the one before is durable. The first row is the state of 2,048 bytes, each of the others 100 bytes.
 */
public final class SingleCommits implements Contest.Contender {

    private final Rows rows;
    private final int clients;
    private final Usage.Meter meter;
    private final AtomicLong runs = new AtomicLong();

    /** That many clients, each with a connection. */
    public SingleCommits(Rows rows, int clients, Usage.Meter meter) {
        this.rows = rows;
        this.clients = clients;
        this.meter = meter;
    }

    @Override
    public Window measure(Duration ramp, Duration length) {
        var writers = new ArrayList<Writer>();
        try {
            for (var i = 0; i < clients; i++) {
                writers.add(new Writer(rows.connect()));
            }
            return Load.measure(
                    clients,
                    Thread.ofPlatform().name("run10-", 0).factory(),
                    client -> writers.get(client).run(),
                    ramp,
                    length,
                    meter);
        } catch (SQLException failure) {
            throw new IllegalStateException("The limit could not be measured", failure);
        } finally {
            writers.forEach(Writer::close);
            rows.clear();
        }
    }

    private final class Writer {
        private final Connection connection;
        private final PreparedStatement insert;

        Writer(Connection connection) throws SQLException {
            this.connection = connection;
            this.insert = connection.prepareStatement("INSERT INTO " + Rows.TABLE + " VALUES (?, ?, ?)");
        }

        long run() throws SQLException {
            var run = runs.incrementAndGet();
            for (var number = 0; number < Rows.OF_A_RUN; number++) {
                insert.setLong(1, run);
                insert.setInt(2, number);
                insert.setBytes(3, rows.row(run, number).value());
                insert.executeUpdate();
            }
            return 1;
        }

        void close() {
            try {
                connection.close();
            } catch (SQLException failure) {
                throw new IllegalStateException("The connection could not be closed", failure);
            }
        }
    }
}
