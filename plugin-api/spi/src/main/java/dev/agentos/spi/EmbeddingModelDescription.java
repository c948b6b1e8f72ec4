package dev.agentos.spi;

/**
 * An embedding model that a provider offers.
 *
 * @param id the name within the provider
 * @param description what it is
 * @param dimensions the length of its embeddings
 */
public record EmbeddingModelDescription(String id, String description, int dimensions) {}
