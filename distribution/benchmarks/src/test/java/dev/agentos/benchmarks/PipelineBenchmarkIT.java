package dev.agentos.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.agentos.benchmarks.internal.Result;
import dev.agentos.benchmarks.internal.Wrk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmarks of the pipeline, of decisions and of row-level security, as small as can be. */
class PipelineBenchmarkIT {

    private final List<Result> results = new ArrayList<>();

    @Test
    void measuresDecisions() {
        new PolicyBenchmark(Scale.TINY, results::add).run();
        assertMeasured("decision-p50", "decision-p99", "everywhere-p50", "everywhere-p99");
    }

    @Tag("long")
    @Test
    void measuresReadsWithRowSecurityAndWithout(@TempDir Path work) {
        new RowSecurityBenchmark(Scale.TINY, work, results::add).run();
        assertMeasured("reads-1", "reads-2");
    }

    @Tag("long")
    @Test
    void measuresThePipeline(@TempDir Path work) throws Exception {
        assumeTrue(Wrk.present(), "wrk is not installed");
        var program = new JavaProgram(
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                System.getProperty("java.class.path"),
                List.of());
        new PipelineBenchmark(program, Scale.TINY, work, results::add).run();
        assertMeasured(
                "read-64",
                "read-p50",
                "read-p50-added",
                "write-p50",
                "write-p50-added",
                "write-keyed-p50",
                "write-keyed-p50-added",
                "crowd-p95",
                "users-p95",
                "flood-p95",
                "flood-limited-p95");
    }

    private void assertMeasured(String... names) {
        assertThat(results).extracting(Result::name).containsExactly(names);
        assertThat(results.stream().filter(result -> !result.name().endsWith("-added")))
                .allSatisfy(result -> assertThat(result.value()).isPositive());
    }
}
