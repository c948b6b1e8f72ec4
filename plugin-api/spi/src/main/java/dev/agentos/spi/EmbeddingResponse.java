package dev.agentos.spi;

import java.util.List;
import java.util.Objects;

/**
 * Embeddings, one for each text in order.
 *
 * @param embeddings all of the same length
 * @param usage what it used
 */
public record EmbeddingResponse(List<Embedding> embeddings, Usage usage) {
    public EmbeddingResponse {
        Objects.requireNonNull(usage, "An answer does not say what it used: Usage.NONE where nobody knows");
        embeddings = List.copyOf(embeddings);
    }
}
