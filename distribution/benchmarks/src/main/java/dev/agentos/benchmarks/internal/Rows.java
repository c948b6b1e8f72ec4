package dev.agentos.benchmarks.internal;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/**
 * The table that the limits write to, in the database that the product uses as well: a key of two numbers, one unique
 * index, and the bytes, which are neither compressed nor moved elsewhere.
 *
 * @param url JDBC URL of the database
 * @param user a login that may make a schema there
 * @param password the login's password
 * @param first the bytes of the first row of a run: its state
 * @param next the bytes of each of the nine further rows: what a node adds
 */
public record Rows(String url, String user, String password, byte[] first, byte[] next) {

    /** How many rows a run writes. */
    static final int OF_A_RUN = 10;

    static final String TABLE = "benchmark.written";

    /** One row. */
    record Row(long run, int number, byte[] value) {}

    @Override
    public String toString() {
        return "Rows[url=" + url + ", user=" + user + "]";
    }

    /**
     * Makes the table, empty. Nothing vacuums it: that would fall into the windows of what is compared with the limits.
     */
    public void create() {
        execute(
                "CREATE SCHEMA IF NOT EXISTS benchmark",
                "DROP TABLE IF EXISTS " + TABLE,
                "CREATE TABLE " + TABLE + " (run bigint, number integer, value bytea, PRIMARY KEY (run, number))",
                "ALTER TABLE " + TABLE + " SET (autovacuum_enabled = false)",
                "ALTER TABLE " + TABLE + " ALTER COLUMN value SET STORAGE PLAIN");
    }

    /** Empties the table, so that nobody's window is slowed down by what was written in the one before. */
    void clear() {
        execute("TRUNCATE " + TABLE);
    }

    Row row(long run, int number) {
        return new Row(run, number, number == 0 ? first : next);
    }

    /** A connection on which every statement is a transaction, durable when it returns. */
    Connection connect() throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("reWriteBatchedInserts", "true");
        properties.setProperty("prepareThreshold", "1");
        return DriverManager.getConnection(url, properties);
    }

    private void execute(String... statements) {
        try (var connection = connect();
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException failure) {
            throw new IllegalStateException("The table of the limits cannot be made", failure);
        }
    }
}
