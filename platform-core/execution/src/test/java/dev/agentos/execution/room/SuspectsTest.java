package dev.agentos.execution.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SuspectsTest {

    private static CompletableFuture<Suspects.Turn> next(Suspects suspects, AtomicBoolean stopping) {
        return CompletableFuture.supplyAsync(() -> suspects.await(2, stopping::get, begins -> {}));
    }

    @Test
    void holdsUpNobodyAtWhomOneServerEnded() throws Exception {
        Suspects suspects = new Suspects(Duration.ofDays(1));
        try (Suspects.Turn _ = suspects.await(2, () -> false, begins -> {})) {
            CompletableFuture<Suspects.Turn> other =
                    CompletableFuture.supplyAsync(() -> suspects.await(1, () -> false, begins -> {}));
            other.get(10, TimeUnit.SECONDS).close();
        }
    }

    @Test
    void goesToTheNextWhenTheTurnEnds() throws Exception {
        Suspects suspects = new Suspects(Duration.ofDays(1));
        Suspects.Turn first = suspects.await(2, () -> false, begins -> {});
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
        Suspects.Turn first = suspects.await(5, () -> false, begins -> {});
        next(suspects, new AtomicBoolean()).get(10, TimeUnit.SECONDS).close();
        first.close();
    }

    @Test
    void letsWhoIsToStopGoOn() throws Exception {
        Suspects suspects = new Suspects(Duration.ofDays(1));
        AtomicBoolean stopping = new AtomicBoolean();
        try (Suspects.Turn _ = suspects.await(2, () -> false, begins -> {})) {
            CompletableFuture<Suspects.Turn> second = next(suspects, stopping);
            stopping.set(true);
            second.get(10, TimeUnit.SECONDS).close();
            assertThat(next(suspects, new AtomicBoolean())).isNotDone();
        }
    }

    /** What a server ends at while somebody waits is another one. */
    @Test
    void saysThatSomebodyWaitsAndThatHeDoesNoMore() throws Exception {
        Suspects suspects = new Suspects(Duration.ofDays(1));
        List<Boolean> said = new CopyOnWriteArrayList<>();
        suspects.await(1, () -> false, said::add).close();
        assertThat(said).isEmpty();
        Suspects.Turn first = suspects.await(2, () -> false, begins -> {});
        CompletableFuture<Suspects.Turn> second =
                CompletableFuture.supplyAsync(() -> suspects.await(2, () -> false, said::add));
        await().untilAsserted(() -> assertThat(said).containsExactly(false));
        first.close();
        second.get(10, TimeUnit.SECONDS).close();
        assertThat(said).containsExactly(false, true);
    }
}
