package dev.agentos.benchmarks.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads of one row of a table of the product by its key: as the product does them, under the role that sees one
 * tenant's rows and with the tenant in front of the query in the same message; or the same rows of a table of the same
 * form that nothing protects.
 */
public final class TenantReads implements Contest.Contender {

    private static final String UNPROTECTED = "benchmark.unprotected_packs";
    private static final String READ = "SELECT configuration::text, revision FROM %s WHERE tenant_id = ? AND pack = ?";
    private static final String BOUND =
            "SELECT set_config('agentos.tenant', ?, true);" + READ.formatted("agentos.tenant_packs");
    private static final int SIZE_OF_ROW = 500;

    private final Rows database;
    private final String tenant;
    private final boolean confined;
    private final int clients;

    /**
     * Clients that read.
     *
     * @param tenant whose row it is
     * @param confined whether under row-level security
     * @param clients how many at a time, each with a connection
     */
    public TenantReads(Rows database, String tenant, boolean confined, int clients) {
        this.database = database;
        this.tenant = tenant;
        this.confined = confined;
        this.clients = clients;
    }

    /** Writes some thousand rows, and the same to a table of the same form that nothing protects. */
    public static void prepare(Rows database, String tenant) {
        try (var connection = database.connect();
                var statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA IF NOT EXISTS benchmark");
            statement.execute("CREATE TABLE " + UNPROTECTED + " (LIKE agentos.tenant_packs INCLUDING ALL)");
            insert(connection, UNPROTECTED, tenant);
            statement.execute("SET ROLE agentos_app");
            try (var bind = connection.prepareStatement("SELECT set_config('agentos.tenant', ?, false)")) {
                bind.setString(1, tenant);
                bind.execute();
            }
            insert(connection, "agentos.tenant_packs", tenant);
            statement.execute("RESET ROLE");
            statement.execute("ANALYZE agentos.tenant_packs");
            statement.execute("ANALYZE " + UNPROTECTED);
        } catch (SQLException failure) {
            throw new IllegalStateException("The rows to read cannot be written", failure);
        }
    }

    private static void insert(Connection connection, String table, String tenant) throws SQLException {
        try (var insert = connection.prepareStatement("INSERT INTO " + table + " SELECT ?, 'pack-' || number,"
                + " json_build_object('text', repeat('x', ?)), 1, now() FROM generate_series(1, 5000) number")) {
            insert.setString(1, tenant);
            insert.setInt(2, SIZE_OF_ROW);
            insert.executeUpdate();
        }
    }

    @Override
    public Window measure(Duration ramp, Duration length) {
        var readers = new ArrayList<Reader>();
        try {
            for (var i = 0; i < clients; i++) {
                readers.add(new Reader(database.connect()));
            }
            return Load.measure(
                    clients,
                    Thread.ofPlatform().name("read-", 0).factory(),
                    client -> readers.get(client).run(),
                    ramp,
                    length,
                    Usage.Meter.NONE);
        } catch (SQLException failure) {
            throw new IllegalStateException("The reads could not be measured", failure);
        } finally {
            readers.forEach(Reader::close);
        }
    }

    private final class Reader {
        private final Connection connection;
        private final PreparedStatement read;
        private int next;

        Reader(Connection connection) throws SQLException {
            this.connection = connection;
            if (confined) {
                try (var statement = connection.createStatement()) {
                    statement.execute("SET ROLE agentos_app");
                }
            }
            this.read = connection.prepareStatement(confined ? BOUND : READ.formatted(UNPROTECTED));
        }

        long run() throws SQLException {
            var place = 1;
            if (confined) {
                read.setString(place++, tenant);
            }
            read.setString(place++, tenant);
            next = next % SIZE_OF_ROW + 1;
            read.setString(place, "pack-" + next);
            read.execute();
            if (confined) {
                read.getMoreResults();
            }
            try (var rows = read.getResultSet()) {
                if (!rows.next() || rows.getString(1).isEmpty()) {
                    throw new SQLException("The row is not there");
                }
            }
            return 1;
        }

        void close() {
            List.of(read, connection).forEach(part -> {
                try {
                    part.close();
                } catch (Exception failure) {
                    throw new IllegalStateException("The connection could not be closed", failure);
                }
            });
        }
    }
}
