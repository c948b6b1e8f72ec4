package dev.agentos.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class GroupCommitTest {

    private final BlockingQueue<List<Integer>> batches = new LinkedBlockingQueue<>();
    private final Semaphore gate = new Semaphore(0);
    private final AtomicReference<GroupCommit<Integer>> self = new AtomicReference<>();
    private volatile List<Integer> early = List.of();

    @Test
    void committsEverythingOnceInOrderAndInGroups() throws Exception {
        List<Integer> committed = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger count = new AtomicInteger();
        Semaphore slow = new Semaphore(0);
        CountDownLatch all = new CountDownLatch(1_000);
        try (GroupCommit<Integer> commits = new GroupCommit<>("test", batch -> {
            slow.acquireUninterruptibly();
            count.incrementAndGet();
            committed.addAll(batch);
            batch.forEach(one -> all.countDown());
            return 0;
        })) {
            for (int i = 0; i < 1_000; i++) {
                commits.submit(i, false);
            }
            slow.release(1_000);
            all.await();
        }
        assertThat(committed).hasSize(1_000).isSorted();
        assertThat(count.get()).isLessThan(20);
    }

    @Test
    void commitsOnTheCallersThreadWhenNothingIsUnderWay() {
        List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
        try (GroupCommit<Integer> commits = new GroupCommit<>("test", batch -> {
            threads.add(Thread.currentThread());
            return 1;
        })) {
            commits.lead(1, false);
            commits.lead(2, true);
        }
        assertThat(threads).containsExactly(Thread.currentThread(), Thread.currentThread());
    }

    @Test
    void gathersThoseThatAreExpected() throws Exception {
        try (GroupCommit<Integer> commits = commits(Duration.ofMinutes(1))) {
            together(commits, 1, 2, 3);
            commits.submit(4, true);
            commits.submit(5, false);
            commits.lead(6, true);
            assertThat(batches.poll(50, TimeUnit.MILLISECONDS)).isNull();
            commits.lead(7, true);
            assertThat(batches).as("committed before it returned").containsExactly(List.of(4, 5, 6, 7));
        }
    }

    @Test
    void whoCameBackEarlyIsNotWaitedForAgain() throws Exception {
        try (GroupCommit<Integer> commits = commits(Duration.ofMinutes(1))) {
            early = List.of(3, 4);
            together(commits, 1, 2);
            assertThat(take()).containsExactly(3, 4);
        }
    }

    @Test
    void doesNotWaitForeverForWhoDoesNotCome() throws Exception {
        try (GroupCommit<Integer> commits = commits(Duration.ofMillis(1))) {
            together(commits, 1, 2);
            commits.submit(3, true);
            assertThat(take()).containsExactly(3);
        }
    }

    @Test
    void oneThatIsStuckHoldsUpNobody() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch freed = new CountDownLatch(1);
        try (GroupCommit<Integer> commits = new GroupCommit<>("test", batch -> {
            if (batch.contains(1)) {
                begun.countDown();
                awaitUninterruptibly(freed);
            }
            batches.add(batch);
            return 0;
        })) {
            commits.submit(1, false);
            begun.await();
            commits.submit(2, false);
            assertThat(take()).containsExactly(2);
            freed.countDown();
            assertThat(take()).containsExactly(1);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Of a batch with more than one, all are expected to come again. */
    private GroupCommit<Integer> commits(Duration lull) {
        self.set(new GroupCommit<>("test", lull, batch -> {
            gate.acquireUninterruptibly();
            batches.add(batch);
            if (batch.size() == 1) {
                return 0;
            }
            early.forEach(one -> self.get().submit(one, true));
            early = List.of();
            return batch.size();
        }));
        return self.get();
    }

    /** Has some committed in one batch, behind one that comes alone. */
    private void together(GroupCommit<Integer> commits, Integer... items) throws InterruptedException {
        commits.submit(0, false);
        while (!gate.hasQueuedThreads()) {
            Thread.onSpinWait();
        }
        for (Integer item : items) {
            commits.submit(item, false);
        }
        gate.release(1_000);
        assertThat(take()).containsExactly(0);
        assertThat(take()).containsExactly(items);
    }

    private List<Integer> take() throws InterruptedException {
        List<Integer> batch = batches.poll(30, TimeUnit.SECONDS);
        assertThat(batch).as("a batch within half a minute").isNotNull();
        return batch;
    }
}
