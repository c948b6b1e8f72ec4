package dev.agentos.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.postgres.DatabaseErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How long a database that is not there is waited for, and what for it is not. */
final class DatabaseWaitTest {

    private final DatabaseWait wait = new DatabaseWait();
    private final List<AgentOsException> told = new ArrayList<>();
    private final AtomicInteger attempts = new AtomicInteger();

    private String failing(int times, ErrorCode code) {
        if (attempts.incrementAndGet() <= times) {
            throw new AgentOsException(code, "It is not there.", "Start it.");
        }
        return "there";
    }

    @Test
    void waitsForWhatCannotBeReachedAndTellsOnce() {
        assertThat(wait.until(Duration.ofMinutes(1), told::add, () -> failing(3, KernelErrorCode.DATABASE_UNAVAILABLE)))
                .isEqualTo("there");
        assertThat(attempts).hasValue(4);
        assertThat(told).hasSize(1);
    }

    @Test
    void givesUpWhenTheTimeIsOver() {
        refuses(Duration.ofMillis(600), KernelErrorCode.DATABASE_UNAVAILABLE);
        assertThat(attempts).hasValueGreaterThan(1);
        assertThat(told).hasSize(1);
    }

    @Test
    void withoutATimeItDoesNotWait() {
        refuses(Duration.ZERO, KernelErrorCode.DATABASE_UNAVAILABLE);
        assertThat(attempts).hasValue(1);
        assertThat(told).isEmpty();
    }

    @Test
    void doesNotWaitForWhatWillNotChange() {
        refuses(Duration.ofMinutes(1), DatabaseErrorCode.AUTHENTICATION_FAILED);
        assertThat(attempts).hasValue(1);
        assertThat(told).isEmpty();
    }

    @Test
    void whoWaitsCanBeEnded() {
        wait.end();
        refuses(Duration.ofMinutes(1), KernelErrorCode.DATABASE_UNAVAILABLE);
        assertThat(attempts).hasValue(1);
    }

    private void refuses(Duration longest, ErrorCode code) {
        assertThatThrownBy(() -> wait.until(longest, told::add, () -> failing(Integer.MAX_VALUE, code)))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
    }
}
