package dev.agentos.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResultTest {
    @Test
    void takesTheMiddleOfTheRuns() {
        assertThat(Result.median(List.of(9.0, 1.0, 5.0))).isEqualTo(5.0);
        assertThat(Result.median(List.of(1.0, 2.0, 4.0, 100.0))).isEqualTo(3.0);
    }

    @Test
    void writesOneObject() {
        assertThat(new Result("warm-start", "ms", 150, 100).json("start").toString())
                .isEqualTo("{\"benchmark\":\"start\",\"case\":\"warm-start\",\"value\":150.00,\"unit\":\"ms\","
                        + "\"limit\":100.00,\"ratio\":1.50}");
    }
}
