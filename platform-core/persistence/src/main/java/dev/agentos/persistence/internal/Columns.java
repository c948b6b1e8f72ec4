package dev.agentos.persistence.internal;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * Rows as the parameters of a statement: an array for each column, in the order of the calls. Statements take them
 * apart in a list of columns, {@code SELECT unnest(?::bigint[]) AS number, unnest(…) …}, which goes on in step; a
 * function among the tables would gather each array in a store of its own first, and that costs more than the rows.
 *
 * <p>A row that comes alone is bound as plain values to the statement that {@link #alone} makes, which spares an
 * execution that is alone a tenth of its time.
 */
final class Columns<T> {

    private static final Pattern COLUMN = Pattern.compile("unnest\\(\\?::(\\w+)\\[]\\)");

    private final PreparedStatement statement;
    private final PGConnection arrays;
    private final List<T> rows;
    private final boolean alone;
    private int set;

    /**
     * Columns of some rows.
     *
     * @param alone whether the statement is one for a single row
     * @param set how many parameters of the statement are set already
     */
    Columns(PreparedStatement statement, List<T> rows, boolean alone, int set) throws SQLException {
        this.statement = statement;
        this.arrays = statement.getConnection().unwrap(PGConnection.class);
        this.rows = rows;
        this.alone = alone;
        this.set = set;
    }

    /** The same statement for a single row. */
    static String alone(String statement) {
        return COLUMN.matcher(statement).replaceAll("?::$1");
    }

    /** How many parameters are set now. */
    int set() {
        return set;
    }

    void longs(ToLongFunction<T> value) throws SQLException {
        if (alone) {
            statement.setLong(++set, value.applyAsLong(rows.getFirst()));
        } else {
            next("int8", rows.stream().mapToLong(value).toArray());
        }
    }

    void integers(ToIntFunction<T> value) throws SQLException {
        if (alone) {
            statement.setInt(++set, value.applyAsInt(rows.getFirst()));
        } else {
            next("int4", rows.stream().mapToInt(value).toArray());
        }
    }

    /** Numbers of which some are not there. */
    void optionalIntegers(Function<T, @Nullable Integer> value) throws SQLException {
        if (alone) {
            statement.setObject(++set, value.apply(rows.getFirst()), Types.INTEGER);
        } else {
            next("int4", rows.stream().map(value).toArray(Integer[]::new));
        }
    }

    void flags(Predicate<T> value) throws SQLException {
        if (alone) {
            statement.setBoolean(++set, value.test(rows.getFirst()));
        } else {
            next("bool", rows.stream().map(value::test).toArray(Boolean[]::new));
        }
    }

    void texts(Function<T, @Nullable String> value) throws SQLException {
        if (alone) {
            statement.setString(++set, value.apply(rows.getFirst()));
        } else {
            next("text", rows.stream().map(value).toArray(String[]::new));
        }
    }

    void bytes(Function<T, byte[]> value) throws SQLException {
        if (alone) {
            statement.setBytes(++set, value.apply(rows.getFirst()));
        } else {
            next("bytea", rows.stream().map(value).toArray(byte[][]::new));
        }
    }

    private void next(String type, Object values) throws SQLException {
        statement.setArray(++set, arrays.createArrayOf(type, values));
    }
}
