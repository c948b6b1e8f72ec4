package dev.agentos.execution.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SuspectsTest {

    private static CompletableFuture<Suspects.Turn> next(Suspects suspects, AtomicBoolean stopping) {
        return CompletableFuture.supplyAsync(() -> suspects.await(2, stopping::get));
    }

    @Test
    void holdsUpNobodyAtWhomOneServerEnded() throws Exception {
        Suspects suspects = new Suspects(Duration.ofDays(1));
        try (Suspects.Turn _ = suspects.await(2, () -> false)) {
            CompletableFuture<Suspects.Turn> other =
                    CompletableFuture.supplyAsync(() -> suspects.await(1, () -> false));
            other.get(10, TimeUnit.SECONDS).close();
        }
    }

    @Test
    void goesToTheNextWhenTheTurnEnds() throws Exception {
        Suspects suspects = new Suspects(Duration.ofDays(1));
        Suspects.Turn first = suspects.await(2, () -> false);
        CompletableFuture<Suspects.Turn> second = next(suspects, new AtomicBoolean());
        assertThat(second).isNotDone();
        first.close();
        Suspects.Turn turn = second.get(10, TimeUnit.SECONDS);
        first.close();
        CompletableFuture<Suspects.Turn> third = next(suspects, new AtomicBoolean());
        assertThat(third).isNotDone();
        turn.close();
        third.get(10, TimeUnit.SECONDS).close();
    }

    @Test
    void goesToTheNextWhenTheTurnHasLastedLongest() throws Exception {
        Suspects suspects = new Suspects(Duration.ZERO);
        Suspects.Turn first = suspects.await(5, () -> false);
        next(suspects, new AtomicBoolean()).get(10, TimeUnit.SECONDS).close();
        first.close();
    }

    @Test
    void letsWhoIsToStopGoOn() throws Exception {
        Suspects suspects = new Suspects(Duration.ofDays(1));
        AtomicBoolean stopping = new AtomicBoolean();
        try (Suspects.Turn _ = suspects.await(2, () -> false)) {
            CompletableFuture<Suspects.Turn> second = next(suspects, stopping);
            stopping.set(true);
            second.get(10, TimeUnit.SECONDS).close();
            assertThat(next(suspects, new AtomicBoolean())).isNotDone();
        }
    }
}
