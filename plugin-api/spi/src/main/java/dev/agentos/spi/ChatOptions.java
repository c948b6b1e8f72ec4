package dev.agentos.spi;

import java.util.Optional;

/**
 * How a model is to answer; what is empty is the model's own default.
 *
 * @param temperature randomness, 0 to 2
 * @param maxOutputTokens the longest answer, in tokens
 */
public record ChatOptions(Optional<Double> temperature, Optional<Integer> maxOutputTokens) {

    /** The model's own defaults. */
    public static final ChatOptions DEFAULTS = new ChatOptions(Optional.empty(), Optional.empty());
}
