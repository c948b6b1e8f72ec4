package dev.agentos.execution.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RoomTest {

    private static final long MEBIBYTE = 1L << 20;

    private final Room room = new Room(32 * MEBIBYTE);

    private static CompletableFuture<Boolean> entering(Room.Share share, long stored, AtomicBoolean stopping) {
        return CompletableFuture.supplyAsync(() -> entered(share, stored, stopping), Thread::startVirtualThread);
    }

    private static boolean entered(Room.Share share, long stored, AtomicBoolean stopping) {
        try {
            return share.enter(stored, stopping::get, begins -> {});
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Room.Share inside(long stored) {
        Room.Share share = room.share();
        assertThat(entered(share, stored, new AtomicBoolean())).isTrue();
        return share;
    }

    @Test
    void smallOnesAreNotCountedUntilTheyHaveGathered() throws Exception {
        Room.Share share = inside(Room.SMALL);
        assertThat(share.large()).isFalse();
        share.add(Room.SMALL);
        assertThat(room.held()).isZero();
        share.add(1);
        assertThat(room.held()).isEqualTo(4 * (Room.SMALL + 1));
        share.close();
        assertThat(room.held()).isZero();
    }

    @Test
    void whoFindsNoRoomWaitsInTheLineAndSmallOnesDoNot() throws Exception {
        Room.Share first = inside(6 * MEBIBYTE);
        Room.Share second = room.share();
        List<Boolean> said = new CopyOnWriteArrayList<>();
        CompletableFuture<Boolean> waits = CompletableFuture.supplyAsync(() -> {
            try {
                return second.enter(3 * MEBIBYTE, () -> false, said::add);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().untilAsserted(() -> assertThat(said).containsExactly(false));
        assertThat(room.crowded()).isTrue();
        CompletableFuture<Boolean> behind = entering(room.share(), 3 * MEBIBYTE, new AtomicBoolean());
        inside(1);
        assertThat(waits).isNotDone();
        assertThat(behind).isNotDone();
        first.close();
        assertThat(waits.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(behind.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(said).containsExactly(false, true);
        assertThat(room.crowded()).isFalse();
    }

    @Test
    void whoIsToStopLeavesTheLine() throws Exception {
        Room.Share first = inside(8 * MEBIBYTE);
        AtomicBoolean stopping = new AtomicBoolean();
        CompletableFuture<Boolean> waits = entering(room.share(), MEBIBYTE, stopping);
        CompletableFuture<Boolean> behind = entering(room.share(), MEBIBYTE, new AtomicBoolean());
        stopping.set(true);
        assertThat(waits.get(10, TimeUnit.SECONDS)).isFalse();
        first.close();
        assertThat(behind.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatIsLargerThanTheRoomComesAlone() {
        Room.Share first = inside(MEBIBYTE);
        CompletableFuture<Boolean> larger = entering(room.share(), 100 * MEBIBYTE, new AtomicBoolean());
        assertThat(larger).isNotDone();
        first.close();
        assertThat(larger.join()).isTrue();
    }

    @Test
    void theYoungestLeaveAndTheEldestNever() throws Exception {
        Room.Share first = inside(2 * MEBIBYTE);
        Room.Share second = inside(2 * MEBIBYTE);
        Room.Share third = inside(2 * MEBIBYTE);
        second.add(4 * MEBIBYTE);
        assertThat(first.tooMuch()).isFalse();
        assertThat(second.tooMuch()).isFalse();
        assertThat(third.tooMuch()).isTrue();
        third.close();
        first.add(8 * MEBIBYTE);
        assertThat(first.tooMuch()).isFalse();
        assertThat(second.tooMuch()).isTrue();
    }

    @Test
    void growthIsMeasuredWhenItCounts() throws Exception {
        Room.Share share = inside(4 * MEBIBYTE);
        share.measured(8 * MEBIBYTE);
        share.add(MEBIBYTE / 2);
        assertThat(share.grown()).isFalse();
        share.add(MEBIBYTE);
        assertThat(share.grown()).isTrue();
        share.measured(9 * MEBIBYTE);
        assertThat(share.grown()).isFalse();
        assertThat(room.held()).isEqualTo(9 * MEBIBYTE);
        share.measured(1);
        assertThat(share.large()).isFalse();
    }

    @Test
    void aResultIsTakenAtOnceWhoeverHoldsWhat() throws Exception {
        Room.Share first = inside(4 * MEBIBYTE);
        first.add(12 * MEBIBYTE);
        Room.Share second = room.share();
        CompletableFuture<Void> adds = CompletableFuture.runAsync(() -> second.add(17 * MEBIBYTE));
        adds.get(5, TimeUnit.SECONDS);
        assertThat(room.held()).isEqualTo(4 * 33 * MEBIBYTE);
        assertThat(second.tooMuch()).isTrue();
    }

    /** As the result of a node that ends after its execution has. */
    @Test
    void whatComesBehindTheEndIsHeldByNobody() {
        Room.Share share = room.share();
        share.close();
        share.add(4 * MEBIBYTE);
        share.take(4 * MEBIBYTE);
        share.measured(4 * MEBIBYTE);
        assertThat(room.held()).isZero();
        assertThat(inside(8 * MEBIBYTE).tooMuch()).isFalse();
    }

    @Test
    void whatFitsPassesWhatDoesNotButNotForEver() throws Exception {
        Room.Share first = inside(6 * MEBIBYTE);
        CompletableFuture<Boolean> larger = entering(room.share(), 3 * MEBIBYTE, new AtomicBoolean());
        await().until(room::crowded);
        for (int i = 0; i < 8; i++) {
            Room.Share passing = room.share();
            assertThat(entering(passing, MEBIBYTE, new AtomicBoolean()).get(5, TimeUnit.SECONDS))
                    .isTrue();
            passing.close();
        }
        CompletableFuture<Boolean> ninth = entering(room.share(), MEBIBYTE, new AtomicBoolean());
        Thread.sleep(500);
        assertThat(ninth).isNotDone();
        first.close();
        assertThat(larger.get(5, TimeUnit.SECONDS)).isTrue();
        assertThat(ninth.get(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void theLineHasAnEnd() throws Exception {
        Room.Share first = inside(8 * MEBIBYTE);
        AtomicInteger waiting = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> all = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Room.Share share = room.share();
                all.add(threads.submit(
                        () -> share.enter(8 * MEBIBYTE, () -> false, begins -> waiting.addAndGet(begins ? -1 : 1))));
            }
            await().until(() -> all.stream().filter(Future::isDone).count() == 8 && waiting.get() == 32);
            for (Future<Boolean> one : all) {
                if (one.isDone()) {
                    assertThat(one.get()).isFalse();
                } else {
                    one.cancel(true);
                }
            }
        }
        first.close();
        assertThat(room.crowded()).isFalse();
    }

    @Test
    void whoIsToLeaveBeginsOneAfterTheOther() {
        Room.Share first = inside(6 * MEBIBYTE);
        Room.Share second = inside(MEBIBYTE);
        assertThat(second.atOnce(64)).isEqualTo(64);
        first.add(2 * MEBIBYTE);
        assertThat(first.atOnce(64)).isEqualTo(64);
        assertThat(second.atOnce(64)).isEqualTo(1);
    }

    /** Executions come, grow, shrink, leave and come again at random: all end, and nothing stays held. */
    @Test
    void nothingIsLeftAndNobodyWaitsForEver() throws Exception {
        long seed = Long.getLong("test.seed", 42);
        AtomicLong most = new AtomicLong();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Random random = new Random(seed + i);
                all.add(threads.submit(() -> {
                    carryOn(random, most);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get(50, TimeUnit.SECONDS);
            }
        }
        assertThat(room.held()).as("seed " + seed).isZero();
        assertThat(room.crowded()).isFalse();
        assertThat(most.get()).as("seed " + seed).isGreaterThan(32 * MEBIBYTE);
    }

    private void carryOn(Random random, AtomicLong most) throws InterruptedException {
        long state = random.nextLong(3 * MEBIBYTE);
        int left = 20;
        while (left > 0) {
            try (Room.Share share = room.share()) {
                if (!share.enter(state, () -> random.nextInt(10) == 0, begins -> {})) {
                    Thread.sleep(1);
                    continue;
                }
                do {
                    share.add(random.nextLong(MEBIBYTE));
                    most.accumulateAndGet(room.held(), Math::max);
                    Thread.sleep(0, random.nextInt(100_000));
                    state = random.nextLong(4 * MEBIBYTE);
                    if (share.grown()) {
                        share.measured(state);
                    }
                    left--;
                } while (left > 0 && !share.tooMuch());
            }
        }
    }
}
