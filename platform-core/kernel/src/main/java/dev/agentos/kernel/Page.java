package dev.agentos.kernel;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One page of a list, newest first and stable under inserts.
 *
 * @param items at most as many as were asked for
 * @param next the cursor of the next page; empty on the last
 */
public record Page<T>(List<T> items, Optional<String> next) {
    public Page {
        items = List.copyOf(items);
    }

    /** The page that the first {@code limit} of those items make, when one more than the limit was fetched. */
    public static <T> Page<T> of(List<T> fetched, int limit, Function<T, String> cursor) {
        if (fetched.size() <= limit) {
            return new Page<>(fetched, Optional.empty());
        }
        List<T> items = fetched.subList(0, limit);
        return new Page<>(items, Optional.of(cursor.apply(items.getLast())));
    }

    /** How many of the first rows come to no more than so many bytes together; one at least, where there is one. */
    public static int fitting(List<Long> sizes, long most) {
        long sum = 0;
        for (int i = 0; i < sizes.size(); i++) {
            sum += sizes.get(i);
            if (sum > most) {
                return Math.max(1, i);
            }
        }
        return sizes.size();
    }
}
