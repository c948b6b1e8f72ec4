package dev.agentos.faultlab.harness;

import dev.agentos.faultlab.child.FaultyServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One place for a server: a data directory, an address, a network to PostgreSQL and failpoints, all of which stay while
 * the server's process comes and goes.
 */
public final class Server implements AutoCloseable {

    /** Where the build leaves the distribution, seen from this module. */
    private static final Path HOME =
            Path.of("..", "server", "target", "agentos").toAbsolutePath().normalize();

    private final String name;
    private final Path directory;
    private final Postgres postgres;
    private final FaultProxy network;
    private final int port = Postgres.freePort();
    private final List<Failpoint> armed = new ArrayList<>();
    private final List<String> settings = new ArrayList<>();
    private @Nullable Process process;
    private boolean paused;
    private long outputBefore;
    private boolean measured;
    private Holding base = new Holding(0, 0);

    /** What a process holds. */
    record Holding(long threads, long files) {

        /**
         * Whether it is no more than its pools may keep: those of requests, of connections, of the scripts' threads.
         */
        boolean small() {
            return threads <= 120 && files <= 160;
        }
    }

    Server(String name, Path parent, Postgres postgres) throws IOException {
        this.name = name;
        this.directory = Files.createDirectories(parent.resolve(name));
        this.postgres = postgres;
        this.network = new FaultProxy(postgres.port());
        Files.createDirectories(failpoints());
    }

    private Path failpoints() {
        return directory.resolve("failpoints");
    }

    private Path log() {
        return directory.resolve("server.log");
    }

    /** The server's data directory. */
    Path data() {
        return directory.resolve("data");
    }

    /** The network between this server and PostgreSQL. */
    public FaultProxy network() {
        return network;
    }

    /** What the server has printed over all its lives. */
    public String output() {
        try {
            return Files.readString(log());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sets what is appended to the command line from the next start on, as {@code --max-executions=1}. */
    public void settings(String... wanted) {
        settings.clear();
        settings.addAll(List.of(wanted));
    }

    /** Starts the process, and returns before it is ready. */
    public void launch() {
        if (running()) {
            throw new IllegalStateException("Server " + name + " runs already");
        }
        try {
            outputBefore = Files.exists(log()) ? Files.size(log()) : 0;
            ProcessBuilder builder = new ProcessBuilder(command())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
            builder.environment().keySet().removeIf(variable -> variable.startsWith("AGENTOS_"));
            builder.environment().put("AGENTOS_HOME", HOME.toString());
            builder.environment()
                    .put("AGENTOS_DATABASE_PASSWORD", postgres.owner().password());
            builder.environment().put("AGENTOS_SECRET_OPENAI_API_KEY", Lab.CANARY);
            process = Children.start(builder);
            paused = false;
            measured = false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> command() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String line : Files.readAllLines(HOME.resolve("etc").resolve("server.jvmargs"))) {
            if (!line.isBlank() && !line.startsWith("#")) {
                command.add(
                        line.contains("SharedArchiveFile")
                                ? "-XX:SharedArchiveFile=" + directory.resolveSibling("server.jsa")
                                : line.strip().replace("${home}", HOME.toString()));
            }
        }
        // Lives here are too short for the slow compiler to pay.
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-D" + FaultyServer.DIRECTORY + "=" + failpoints());
        command.addAll(List.of(
                "-cp",
                HOME.resolve("lib") + "/*:" + directory.resolveSibling("child.jar"),
                FaultyServer.class.getName()));
        command.addAll(List.of(
                "--http-port=" + port,
                "--allow-unsigned=true",
                "--data-dir=" + data(),
                "--database-url=" + postgres.url(network.port()) + "?socketTimeout=12",
                "--database-user=" + postgres.owner().user(),
                "--max-executions=" + Lab.MOST_EXECUTIONS,
                "--lease-seconds=" + Lab.LEASE_SECONDS,
                "--webhook-receivers=127.0.0.1:*"));
        command.addAll(settings);
        return Children.tied("KILL", command);
    }

    /** Starts the process and waits until it is ready. */
    public void start() {
        launch();
        awaitReady();
    }

    /** Waits until the process that was launched is ready. */
    public void awaitReady() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        try {
            while (System.nanoTime() < deadline) {
                if (thisLife().contains("READY http")) {
                    if (!measured) {
                        base = new Holding(threads(), files());
                        measured = true;
                    }
                    return;
                }
                if (process == null || process.waitFor(10, TimeUnit.MILLISECONDS)) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        throw new AssertionError("Server " + name + " did not become ready:\n" + thisLife());
    }

    /** Waits until there is a server that answers. */
    public void awaitUp() {
        if (!running()) {
            launch();
        }
        awaitReady();
    }

    private String thisLife() {
        String all = output();
        return all.substring((int) Math.min(all.length(), outputBefore));
    }

    /** Whether the process has said that it is ready. */
    boolean ready() {
        return running() && !paused && thisLife().contains("READY http");
    }

    /** Whether there is a process. */
    public boolean running() {
        return process != null && process.isAlive();
    }

    long pid() {
        if (process == null) {
            throw new IllegalStateException("Server " + name + " was never started");
        }
        return process.pid();
    }

    /** SIGKILL: no hook runs, nothing is flushed. */
    public void kill() {
        if (process != null) {
            process.destroyForcibly();
            awaitEnd();
        }
    }

    /** Waits until the process has ended, as by a failpoint that halts it. */
    public int awaitEnd() {
        try {
            if (process == null || !process.waitFor(60, TimeUnit.SECONDS)) {
                throw new AssertionError("Server " + name + " did not end within 60 s");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** SIGTERM, without waiting. */
    public void terminate() {
        Children.signal("TERM", pid());
    }

    /** SIGTERM; returns the exit code. */
    public int stop() {
        unpause();
        terminate();
        return awaitEnd();
    }

    /** SIGSTOP: the process stands still and keeps its connections. */
    public void pause() {
        Children.signal("STOP", pid());
        paused = true;
    }

    /** SIGCONT. */
    public void unpause() {
        if (paused) {
            Children.signal("CONT", pid());
            paused = false;
        }
    }

    /** Arms a failpoint that acts at its first hit. */
    public Failpoint arm(String failpoint, Failpoint.Action action) {
        return arm(failpoint, action, 0, 1);
    }

    /** Arms a failpoint that acts at that hit; the argument is a delay's milliseconds. */
    public Failpoint arm(String failpoint, Failpoint.Action action, long argument, int hit) {
        Failpoint made = Failpoint.arm(failpoints(), failpoint, action, argument, hit);
        armed.add(made);
        return made;
    }

    /** Disarms everything; returns the failpoints that were never hit. */
    List<Failpoint> disarm() {
        List<Failpoint> missed =
                armed.stream().filter(failpoint -> !failpoint.hit()).toList();
        armed.forEach(Failpoint::disarm);
        armed.clear();
        return missed;
    }

    /** Where the server listens. */
    public URI address() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** The API with that credential. */
    Api api(String key, Optional<String> tenant) {
        return new Api(address(), key, tenant);
    }

    /** How much more the process holds than when it became ready. */
    Holding growth() {
        return new Holding(threads() - base.threads(), files() - base.files());
    }

    /** How many threads the process has. */
    public long threads() {
        return count("task");
    }

    /** How many files the process has open. */
    public long files() {
        return count("fd");
    }

    private long count(String kind) {
        try (Stream<Path> found = Files.list(Path.of("/proc", Long.toString(pid()), kind))) {
            return found.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (running()) {
            unpause();
            kill();
        }
        network.close();
    }

    @Override
    public String toString() {
        return name;
    }
}
