package dev.agentos.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.ExecutionState;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Failure;
import dev.agentos.spi.ErrorType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EndingTest {

    private static final Instant THEN = Instant.parse("2026-11-28T12:00:00.25Z");

    private static Ending ending(ExecutionState state, Optional<Failure> failure) {
        return new Ending(
                "exe_1",
                state,
                Optional.of("pack/agent"),
                new GraphReference("gra_1", 3),
                Optional.empty(),
                failure,
                THEN,
                THEN.plusSeconds(2));
    }

    @Test
    void tellsWhatEndedAndHowAndNoMore() {
        Failure failure = new Failure("tool:FAILED", ErrorType.EXTERNAL, true, "Ann's card was refused.", "Ask her.");
        assertThat(new String(
                        ending(ExecutionState.FAILED, Optional.of(failure)).body(), StandardCharsets.UTF_8))
                .isEqualTo("{\"type\":\"execution.failed\",\"timestamp\":\"2026-11-28T12:00:02.250Z\",\"data\":{"
                        + "\"execution\":\"exe_1\",\"state\":\"FAILED\",\"agent\":\"pack/agent\","
                        + "\"graph\":\"gra_1\",\"version\":3,"
                        + "\"failure\":{\"code\":\"tool:FAILED\",\"type\":\"EXTERNAL\",\"retriable\":true},"
                        + "\"createdAt\":\"2026-11-28T12:00:00.250Z\",\"finishedAt\":\"2026-11-28T12:00:02.250Z\"}}");
    }

    @Test
    void everyEndHasItsType() {
        assertThat(ending(ExecutionState.SUCCEEDED, Optional.empty()).type()).isEqualTo("execution.completed");
        assertThat(ending(ExecutionState.CANCELLED, Optional.empty()).type()).isEqualTo("execution.cancelled");
        assertThat(ending(ExecutionState.TIMED_OUT, Optional.empty()).type()).isEqualTo("execution.failed");
    }

    @Test
    void pausesGrowAndDifferALittle() {
        Random random = new Random(1);
        Duration before = Duration.ZERO;
        for (int attempt = 1; attempt < Schedule.ATTEMPTS; attempt++) {
            Duration pause = Schedule.pause(attempt, random);
            assertThat(pause).isGreaterThan(before.multipliedBy(3).dividedBy(2));
            assertThat(Schedule.pause(attempt, random)).isNotEqualTo(pause);
            before = pause;
        }
        assertThat(before).isBetween(Duration.ofHours(21), Duration.ofHours(27));
    }
}
