package examples.ollama;

import dev.agentos.langchain4jsupport.LangChainModelProvider;
import dev.agentos.langchain4jsupport.StreamingHttpClient;
import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.ModelDescription;
import dev.agentos.spi.PluginContext;
import dev.langchain4j.http.client.jdk.JdkHttpClientBuilder;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import java.net.http.HttpClient;
import java.util.List;

/** Models of Ollama; one that is not listed is asked for by its name. */
@AgentOsExtension
public final class OllamaProvider extends LangChainModelProvider {

    @Override
    public String provider() {
        return "ollama";
    }

    @Override
    public List<ModelDescription> models() {
        return List.of(new ModelDescription("llama3.2", "A small language model.", 131_072, true));
    }

    @Override
    protected StreamingChatModel create(PluginContext context) {
        return OllamaStreamingChatModel.builder()
                .httpClientBuilder(StreamingHttpClient.builder(new JdkHttpClientBuilder(), HttpClient.newHttpClient()))
                .baseUrl(context.configuration().text("baseUrl").orElse("http://127.0.0.1:11434"))
                .modelName("llama3.2")
                .build();
    }
}
