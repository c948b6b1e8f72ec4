package dev.agentos.benchmarks.internal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** Writes many rows in one durable transaction; which way is the fastest depends on how many there are. */
abstract sealed class RowWriter implements AutoCloseable {

    private final Connection connection;

    private RowWriter(Connection connection) {
        this.connection = connection;
    }

    /** The ways there are. */
    enum Way {
        /** One {@code INSERT … SELECT FROM unnest} of three arrays in binary: one round trip, commit included. */
        UNNEST,
        /** A JDBC batch that the driver rewrites to multi-row inserts: one round trip, and one for the commit. */
        BATCH,
        /** {@code COPY} in binary: one round trip to begin, and one for the rows with the commit. */
        COPY
    }

    /** A writer on a connection of its own, which it closes. */
    static RowWriter open(Way way, Connection connection) throws SQLException {
        return switch (way) {
            case UNNEST -> new Unnest(connection);
            case BATCH -> new Batch(connection);
            case COPY -> new Copy(connection);
        };
    }

    /** Returns when the rows are durable. */
    abstract void write(List<Rows.Row> rows) throws SQLException;

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private static final class Unnest extends RowWriter {
        private final PGConnection arrays;
        private final PreparedStatement insert;

        Unnest(Connection connection) throws SQLException {
            super(connection);
            arrays = connection.unwrap(PGConnection.class);
            insert = connection.prepareStatement(
                    "INSERT INTO " + Rows.TABLE + " SELECT * FROM unnest(?::bigint[], ?::integer[], ?::bytea[])");
        }

        @Override
        void write(List<Rows.Row> rows) throws SQLException {
            var runs = new long[rows.size()];
            var numbers = new int[rows.size()];
            var values = new byte[rows.size()][];
            for (var i = 0; i < rows.size(); i++) {
                runs[i] = rows.get(i).run();
                numbers[i] = rows.get(i).number();
                values[i] = rows.get(i).value();
            }
            insert.setArray(1, arrays.createArrayOf("int8", runs));
            insert.setArray(2, arrays.createArrayOf("int4", numbers));
            insert.setArray(3, arrays.createArrayOf("bytea", values));
            insert.executeUpdate();
        }
    }

    private static final class Batch extends RowWriter {
        private final Connection connection;
        private final PreparedStatement insert;

        Batch(Connection connection) throws SQLException {
            super(connection);
            this.connection = connection;
            connection.setAutoCommit(false);
            insert = connection.prepareStatement("INSERT INTO " + Rows.TABLE + " VALUES (?, ?, ?)");
        }

        @Override
        void write(List<Rows.Row> rows) throws SQLException {
            for (var row : rows) {
                insert.setLong(1, row.run());
                insert.setInt(2, row.number());
                insert.setBytes(3, row.value());
                insert.addBatch();
            }
            insert.executeBatch();
            connection.commit();
        }
    }

    private static final class Copy extends RowWriter {
        private static final String SQL = "COPY " + Rows.TABLE + " FROM STDIN (FORMAT binary)";
        private static final byte[] SIGNATURE = "PGCOPY\n\377\r\n\0".getBytes(StandardCharsets.ISO_8859_1);
        private static final short FIELDS = 3;

        /** Field count, three lengths, a long and an integer. */
        private static final int BYTES_A_ROW = Short.BYTES + FIELDS * Integer.BYTES + Long.BYTES + Integer.BYTES;

        private final CopyManager copies;
        private ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);

        Copy(Connection connection) throws SQLException {
            super(connection);
            copies = connection.unwrap(PGConnection.class).getCopyAPI();
        }

        @Override
        void write(List<Rows.Row> rows) throws SQLException {
            encode(rows);
            try {
                var copy = copies.copyIn(SQL);
                copy.writeToCopy(buffer.array(), 0, buffer.position());
                copy.endCopy();
            } catch (RuntimeException failure) {
                throw new SQLException("The rows could not be copied", failure);
            }
        }

        private void encode(List<Rows.Row> rows) {
            var size = SIGNATURE.length + 2 * Integer.BYTES + Short.BYTES;
            for (var row : rows) {
                size += BYTES_A_ROW + row.value().length;
            }
            buffer = buffer.capacity() < size ? ByteBuffer.allocate(2 * size) : buffer.clear();
            buffer.put(SIGNATURE).putInt(0).putInt(0);
            for (var row : rows) {
                buffer.putShort(FIELDS)
                        .putInt(Long.BYTES)
                        .putLong(row.run())
                        .putInt(Integer.BYTES)
                        .putInt(row.number())
                        .putInt(row.value().length)
                        .put(row.value());
            }
            buffer.putShort((short) -1);
        }
    }
}
