package dev.agentos.verifier;

import com.github.zafarkhaja.semver.expr.Expression;
import com.github.zafarkhaja.semver.expr.ExpressionParser;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A set of versions, written as PF4J writes it: {@code >=1.2.0 & <2.0.0}, {@code ^1.4}, {@code ~2.1}, {@code 1.x},
 * {@code *}. A pre-release is in a range only as its precedence says: {@code 2.0.0-rc.1} is not in {@code >=2.0.0}.
 */
public final class VersionRange {

    /** Every version. */
    public static final VersionRange ANY = new VersionRange("*", "*", version -> true);

    /** The longest text of a range, in characters. */
    public static final int MAX_LENGTH = 256;

    private static final Pattern FROM_TO = Pattern.compile("[0-9.]+-[0-9]+\\.[0-9]+\\.[0-9]+");

    private final String text;
    private final String expression;
    private final Predicate<SemanticVersion> members;

    private VersionRange(String text, String expression, Predicate<SemanticVersion> members) {
        this.text = text;
        this.expression = expression;
        this.members = members;
    }

    /**
     * Reads a range; blank text is {@link #ANY} and a plain version, pre-releases included, means exactly that version.
     *
     * @throws IllegalArgumentException if the text is not a range or is longer than {@value #MAX_LENGTH}
     */
    public static VersionRange parse(String text) {
        String range = checked(text);
        if (range.isEmpty() || range.equals("*")) {
            return ANY;
        }
        // The expressions know no letters.
        Optional<SemanticVersion> exact = version(range);
        return new VersionRange(range, range, exact.isPresent() ? exact.get()::equals : parseExpression(range));
    }

    /** Reads what a manifest requires of the server: as {@link #parse}, but {@code 1.2.0} means {@code >=1.2.0}. */
    public static VersionRange parseRequirement(String text) {
        String range = checked(text);
        return version(range)
                .map(least -> new VersionRange(range, ">=" + range, version -> version.compareTo(least) >= 0))
                .orElseGet(() -> parse(range));
    }

    /** A range from one version to another could be read as a pre-release of the first, too. */
    private static Optional<SemanticVersion> version(String text) {
        if (FROM_TO.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(SemanticVersion.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String checked(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("A version range has at most " + MAX_LENGTH + " characters");
        }
        return text.strip();
    }

    private static Predicate<SemanticVersion> parseExpression(String expression) {
        try {
            Expression parsed = ExpressionParser.newInstance().parse(expression);
            return version -> parsed.interpret(version.version());
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "'" + expression + "' is not a version range such as '>=1.0.0 & <2.0.0', '^1.4' or '*'", e);
        }
    }

    /** Whether the version is in this range. */
    public boolean contains(SemanticVersion version) {
        return members.test(version);
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
