package examples.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.agentos.spi.JsonObject;
import dev.agentos.testkit.PluginServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The finished JAR in a real server, with an Ollama on this machine. */
class OllamaProviderIT {

    private static final HttpServer OLLAMA = StubOllama.start();

    @RegisterExtension
    static final PluginServer SERVER = PluginServer.ofBuild()
            .configured(JsonObject.of(
                    "baseUrl", "http://127.0.0.1:" + OLLAMA.getAddress().getPort()));

    @AfterAll
    static void stop() {
        OLLAMA.stop(0);
    }

    @Test
    void answersInARealServer() {
        assertThat(SERVER.ask("ollama/llama3.2", "Who is there?")).isEqualTo("Hello there.");
        assertThat(SERVER.denials()).isEmpty();
    }
}
