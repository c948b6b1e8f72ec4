package dev.agentos.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs {@link PureParts} and {@link PolicyParts}: as small as can be, or in earnest with {@code -Dbenchmarks.jmh=full}.
 */
class PurePartsTest {
    private static final int PARTS = 7;
    private static final int SIZES = 2;
    private static final int DECISIONS = 2;

    @Test
    void measuresEveryPart() throws RunnerException {
        var results = new Runner(options().build()).run();

        assertThat(results).hasSize(PARTS * SIZES + DECISIONS);
        assertThat(results)
                .extracting(PurePartsTest::micros)
                .allSatisfy(micros -> assertThat(micros).isPositive());
    }

    private static double micros(RunResult result) {
        return result.getPrimaryResult().getScore();
    }

    private static ChainedOptionsBuilder options() {
        var options = new OptionsBuilder()
                .include(PureParts.class.getName() + ".*")
                .include(PolicyParts.class.getName() + ".*")
                .shouldFailOnError(true);
        if (System.getProperty("benchmarks.jmh", "").equals("full")) {
            return options.forks(1)
                    .warmupIterations(3)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(5)
                    .measurementTime(TimeValue.seconds(1));
        }
        return options.forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(1))
                .verbosity(VerboseMode.SILENT);
    }
}
