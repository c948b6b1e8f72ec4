package dev.agentos.protocolopenai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.PluginJarContract;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProtocolOpenAiJarIT extends PluginJarContract {

    @Override
    protected String pluginId() {
        return "protocol-openai";
    }

    @Override
    protected String kind() {
        return "protocol";
    }

    @Override
    protected List<String> extensions() {
        return List.of(OpenAiProtocol.class.getName());
    }

    @Test
    void asksForItsPathAndPerhapsForThreads() {
        assertThat(permissions())
                .extracting(PermissionRequest::permission)
                .map(Object::toString)
                .containsExactly("http.route /protocols/openai/**", "thread.pool 64");
    }
}
