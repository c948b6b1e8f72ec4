package dev.agentos.smoketests;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The command line as a user has it: the launcher of this checkout with the distribution that the build has made, a
 * data directory and a port of its own.
 */
record Launcher(Path directory, int port) {

    static final Path CHECKOUT = Path.of("..", "..").toAbsolutePath().normalize();

    /**
     * An author's Maven begins with an empty repository, and finds near at hand what this build has used: nothing that
     * this checkout has built gets into the repository of the machine, and nothing of ours that is there comes from it.
     */
    private static final String MAVEN_SETTINGS = """
        <settings>
          <profiles>
            <profile>
              <id>near</id>
              <repositories><repository>%1$s</repository></repositories>
              <pluginRepositories><pluginRepository>%1$s</pluginRepository></pluginRepositories>
            </profile>
          </profiles>
          <activeProfiles><activeProfile>near</activeProfile></activeProfiles>
        </settings>
        """;

    private static final Path OURS = Path.of("dev", "agentos");

    /**
     * A launcher that runs in that directory and keeps its data in {@code .agentos} below it, where a server finds what
     * an earlier start has left.
     */
    static Launcher in(Path directory) throws IOException, InterruptedException {
        Launcher agentos = fresh(directory);
        Prepared.data(agentos.data());
        return agentos;
    }

    /** The same without anything below it. */
    static Launcher fresh(Path directory) throws IOException {
        Prepared.caches();
        Files.createDirectories(directory.resolve(".m2"));
        Path near = directory.resolve(".m2").resolve("near");
        linkAllButOurs(Path.of(System.getProperty("user.home"), ".m2", "repository"), near, OURS);
        Files.writeString(
                directory.resolve(".m2").resolve("settings.xml"),
                MAVEN_SETTINGS.formatted("<id>near</id><url>" + near.toUri()
                        + "</url><releases><checksumPolicy>ignore</checksumPolicy></releases>"));
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new Launcher(directory, socket.getLocalPort());
        }
    }

    /** A folder of links to what another one has, without one path of it. */
    private static void linkAllButOurs(Path folder, Path links, Path ours) throws IOException {
        Files.createDirectories(links);
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.toList()) {
                Path link = links.resolve(entry.getFileName());
                if (!entry.getFileName().equals(ours.getName(0))) {
                    if (!Files.exists(link)) {
                        Files.createSymbolicLink(link, entry);
                    }
                } else if (ours.getNameCount() > 1) {
                    linkAllButOurs(entry, link, ours.subpath(1, ours.getNameCount()));
                }
            }
        }
    }

    /** What a command left: its exit code, and all that it printed. */
    record Outcome(int exitCode, String output) {
        Outcome expect(int expected) {
            if (exitCode != expected) {
                throw new AssertionError("Exit code " + exitCode + " instead of " + expected + ":\n" + output);
            }
            return this;
        }
    }

    Path data() {
        return directory.resolve(".agentos");
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Runs {@code agentos} with those arguments to its end. */
    Outcome run(String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(CHECKOUT.resolve("agentos").toString()));
        command.addAll(List.of(arguments));
        return finish(command, 120);
    }

    /** Runs any command in this launcher's surroundings to its end. */
    Outcome finish(List<String> command, long seconds) throws IOException, InterruptedException {
        Path output = Files.createTempFile(directory, "command", ".out");
        Process process = start(command, output);
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                throw new AssertionError(command + " did not end in " + seconds + " s:\n" + Files.readString(output));
            }
            return new Outcome(process.exitValue(), Files.readString(output));
        } finally {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
    }

    /** Starts a command in this launcher's surroundings. */
    Process start(List<String> command, Path output) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("AGENTOS_"));
        environment.put("AGENTOS_HOME", ServerProcess.HOME.toString());
        environment.put("AGENTOS_DATA_DIR", data().toString());
        environment.put("AGENTOS_HTTP_PORT", Integer.toString(port));
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("HOME", directory.toString());
        environment.put("MAVEN_OPTS", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Duser.home=" + directory);
        return builder.start();
    }

    /** A server that {@code agentos up} runs in the foreground. */
    Up up(String... arguments) throws IOException, InterruptedException {
        Path output = Files.createTempFile(directory, "up", ".out");
        // Whoever runs these tests in the background of a shell ignores Ctrl-C, and hands that down.
        List<String> command = new ArrayList<>(List.of(
                "env", "--default-signal=INT", CHECKOUT.resolve("agentos").toString(), "up"));
        command.addAll(List.of(arguments));
        Up up = new Up(start(command, output), output);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(180);
        while (!up.printed().contains("Ctrl-C stops the server.")) {
            if (up.process.waitFor(50, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                up.close();
                throw new AssertionError("'agentos up' did not become ready:\n" + up.printed());
            }
        }
        return up;
    }

    /** A running {@code agentos up}. */
    record Up(Process process, Path output) implements AutoCloseable {

        String printed() throws IOException {
            return Files.readString(output);
        }

        /** Ctrl-C, as a terminal sends it; returns the exit code. */
        int interrupt() throws IOException, InterruptedException {
            List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
            all.add(process.toHandle());
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                    .start()
                    .waitFor();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                throw new AssertionError("'agentos up' goes on after Ctrl-C:\n" + printed());
            }
            for (ProcessHandle one : all) {
                one.onExit().orTimeout(10, TimeUnit.SECONDS).join();
            }
            return process.exitValue();
        }

        @Override
        public void close() throws InterruptedException {
            process.destroy();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }
}
