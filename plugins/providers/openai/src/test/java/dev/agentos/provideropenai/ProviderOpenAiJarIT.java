package dev.agentos.provideropenai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.testkit.PluginJarContract;
import java.util.List;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

class ProviderOpenAiJarIT extends PluginJarContract {

    @Override
    protected String pluginId() {
        return "provider-openai";
    }

    @Override
    protected String kind() {
        return "provider";
    }

    @Override
    protected List<String> extensions() {
        return List.of(OpenAiModelProvider.class.getName(), OpenAiEmbeddingProvider.class.getName());
    }

    @Test
    void embedsWhatItNeeds() throws Exception {
        assertThat(header("Bundle-ClassPath").split(",")).hasSize(5).startsWith(".");
        try (JarFile file = new JarFile(jar().toFile())) {
            for (String entry : header("Bundle-ClassPath").split(",")) {
                assertThat(entry.equals(".") || file.getEntry(entry) != null).as(entry).isTrue();
            }
        }
    }
}
