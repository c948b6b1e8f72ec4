package dev.agentos.benchmarks.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Loads a server with {@code wrk}, which takes a fraction of the processor that a client in Java would take from the
 * server beside it.
 */
public final class Wrk {

    private static final String MARK = "MEASURED ";
    private static final int FIELDS = 6;

    private final Path folder;

    /**
     * A load generator.
     *
     * @param folder where its scripts go
     */
    public Wrk(Path folder) {
        this.folder = folder;
    }

    /** Whether the program is there. */
    public static boolean present() {
        try {
            new ProcessBuilder("wrk", "-v")
                    .redirectErrorStream(true)
                    .start()
                    .onExit()
                    .join();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * A request that is repeated.
     *
     * @param address where to
     * @param method as in {@code GET}
     * @param headers of each
     * @param body of each; empty for none
     * @param keyed whether each has an {@code Idempotency-Key} of its own
     * @param pause how long a connection waits before each
     */
    public record Target(
            URI address, String method, Map<String, String> headers, String body, boolean keyed, Duration pause) {

        /** The same with a pause before each. */
        public Target pausing(Duration length) {
            return new Target(address, method, headers, body, keyed, length);
        }
    }

    /**
     * What was seen.
     *
     * @param perSecond answers a second
     * @param p50 the median of the times of an answer, in milliseconds
     * @param p95 within which 95 of 100 came
     * @param p99 within which 99 of 100 came
     * @param refused how many had a status of 400 and more
     * @param broken how many did not come
     */
    public record Sample(double perSecond, double p50, double p95, double p99, double refused, double broken) {

        /** The median of each value by itself. */
        public static Sample median(List<Sample> samples) {
            return new Sample(
                    median(samples, Sample::perSecond),
                    median(samples, Sample::p50),
                    median(samples, Sample::p95),
                    median(samples, Sample::p99),
                    median(samples, Sample::refused),
                    median(samples, Sample::broken));
        }

        private static double median(List<Sample> samples, ToDoubleFunction<Sample> value) {
            return Window.median(samples.stream().mapToDouble(value).toArray());
        }
    }

    /** Repeats a request on that many connections for that time, in whole seconds. */
    public Sample load(Target target, int connections, Duration length) {
        try {
            var running = start(target, connections, length);
            try (var lines = running.inputReader(StandardCharsets.UTF_8)) {
                var result = lines.lines().filter(line -> line.startsWith(MARK)).findFirst();
                if (running.waitFor() != 0 || result.isEmpty()) {
                    throw new IllegalStateException("wrk failed");
                }
                return sample(result.get().substring(MARK.length()).split(" "));
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", interrupted);
        }
    }

    private Process start(Target target, int connections, Duration length) throws IOException {
        var script = Files.writeString(Files.createTempFile(folder, "wrk-", ".lua"), script(target));
        var command = new ArrayList<>(List.of("wrk", "-t1", "-c" + connections));
        command.addAll(List.of("-d" + Math.max(1, length.toSeconds()) + "s", "--timeout", "30s"));
        command.addAll(List.of("-s", script.toString(), target.address().toString()));
        return new ProcessBuilder(command)
                .redirectError(folder.resolve("wrk.log").toFile())
                .start();
    }

    private static String script(Target target) {
        var script = new StringBuilder("wrk.method = \"" + target.method() + "\"\n");
        target.headers().forEach((name, value) -> script.append("wrk.headers[\"" + name + "\"] = [[" + value + "]]\n"));
        if (!target.body().isEmpty()) {
            script.append(
                    "wrk.headers[\"Content-Type\"] = \"application/json\"\nwrk.body = [[" + target.body() + "]]\n");
        }
        if (target.pause().isPositive()) {
            script.append("delay = function()\n return " + target.pause().toMillis() + "\nend\n");
        }
        if (target.keyed()) {
            script.append("local run, sent = \"" + System.nanoTime() + "-\", 0\n");
            script.append("request = function()\n sent = sent + 1\n wrk.headers[\"Idempotency-Key\"] = run .. sent\n");
            script.append(" return wrk.format(nil, nil)\nend\n");
        }
        return script + "done = function(summary, latency, requests)\n"
                + " local lost = summary.errors.connect + summary.errors.read + summary.errors.write"
                + " + summary.errors.timeout\n"
                + " io.write(string.format(\"" + MARK + "%f %f %f %f %d %d\\n\","
                + " summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,"
                + " latency:percentile(95) / 1000, latency:percentile(99) / 1000, summary.errors.status, lost))\nend\n";
    }

    private static Sample sample(String[] fields) {
        if (fields.length != FIELDS) {
            throw new IllegalStateException("wrk said something else");
        }
        return new Sample(
                Double.parseDouble(fields[0]),
                Double.parseDouble(fields[1]),
                Double.parseDouble(fields[2]),
                Double.parseDouble(fields[3]),
                Double.parseDouble(fields[4]),
                Double.parseDouble(fields[5]));
    }
}
