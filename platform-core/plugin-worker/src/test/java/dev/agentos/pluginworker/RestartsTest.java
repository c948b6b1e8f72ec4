package dev.agentos.pluginworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RestartsTest {

    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void pausesDoubleAndEndAtTheFifthCrash() {
        Restarts restarts = new Restarts(new Random(7));

        for (int crash = 1; crash < Restarts.MOST; crash++) {
            Duration longest = Duration.ofMillis(200L << (crash - 1));
            assertThat(restarts.after(BEGIN.plusSeconds(crash)).orElseThrow()).isBetween(longest.dividedBy(2), longest);
        }
        assertThat(restarts.after(BEGIN.plusSeconds(Restarts.MOST))).isEmpty();
    }

    @Test
    void crashesOfLongAgoDoNotCount() {
        Restarts restarts = new Restarts(new Random(7));
        Optional<Duration> last = Optional.empty();
        for (int crash = 0; crash < 2 * Restarts.MOST; crash++) {
            last = restarts.after(BEGIN.plus(Restarts.WINDOW.plusSeconds(1).multipliedBy(crash)));
        }
        assertThat(last.orElseThrow()).isLessThanOrEqualTo(Duration.ofMillis(200));
    }
}
