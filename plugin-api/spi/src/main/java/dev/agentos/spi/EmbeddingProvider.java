package dev.agentos.spi;

import java.util.List;

/** Extension point: the embedding models of one vendor or runtime. */
public interface EmbeddingProvider extends ExtensionPoint {

    /** The first part of the models' names, unique on the server among embedding providers. */
    String provider();

    /** The models on offer. */
    List<EmbeddingModelDescription> models();

    /** What is declared of each model; asked once, after the start. */
    default DeclaredFacts facts() {
        return DeclaredFacts.NONE;
    }

    /**
     * Embeds texts.
     *
     * @return one embedding for each text, in order
     * @throws AgentOsException with the provider's own code
     */
    EmbeddingResponse embed(EmbeddingRequest request, CallContext call);
}
