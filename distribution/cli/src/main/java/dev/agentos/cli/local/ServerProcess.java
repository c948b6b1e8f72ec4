package dev.agentos.cli.local;

import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Installation;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A server that this command started and that ends with it. */
public final class ServerProcess {
    private static final String READY = "READY ";
    private static final String WAITING = "WAITING ";
    private static final String TOLD = "agentos: ";
    private static final String MAIN = "dev.agentos.server.ServerMain";
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
    private static final int SHOWN_LOG_LINES = 15;

    private final Process process;
    private final URI address;
    private final Duration startTime;
    private final Thread stopAtExit;

    private ServerProcess(Process process, URI address, Duration startTime, Thread stopAtExit) {
        this.process = process;
        this.address = address;
        this.startTime = startTime;
        this.stopAtExit = stopAtExit;
    }

    /**
     * Starts a server and waits until it is ready.
     *
     * @param settings as on the server's command line, {@code --name=value}
     * @param log where its log goes; the last lines are told when it cannot start
     */
    static ServerProcess start(Installation installation, List<String> settings, Path log) {
        return start(installation, installation.java(MAIN), settings, log);
    }

    /** The same, and when the server ends its virtual machine writes the cache of classes to that file. */
    static ServerProcess train(Installation installation, Path cache, List<String> settings, Path log) {
        return start(installation, installation.training(MAIN, cache), settings, log);
    }

    private static ServerProcess start(Installation installation, List<String> java, List<String> settings, Path log) {
        var command = new ArrayList<>(java);
        command.addAll(settings);
        if (settings.stream().noneMatch(setting -> setting.startsWith("--registry-"))) {
            command.add("--registry-seed=" + installation.registry());
        }
        var began = System.nanoTime();
        try {
            var earlier = Files.exists(log) ? Files.size(log) : 0;
            var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().put("AGENTOS_HOME", installation.home().toString());
            var process = builder.start();
            var stop = new Thread(() -> end(process, STOP_LIMIT), "stop-server");
            Runtime.getRuntime().addShutdownHook(stop);
            var address = awaitReady(process, log, earlier);
            return new ServerProcess(process, address, Duration.ofNanos(System.nanoTime() - began), stop);
        } catch (IOException failure) {
            throw new CliException(CliException.FAILED, "The server cannot be started: " + failure.getMessage());
        }
    }

    private static URI awaitReady(Process process, Path log, long earlier) throws IOException {
        var output = process.inputReader(StandardCharsets.UTF_8);
        for (var line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(READY)) {
                Thread.ofVirtual().start(() -> drain(output));
                return URI.create(line.substring(READY.length()).strip());
            }
            if (line.startsWith(WAITING)) {
                System.err.println("Waiting: " + line.substring(WAITING.length()));
            }
        }
        end(process, STOP_LIMIT);
        throw new CliException(Math.max(process.exitValue(), CliException.FAILED), lastWords(log, earlier));
    }

    /** What the server says of its failed start; without that, the end of what it logged since then. */
    private static String lastWords(Path log, long earlier) throws IOException {
        List<String> lines;
        try (var written = Files.newInputStream(log)) {
            written.skipNBytes(earlier);
            lines = new String(written.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
        var told = lines.stream()
                .filter(line -> line.startsWith(TOLD))
                .map(line -> line.substring(TOLD.length()))
                .toList();
        if (!told.isEmpty()) {
            return "The server did not start.\n  " + String.join("\n  ", told);
        }
        var shown = lines.subList(Math.max(0, lines.size() - SHOWN_LOG_LINES), lines.size());
        return "The server did not start. The end of its log, " + log + ":\n  " + String.join("\n  ", shown);
    }

    /** While this process is being stopped, what fails does so for that reason, and needs no telling. */
    public static void waitWhileStopping() {
        try {
            var probe = new Thread(() -> {});
            Runtime.getRuntime().addShutdownHook(probe);
            Runtime.getRuntime().removeShutdownHook(probe);
        } catch (IllegalStateException stopping) {
            while (true) {
                LockSupport.park();
            }
        }
    }

    /** A full pipe would stop the server at its next line. */
    private static void drain(BufferedReader output) {
        try {
            while (output.readLine() != null) {
                // The log has everything that matters.
            }
        } catch (IOException ended) {
            // The process is gone, and its output with it.
        }
    }

    URI address() {
        return address;
    }

    Duration startTime() {
        return startTime;
    }

    long pid() {
        return process.pid();
    }

    /** Waits until the server has ended by itself. */
    int await() {
        try {
            return process.waitFor();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CliException(CliException.FAILED, "Interrupted.");
        }
    }

    /** Ends the server as a loss of power would: it gets no chance to tidy up. */
    void kill() {
        process.toHandle().destroyForcibly();
        await();
        Runtime.getRuntime().removeShutdownHook(stopAtExit);
    }

    /** Asks the server to stop and waits for it. */
    void stop() {
        stop(STOP_LIMIT);
    }

    /** Asks the server to stop, waits for it at most that long, and ends it then. */
    void stop(Duration limit) {
        end(process, limit);
        Runtime.getRuntime().removeShutdownHook(stopAtExit);
    }

    private static void end(Process process, Duration limit) {
        process.destroy();
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new CliException(CliException.UNAVAILABLE, "No free port: " + failure.getMessage());
        }
    }
}
