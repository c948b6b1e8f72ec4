package dev.agentos.pluginworker;

import dev.agentos.spi.AgentOsException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A child process: its streams, what it writes beside them, and its end with all that it has started itself. */
final class WorkerProcess {

    private static final Logger LOG = LoggerFactory.getLogger(WorkerProcess.class);
    private static final int LONGEST_LINE = 2_000;

    /** What a virtual machine ends with that was told to end when it is out of memory. */
    private static final int OUT_OF_MEMORY = 3;

    private final Process process;
    private final WorkerLaunch launch;
    private final Path folder;

    /**
     * Starts one.
     *
     * @param lines hears what it writes to its standard error
     */
    WorkerProcess(WorkerLaunch launch, Consumer<String> lines) {
        this.launch = launch;
        try {
            Files.createDirectories(launch.folder());
            this.folder = Files.createTempDirectory(launch.folder(), "worker-");
            ProcessBuilder builder = new ProcessBuilder(launch.command(folder)).directory(folder.toFile());
            builder.environment().clear();
            builder.environment().putAll(launch.environment());
            this.process = builder.start();
        } catch (IOException e) {
            throw new AgentOsException(
                    WorkerErrorCode.CRASHED,
                    "The process of a plugin cannot be started: " + e.getMessage() + ".",
                    "Check that the server may start processes and write to its data directory.",
                    e);
        }
        Thread.ofPlatform().daemon().name("worker-err-" + process.pid()).start(() -> listen(lines));
    }

    long pid() {
        return process.pid();
    }

    InputStream output() {
        return new BufferedInputStream(process.getInputStream());
    }

    OutputStream input() {
        return process.getOutputStream();
    }

    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** Waits for the end, to which it helps, clears away, and says how it came. */
    String end() {
        int status = -1;
        try {
            // Who closes its streams is about to end; it may say why by itself.
            if (!process.waitFor(1, TimeUnit.SECONDS)) {
                LOG.debug("Worker {} speaks no more and lives on", process.pid());
            }
            kill();
            status = process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        remove();
        return switch (status) {
            case OUT_OF_MEMORY -> "it was out of memory, of which it has " + launch.memory() + " MiB";
            case 128 + 9 -> "it was killed";
            default -> "it ended with status " + status;
        };
    }

    private void remove() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("The folder {} of a worker stays", folder, e);
        }
    }

    private void listen(Consumer<String> lines) {
        byte[] line = new byte[LONGEST_LINE];
        int length = 0;
        try (InputStream in = new BufferedInputStream(process.getErrorStream())) {
            for (int next = in.read(); next >= 0; next = in.read()) {
                if (next == '\n') {
                    tell(line, length, lines);
                    length = 0;
                } else if (length < LONGEST_LINE) {
                    line[length++] = (byte) next;
                }
            }
        } catch (IOException e) {
            LOG.debug("Worker {} writes no more", process.pid(), e);
        }
        tell(line, length, lines);
    }

    private static void tell(byte[] line, int length, Consumer<String> lines) {
        String text = new String(line, 0, length, StandardCharsets.UTF_8).strip();
        if (!text.isEmpty()) {
            lines.accept(text);
        }
    }
}
