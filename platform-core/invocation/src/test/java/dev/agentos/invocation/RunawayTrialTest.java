package dev.agentos.invocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.invocation.internal.RunawayTrial;
import dev.agentos.invocation.internal.ServerTime;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RunawayTrialTest {

    private static final long MOMENT = RunawayTrial.MOMENT.toNanos();

    /** Looks until it convicts; returns after how many looks, at most 1,000. */
    private static int looks(long gap, long processorEach) {
        long now = Long.MAX_VALUE - MOMENT;
        RunawayTrial trial = new RunawayTrial(now, OptionalLong.of(7));
        for (int i = 1; i < 1_000; i++) {
            // Wraps on the way, as the machine's counter may.
            if (trial.convicts(now + i * gap, OptionalLong.of(7 + i * processorEach))) {
                return i;
            }
        }
        return 1_000;
    }

    @Test
    void aThreadThatComputesIsJudgedByItsProcessorTime() {
        assertThat(looks(MOMENT, MOMENT)).isEqualTo(20);
        assertThat(looks(MOMENT, MOMENT / 2)).isEqualTo(40);
    }

    @Test
    void aThreadThatBlocksIsJudgedByTheServersTime() {
        assertThat(looks(MOMENT, 0)).isEqualTo(200);
    }

    @Test
    void timeInWhichTheServerStoodStillIsNobodysFault() {
        assertThat(looks(Duration.ofMinutes(1).toNanos(), 0)).isEqualTo(100);

        RunawayTrial trial = new RunawayTrial(0, OptionalLong.of(0));
        assertThat(trial.convicts(Duration.ofDays(1).toNanos(), OptionalLong.of(MOMENT)))
                .as("a server that was stopped for a day")
                .isFalse();
    }

    @Test
    void withoutProcessorTimesTheServersTimeDecides() {
        RunawayTrial trial = new RunawayTrial(0, OptionalLong.empty());
        for (int i = 1; i < 200; i++) {
            assertThat(trial.convicts(i * MOMENT, OptionalLong.empty())).isFalse();
        }
        assertThat(trial.convicts(200 * MOMENT, OptionalLong.empty())).isTrue();
    }

    @Test
    void aDeadlineThatPassesWhileTheServerStandsStillIsNotItsCalls() {
        ServerTime stopped = new ServerTime(RunawayTrial.MOMENT, 0);
        assertThat(stopped.mostlyAtWork()).as("no time at all").isFalse();
        stopped.look(MOMENT);
        stopped.look(MOMENT + Duration.ofSeconds(30).toNanos());
        assertThat(stopped.mostlyAtWork()).isFalse();

        ServerTime atWork = new ServerTime(RunawayTrial.MOMENT, 0);
        for (int i = 1; i <= 20; i++) {
            atWork.look(i * 2 * MOMENT);
        }
        assertThat(atWork.mostlyAtWork()).as("always a little late").isTrue();
        assertThat(atWork.passed()).isEqualTo(RunawayTrial.MOMENT.multipliedBy(40));
        atWork.away(Duration.ofSeconds(30).toNanos());
        assertThat(atWork.mostlyAtWork()).as("nobody watched").isFalse();
    }
}
