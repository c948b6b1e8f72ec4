package dev.agentos.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.benchmarks.internal.Result;
import dev.agentos.guard.Guard;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guard's benchmark as small as can be: in processes with the guard and without. */
class GuardBenchmarkIT {

    @Test
    void measuresTheSameWorkWithTheGuardAndWithout(@TempDir Path work) throws Exception {
        Path agent = Path.of(
                Guard.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        var program = new JavaProgram(
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-javaagent:" + agent),
                System.getProperty("java.class.path"),
                List.of());
        var results = new ArrayList<Result>();
        new GuardBenchmark(program, Scale.TINY, work, results::add).run();

        assertThat(results.stream().map(Result::name).filter(name -> !name.endsWith("-added")))
                .containsExactly("host-stream", "host-path", "plugin-stream", "plugin-path", "tool-call", "model-call");
        assertThat(results.stream().filter(result -> !result.name().endsWith("-added")))
                .allSatisfy(result -> assertThat(result.ratio()).isPositive());
    }
}
