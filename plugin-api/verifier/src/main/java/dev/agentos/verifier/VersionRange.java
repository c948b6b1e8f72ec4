package dev.agentos.verifier;

import com.github.zafarkhaja.semver.Version;
import com.github.zafarkhaja.semver.expr.Expression;
import com.github.zafarkhaja.semver.expr.ExpressionParser;
import java.util.regex.Pattern;

/**
 * A set of versions, written as PF4J writes it: {@code >=1.2.0 & <2.0.0}, {@code ^1.4}, {@code ~2.1}, {@code 1.x},
 * {@code *}. A pre-release is in a range only as its precedence says: {@code 2.0.0-rc.1} is not in {@code >=2.0.0}.
 */
public final class VersionRange {

    /** Every version. */
    public static final VersionRange ANY = new VersionRange("*", "*");

    /** The longest text of a range, in characters. */
    public static final int MAX_LENGTH = 256;

    private static final Pattern EXACT = Pattern.compile("\\d+\\.\\d+\\.\\d+");

    private final String text;
    private final String expression;
    private final Expression parsed;

    private VersionRange(String text, String expression) {
        this.text = text;
        this.expression = expression;
        this.parsed = expression.equals("*") ? version -> true : parseExpression(expression);
    }

    /**
     * Reads a range; blank text is {@link #ANY} and a plain version means exactly that version.
     *
     * @throws IllegalArgumentException if the text is not a range or is longer than {@value #MAX_LENGTH}
     */
    public static VersionRange parse(String text) {
        String range = checked(text);
        return range.isEmpty() || range.equals("*") ? ANY : new VersionRange(range, range);
    }

    /** Reads what a manifest requires of the server: as {@link #parse}, but {@code 1.2.0} means {@code >=1.2.0}. */
    public static VersionRange parseRequirement(String text) {
        String range = checked(text);
        return EXACT.matcher(range).matches() ? new VersionRange(range, ">=" + range) : parse(range);
    }

    private static String checked(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("A version range has at most " + MAX_LENGTH + " characters");
        }
        return text.strip();
    }

    private static Expression parseExpression(String expression) {
        try {
            return ExpressionParser.newInstance().parse(expression);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "'" + expression + "' is not a version range such as '>=1.0.0 & <2.0.0', '^1.4' or '*'", e);
        }
    }

    /** Whether the version is in this range. */
    public boolean contains(SemanticVersion version) {
        Version plain = version.version();
        return parsed.interpret(plain);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VersionRange that && expression.equals(that.expression);
    }

    @Override
    public int hashCode() {
        return expression.hashCode();
    }

    /** The text that was read. */
    @Override
    public String toString() {
        return text;
    }
}
