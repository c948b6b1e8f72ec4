package dev.agentos.persistence.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Gathers what many threads write at the same time into few transactions (group commit). Whatever comes while a
 * transaction is under way goes into the next one; nobody waits for company. Who finds nothing under way may commit on
 * its own thread, which spares two changes of threads when there is little to do.
 *
 * @param <T> what is written
 */
public final class GroupCommit<T> implements AutoCloseable {

    private static final int MOST_AT_ONCE = 512;

    private final Consumer<List<T>> commit;
    private final int mostUnderWay;
    private final Deque<T> queue = new ArrayDeque<>();
    private final List<Thread> committers = new ArrayList<>();
    private int underWay;
    private boolean closed;

    /**
     * Begins to commit.
     *
     * @param commit writes a batch in one transaction and tells each of its members what came of it; does not throw
     * @param mostUnderWay how many transactions at a time
     */
    public GroupCommit(String name, int mostUnderWay, Consumer<List<T>> commit) {
        this.commit = commit;
        this.mostUnderWay = mostUnderWay;
        for (int i = 0; i < mostUnderWay; i++) {
            committers.add(Thread.ofPlatform().name(name + "-" + i).daemon().start(this::work));
        }
    }

    /** Queues an item and returns. */
    public synchronized void submit(T item) {
        queue.add(item);
        notify();
    }

    /** Commits an item on this thread, with what is queued, if nothing is under way; else queues it. Then returns. */
    public void lead(T item) {
        List<T> batch;
        synchronized (this) {
            queue.add(item);
            if (underWay > 0 || closed) {
                notify();
                return;
            }
            batch = take();
        }
        commit(batch);
    }

    private void work() {
        for (List<T> batch = next(); !batch.isEmpty(); batch = next()) {
            commit(batch);
        }
    }

    private synchronized List<T> next() {
        while (queue.isEmpty() || underWay >= mostUnderWay) {
            if (closed && queue.isEmpty()) {
                return List.of();
            }
            try {
                wait();
            } catch (InterruptedException e) {
                return List.of();
            }
        }
        return take();
    }

    private List<T> take() {
        underWay++;
        List<T> batch = new ArrayList<>(Math.min(queue.size(), MOST_AT_ONCE));
        while (!queue.isEmpty() && batch.size() < MOST_AT_ONCE) {
            batch.add(queue.poll());
        }
        return batch;
    }

    private void commit(List<T> batch) {
        try {
            commit.accept(batch);
        } finally {
            synchronized (this) {
                underWay--;
                if (!queue.isEmpty() || closed) {
                    notifyAll();
                }
            }
        }
    }

    /** Commits what is queued and ends. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
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
