package examples.ollama;

import com.sun.net.httpserver.HttpServer;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Message;
import dev.agentos.spi.ModelProvider;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.FakePluginContext;
import dev.agentos.testkit.ModelProviderContract;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** What every provider keeps. */
class OllamaProviderTest extends ModelProviderContract {

    private final HttpServer ollama = StubOllama.start();

    @AfterEach
    void stop() {
        ollama.stop(0);
    }

    @Override
    protected ModelProvider provider() {
        return new OllamaProvider();
    }

    @Override
    protected FakeCallContext context() {
        return FakeCallContext.create()
                .with(FakePluginContext.of("ollama-provider")
                        .configured(JsonObject.of(
                                "baseUrl",
                                "http://127.0.0.1:" + ollama.getAddress().getPort())));
    }

    @Override
    protected ChatRequest goodRequest() {
        return new ChatRequest("llama3.2", List.of(Message.User.of("Hello")), List.of(), ChatOptions.DEFAULTS);
    }

    @Override
    protected boolean refusesUnlistedModels() {
        return false;
    }
}
