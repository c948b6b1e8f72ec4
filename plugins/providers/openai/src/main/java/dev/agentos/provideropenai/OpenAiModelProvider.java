package dev.agentos.provideropenai;

import dev.agentos.langchain4jsupport.LangChainModelProvider;
import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.ModelDescription;
import dev.agentos.spi.PluginContext;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.time.Duration;
import java.util.List;

/** Chat models; a model that is not listed is asked for by its name. */
@AgentOsExtension
public final class OpenAiModelProvider extends LangChainModelProvider {

    /** The provider; made by the host. */
    public OpenAiModelProvider() {}

    @Override
    public String provider() {
        return OpenAiSettings.PROVIDER;
    }

    @Override
    protected DeclaredFacts usualFacts(PluginContext context) {
        return OpenAiSettings.usualFacts(context);
    }

    @Override
    public List<ModelDescription> models() {
        return List.of(
                new ModelDescription("gpt-4.1", "A language model of OpenAI for demanding work.", 1_047_576, true),
                new ModelDescription("gpt-4.1-mini", "A smaller, faster language model of OpenAI.", 1_047_576, true));
    }

    @Override
    protected Object settings(PluginContext context) {
        return OpenAiSettings.of(context);
    }

    @Override
    protected Duration longestSilence(PluginContext context) {
        return OpenAiSettings.of(context).timeout();
    }

    @Override
    protected StreamingChatModel create(PluginContext context) {
        OpenAiSettings settings = OpenAiSettings.of(context);
        var builder = OpenAiStreamingChatModel.builder()
                .httpClientBuilder(settings.httpClient())
                .baseUrl(settings.baseUrl())
                .timeout(settings.timeout());
        settings.key().ifPresent(builder::apiKey);
        settings.organization().ifPresent(builder::organizationId);
        return builder.build();
    }
}
