package dev.agentos.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TurnsTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String MANY = "many";
    private static final String FEW = "few";

    private final BlockingQueue<String> called = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();

    /** Somebody who takes a turn and tells it; whoever looks gives it back. */
    private void ask(Turns<String> turns, String tenant) {
        Thread thread = Thread.ofVirtual().start(() -> {
            if (turns.take(tenant)) {
                called.add(tenant);
            }
        });
        threads.add(thread);
        await().until(() -> thread.getState() == Thread.State.WAITING
                || thread.getState() == Thread.State.TIMED_WAITING
                || !thread.isAlive());
    }

    private String next() throws InterruptedException {
        String tenant = called.poll(20, TimeUnit.SECONDS);
        assertThat(tenant).as("nobody was called").isNotNull();
        return tenant;
    }

    @Test
    void linesComeOneAfterTheOther() throws Exception {
        Turns<String> turns = new Turns<>(1, 1, LONG);
        for (int i = 0; i < 4; i++) {
            ask(turns, MANY);
        }
        ask(turns, FEW);
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            String tenant = next();
            order.add(tenant);
            turns.leave(tenant);
        }
        assertThat(order).containsExactly(MANY, FEW, MANY, MANY, MANY);
    }

    @Test
    void aLineHasNoMoreThanItsShare() throws Exception {
        Turns<String> turns = new Turns<>(3, 2, LONG);
        for (int i = 0; i < 5; i++) {
            ask(turns, MANY);
        }
        assertThat(List.of(next(), next())).containsOnly(MANY);
        assertThat(called.poll(50, TimeUnit.MILLISECONDS)).isNull();
        ask(turns, FEW);
        assertThat(next()).isEqualTo(FEW);
        turns.leave(MANY);
        assertThat(next()).isEqualTo(MANY);
    }

    @Test
    void whoWaitsTooLongIsTold() throws Exception {
        Turns<String> turns = new Turns<>(1, 1, Duration.ofMillis(20));
        assertThat(turns.take(MANY)).isTrue();
        assertThat(turns.take(FEW)).isFalse();
        turns.leave(MANY);
        assertThat(turns.take(FEW)).isTrue();
        turns.leave(FEW);
    }

    @Test
    void whoIsInterruptedLeavesTheLine() throws Exception {
        Turns<String> turns = new Turns<>(1, 1, LONG);
        assertThat(turns.take(MANY)).isTrue();
        ask(turns, MANY);
        ask(turns, FEW);
        threads.getFirst().interrupt();
        threads.getFirst().join();
        turns.leave(MANY);
        assertThat(next()).isEqualTo(FEW);
        turns.leave(FEW);
        assertThat(turns.take(MANY)).isTrue();
    }

    @Test
    void noTurnIsLostAndNoneIsTwice() throws Exception {
        long seed = Long.getLong("test.seed", System.nanoTime());
        System.out.println("TurnsTest: -Dtest.seed=" + seed);
        Random random = new Random(seed);
        Turns<String> turns = new Turns<>(3, 2, LONG);
        AtomicInteger all = new AtomicInteger();
        AtomicInteger wrong = new AtomicInteger();
        List<Thread> askers = new ArrayList<>();
        List<AtomicInteger> taken = List.of(new AtomicInteger(), new AtomicInteger(), new AtomicInteger());
        for (int i = 0; i < 60; i++) {
            int which = random.nextInt(3);
            boolean hasty = random.nextInt(4) == 0;
            String tenant = "line " + which;
            Thread asker = Thread.ofVirtual().unstarted(() -> {
                for (int turn = 0; turn < 50; turn++) {
                    if (!turns.take(tenant)) {
                        continue;
                    }
                    int here = taken.get(which).incrementAndGet();
                    int everywhere = all.incrementAndGet();
                    if (here > 2 || everywhere > 3) {
                        wrong.incrementAndGet();
                    }
                    Thread.yield();
                    all.decrementAndGet();
                    taken.get(which).decrementAndGet();
                    turns.leave(tenant);
                }
            });
            asker.start();
            askers.add(asker);
            if (hasty) {
                asker.interrupt();
            }
        }
        for (Thread asker : askers) {
            asker.join();
        }
        assertThat(wrong).as("test.seed=%s", seed).hasValue(0);
        for (int i = 0; i < 2; i++) {
            assertThat(turns.take(MANY)).isTrue();
        }
        assertThat(turns.take(FEW)).isTrue();
    }
}
