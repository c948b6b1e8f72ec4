package dev.agentos.kernel;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a list is searched for: each item that is found has it in its name, or in what else it is known by.
 *
 * @param text at most {@value #MOST} characters, whatever their case; everything has the empty one
 */
public record Search(String text) {

    /** Finds everything. */
    public static final Search ALL = new Search("");

    private static final int MOST = 200;

    /**
     * The search that a request's parameter asks for.
     *
     * @throws InvalidInputException {@code server:INVALID_FIELD} for what no name has
     */
    public static Search of(@Nullable String query) {
        String text = query == null ? "" : query.strip();
        if (text.length() > MOST || text.chars().anyMatch(Character::isISOControl)) {
            throw InvalidInputException.of(
                    KernelErrorCode.INVALID_FIELD,
                    "/query",
                    "The parameter query has more than " + MOST + " characters, or a control character.",
                    "Search for a part of a name.");
        }
        return text.isEmpty() ? ALL : new Search(text);
    }

    /** Whether something is found that is known by these. */
    public boolean finds(String... names) {
        String wanted = text.toLowerCase(Locale.ROOT);
        return Arrays.stream(names)
                .anyMatch(name -> name.toLowerCase(Locale.ROOT).contains(wanted));
    }
}
