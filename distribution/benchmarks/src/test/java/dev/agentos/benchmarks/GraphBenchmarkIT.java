package dev.agentos.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.benchmarks.internal.Result;
import dev.agentos.kernel.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every benchmark of the graph runtime once, as small as can be, on a real PostgreSQL and a real server. */
@Tag("long")
class GraphBenchmarkIT {
    private static final List<Result> RESULTS = new ArrayList<>();

    @BeforeAll
    static void measureEverything(@TempDir Path work) throws IOException {
        var program = new JavaProgram(
                List.of(
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED"),
                System.getProperty("java.class.path"),
                List.of());
        new GraphBenchmark(program, Scale.TINY, work, RESULTS::add)
                .run(GraphBenchmark.named("W1,W2,W3,W4,W5,W6,state,memory,queue"));
    }

    @Test
    void measuresTheLineAndItsLimits() {
        assertThat(measured("W1"))
                .contains(
                        "run10-1",
                        "asyncdelta-1",
                        "barrier-1",
                        "barrier-1-cpu",
                        "barrier-1-wal",
                        "run10-2",
                        "groupdelta-2",
                        "groupdelta-2-wal",
                        "asyncdelta-2",
                        "barrier-2",
                        "effects-1",
                        "effects-2",
                        "effects-2-cpu");
        assertThat(of("W1").filter(result -> result.name().startsWith("barrier")))
                .allSatisfy(result -> assertThat(result.ratio()).isPositive());
    }

    @Test
    void measuresTheOtherGraphsInProcess() {
        assertThat(measured("W2")).containsExactly("pure", "engine", "engine-16");
        assertThat(measured("W4")).contains("loop-1", "loop-2", "loop-2-cpu", "loop-2-wal");
        assertThat(measured("state")).containsExactly("bytes-2KiB", "bytes-8KiB", "supersteps-10", "supersteps-20");
    }

    @Test
    void measuresStreamsOfAServer() {
        assertThat(measured("W5"))
                .contains("streams-1", "first-event-1", "whole-stream-1", "streams-2", "first-event-2");
        assertThat(measured("W6")).containsExactly("resume-1", "resume-2");
    }

    @Test
    void measuresWhatACrowdHolds() {
        assertThat(of("memory").map(Result::name))
                .containsExactly("waiting-heap", "waiting-threads", "queued-heap", "queued-threads");
        assertThat(of("memory")).allSatisfy(result -> assertThat(result.value()).isFinite());
    }

    @Test
    void measuresHowAServerTakesWhatAnotherHasQueued() {
        assertThat(of("queue").map(Result::name))
                .containsExactly("start-p50", "start-p95", "idle-cpu", "idle-cpu-postgres");
        assertThat(measured("queue")).contains("start-p50", "start-p95");
    }

    @Test
    void saysOfEachCaseWhatItIsOrWhyItIsNot() {
        assertThat(RESULTS).allSatisfy(result -> {
            assertThat(Double.isNaN(result.value())).isEqualTo(result.line().contains("not available: "));
            assertThat(Json.parseObject(Json.write(result.json())).members().keySet())
                    .containsExactly("benchmark", "case", "value", "unit", "limit", "ratio");
        });
        assertThat(of("W3").map(Result::name)).containsExactly("pure", "memory", "persisted");
    }

    private static List<String> measured(String benchmark) {
        return of(benchmark)
                .filter(result -> result.value() > 0)
                .map(Result::name)
                .toList();
    }

    private static Stream<Result> of(String benchmark) {
        return RESULTS.stream().filter(result -> result.benchmark().equals(benchmark));
    }
}
