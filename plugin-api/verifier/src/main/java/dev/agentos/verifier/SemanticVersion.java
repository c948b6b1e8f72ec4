package dev.agentos.verifier;

import com.github.zafarkhaja.semver.ParseException;
import com.github.zafarkhaja.semver.Version;

/**
 * A version by Semantic Versioning 2.0.0, ordered by its precedence rules. Two versions are equal when their text is.
 */
public final class SemanticVersion implements Comparable<SemanticVersion> {

    /** The longest text of a version, in characters. */
    public static final int MAX_LENGTH = 100;

    private final Version version;

    private SemanticVersion(Version version) {
        this.version = version;
    }

    /**
     * Reads a version such as {@code 1.2.0} or {@code 2.0.0-rc.1}.
     *
     * @throws IllegalArgumentException if the text is not one, is longer than {@value #MAX_LENGTH}, or has build
     *     metadata ({@code +…}), which has no precedence and would make two releases of one version
     */
    public static SemanticVersion parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("A version has at most " + MAX_LENGTH + " characters");
        }
        try {
            Version version = Version.parse(text, true);
            if (version.buildMetadata().isPresent()) {
                throw new IllegalArgumentException("'" + text + "' has build metadata (+…), which is not allowed");
            }
            return new SemanticVersion(version);
        } catch (ParseException | ArithmeticException e) {
            throw notAVersion(text, e);
        }
    }

    private static IllegalArgumentException notAVersion(String text, RuntimeException cause) {
        return new IllegalArgumentException(
                "'" + text + "' is not a semantic version such as 1.2.0 or 2.0.0-rc.1", cause);
    }

    /** True for a version with a pre-release part, as in {@code 2.0.0-rc.1}. */
    public boolean isPreRelease() {
        return version.isPreRelease();
    }

    /** The first three numbers, as in {@code 2.0.0}. */
    String numbers() {
        return version.majorVersion() + "." + version.minorVersion() + "." + version.patchVersion();
    }

    Version version() {
        return version;
    }

    @Override
    public int compareTo(SemanticVersion other) {
        return version.compareTo(other.version);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SemanticVersion that && version.equals(that.version);
    }

    @Override
    public int hashCode() {
        return version.hashCode();
    }

    @Override
    public String toString() {
        return version.toString();
    }
}
