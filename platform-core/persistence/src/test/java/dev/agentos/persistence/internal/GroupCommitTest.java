package dev.agentos.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class GroupCommitTest {

    @Test
    void committsEverythingOnceInOrderAndInGroups() throws Exception {
        List<Integer> committed = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger batches = new AtomicInteger();
        Semaphore slow = new Semaphore(0);
        CountDownLatch all = new CountDownLatch(1_000);
        try (GroupCommit<Integer> commits = new GroupCommit<>("test", 1, batch -> {
            slow.acquireUninterruptibly();
            batches.incrementAndGet();
            committed.addAll(batch);
            batch.forEach(one -> all.countDown());
        })) {
            for (int i = 0; i < 1_000; i++) {
                commits.submit(i);
            }
            slow.release(1_000);
            all.await();
        }
        assertThat(committed).hasSize(1_000).isSorted();
        assertThat(batches.get()).isLessThan(20);
    }

    @Test
    void commitsOnTheCallersThreadWhenNothingIsUnderWay() {
        List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
        try (GroupCommit<Integer> commits =
                new GroupCommit<>("test", 2, batch -> threads.add(Thread.currentThread()))) {
            commits.lead(1);
            commits.lead(2);
        }
        assertThat(threads).containsExactly(Thread.currentThread(), Thread.currentThread());
    }

    @Test
    void letsAnotherTransactionGatherWhileOneIsUnderWay() throws Exception {
        CountDownLatch inside = new CountDownLatch(2);
        try (GroupCommit<Integer> commits = new GroupCommit<>("test", 2, batch -> {
            inside.countDown();
            try {
                inside.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        })) {
            commits.submit(1);
            while (inside.getCount() > 1) {
                Thread.onSpinWait();
            }
            commits.lead(2);
            inside.await();
        }
        assertThat(inside.getCount()).isZero();
    }
}
