package dev.agentos.kernel;

import java.util.Optional;

/**
 * Which page of a list is wanted.
 *
 * @param limit how many items, 1 to {@value #MAX_LIMIT}
 * @param cursor where the page before ended; empty for the first
 */
public record PageRequest(int limit, Optional<String> cursor) {

    /** The most items a page holds. */
    public static final int MAX_LIMIT = 200;

    public PageRequest {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit is 1 to " + MAX_LIMIT + ", not " + limit);
        }
    }

    /** The first page of 50. */
    public static final PageRequest FIRST = new PageRequest(50, Optional.empty());
}
