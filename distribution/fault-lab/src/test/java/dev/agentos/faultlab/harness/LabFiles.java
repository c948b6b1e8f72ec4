package dev.agentos.faultlab.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
