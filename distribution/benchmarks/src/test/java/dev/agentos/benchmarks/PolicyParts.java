package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.RuleSet;
import dev.agentos.policy.Decision;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Decisions over a thousand rules for JMH, which samples their times. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PolicyParts {

    private final RuleSet confined = RuleSet.confined();
    private final RuleSet everywhere = RuleSet.everywhere();

    /** Rules as people write them, confined to what they are about. */
    @Benchmark
    public Decision decide() {
        return confined.decide();
    }

    /** Rules of which each has to be asked. */
    @Benchmark
    public Decision decideEverywhere() {
        return everywhere.decide();
    }
}
