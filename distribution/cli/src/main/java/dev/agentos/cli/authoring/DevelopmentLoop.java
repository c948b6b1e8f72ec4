package dev.agentos.cli.authoring;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.jar.JarFile;

/** Builds a plugin whenever its sources change, and brings it into a running server. */
public final class DevelopmentLoop {

    private static final long LOOK_MILLIS = 200;
    private static final double NANOS = 1e9;

    private final PluginBuild build;
    private final Installer installer;
    private final Consumer<String> say;

    /** A running server. */
    @FunctionalInterface
    public interface Installer {
        /** Installs a plugin, or swaps it in for the version that is there. */
        void install(String plugin, Path jar) throws BuildFailedException;
    }

    /** Nothing is built yet. */
    public DevelopmentLoop(PluginBuild build, Installer installer, Consumer<String> say) {
        this.build = build;
        this.installer = installer;
        this.say = say;
    }

    /** Builds and installs once. */
    public void once() throws IOException, InterruptedException, BuildFailedException {
        var begun = System.nanoTime();
        var jar = build.build();
        if (jar.isPresent()) {
            installer.install(pluginId(jar.get()), jar.get());
            say.accept(String.format(Locale.ROOT, "  after %.1f s", (System.nanoTime() - begun) / NANOS));
        }
    }

    /** Goes on until the thread is interrupted; a failure is told, and the next change tried. */
    public void forever() throws IOException {
        try {
            while (true) {
                try {
                    once();
                } catch (BuildFailedException failure) {
                    say.accept(failure.getMessage());
                }
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private static String pluginId(Path jar) throws IOException, BuildFailedException {
        try (var file = new JarFile(jar.toFile())) {
            var manifest = file.getManifest();
            var id = manifest == null ? null : manifest.getMainAttributes().getValue("Plugin-Id");
            if (id == null) {
                throw new BuildFailedException(jar
                        + " has no Plugin-Id in its manifest. Does its pom.xml have the parent agentos-plugin-parent?");
            }
            return id;
        }
    }
}
