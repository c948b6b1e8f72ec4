package dev.agentos.smoketests;

import dev.agentos.kernel.JvmArguments;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The built distribution as a child process on this machine's loopback address. */
final class ServerProcess implements AutoCloseable {

    /** Where the build leaves the distribution, seen from this module. */
    static final Path HOME =
            Path.of("..", "server", "target", "agentos").toAbsolutePath().normalize();

    private final Process process;
    private final Path dataDirectory;
    private final Path output;
    private final URI address;

    private ServerProcess(Process process, Path dataDirectory, Path output, URI address) {
        this.process = process;
        this.dataDirectory = dataDirectory;
        this.output = output;
        this.address = address;
    }

    /**
     * Starts a server and waits until it is ready. A new one finds what an earlier start has left, save with settings
     * of its own, by which this start is its first; then it finds its database made, and its tables.
     */
    static ServerProcess start(Path dataDirectory, String... settings) throws IOException, InterruptedException {
        if (Stream.of(settings).allMatch(setting -> isPort(setting) || isUnsigned(setting))) {
            Prepared.data(dataDirectory);
        } else {
            Prepared.database(dataDirectory);
        }
        return start(List.of(), dataDirectory, settings);
    }

    private static boolean isPort(String setting) {
        return setting.startsWith("--http-port=");
    }

    private static boolean isUnsigned(String setting) {
        return setting.startsWith("--allow-unsigned=");
    }

    /**
     * Starts a server by way of another command, which becomes another user for example; a new one makes its database.
     */
    static ServerProcess start(List<String> prefix, Path dataDirectory, String... settings)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("agentos-server", ".log");
        List<String> arguments = new ArrayList<>(List.of("--data-dir=" + dataDirectory));
        if (Stream.of(settings).noneMatch(ServerProcess::isUnsigned)) {
            arguments.add("--allow-unsigned=true");
        }
        if (Stream.of(settings).noneMatch(ServerProcess::isPort)) {
            arguments.add("--http-port=0");
        }
        arguments.addAll(List.of(settings));
        Process process = launch(prefix, output, arguments);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(180);
        while (System.nanoTime() < deadline) {
            for (String line : Files.readAllLines(output)) {
                if (line.startsWith("READY ")) {
                    return new ServerProcess(
                            process,
                            dataDirectory,
                            output,
                            URI.create(line.substring(6).strip()));
                }
            }
            if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                break;
            }
        }
        process.destroyForcibly();
        throw new AssertionError("The server did not become ready:\n" + Files.readString(output));
    }

    /** A start that must fail: its exit code and what it printed. */
    static Refusal startRefused(List<String> settings) throws IOException, InterruptedException {
        return startRefused(List.of(), settings);
    }

    /** The same by way of another command. */
    static Refusal startRefused(List<String> prefix, List<String> settings) throws IOException, InterruptedException {
        Path output = Files.createTempFile("agentos-server", ".log");
        Process process = launch(prefix, output, settings);
        if (!process.waitFor(180, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("The server neither failed nor ended:\n" + Files.readString(output));
        }
        return new Refusal(process.exitValue(), Files.readString(output));
    }

    record Refusal(int exitCode, String output) {}

    private static Process launch(List<String> prefix, Path output, List<String> arguments) throws IOException {
        Prepared.caches();
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String argument : JvmArguments.of(HOME)) {
            // Another user may not write the archive of classes into the build's directory.
            if (prefix.isEmpty() || !argument.contains("SharedArchive")) {
                command.add(argument);
            }
        }
        if (prefix.isEmpty()) {
            // A server that a test uses for a minute is over before the optimising compiler has paid.
            command.add("-XX:TieredStopAtLevel=1");
        }
        command.addAll(List.of("-cp", HOME.resolve("lib") + "/*", "dev.agentos.server.ServerMain"));
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("AGENTOS_"));
        builder.environment().put("AGENTOS_HOME", HOME.toString());
        return builder.start();
    }

    /** The platform administrator, acting for the tenant that a new server has. */
    Api administrator() throws IOException {
        String key = Files.readString(dataDirectory.resolve("admin.key")).strip();
        return new Api(address, key, Optional.of("default"));
    }

    Api as(String key) {
        return new Api(address, key, Optional.empty());
    }

    URI address() {
        return address;
    }

    String output() throws IOException {
        return Files.readString(output);
    }

    long pid() {
        return process.pid();
    }

    /** SIGKILL: no hook runs, nothing is flushed. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM; returns the exit code. */
    int stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("The server did not stop within 30 s");
        }
        return process.exitValue();
    }

    @Override
    public void close() throws InterruptedException {
        if (process.isAlive()) {
            stop();
        }
    }
}
