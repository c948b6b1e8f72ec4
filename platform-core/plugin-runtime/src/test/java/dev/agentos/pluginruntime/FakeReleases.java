package dev.agentos.pluginruntime;

import dev.agentos.verifier.SemanticVersion;
import dev.agentos.verifier.VersionRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A marketplace of files. */
public final class FakeReleases implements ReleaseSource {

    private final Map<PluginVersion, Path> files = new LinkedHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();

    /** The fingerprint of this marketplace's key. */
    public volatile String registry = "";

    /** What downloads wait for; nothing unless a test says so. */
    public volatile CountDownLatch opened = new CountDownLatch(0);

    /** Offers a file. */
    public PluginVersion offer(Path jar) {
        PluginVersion plugin = PluginFile.read(jar).plugin();
        files.put(plugin, jar);
        return plugin;
    }

    /** Offers it no more. */
    void withdraw(PluginVersion plugin) {
        files.remove(plugin);
    }

    /** Offers another file under that digest: a marketplace that lies. */
    void replace(PluginVersion plugin, Path jar) {
        files.put(plugin, jar);
    }

    /** Hears of which plugin a release is looked for. */
    volatile Consumer<String> onResolve = plugin -> {};

    @Override
    public Optional<Found> resolve(String plugin, String range) {
        onResolve.accept(plugin);
        VersionRange wanted = VersionRange.parse(range);
        return files.entrySet().stream()
                .filter(release -> release.getKey().plugin().equals(plugin))
                .filter(release -> wanted.contains(version(release.getKey())))
                .max(Comparator.comparing(release -> version(release.getKey())))
                .map(release ->
                        new Found(release.getKey(), release.getValue().toFile().length(), registry));
    }

    private static SemanticVersion version(PluginVersion plugin) {
        return SemanticVersion.parse(plugin.version());
    }

    /** How many downloads have begun. */
    int asked() {
        return asked.get();
    }

    @Override
    public void download(Found release, Path target, Progress progress) {
        asked.incrementAndGet();
        try {
            opened.await();
            Files.copy(Objects.requireNonNull(files.get(release.plugin())), target);
            progress.bytes(release.bytes(), release.bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
