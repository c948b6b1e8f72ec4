package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Target;
import dev.agentos.benchmarks.internal.Window;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What the guard costs: the same work in a process with it and in one without, in turn. The limit of each case is the
 * time without it.
 */
final class GuardBenchmark {

    private static final String NAME = "guard";
    private static final String AGENT = "-javaagent:";
    private static final double NANOS_PER_MICRO = 1e3;

    private final JavaProgram program;
    private final Scale.Checks scale;
    private final Path work;
    private final Consumer<Result> out;

    GuardBenchmark(JavaProgram program, Scale scale, Path work, Consumer<Result> out) {
        this.program = program;
        this.scale = scale.checks();
        this.work = work;
        this.out = out;
    }

    void run() throws IOException {
        var options = program.options().stream()
                .filter(option -> !option.startsWith(AGENT))
                .toList();
        var unguarded = new JavaProgram(options, program.classPath(), program.serverSettings());
        var with = new LinkedHashMap<String, List<Double>>();
        var without = new LinkedHashMap<String, List<Double>>();
        for (var i = 0; i < scale.processes(); i++) {
            measure(unguarded, "without-" + i, without);
            measure(program, "with-" + i, with);
        }
        with.forEach((name, times) -> {
            var guarded = median(times);
            var bare = median(Optional.ofNullable(without.get(name)).orElse(List.of()));
            out.accept(Result.of(NAME, name, "µs", guarded).against(bare));
            added(name, guarded - bare);
        });
    }

    private void added(String name, double micros) {
        var result = Result.of(NAME, name + "-added", "µs", micros);
        out.accept(
                name.startsWith("host-")
                        ? result
                        : result.reaching(Target.atMost(name.startsWith("plugin-") ? 10 : 20)));
    }

    private void measure(JavaProgram started, String folder, Map<String, List<Double>> times) throws IOException {
        var place = Files.createDirectories(work.resolve(folder));
        var process = new ProcessBuilder(started.command(
                        GuardWork.class.getName(),
                        place.toString(),
                        Integer.toString(scale.batches()),
                        Integer.toString(scale.size())))
                .redirectError(work.resolve("guard.log").toFile())
                .start();
        try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                var tab = line.indexOf('\t');
                if (tab > 0) {
                    times.computeIfAbsent(line.substring(0, tab), name -> new ArrayList<>())
                            .add(Double.parseDouble(line.substring(tab + 1)) / NANOS_PER_MICRO);
                }
            }
            if (process.waitFor() != 0) {
                throw new IllegalStateException("The measured process failed: "
                        + Files.readString(work.resolve("guard.log")).strip());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", interrupted);
        } finally {
            process.destroy();
        }
    }

    private static double median(List<Double> values) {
        return values.isEmpty()
                ? Double.NaN
                : Window.median(values.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
