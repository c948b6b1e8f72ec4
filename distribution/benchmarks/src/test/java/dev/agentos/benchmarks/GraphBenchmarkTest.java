package dev.agentos.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class GraphBenchmarkTest {

    @Test
    void refusesAnUnknownBenchmark() {
        assertThatThrownBy(() -> GraphBenchmark.named("W1,W9")).hasMessageContaining("'W9'");
        assertThat(GraphBenchmark.named("")).containsExactlyElementsOf(GraphBenchmark.USUAL);
    }
}
