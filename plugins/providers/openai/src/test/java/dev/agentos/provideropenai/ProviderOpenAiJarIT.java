package dev.agentos.provideropenai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Message;
import dev.agentos.spi.ModelProvider;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.FakePluginContext;
import dev.agentos.testkit.PluginJarContract;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProviderOpenAiJarIT extends PluginJarContract {

    @TempDir
    private Path folder;

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
                assertThat(entry.equals(".") || file.getEntry(entry) != null)
                        .as(entry)
                        .isTrue();
            }
        }
    }

    @Test
    void answersFromALoaderOfItsOwn() throws Exception {
        try (PlayedServer server = new PlayedServer();
                URLClassLoader loader = new URLClassLoader(classPath(), new HostPackages())) {
            ModelProvider provider = (ModelProvider)
                    loader.loadClass(extensions().getFirst()).getConstructor().newInstance();
            assertThat(provider.getClass()).isNotSameAs(OpenAiModelProvider.class);
            FakeCallContext call = FakeCallContext.create()
                    .with(FakePluginContext.of(pluginId()).configured(JsonObject.of("baseUrl", server.baseUrl())));
            ChatRequest request =
                    new ChatRequest("any", List.of(Message.User.of("What is it?")), List.of(), ChatOptions.DEFAULTS);
            assertThat(provider.chat(request, text -> {}, call).message().text())
                    .isEqualTo("The answer is 42 [p1].");
            assertThat(server.keys()).as("no key is set, so none is sent").containsExactly("null");
            provider.stop();
        }
    }

    private URL[] classPath() throws IOException {
        List<URL> urls = new ArrayList<>(List.of(jar().toUri().toURL()));
        try (JarFile file = new JarFile(jar().toFile())) {
            for (String entry : header("Bundle-ClassPath").split(",")) {
                if (!entry.equals(".")) {
                    Path target = Files.createDirectories(folder.resolve("lib"))
                            .resolve(Path.of(entry).getFileName());
                    Files.copy(file.getInputStream(file.getEntry(entry)), target);
                    urls.add(target.toUri().toURL());
                }
            }
        }
        return urls.toArray(URL[]::new);
    }

    /** What a host exports, and nothing of langchain4j. */
    private static final class HostPackages extends ClassLoader {

        HostPackages() {
            super(ClassLoader.getPlatformClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (Stream.of("dev.agentos.spi.", "org.pf4j.", "com.fasterxml.jackson.", "org.slf4j.")
                    .anyMatch(name::startsWith)) {
                return ModelProvider.class.getClassLoader().loadClass(name);
            }
            throw new ClassNotFoundException(name);
        }
    }
}
