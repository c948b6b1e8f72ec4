package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Contest;
import dev.agentos.benchmarks.internal.Load;
import dev.agentos.benchmarks.internal.Usage;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** W2: the line of W1 in memory, on one thread. */
final class MemoryLineBenchmark {

    private static final String NAME = "W2";
    private static final String UNIT = "µs/node";
    private static final double MICROS = 1e6;
    private static final Target TARGET = Target.atMost(5);

    private final Scale scale;
    private final Consumer<Result> out;

    MemoryLineBenchmark(Scale scale, Consumer<Result> out) {
        this.scale = scale;
        this.out = out;
    }

    void run() {
        var handlers = StubNode.all();
        var line = new PureLine(Workload.line(), type -> Optional.ofNullable(handlers.get(type)));
        var input = Workload.input(Workload.STATE_BYTES);
        Contest.Contender pure = (ramp, length) -> Load.measure(
                1,
                Thread.ofPlatform().name("pure-", 0).factory(),
                client -> line.execute(input).members().size() > 1 ? 1 : 0,
                ramp,
                length,
                Usage.Meter.NONE);
        var rate = Contest.hold(scale.pace(), List.of(pure)).getFirst().perSecond();
        out.accept(Result.of(NAME, "pure", UNIT, MICROS / rate / Workload.NODES).reaching(TARGET));
        out.accept(Result.missing(NAME, "engine", UNIT, "the runtime has no store in memory yet"));
    }
}
