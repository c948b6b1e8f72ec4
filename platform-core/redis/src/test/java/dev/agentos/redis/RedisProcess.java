package dev.agentos.redis;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A Redis of the operating system's, on a port of its own, that keeps nothing. */
public final class RedisProcess implements AutoCloseable {

    private static final String MISSING = "redis-server is not installed. On Debian: apt-get install redis-server";

    private final Path home;
    private final int port;
    private final List<String> arguments;
    private Process process;

    private RedisProcess(Path home, int port, List<String> arguments) throws IOException, InterruptedException {
        this.home = home;
        this.port = port;
        this.arguments = arguments;
        this.process = launch();
    }

    /** Skips the test where there is no Redis, save in continuous integration, where it then fails. */
    public static final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            if (program().isPresent() || System.getenv("CI") != null) {
                return ConditionEvaluationResult.enabled("There is a Redis, or there must be one");
            }
            System.err.println("SKIPPED " + context.getDisplayName() + ": " + MISSING);
            return ConditionEvaluationResult.disabled(MISSING);
        }
    }

    private static Optional<Path> program() {
        return Stream.of("/usr/bin/redis-server", "/usr/local/bin/redis-server")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts one and waits until it answers. */
    public static RedisProcess start(String... arguments) throws IOException, InterruptedException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = socket.getLocalPort();
            socket.close();
            return new RedisProcess(Files.createTempDirectory("agentos-redis-"), port, List.of(arguments));
        }
    }

    private Process launch() throws IOException, InterruptedException {
        Path program = program().orElseThrow(() -> new AssertionError(MISSING));
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                "--bind",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                home.toString()));
        command.addAll(arguments);
        Process started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("redis.log").toFile())
                .start();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!listens()) {
            if (started.waitFor(20, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                started.destroyForcibly();
                throw new AssertionError("Redis did not start:\n" + Files.readString(home.resolve("redis.log")));
            }
        }
        return started;
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    public int port() {
        return port;
    }

    /** SIGKILL; what it held is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** The same again after {@link #kill()}. */
    public void restart() throws IOException, InterruptedException {
        process = launch();
    }

    /** It takes connections, and answers nothing until it is to go on. */
    public void pause(boolean paused) throws IOException, InterruptedException {
        int status = new ProcessBuilder("kill", paused ? "-STOP" : "-CONT", Long.toString(process.pid()))
                .start()
                .waitFor();
        if (status != 0) {
            throw new AssertionError("kill ended with " + status);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        kill();
        try (Stream<Path> files = Files.list(home)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(home);
    }
}
