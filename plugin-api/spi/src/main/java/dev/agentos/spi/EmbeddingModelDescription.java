package dev.agentos.spi;

import java.util.Objects;

/**
 * An embedding model that a provider offers.
 *
 * @param id the name within the provider
 * @param description what it is
 * @param dimensions the length of its embeddings
 */
public record EmbeddingModelDescription(String id, String description, int dimensions) {
    public EmbeddingModelDescription {
        Objects.requireNonNull(id, "A model has no id");
        Objects.requireNonNull(description, () -> "The model " + id + " has no description");
    }
}
