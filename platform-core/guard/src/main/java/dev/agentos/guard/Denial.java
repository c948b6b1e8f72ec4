package dev.agentos.guard;

/**
 * What a plugin was refused.
 *
 * @param permission what it lacks, as in {@code fs.read /etc/passwd}
 * @param sink where it was refused first
 * @param count how often
 */
public record Denial(String permission, String sink, long count) {}
