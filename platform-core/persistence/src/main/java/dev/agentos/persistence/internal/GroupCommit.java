package dev.agentos.persistence.internal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Gathers what many threads write at the same time into few transactions (group commit). One transaction is under way
 * at a time, and whatever comes meanwhile goes into the next one; a second one begins beside it only when it is stuck.
 * Who finds nothing under way may commit on its own thread, which spares two changes of threads when there is little to
 * do.
 *
 * <p>Those that a transaction has written for come back together, if all that they do is to compute the next thing to
 * be written. Without patience the first of them would go alone, and the others behind it: so the next transaction
 * waits for those that are expected, as long as they keep coming.
 *
 * @param <T> what is written
 */
public final class GroupCommit<T> implements AutoCloseable {

    private static final int MOST_AT_ONCE = 512;

    private static final int MOST_UNDER_WAY = 2;
    private static final Duration LULL = Duration.ofNanos(150_000);
    private static final long STUCK = TimeUnit.MILLISECONDS.toNanos(500);

    private final Commit<T> commit;
    private final long lull;
    private final List<Thread> committers = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<T> queue = new ArrayDeque<>();
    private int expected;
    /** How many came back before it was known how many are expected. */
    private int early;

    private int underWay;
    /** When the latest transaction began, as {@link System#nanoTime} counts. */
    private long began;

    private boolean closed;

    /** Writes a batch. */
    @FunctionalInterface
    public interface Commit<T> {

        /**
         * Writes a batch in one transaction and tells each of its members what came of it; does not throw.
         *
         * @return how many of them are expected to come again at once
         */
        int commit(List<T> batch);
    }

    /** Begins to commit. */
    public GroupCommit(String name, Commit<T> commit) {
        this(name, LULL, commit);
    }

    /**
     * Begins to commit.
     *
     * @param lull when nobody has come for so long, those who are still expected are waited for no longer
     */
    GroupCommit(String name, Duration lull, Commit<T> commit) {
        this.commit = commit;
        this.lull = lull.toNanos();
        for (int i = 0; i < MOST_UNDER_WAY; i++) {
            committers.add(Thread.ofPlatform().name(name + "-" + i).daemon().start(this::work));
        }
    }

    /**
     * Queues an item and returns.
     *
     * @param expected whether it is one of those that were said to come again
     */
    public void submit(T item, boolean expected) {
        lock.lock();
        try {
            add(item, expected);
            if (complete()) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Commits an item on this thread, with what is queued, if nothing is under way and nobody else is expected; else
     * queues it. Then returns.
     *
     * @param expected whether it is one of those that were said to come again
     */
    public void lead(T item, boolean expected) {
        List<T> batch;
        lock.lock();
        try {
            add(item, expected);
            if (closed || !complete()) {
                return;
            }
            batch = take();
        } finally {
            lock.unlock();
        }
        commit(batch);
    }

    private void add(T item, boolean awaited) {
        queue.add(item);
        if (awaited && underWay > 0) {
            early++;
        } else if (awaited && expected > 0) {
            expected--;
        }
    }

    /** Whether there is something to be done, and nothing to be waited for. */
    private boolean complete() {
        boolean free = underWay == 0 || (underWay < MOST_UNDER_WAY && System.nanoTime() - began > STUCK);
        return free && (closed || expected == 0 || queue.size() >= MOST_AT_ONCE) && !queue.isEmpty();
    }

    private void work() {
        for (List<T> batch = next(); !batch.isEmpty(); batch = next()) {
            commit(batch);
        }
    }

    private List<T> next() {
        lock.lock();
        try {
            while (!complete()) {
                if (closed && underWay == 0) {
                    return List.of();
                }
                if (underWay > 0 || expected == 0) {
                    // Nobody says that a transaction is stuck.
                    changed.awaitNanos(STUCK);
                } else {
                    int before = queue.size();
                    changed.awaitNanos(lull);
                    if (queue.size() == before && underWay == 0) {
                        expected = 0;
                    }
                }
            }
            return take();
        } catch (InterruptedException e) {
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    private List<T> take() {
        underWay++;
        began = System.nanoTime();
        early = 0;
        expected = 0;
        List<T> batch = new ArrayList<>(Math.min(queue.size(), MOST_AT_ONCE));
        while (!queue.isEmpty() && batch.size() < MOST_AT_ONCE) {
            batch.add(queue.poll());
        }
        return batch;
    }

    private void commit(List<T> batch) {
        int again = 0;
        try {
            again = commit.commit(batch);
        } finally {
            lock.lock();
            try {
                underWay--;
                // Who is alone has nobody to wait for it.
                expected = batch.size() == 1 && queue.isEmpty() ? 0 : Math.max(0, again - early);
                if (!queue.isEmpty() || expected > 0 || closed) {
                    changed.signal();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** Commits what is queued and ends. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        for (Thread committer : committers) {
            try {
                committer.join(5_000);
                if (committer.isAlive()) {
                    committer.interrupt();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
