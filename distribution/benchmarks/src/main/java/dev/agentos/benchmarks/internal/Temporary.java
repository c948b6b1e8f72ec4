package dev.agentos.benchmarks.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/**
 * A directory that is there until it is closed.
 *
 * @param path where it is
 */
public record Temporary(Path path) implements AutoCloseable {

    /** A new one, empty. */
    public static Temporary directory(String prefix) throws IOException {
        return new Temporary(Files.createTempDirectory(prefix));
    }

    @Override
    public void close() throws IOException {
        try (var walk = Files.walk(path)) {
            for (var each : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
