package dev.agentos.spi;

import java.util.List;

/**
 * Texts to be embedded.
 *
 * @param model {@code provider/model} when asked of the host; only the part behind the slash when asked of a provider
 * @param texts at least one
 */
public record EmbeddingRequest(String model, List<String> texts) {
    public EmbeddingRequest {
        texts = List.copyOf(texts);
    }

    /** The same texts for another model. */
    public EmbeddingRequest withModel(String other) {
        return new EmbeddingRequest(other, texts);
    }
}
