package dev.agentos.spi;

/**
 * What a model call used. Where a provider says what cannot be, the host takes an estimate instead.
 *
 * @param inputTokens tokens read; 0 or more
 * @param outputTokens tokens written; 0 or more
 */
public record Usage(long inputTokens, long outputTokens) {

    /** Nothing used. */
    public static final Usage NONE = new Usage(0, 0);

    /** Both together. */
    public Usage plus(Usage other) {
        return new Usage(inputTokens + other.inputTokens, outputTokens + other.outputTokens);
    }
}
