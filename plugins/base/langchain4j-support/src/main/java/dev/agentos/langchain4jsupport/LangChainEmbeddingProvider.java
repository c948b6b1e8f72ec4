package dev.agentos.langchain4jsupport;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.Embedding;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.PluginContext;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import java.util.List;
import java.util.Optional;

/** A provider of embedding models made of a langchain4j integration; see {@link LangChainModelProvider}. */
public abstract class LangChainEmbeddingProvider implements EmbeddingProvider {

    private volatile Optional<PluginContext> context = Optional.empty();

    /** For subclasses. */
    protected LangChainEmbeddingProvider() {}

    /** Builds a model of that name, one of {@link #models()}. Called for each request: building costs little. */
    protected abstract EmbeddingModel create(String model, PluginContext context);

    @Override
    public void start(PluginContext lent) {
        context = Optional.of(lent);
    }

    @Override
    public void stop() {
        context = Optional.empty();
    }

    @Override
    public final EmbeddingResponse embed(EmbeddingRequest request, CallContext call) {
        PluginContext lent = context.orElseThrow(() -> new IllegalStateException("The provider is not started"));
        if (models().stream().noneMatch(model -> model.id().equals(request.model()))) {
            throw new AgentOsException(
                    ErrorCode.of(provider(), "UNKNOWN_MODEL", ErrorType.USER, false),
                    "The provider " + provider() + " has no embedding model '" + request.model() + "'.",
                    "Ask for one of its models.");
        }
        try {
            var response = create(request.model(), lent)
                    .embedAll(request.texts().stream().map(TextSegment::from).toList());
            List<Embedding> embeddings = response.content().stream()
                    .map(embedding -> Embedding.of(embedding.vector()))
                    .toList();
            return new EmbeddingResponse(embeddings, Conversion.usage(response.tokenUsage()));
        } catch (RuntimeException e) {
            throw new ProviderFailures(provider()).of(e);
        }
    }
}
