package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.MeasuredProcess;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Window;
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
    private static final String NAME = "start";

    private final JavaProgram program;
    private final Path home;
    private final Path work;
    private final HttpClient http = HttpClient.newHttpClient();

    StartBenchmark(Path home, Path work) {
        this.program = JavaProgram.installed(home);
        this.home = home;
        this.work = work;
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
                var hot = new HelloPlugin(http, server.address(), key);
                install.add(hot.installAndCall());
                hot.uninstall();
            }
            installBound.add(HelloPlugin.lowerBound(helloTool()));
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
        return List.of(
                result("first-start", "ms", first, firstBound),
                result("warm-start", "ms", warm, warmBound),
                result("idle-memory", "MiB", memory, memoryBound),
                result("hot-install", "ms", install, installBound));
    }

    private static Result result(String name, String unit, List<Double> values, List<Double> limits) {
        return Result.of(NAME, name, unit, median(values)).against(median(limits));
    }

    private static double median(List<Double> values) {
        return Window.median(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private MeasuredProcess server(Path data) {
        return MeasuredProcess.start(program.server(data), work.resolve("server.log"), http);
    }

    private MeasuredProcess bound(String directory) {
        return MeasuredProcess.start(
                program.command(LowerBound.class.getName(), directory), work.resolve("bound.log"), http);
    }

    /** The release that the installation's registry holds; the smallest JAR is the hello tool. */
    private Path helloTool() throws IOException {
        try (var files = Files.list(home.resolve("registry/releases"))) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .min(Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow();
        }
    }
}
