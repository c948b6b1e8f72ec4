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

    /**
     * Where the page before ended, of a list whose places are numbers.
     *
     * @param first where the first page begins
     * @throws InvalidInputException {@code server:INVALID_CURSOR} when the cursor is no number of this list
     */
    public int place(int first) {
        return (int) Math.min(Integer.MAX_VALUE, place((long) first));
    }

    /** The same of a list that may be longer. */
    public long place(long first) {
        if (cursor.isPresent() && !cursor.get().matches("[0-9]{1,18}")) {
            throw invalidCursor();
        }
        return cursor.isEmpty() ? first : Long.parseLong(cursor.get());
    }

    /** The failure of whoever sends a cursor that a list did not give. */
    public static InvalidInputException invalidCursor() {
        return InvalidInputException.of(
                KernelErrorCode.INVALID_CURSOR,
                "/cursor",
                "The cursor is not one that this list gave out.",
                "Send the 'next' of the page before, or leave the cursor out to begin anew.");
    }

    /** The first page of 50. */
    public static final PageRequest FIRST = new PageRequest(50, Optional.empty());
}
