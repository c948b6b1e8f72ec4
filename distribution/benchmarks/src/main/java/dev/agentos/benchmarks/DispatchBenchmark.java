package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Contest;
import dev.agentos.benchmarks.internal.Contest.Contender;
import dev.agentos.benchmarks.internal.Durability;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Target;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.InvalidInputException;
import java.util.List;
import java.util.function.Consumer;

/** W3 with a database: a dispatch over a hundred items, a branch for each, and a join of all. */
final class DispatchBenchmark {

    private static final String NAME = "W3";
    private static final String RATE = "runs/s";
    private static final int CLIENTS = 16;
    private static final Target PERSISTED = Target.atLeast(500);

    private final LocalEngine engine;
    private final Scale scale;
    private final Consumer<Result> out;

    DispatchBenchmark(LocalEngine engine, Scale scale, Consumer<Result> out) {
        this.engine = engine;
        this.scale = scale;
        this.out = out;
    }

    void run() {
        try {
            measure(engine.save(Workload.dispatch()));
        } catch (InvalidInputException refused) {
            // What the runtime says about its node types is the honest reason.
            out.accept(Result.missing(NAME, "persisted", RATE, String.valueOf(refused.getMessage())));
        }
    }

    private void measure(GraphReference graph) {
        var input = Workload.dispatchInput();
        Contender persisted = (ramp, length) -> engine.measure(graph, input, Durability.BARRIER, CLIENTS, ramp, length);
        var window = Contest.hold(scale.pace(), List.of(persisted)).getFirst();
        out.accept(Result.of(NAME, "persisted", RATE, window.perSecond()).reaching(PERSISTED));
    }
}
