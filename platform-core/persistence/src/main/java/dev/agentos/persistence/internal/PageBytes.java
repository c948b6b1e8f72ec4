package dev.agentos.persistence.internal;

import dev.agentos.kernel.Page;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.mapper.RowMapper;

/**
 * Pages of rows that may be large: as many as were asked for, or fewer that take {@link #MOST} bytes together, but one
 * at least. The driver reads all that a statement returns before anybody sees the first row, so that the statement
 * itself has to leave the rest out.
 */
public final class PageBytes {

    /** About how many bytes the large columns of a page take at most. */
    static final int MOST = 4 << 20;

    private PageBytes() {}

    /**
     * An item of a page, and how many there would be.
     *
     * @param of how many rows the statement found, those included that were left out
     */
    public record Item<T>(T item, int of) {}

    /**
     * A statement that leaves out what is too much.
     *
     * @param newest reads rows with an {@code id}, the newest first, and no more than a page and one
     * @param large the columns that may be large
     */
    public static String statement(String newest, String... large) {
        return statementBy("id", newest, large);
    }

    /** The same for rows in the order of another column, the greatest first. */
    public static String statementBy(String order, String newest, String... large) {
        String bytes = Stream.of(large)
                .map(column -> "coalesce(octet_length(CAST(p." + column + " AS text)), 0)")
                .collect(Collectors.joining(" + "));
        return """
            SELECT * FROM (
                   SELECT p.*, CAST(count(*) OVER () AS integer) AS page_of,
                          row_number() OVER (ORDER BY p.%1$s DESC) AS page_place,
                          sum(%2$s) OVER (ORDER BY p.%1$s DESC) AS page_bytes
                     FROM (%3$s) p) q
             WHERE page_place = 1 OR page_bytes <= %4$d ORDER BY %1$s DESC
            """.formatted(order, bytes, newest, MOST);
    }

    /** Reads the rows of such a statement. */
    public static <T> RowMapper<Item<T>> rows(RowMapper<T> item) {
        return (row, context) -> new Item<>(item.map(row, context), row.getInt("page_of"));
    }

    /** The page that those make. */
    public static <T> Page<T> page(List<Item<T>> fetched, int limit, Function<T, String> cursor) {
        List<T> items = fetched.stream().map(Item::item).toList();
        if (items.isEmpty() || items.size() == fetched.getFirst().of()) {
            return Page.of(items, limit, cursor);
        }
        // More than a page and one were never found: what is shown is no more than a page.
        return new Page<>(items, Optional.of(cursor.apply(items.getLast())));
    }
}
