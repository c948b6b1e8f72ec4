package dev.agentos.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RecurringTest {

    private static final Duration NEVER = Duration.ofHours(1);

    private static Recurring recurring(Duration pause, Recurring.Part... parts) {
        return new Recurring(Thread.ofVirtual().name("recurring"), pause, "It does not go well", parts);
    }

    @Test
    void recursAfterEachPause() throws Exception {
        CountDownLatch times = new CountDownLatch(3);
        try (Recurring recurring = recurring(Duration.ofMillis(5), times::countDown)) {
            recurring.start();
            assertThat(times.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void isDoneAtOnceWhenItIsWoken() throws Exception {
        AtomicInteger times = new AtomicInteger();
        try (Recurring recurring = recurring(NEVER, times::incrementAndGet)) {
            recurring.wake();
            recurring.wake();
            recurring.start();
            await().until(() -> times.get() > 0);
            recurring.wake();
            await().until(() -> times.get() == 2);
        }
    }

    @Test
    void eachPartIsDoneWhateverBecomesOfTheOthers() throws Exception {
        AtomicInteger first = new AtomicInteger();
        AtomicInteger second = new AtomicInteger();
        Recurring.Part failing = () -> {
            first.incrementAndGet();
            throw new StackOverflowError("it is meant to");
        };
        try (Recurring recurring = recurring(Duration.ofMillis(2), failing, second::incrementAndGet)) {
            recurring.start();
            await().until(() -> first.get() > 3 && second.get() > 3);
        }
    }

    @Test
    void isOverWhenItIsClosed() throws Exception {
        AtomicInteger times = new AtomicInteger();
        Recurring recurring = recurring(Duration.ofMillis(1), times::incrementAndGet);
        recurring.start();
        await().until(() -> times.get() > 0);
        recurring.close();
        int seen = times.get();
        Thread.sleep(50);
        assertThat(times.get()).isEqualTo(seen);
    }

    @Test
    void whatNeverBeganCanBeClosed() throws Exception {
        AtomicInteger times = new AtomicInteger();
        recurring(NEVER, times::incrementAndGet).close();
        assertThat(times.get()).isZero();
    }
}
