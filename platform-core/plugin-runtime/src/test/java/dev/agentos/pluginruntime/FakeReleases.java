package dev.agentos.pluginruntime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.pf4j.DefaultVersionManager;

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

    @Override
    public Optional<Found> resolve(String plugin, String range) {
        DefaultVersionManager versions = new DefaultVersionManager();
        return files.entrySet().stream()
                .filter(release -> release.getKey().plugin().equals(plugin)
                        && versions.checkVersionConstraint(release.getKey().version(), range))
                .max((a, b) -> versions.compareVersions(
                        a.getKey().version(), b.getKey().version()))
                .map(release ->
                        new Found(release.getKey(), release.getValue().toFile().length(), registry));
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
