package dev.agentos.benchmarks.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A directory that is there until it is closed. When the program is interrupted, the processes that it started are
 * ended at once and the directory goes too: what is in it is worth nothing to anybody.
 */
public final class Temporary implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int TRIES = 20;
    private static final long PAUSE_MILLIS = 100;

    private final Path path;
    private final Thread hook = new Thread(this::abandon, "clean-up");

    private Temporary(Path path) {
        this.path = path;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** A new one, empty. */
    public static Temporary directory(String prefix) throws IOException {
        return new Temporary(Files.createTempDirectory(prefix));
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    private void abandon() {
        var children = ProcessHandle.current().children().toList();
        children.forEach(ProcessHandle::destroyForcibly);
        CompletableFuture.allOf(children.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
                .completeOnTimeout(null, PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
        for (var i = 0; i < TRIES && Files.exists(path); i++) {
            try {
                delete();
            } catch (IOException | UncheckedIOException stillWritten) {
                // The processes of those processes end a moment later.
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void delete() throws IOException {
        try (var walk = Files.walk(path)) {
            for (var each : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }

    @Override
    public void close() throws IOException {
        Runtime.getRuntime().removeShutdownHook(hook);
        delete();
    }
}
