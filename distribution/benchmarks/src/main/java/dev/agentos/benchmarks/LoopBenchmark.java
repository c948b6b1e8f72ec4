package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Contest;
import dev.agentos.benchmarks.internal.Contest.Contender;
import dev.agentos.benchmarks.internal.Durability;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Target;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** W4: a model that asks for a tool and is asked again, twenty rounds, with a stub for each. */
final class LoopBenchmark {

    private static final String NAME = "W4";
    private static final Map<Integer, Double> TARGETS = Map.of(1, 60.0, 16, 350.0);

    private final LocalEngine engine;
    private final Scale scale;
    private final Consumer<Result> out;

    LoopBenchmark(LocalEngine engine, Scale scale, Consumer<Result> out) {
        this.engine = engine;
        this.scale = scale;
        this.out = out;
    }

    void run() {
        var graph = engine.save(Workload.loop());
        var input = Workload.input(Workload.STATE_BYTES);
        var contenders = scale.loop().stream()
                .map(clients -> (Contender)
                        (ramp, length) -> engine.measure(graph, input, Durability.BARRIER, clients, ramp, length))
                .toList();
        var windows = Contest.hold(scale.pace(), List.copyOf(contenders));
        for (var i = 0; i < windows.size(); i++) {
            var clients = scale.loop().get(i);
            var name = "loop-" + clients;
            var rate = Result.of(NAME, name, "runs/s", windows.get(i).perSecond());
            out.accept(TARGETS.containsKey(clients) ? rate.reaching(Target.atLeast(TARGETS.get(clients))) : rate);
            out.accept(Result.of(NAME, name + "-cpu", "ms/run", windows.get(i).cpuMillis()));
            out.accept(Result.of(NAME, name + "-wal", "KiB/run", windows.get(i).walKibibytes()));
        }
    }
}
