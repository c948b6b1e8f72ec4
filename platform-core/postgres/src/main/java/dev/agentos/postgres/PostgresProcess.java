package dev.agentos.postgres;

import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The postmaster as a direct child that is started again when it ends unasked.
 *
 * <p>Linux ties a child's death signal to the thread that started it, not to the process, so one platform thread starts
 * the child and stays with it.
 */
final class PostgresProcess implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresProcess.class);
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final Duration QUIT_LIMIT = Duration.ofSeconds(5);

    private final List<String> command;
    private final Path data;
    private final Path output;
    private final CompletableFuture<Process> first = new CompletableFuture<>();
    private final Thread keeper;
    private volatile boolean closing;

    private PostgresProcess(List<String> command, Path data, Path output) {
        this.command = command;
        this.data = data;
        this.output = output;
        this.keeper = Thread.ofPlatform().name("postgres").daemon(true).unstarted(this::keep);
    }

    /** Starts and waits until connections are accepted. */
    static PostgresProcess start(List<String> command, Path data, Path output) {
        PostgresProcess started = new PostgresProcess(command, data, output);
        started.keeper.start();
        try {
            started.first.get(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            return started;
        } catch (ExecutionException e) {
            started.close();
            if (e.getCause() instanceof AgentOsException failure) {
                throw failure;
            }
            throw PostgresFailures.notStarted(data, String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            started.close();
            throw PostgresFailures.notStarted(data, "it was not ready after " + START_LIMIT.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            started.close();
            throw PostgresFailures.notStarted(data, "the start was interrupted", e);
        }
    }

    private void keep() {
        long pause = 100;
        while (!closing) {
            long begun = System.nanoTime();
            try {
                int status = once();
                if (!closing) {
                    LOG.error("PostgreSQL ended with status {}; it is started again", status);
                }
            } catch (IOException | AgentOsException e) {
                if (first.completeExceptionally(e)) {
                    return;
                }
                LOG.error("PostgreSQL could not be started again", e);
            } catch (InterruptedException e) {
                return;
            }
            boolean lasted = System.nanoTime() - begun > TimeUnit.MINUTES.toNanos(1);
            pause = lasted ? 100 : Math.min(pause * 2, 5_000);
            pause(pause);
        }
    }

    private synchronized void pause(long millis) {
        try {
            if (!closing) {
                wait(millis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private int once() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.to(output.toFile()))
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        PostgresIdentity.clean(builder.environment());
        Process process = builder.start();
        while (!ready(process.pid())) {
            if (process.waitFor(5, TimeUnit.MILLISECONDS)) {
                throw PostgresFailures.of(data, process.exitValue(), PostgresFailures.tail(output));
            }
            if (closing) {
                stop(process.pid());
            }
        }
        first.complete(process);
        return process.waitFor();
    }

    /** The last line of the lock file says so; the line before it that interests us is the process, the first. */
    private boolean ready(long pid) throws IOException {
        List<String> lines = lockFile(data);
        return lines.size() >= 8
                && lines.getFirst().strip().equals(Long.toString(pid))
                && lines.get(7).strip().equals("ready");
    }

    /**
     * The lock file's lines; none while there is no such file, which a postmaster that fails takes away at any moment.
     */
    private static List<String> lockFile(Path data) throws IOException {
        try {
            return Files.readAllLines(data.resolve("postmaster.pid"));
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closing = true;
            notifyAll();
        }
        try {
            postmaster(data).ifPresent(PostgresProcess::stop);
            keeper.join(STOP_LIMIT.plus(QUIT_LIMIT));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The postmaster that serves a data directory: the lock file's process, if it really works in that directory. */
    static Optional<Long> postmaster(Path data) {
        try {
            List<String> lines = lockFile(data);
            String text = lines.isEmpty() ? "" : lines.getFirst().strip();
            if (!text.matches("\\d{1,18}")) {
                return Optional.empty();
            }
            Path process = Path.of("/proc", text);
            boolean itself = Files.exists(process)
                    && Files.readSymbolicLink(process.resolve("exe"))
                            .getFileName()
                            .toString()
                            .startsWith("postgres")
                    && Files.readSymbolicLink(process.resolve("cwd")).equals(data.toRealPath());
            return itself ? Optional.of(Long.parseLong(text)) : Optional.empty();
        } catch (IOException e) {
            // The process went away between two looks, or is another user's: either way it is not ours.
            return Optional.empty();
        }
    }

    /** Stops a postmaster: a fast shutdown, then an immediate one, which loses nothing that was committed. */
    static void stop(long pid) {
        Commands.signal("INT", pid);
        if (!gone(pid, STOP_LIMIT)) {
            LOG.warn(
                    "PostgreSQL (process {}) did not stop in {} s; it is stopped at once", pid, STOP_LIMIT.toSeconds());
            Commands.signal("QUIT", pid);
            gone(pid, QUIT_LIMIT);
        }
    }

    private static boolean gone(long pid, Duration limit) {
        Optional<ProcessHandle> handle = ProcessHandle.of(pid);
        if (handle.isEmpty()) {
            return true;
        }
        try {
            handle.get().onExit().get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
