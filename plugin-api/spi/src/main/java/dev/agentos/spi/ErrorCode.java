package dev.agentos.spi;

import java.util.Locale;

/**
 * The stable name of a failure, {@code origin:NAME}, as in {@code graph:UNKNOWN_NODE_TYPE}. Usually an enum per origin,
 * whose constants are the names.
 */
public interface ErrorCode {

    /** The part of the system, or the plugin, that failed: lower case, as in {@code graph}. */
    String origin();

    /** The failure within the origin: upper case with underscores. */
    String name();

    /** Who can mend it. */
    ErrorType type();

    /** Whether the same request may succeed later without a change. */
    boolean retriable();

    /** The full code, {@code origin:NAME}. */
    default String code() {
        return origin().toLowerCase(Locale.ROOT) + ":" + name();
    }

    /** A code that is not an enum constant: one that came over a wire, or a plugin's own. */
    static ErrorCode of(String origin, String name, ErrorType type, boolean retriable) {
        return new NamedErrorCode(origin, name, type, retriable);
    }
}
