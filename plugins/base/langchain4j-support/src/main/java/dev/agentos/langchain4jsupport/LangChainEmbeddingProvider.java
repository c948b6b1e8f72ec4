package dev.agentos.langchain4jsupport;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.DeclaredFacts;
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

/** A provider of embedding models made of a langchain4j integration; see {@link LangChainModelProvider}. */
public abstract class LangChainEmbeddingProvider implements EmbeddingProvider {

    private volatile DeclaredFacts facts = DeclaredFacts.NONE;

    /** For subclasses. */
    protected LangChainEmbeddingProvider() {}

    /** What is usually so of the models where that configuration leads, unless {@code facts} in it say otherwise. */
    protected DeclaredFacts usualFacts(PluginContext context) {
        return DeclaredFacts.NONE;
    }

    /** A subclass that prepares something calls this as well. */
    @Override
    public void start(PluginContext context) {
        facts = ConfiguredFacts.of(provider(), context).orElseGet(() -> usualFacts(context));
    }

    @Override
    public final DeclaredFacts facts() {
        return facts;
    }

    /**
     * Builds a model of that name, one of {@link #models()}. Called for each request: building costs little.
     *
     * @param context as the tenant has it
     */
    protected abstract EmbeddingModel create(String model, PluginContext context);

    @Override
    public final EmbeddingResponse embed(EmbeddingRequest request, CallContext call) {
        if (models().stream().noneMatch(model -> model.id().equals(request.model()))) {
            throw new AgentOsException(
                    ErrorCode.of(provider(), "UNKNOWN_MODEL", ErrorType.USER, false),
                    "The provider " + provider() + " has no embedding model '" + request.model() + "'.",
                    "Ask for one of its models.");
        }
        try {
            var response = create(request.model(), call.plugin())
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
