package dev.agentos.spi;

/**
 * A chat model that a provider offers.
 *
 * @param id the name within the provider, as in {@code extractive}
 * @param description what it is and is not
 * @param contextTokens how many tokens of input and output it takes together; 0 when unknown
 * @param tools whether it can call tools
 */
public record ModelDescription(String id, String description, int contextTokens, boolean tools) {}
