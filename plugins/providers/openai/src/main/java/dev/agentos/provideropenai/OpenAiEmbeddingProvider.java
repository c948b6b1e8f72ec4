package dev.agentos.provideropenai;

import dev.agentos.langchain4jsupport.LangChainEmbeddingProvider;
import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.EmbeddingModelDescription;
import dev.agentos.spi.PluginContext;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import java.util.List;

/** Embedding models. */
@AgentOsExtension
public final class OpenAiEmbeddingProvider extends LangChainEmbeddingProvider {

    /** The provider; made by the host. */
    public OpenAiEmbeddingProvider() {}

    @Override
    public String provider() {
        return OpenAiSettings.PROVIDER;
    }

    @Override
    protected DeclaredFacts usualFacts(PluginContext context) {
        return OpenAiSettings.usualFacts(context);
    }

    @Override
    public List<EmbeddingModelDescription> models() {
        return List.of(
                new EmbeddingModelDescription("text-embedding-3-small", "Embeddings of OpenAI, small.", 1536),
                new EmbeddingModelDescription("text-embedding-3-large", "Embeddings of OpenAI, large.", 3072));
    }

    @Override
    protected EmbeddingModel create(String model, PluginContext context) {
        OpenAiSettings settings = OpenAiSettings.of(context);
        var builder = OpenAiEmbeddingModel.builder()
                .httpClientBuilder(settings.httpClient())
                .baseUrl(settings.baseUrl())
                .timeout(settings.timeout())
                .maxRetries(0)
                .modelName(model);
        settings.key().ifPresent(builder::apiKey);
        settings.organization().ifPresent(builder::organizationId);
        return builder.build();
    }
}
