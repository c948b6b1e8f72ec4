package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Latencies;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.RuleSet;
import dev.agentos.benchmarks.internal.Target;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a decision over a thousand rules takes, on one thread: where rules are confined to what they are about, as
 * people write them, and where every single one has to be asked. The limit has only the rules that are about the call.
 */
final class PolicyBenchmark {

    private static final String NAME = "policy";
    private static final String MICROS = "µs";
    private static final double MICROS_PER_MILLI = 1_000;
    private static final double WORST = 0.99;
    private static final Target QUICK = Target.atMost(50);
    private static final int BATCH = 20;

    private final Scale scale;
    private final Consumer<Result> out;

    PolicyBenchmark(Scale scale, Consumer<Result> out) {
        this.scale = scale;
        this.out = out;
    }

    void run() {
        var decision = new Contender(RuleSet.confined(), new Latencies());
        var least = new Contender(RuleSet.concerned(), new Latencies());
        var all = new Contender(RuleSet.everywhere(), new Latencies());
        var contenders = List.of(decision, least, all);
        measure(scale.pace().warmUp(), contenders);
        measure(scale.pace().window().multipliedBy(scale.pace().windows()), contenders);
        out.accept(Result.of(NAME, "decision-p50", MICROS, decision.micros(0.5)).against(least.micros(0.5)));
        out.accept(Result.of(NAME, "decision-p99", MICROS, decision.micros(WORST))
                .against(least.micros(WORST))
                .reaching(QUICK));
        out.accept(Result.of(NAME, "everywhere-p50", MICROS, all.micros(0.5))
                .noting("a thousand conditions are evaluated"));
        out.accept(Result.of(NAME, "everywhere-p99", MICROS, all.micros(WORST)));
    }

    /** Rules that decide, and how long each decision took. */
    private record Contender(RuleSet rules, Latencies times) {

        void batch() {
            for (var i = 0; i < BATCH; i++) {
                var began = System.nanoTime();
                rules.decide();
                times.add(System.nanoTime() - began);
            }
        }

        double micros(double share) {
            return times.quantileMillis(share) * MICROS_PER_MILLI;
        }
    }

    /** In turn, a few decisions each, so that whatever else the machine does hurts all of them. */
    private static void measure(Duration length, List<Contender> contenders) {
        contenders.forEach(one -> one.times().toggle());
        var end = System.nanoTime() + length.toNanos();
        while (System.nanoTime() < end) {
            contenders.forEach(Contender::batch);
        }
        contenders.forEach(one -> one.times().toggle());
    }
}
