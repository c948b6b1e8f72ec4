package dev.agentos.faultlab.harness;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Short statements, each on a connection of its own. */
public final class Sql {

    private final Source source;

    /** Opens a connection. */
    @FunctionalInterface
    interface Source {
        Connection open() throws SQLException;
    }

    @FunctionalInterface
    private interface Work<T> {
        T in(PreparedStatement statement) throws SQLException;
    }

    Sql(Source source) {
        this.source = source;
    }

    /** A connection for more than one statement. */
    public Connection open() throws SQLException {
        return source.open();
    }

    /** The one number that a query yields. */
    public long number(String query, Object... arguments) {
        return with(query, arguments, statement -> {
            try (ResultSet rows = statement.executeQuery()) {
                if (!rows.next()) {
                    throw new IllegalStateException("No row: " + query);
                }
                return rows.getLong(1);
            }
        });
    }

    /** The rows of a query, the columns of each joined by a vertical bar. */
    public List<String> rows(String query, Object... arguments) {
        return with(query, arguments, statement -> {
            try (ResultSet rows = statement.executeQuery()) {
                List<String> found = new ArrayList<>();
                int columns = rows.getMetaData().getColumnCount();
                while (rows.next()) {
                    List<String> row = new ArrayList<>();
                    for (int i = 1; i <= columns; i++) {
                        row.add(String.valueOf(rows.getString(i)));
                    }
                    found.add(String.join("|", row));
                }
                return found;
            }
        });
    }

    /** Runs a statement and returns how many rows it changed. */
    public int run(String statement, Object... arguments) {
        return with(statement, arguments, prepared -> {
            prepared.execute();
            return Math.max(0, prepared.getUpdateCount());
        });
    }

    private <T> T with(String text, Object[] arguments, Work<T> work) {
        try (Connection connection = source.open();
                PreparedStatement statement = connection.prepareStatement(text)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            return work.in(statement);
        } catch (SQLException e) {
            throw new IllegalStateException(text + ": " + e.getMessage(), e);
        }
    }
}
