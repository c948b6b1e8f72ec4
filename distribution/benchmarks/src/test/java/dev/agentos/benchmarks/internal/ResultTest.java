package dev.agentos.benchmarks.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ResultTest {
    @Test
    void writesOneObject() {
        assertThat(Result.of("start", "warm-start", "ms", 150)
                        .against(100)
                        .json()
                        .toString())
                .isEqualTo("{\"benchmark\":\"start\",\"case\":\"warm-start\",\"value\":150.00,\"unit\":\"ms\","
                        + "\"limit\":100.00,\"ratio\":1.50}");
    }

    @Test
    void writesNullForWhatThereIsNot() {
        assertThat(Result.missing("W3", "memory", "runs/s", "no such store")
                        .json()
                        .toString())
                .isEqualTo("{\"benchmark\":\"W3\",\"case\":\"memory\",\"value\":null,\"unit\":\"runs/s\","
                        + "\"limit\":null,\"ratio\":null}");
    }

    @Test
    void saysWhetherATargetIsReached() {
        var rate = Result.of("W1", "barrier-1", "runs/s", 80).against(100);

        assertThat(rate.reaching(Target.share(0.8)).line())
                .contains("≥ 0.8 of the limit")
                .endsWith("reached");
        assertThat(rate.reaching(Target.share(0.81)).line()).endsWith("MISSED");
        assertThat(rate.reaching(Target.atMost(80)).line()).contains("≤ 80 ").endsWith("reached");
        assertThat(rate.reaching(Target.atLeast(80.5)).line()).endsWith("MISSED");
    }

    @Test
    void saysWhyThereIsNoValue() {
        assertThat(Result.missing("W3", "memory", "runs/s", "no such store").line())
                .contains("not available: no such store");
    }
}
