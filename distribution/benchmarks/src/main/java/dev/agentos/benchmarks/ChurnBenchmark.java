package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.MeasuredProcess;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Target;
import dev.agentos.benchmarks.internal.Vitals;
import dev.agentos.benchmarks.internal.Window;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** What it costs that plugins come and go: swapped while they are in use, and installed and removed again and again. */
final class ChurnBenchmark {

    private static final String SWAP = "swap";
    private static final String RELOAD = "reload";
    private static final String MILLIS = "ms";
    private static final Duration RAMP = Duration.ofMillis(100);
    private static final int QUIET_WINDOWS = 5;
    private static final double TWICE = 2;

    private final JavaProgram program;
    private final Scale scale;
    private final Path work;
    private final Consumer<Result> out;
    private final HttpClient http = HttpClient.newHttpClient();

    ChurnBenchmark(JavaProgram program, Scale scale, Path work, Consumer<Result> out) {
        this.program = program;
        this.scale = scale;
        this.work = work;
        this.out = out;
    }

    /** Swaps a plugin under load; an execution that fails ends the benchmark. */
    void swap() throws IOException {
        try (var server = server()) {
            var plugin = plugin(server);
            plugin.install();
            plugin.deploy();
            var target = new HttpTarget(server.address(), key());
            var start = target.start("greet", JsonObject.of("name", "you"));
            var clients = scale.churn().clients();
            target.streams(start, clients, RAMP, scale.warmUp());
            var quiet = new ArrayList<Double>();
            var rates = new ArrayList<Window>();
            for (var i = 0; i < QUIET_WINDOWS; i++) {
                rates.add(target.streams(start, clients, RAMP, scale.pace().window()));
                quiet.add(target.slowestMillis());
            }
            var swaps = new ArrayList<Double>();
            var swapping = CompletableFuture.runAsync(() -> swap(plugin, swaps));
            var busy = new ArrayList<Double>();
            var busyRates = new ArrayList<Window>();
            while (!swapping.isDone()) {
                busyRates.add(target.streams(start, clients, RAMP, scale.pace().window()));
                busy.add(target.slowestMillis());
            }
            swapping.join();
            var before = Window.median(rates).perSecond();
            out.accept(Result.of(
                            SWAP,
                            "executions",
                            "runs/s",
                            Window.median(busyRates).perSecond())
                    .against(before)
                    .noting("beside " + scale.churn().swaps() + " swaps; none failed"));
            out.accept(Result.of(SWAP, "p99", MILLIS, median(busy))
                    .against(median(quiet))
                    .reaching(new Target(true, false, TWICE)));
            out.accept(Result.of(SWAP, "swap", MILLIS, median(swaps)));
        }
    }

    private void swap(HelloPlugin plugin, List<Double> took) {
        for (var i = 0; i < scale.churn().swaps(); i++) {
            var began = System.nanoTime();
            plugin.swap();
            took.add(Duration.ofNanos(System.nanoTime() - began).toMillis() * 1.0);
        }
    }

    /** Installs, calls and removes a plugin again and again, and looks at what stays. */
    void reload() throws IOException {
        try (var server = server()) {
            var plugin = plugin(server);
            var settled = cycles(server, plugin, scale.churn().settled());
            var ended = cycles(
                    server, plugin, scale.churn().cycles() - scale.churn().settled());
            var note = "after cycle " + scale.churn().settled() + " and after "
                    + scale.churn().cycles();
            grown("metaspace", "MiB", ended.metaspaceMebibytes(), settled.metaspaceMebibytes(), note);
            grown("threads", "threads", ended.threads(), settled.threads(), note);
            grown("handles", "files", ended.handles(), settled.handles(), note);
            out.accept(Result.of(RELOAD, "loaders", "alive", ended.pluginLoaders())
                    .reaching(Target.atMost(0))
                    .noting("behind a collection"));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void grown(String name, String unit, double ended, double settled, String note) {
        out.accept(Result.of(RELOAD, name, unit, ended)
                .against(settled)
                .reaching(new Target(true, false, 1.05))
                .noting(note));
    }

    private static Vitals cycles(MeasuredProcess server, HelloPlugin plugin, int cycles)
            throws IOException, InterruptedException {
        for (var i = 0; i < cycles; i++) {
            plugin.installAndCall();
            plugin.uninstall();
        }
        return Vitals.of(server.pid());
    }

    private MeasuredProcess server() {
        return MeasuredProcess.start(program.server(work.resolve("server")), work.resolve("server.log"), http);
    }

    private HelloPlugin plugin(MeasuredProcess server) throws IOException {
        return new HelloPlugin(http, server.address(), key());
    }

    private String key() throws IOException {
        return Files.readString(work.resolve("server").resolve("admin.key")).strip();
    }

    private static double median(List<Double> values) {
        return Window.median(values.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
