package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.Latencies;
import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.RuleSet;
import dev.agentos.benchmarks.internal.Target;
import java.time.Duration;
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
        var confined = RuleSet.confined();
        var concerned = RuleSet.concerned();
        var everywhere = RuleSet.everywhere();
        var decision = new Latencies();
        var least = new Latencies();
        var all = new Latencies();
        measure(scale.pace().warmUp(), confined, decision, concerned, least, everywhere, all);
        measure(
                scale.pace().window().multipliedBy(scale.pace().windows()),
                confined,
                decision,
                concerned,
                least,
                everywhere,
                all);
        out.accept(
                Result.of(NAME, "decision-p50", MICROS, micros(decision, 0.5)).against(micros(least, 0.5)));
        out.accept(Result.of(NAME, "decision-p99", MICROS, micros(decision, WORST))
                .against(micros(least, WORST))
                .reaching(QUICK));
        out.accept(Result.of(NAME, "everywhere-p50", MICROS, micros(all, 0.5))
                .noting("a thousand conditions are evaluated"));
        out.accept(Result.of(NAME, "everywhere-p99", MICROS, micros(all, WORST)));
    }

    /** In turn, a few decisions each, so that whatever else the machine does hurts all of them. */
    private static void measure(
            Duration length,
            RuleSet first,
            Latencies firstTimes,
            RuleSet second,
            Latencies secondTimes,
            RuleSet third,
            Latencies thirdTimes) {
        firstTimes.toggle();
        secondTimes.toggle();
        thirdTimes.toggle();
        var end = System.nanoTime() + length.toNanos();
        while (System.nanoTime() < end) {
            batch(first, firstTimes);
            batch(second, secondTimes);
            batch(third, thirdTimes);
        }
        firstTimes.toggle();
        secondTimes.toggle();
        thirdTimes.toggle();
    }

    private static void batch(RuleSet rules, Latencies times) {
        for (var i = 0; i < BATCH; i++) {
            var began = System.nanoTime();
            rules.decide();
            times.add(System.nanoTime() - began);
        }
    }

    private static double micros(Latencies times, double share) {
        return times.quantileMillis(share) * MICROS_PER_MILLI;
    }
}
