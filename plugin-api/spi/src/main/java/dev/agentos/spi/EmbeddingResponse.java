package dev.agentos.spi;

import java.util.List;

/**
 * Embeddings, one for each text in order.
 *
 * @param embeddings all of the same length
 * @param usage what it used
 */
public record EmbeddingResponse(List<Embedding> embeddings, Usage usage) {
    public EmbeddingResponse {
        embeddings = List.copyOf(embeddings);
    }
}
