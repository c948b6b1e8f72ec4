package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Contest;
import dev.agentos.benchmarks.internal.Contest.Contender;
import dev.agentos.benchmarks.internal.Contest.Pace;
import dev.agentos.benchmarks.internal.MeasuredProcess;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.SseBound;
import dev.agentos.benchmarks.internal.Target;
import dev.agentos.benchmarks.internal.Window;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** W5 and W6: the same runtime as a process of its own, over HTTP, in the settings that it is shipped with. */
final class StreamBenchmark {

    private static final String STREAMS = "W5";
    private static final String ANSWERS = "W6";
    private static final String MILLIS = "ms";
    private static final int TARGET_CLIENTS = 32;
    private static final int WARMING_CLIENTS = 16;
    private static final Duration RAMP = Duration.ofMillis(1);
    private static final Target SHARE = Target.share(0.2);
    private static final Target FIRST_EVENT = Target.atMost(5);
    private static final Target WHOLE_STREAM = Target.atMost(6);
    private static final Target ALONE = Target.atLeast(300);
    private static final Target TOGETHER = Target.atLeast(1_500);

    private final JavaProgram program;
    private final Scale scale;
    private final Path work;
    private final Consumer<Result> out;
    private final HttpClient http = HttpClient.newHttpClient();

    StreamBenchmark(JavaProgram program, Scale scale, Path work, Consumer<Result> out) {
        this.program = program;
        this.scale = scale;
        this.work = work;
        this.out = out;
    }

    /** A contender whose windows bring times of single streams as well. */
    private static final class Timed implements Contender {
        private final HttpTarget target;
        private final byte[] start;
        private final int clients;
        private final List<Double> first = new ArrayList<>();
        private final List<Double> whole = new ArrayList<>();

        Timed(HttpTarget target, byte[] start, int clients) {
            this.target = target;
            this.start = start;
            this.clients = clients;
        }

        @Override
        public Window measure(Duration ramp, Duration length) {
            var window = target.streams(start, clients, ramp, length);
            first.add(target.firstMillis());
            whole.add(target.wholeMillis());
            return window;
        }

        /** The median over the windows, without the one that warmed up. */
        private static double median(List<Double> values) {
            return Window.median(
                    values.stream().skip(1).mapToDouble(Double::doubleValue).toArray());
        }
    }

    void run(boolean streams, boolean answers) throws IOException {
        var data = work.resolve("server");
        try (var server = MeasuredProcess.start(program.server(data), work.resolve("server.log"), http)) {
            var target = new HttpTarget(
                    server.address(),
                    Files.readString(data.resolve("admin.key")).strip());
            if (streams) {
                streams(target);
            }
            if (answers) {
                answers(target);
            }
        }
    }

    private void streams(HttpTarget target) throws IOException {
        target.save(Workload.lineOfTransforms());
        var start = target.start("bench-line", Workload.input(Workload.STATE_BYTES));
        var recorded = Files.write(work.resolve("stream"), target.record(start));
        var bound = program.command(SseBound.class.getName(), recorded.toString());
        try (var jetty = MeasuredProcess.start(bound, work.resolve("bound.log"), http)) {
            var limit = new HttpTarget(jetty.address(), "none");
            target.streams(start, TARGET_CLIENTS, RAMP, scale.warmUp());
            var pace = scale.pace();
            for (var clients : scale.streams()) {
                streams(new Timed(target, start, clients), new Timed(limit, start, clients), clients, pace);
                pace = pace.warmedUp(pace.window());
            }
        }
    }

    private void streams(Timed ours, Timed jetty, int clients, Pace pace) {
        var windows = Contest.hold(pace, List.of(jetty, ours));
        var limit = windows.getFirst();
        var value = windows.getLast();
        report("streams-", "runs/s", clients, value.perSecond(), limit.perSecond(), clients == TARGET_CLIENTS, SHARE);
        report(
                "first-event-",
                MILLIS,
                clients,
                Timed.median(ours.first),
                Timed.median(jetty.first),
                clients == TARGET_CLIENTS,
                FIRST_EVENT);
        report(
                "whole-stream-",
                MILLIS,
                clients,
                Timed.median(ours.whole),
                Timed.median(jetty.whole),
                clients == 1,
                WHOLE_STREAM);
        report("client-cpu-", "ms/run", clients, value.cpuMillis(), limit.cpuMillis(), false, SHARE);
    }

    private void report(
            String name, String unit, int clients, double value, double limit, boolean counts, Target target) {
        var result = Result.of(STREAMS, name + clients, unit, value).against(limit);
        out.accept(counts ? result.reaching(target) : result);
    }

    private void answers(HttpTarget target) {
        target.save(Workload.question());
        var start = target.start("bench-question", Workload.input(Workload.STATE_BYTES));
        target.answers(start, WARMING_CLIENTS, RAMP, scale.warmUp());
        var contenders = scale.resumes().stream()
                .map(clients -> (Contender) (ramp, length) -> target.answers(start, clients, ramp, length))
                .toList();
        var windows = Contest.hold(scale.pace(), contenders);
        for (var i = 0; i < windows.size(); i++) {
            var clients = scale.resumes().get(i);
            var rate = Result.of(
                    ANSWERS, "resume-" + clients, "trips/s", windows.get(i).perSecond());
            out.accept(
                    switch (clients) {
                        case 1 -> rate.reaching(ALONE);
                        case 16 -> rate.reaching(TOGETHER);
                        default -> rate;
                    });
        }
    }
}
