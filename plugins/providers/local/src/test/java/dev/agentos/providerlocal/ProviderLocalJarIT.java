package dev.agentos.providerlocal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.Embedding;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.FakePluginContext;
import dev.agentos.testkit.PluginJarContract;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reads the packaged JAR, and loads it as a host does: in a loader of its own, again and again. */
class ProviderLocalJarIT extends PluginJarContract {

    @Override
    protected String pluginId() {
        return "provider-local";
    }

    @Override
    protected String kind() {
        return "provider";
    }

    @Override
    protected List<String> extensions() {
        return List.of(LocalEmbeddingProvider.class.getName(), ExtractiveModelProvider.class.getName());
    }

    @Test
    void staysSmall() throws Exception {
        assertThat(Files.size(jar())).isLessThan(45L * 1024 * 1024);
    }

    @Test
    void twoVersionsRunSideBySide() throws Exception {
        try (Loaded one = new Loaded();
                Loaded other = new Loaded()) {
            assertThat(one.embed("a text").cosine(other.embed("a text"))).isGreaterThan(0.99);
        }
    }

    @Test
    void aSwappedVersionLeavesNoLoaderAndNoSecondLibraryBehind() throws Exception {
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            try (Loaded version = new Loaded()) {
                version.embed("text number " + i);
                loaders.add(new WeakReference<>(version.loader));
            }
        }
        for (int i = 0; i < 50 && loaders.stream().anyMatch(loader -> loader.get() != null); i++) {
            System.gc();
        }
        assertThat(loaders).allSatisfy(loader -> assertThat(loader.get()).isNull());
        try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
            assertThat(maps.filter(line -> line.contains("libonnxruntime"))
                            .map(line -> line.substring(line.indexOf('/')))
                            .distinct())
                    .hasSize(1);
        }
    }

    /** A version of the plugin in a loader that sees the platform and spi only. */
    private final class Loaded implements AutoCloseable {

        private final URLClassLoader loader;
        private final EmbeddingProvider provider;

        Loaded() throws Exception {
            loader = new URLClassLoader(new URL[] {jar().toUri().toURL()}, new SpiOnly());
            provider = (EmbeddingProvider)
                    loader.loadClass(extensions().getFirst()).getConstructor().newInstance();
            assertThat(provider.getClass()).isNotSameAs(LocalEmbeddingProvider.class);
            provider.start(FakePluginContext.of("provider-local"));
        }

        Embedding embed(String text) {
            return provider.embed(new EmbeddingRequest("all-minilm-l6-v2-q", List.of(text)), FakeCallContext.create())
                    .embeddings()
                    .getFirst();
        }

        @Override
        public void close() throws Exception {
            provider.stop();
            loader.close();
        }
    }

    private static final class SpiOnly extends ClassLoader {

        SpiOnly() {
            super(ClassLoader.getPlatformClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (name.startsWith("dev.agentos.spi.") || name.startsWith("org.pf4j.")) {
                return EmbeddingProvider.class.getClassLoader().loadClass(name);
            }
            throw new ClassNotFoundException(name);
        }
    }
}
