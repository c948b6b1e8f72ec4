package dev.agentos.faultlab.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** The files that a lab is made of. */
final class LabFiles {

    private LabFiles() {}

    static Path openAi() throws IOException {
        Path target = Path.of("..", "..", "plugins", "providers", "openai", "target");
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> file.getFileName().toString().matches("agentos-provider-openai-[0-9.]+\\.jar"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("Build plugins/providers/openai first"));
        }
    }

    /**
     * A server loads plugins from files of its own; what the first installed, an administrator copies to the second.
     */
    static void givePlugins(Server from, Server to) throws IOException {
        Path target = Files.createDirectories(to.data().resolve("plugins"));
        try (Stream<Path> files = Files.list(from.data().resolve("plugins"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
