package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Contest;
import dev.agentos.benchmarks.internal.Contest.Contender;
import dev.agentos.benchmarks.internal.Contest.Pace;
import dev.agentos.benchmarks.internal.Durability;
import dev.agentos.benchmarks.internal.GroupCommits;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.SingleCommits;
import dev.agentos.benchmarks.internal.Target;
import dev.agentos.benchmarks.internal.Window;
import dev.agentos.graph.GraphReference;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** W1: a line of ten nodes on a state of 2,048 bytes, each of which appends a message of 100 bytes. */
final class LineBenchmark {

    private static final String NAME = "W1";
    private static final String RATE = "runs/s";
    private static final String SINGLE = "run10";
    private static final String GROUP = "groupdelta";
    private static final String ASYNC = "asyncdelta";

    /** More connections than that PostgreSQL is not given. */
    private static final int MOST_CONNECTIONS = 64;

    /** The load at which processor time and write-ahead log have a target. */
    private static final int COST_CASE = 64;

    /** How many times a limit is tried in the time of a window before it is measured. */
    private static final int CALIBRATIONS = 8;

    private static final double CPU_MILLIS = 0.6;
    private static final double WAL_KIBIBYTES = 5;
    private static final Map<Integer, Double> BARRIER = Map.of(1, 0.8, 16, 0.5, 64, 0.5, 256, 0.5);
    private static final Map<Integer, Double> EFFECTS = Map.of(1, 0.6, 64, 0.4);

    private final LocalEngine engine;
    private final Scale scale;
    private final Consumer<Result> out;
    private final GraphReference graph;
    private final JsonObject input = Workload.input(Workload.STATE_BYTES);

    LineBenchmark(LocalEngine engine, Scale scale, Consumer<Result> out) {
        this.engine = engine;
        this.scale = scale;
        this.out = out;
        this.graph = engine.save(Workload.line());
    }

    void run() {
        var pace = scale.pace();
        for (var clients : scale.line()) {
            measure(clients, pace);
            // From the second load on, everything is warm.
            pace = pace.warmedUp(pace.window());
        }
    }

    private void measure(int clients, Pace pace) {
        var each = scale.pace().window().dividedBy(CALIBRATIONS);
        var notes = new LinkedHashMap<String, String>();
        var contenders = new LinkedHashMap<String, Contender>();
        if (clients <= MOST_CONNECTIONS) {
            contenders.put(SINGLE, new SingleCommits(engine.rows(), clients, engine.meter()));
        }
        if (clients > 1) {
            var group =
                    GroupCommits.eachRow(engine.rows(), clients, engine.meter()).calibrated(each);
            notes.put(GROUP, group.way());
            contenders.put(GROUP, group);
        }
        var async = GroupCommits.eachRun(engine.rows(), clients, engine.meter()).calibrated(each);
        notes.put(ASYNC, async.way());
        contenders.put(ASYNC, async);
        for (var durability : Durability.values()) {
            contenders.put(durability.toString(), contender(durability, clients));
        }
        var medians = Contest.hold(pace, List.copyOf(contenders.values()));
        var found = new LinkedHashMap<String, Window>();
        new ArrayList<>(contenders.keySet()).forEach(name -> found.put(name, medians.get(found.size())));
        for (var limit : List.of(SINGLE, GROUP, ASYNC)) {
            Optional.ofNullable(found.get(limit))
                    .ifPresent(window -> reportLimit(limit + "-" + clients, window, notes.getOrDefault(limit, "")));
        }
        report(Durability.BARRIER, clients, found, clients == 1 ? SINGLE : GROUP, BARRIER);
        report(Durability.EFFECTS, clients, found, ASYNC, EFFECTS);
    }

    private Contender contender(Durability durability, int clients) {
        return (Duration ramp, Duration length) -> engine.measure(graph, input, durability, clients, ramp, length);
    }

    private void reportLimit(String name, Window window, String note) {
        out.accept(Result.of(NAME, name, RATE, window.perSecond()).noting(note));
        out.accept(Result.of(NAME, name + "-cpu", "ms/run", window.cpuMillis()));
        out.accept(Result.of(NAME, name + "-wal", "KiB/run", window.walKibibytes()));
    }

    private void report(
            Durability durability,
            int clients,
            Map<String, Window> found,
            String limitName,
            Map<Integer, Double> targets) {
        var name = durability + "-" + clients;
        var window = found.get(durability.toString());
        var limit = found.get(limitName);
        if (window == null || limit == null) {
            throw new IllegalStateException("Nothing was measured for " + name + " or its limit " + limitName);
        }
        var rate = Result.of(NAME, name, RATE, window.perSecond())
                .against(limit.perSecond())
                .noting("limit: " + limitName);
        out.accept(targets.containsKey(clients) ? rate.reaching(Target.share(targets.get(clients))) : rate);
        var cpu = Result.of(NAME, name + "-cpu", "ms/run", window.cpuMillis()).against(limit.cpuMillis());
        var wal =
                Result.of(NAME, name + "-wal", "KiB/run", window.walKibibytes()).against(limit.walKibibytes());
        out.accept(clients == COST_CASE ? cpu.reaching(Target.atMost(CPU_MILLIS)) : cpu);
        out.accept(clients == COST_CASE ? wal.reaching(Target.atMost(WAL_KIBIBYTES)) : wal);
    }
}
