package dev.agentos.providerlocal;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.EmbeddingModelDescription;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.PluginContext;
import dev.agentos.spi.Usage;
import java.util.List;

/** Sentence embeddings computed on this machine; the weights are loaded at the first call. */
@AgentOsExtension
public final class LocalEmbeddingProvider implements EmbeddingProvider {

    static final EmbeddingModelDescription MODEL = new EmbeddingModelDescription(
            "all-minilm-l6-v2-q",
            "Sentence embeddings of English texts up to some 200 words, computed on this machine"
                    + " (all-MiniLM-L6-v2, quantised).",
            SentenceEmbedder.DIMENSIONS);

    /** The provider; made by the host. */
    public LocalEmbeddingProvider() {}

    @Override
    public String provider() {
        return "local";
    }

    @Override
    public List<EmbeddingModelDescription> models() {
        return List.of(MODEL);
    }

    @Override
    public DeclaredFacts facts() {
        return new DeclaredFacts("local", "", "none");
    }

    @Override
    public void start(PluginContext context) {
        SharedEmbedder.instance().enter(context.temporaryFolder());
    }

    @Override
    public void stop() {
        SharedEmbedder.instance().leave();
    }

    @Override
    public EmbeddingResponse embed(EmbeddingRequest request, CallContext call) {
        if (!request.model().equals(MODEL.id())) {
            throw new AgentOsException(
                    LocalErrorCode.UNKNOWN_MODEL,
                    "The local provider has no embedding model '" + request.model() + "'.",
                    "Ask for local/" + MODEL.id() + ".");
        }
        if (request.texts().isEmpty()) {
            throw new AgentOsException(
                    LocalErrorCode.INVALID_REQUEST, "There is no text to embed.", "Send at least one text.");
        }
        SentenceEmbedder.Result result = SharedEmbedder.instance().embed(request.texts(), call);
        return new EmbeddingResponse(result.embeddings(), new Usage(result.tokens(), 0));
    }
}
