package dev.agentos.benchmarks;

import dev.agentos.kernel.JvmArguments;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** How long the server takes to start, what it holds when nobody uses it, and how long an install takes. */
final class StartBenchmark {
    private static final int RUNS = 5;
    private static final String SERVER = "dev.agentos.server.ServerMain";

    private final Path home;
    private final Path work;
    private final HttpClient http = HttpClient.newHttpClient();

    StartBenchmark(Path home) throws IOException {
        this.home = home;
        this.work = Files.createTempDirectory("agentos-bench-");
    }

    List<Result> run() throws IOException {
        var first = new ArrayList<Double>();
        var firstBound = new ArrayList<Double>();
        var warm = new ArrayList<Double>();
        var warmBound = new ArrayList<Double>();
        var memory = new ArrayList<Double>();
        var memoryBound = new ArrayList<Double>();
        var install = new ArrayList<Double>();
        var installBound = new ArrayList<Double>();
        for (var i = 0; i < RUNS; i++) {
            var data = work.resolve("server-" + i);
            try (var server = server(data)) {
                first.add(server.startMillis());
            }
            try (var server = server(data)) {
                warm.add(server.startMillis());
                memory.add(server.residentMebibytes());
                var key = Files.readString(data.resolve("admin.key")).strip();
                var hot = new HotInstall(http, server.address(), key);
                hot.prepare();
                install.add(hot.installAndCall());
                hot.uninstall();
            }
            installBound.add(HotInstall.lowerBound(helloTool()));
            var bound = work.resolve("bound-" + i);
            try (var least = bound(bound.toString())) {
                firstBound.add(least.startMillis());
            }
            try (var least = bound(bound.toString())) {
                warmBound.add(least.startMillis());
            }
            try (var least = bound("none")) {
                memoryBound.add(least.residentMebibytes());
            }
        }
        delete();
        return List.of(
                new Result("first-start", "ms", Result.median(first), Result.median(firstBound)),
                new Result("warm-start", "ms", Result.median(warm), Result.median(warmBound)),
                new Result("idle-memory", "MiB", Result.median(memory), Result.median(memoryBound)),
                new Result("hot-install", "ms", Result.median(install), Result.median(installBound)));
    }

    private MeasuredProcess server(Path data) {
        return MeasuredProcess.start(
                java(SERVER, "--http-port=0", "--data-dir=" + data, "--registry-seed=" + home.resolve("registry")),
                work.resolve("server.log"),
                http);
    }

    private MeasuredProcess bound(String directory) {
        return MeasuredProcess.start(java(LowerBound.class.getName(), directory), work.resolve("bound.log"), http);
    }

    private List<String> java(String mainClass, String... arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        try {
            command.addAll(JvmArguments.of(home));
        } catch (IOException failure) {
            throw new IllegalStateException("The installation is not whole", failure);
        }
        command.addAll(List.of("-cp", home.resolve("lib") + "/*", mainClass));
        command.addAll(List.of(arguments));
        return command;
    }

    /** The release that the installation's registry holds; the smallest JAR is the hello tool. */
    private Path helloTool() throws IOException {
        try (var files = Files.list(home.resolve("registry/releases"))) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .min(Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow();
        }
    }

    private void delete() throws IOException {
        try (var walk = Files.walk(work)) {
            for (var path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
