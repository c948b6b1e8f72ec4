package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Contest;
import dev.agentos.benchmarks.internal.Load;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Target;
import dev.agentos.benchmarks.internal.Usage;
import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.function.Consumer;

/** W2, and W3 in memory: the line and the dispatch without a database, by the planner alone and by the whole engine. */
final class InMemoryBenchmark {

    private static final String LINE = "W2";
    private static final String DISPATCH = "W3";
    private static final String PER_NODE = "µs/node";
    private static final String RATE = "runs/s";
    private static final double MICROS = 1e6;
    private static final Target PER_NODE_TARGET = Target.atMost(5);
    private static final Target RATE_TARGET = Target.atLeast(3_000);

    /** As many clients as keep the engine busy, as the dispatch with a database has. */
    private static final int CLIENTS = 16;

    private final Scale scale;
    private final Consumer<Result> out;

    InMemoryBenchmark(Scale scale, Consumer<Result> out) {
        this.scale = scale;
        this.out = out;
    }

    void line() {
        var input = Workload.input(Workload.STATE_BYTES);
        var pure = pure(new PureLine(Workload.line(), StubNode.handlers()), input);
        try (var engine = new MemoryEngine(CLIENTS, 200)) {
            var graph = engine.save(Workload.line());
            Contest.Contender alone = (ramp, length) -> engine.measure(graph, input, 1, ramp, length);
            Contest.Contender many = (ramp, length) -> engine.measure(graph, input, CLIENTS, ramp, length);
            var found = Contest.hold(scale.pace(), List.of(pure, alone, many));
            out.accept(perNode("pure", found.get(0).perSecond()).reaching(PER_NODE_TARGET));
            out.accept(perNode("engine", found.get(1).perSecond()).reaching(PER_NODE_TARGET));
            out.accept(perNode("engine-" + CLIENTS, found.get(2).perSecond()));
        }
    }

    private static Result perNode(String name, double runs) {
        return Result.of(LINE, name, PER_NODE, MICROS / runs / Workload.NODES);
    }

    void dispatch() {
        var input = Workload.dispatchInput();
        var pure = pure(new PureLine(Workload.dispatch(), StubNode.handlers()), input);
        try (var engine = new MemoryEngine(CLIENTS, 200)) {
            var graph = engine.save(Workload.dispatch());
            Contest.Contender whole = (ramp, length) -> engine.measure(graph, input, CLIENTS, ramp, length);
            var found = Contest.hold(scale.pace(), List.of(pure, whole));
            out.accept(Result.of(DISPATCH, "pure", RATE, found.get(0).perSecond()));
            out.accept(Result.of(DISPATCH, "memory", RATE, found.get(1).perSecond())
                    .reaching(RATE_TARGET));
        }
    }

    /** On one thread. */
    private static Contest.Contender pure(PureLine graph, JsonObject input) {
        return (ramp, length) -> Load.measure(
                1,
                Thread.ofPlatform().name("pure-", 0).factory(),
                client -> graph.execute(input).members().size() > 1 ? 1 : 0,
                ramp,
                length,
                Usage.Meter.NONE);
    }
}
