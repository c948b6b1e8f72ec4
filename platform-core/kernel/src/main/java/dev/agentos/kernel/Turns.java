package dev.agentos.kernel;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Whose turn it is to use something that there is little of, so that one who asks for much does not keep the others
 * waiting: of those who wait, the lines come one after the other, each with whoever of it waits the longest, and none
 * has more than its share at once. Whoever waits costs nothing meanwhile, neither a connection nor a processor.
 *
 * @param <L> what tells the lines apart; those who share one share its turns
 */
public final class Turns<L> {

    private final int share;
    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<L, Line<L>> lines = new HashMap<>();

    /** The lines of which somebody waits who may have a turn, in the order in which they get one. */
    private final Queue<Line<L>> next = new ArrayDeque<>();

    private int free;

    /** One line, as long as somebody of it waits or has a turn. */
    private static final class Line<L> {

        final L name;
        final Queue<CountDownLatch> waiting = new ArrayDeque<>();
        int taken;
        boolean queued;

        Line(L name) {
            this.name = name;
        }
    }

    /**
     * Turns that are all free.
     *
     * @param all how many there are at once
     * @param share how many of them a line has at most
     * @param patience how long one waits for one
     */
    public Turns(int all, int share, Duration patience) {
        this.free = all;
        this.share = share;
        this.patience = patience;
    }

    /**
     * Waits for a turn, which must be given back with {@link #leave}.
     *
     * @return false when it takes too long, or the thread is interrupted, which it stays; there is no turn then
     */
    public boolean take(L name) {
        CountDownLatch called = new CountDownLatch(1);
        lock.lock();
        try {
            Line<L> line = lines.computeIfAbsent(name, Line::new);
            line.waiting.add(called);
            queue(line);
            call();
        } finally {
            lock.unlock();
        }
        try {
            return called.await(patience.toNanos(), TimeUnit.NANOSECONDS) || !withdraw(name, called);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            // Called in the same moment, it has a turn; what is done with it notices the interrupt by itself.
            return !withdraw(name, called);
        }
    }

    /** Gives a turn back. */
    public void leave(L name) {
        lock.lock();
        try {
            Line<L> line = Objects.requireNonNull(lines.get(name));
            line.taken--;
            free++;
            queue(line);
            call();
            forget(line);
        } finally {
            lock.unlock();
        }
    }

    /** Waits no more; false when it was called meanwhile. */
    private boolean withdraw(L name, CountDownLatch called) {
        lock.lock();
        try {
            Line<L> line = lines.get(name);
            if (line == null || !line.waiting.remove(called)) {
                return false;
            }
            forget(line);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void queue(Line<L> line) {
        if (!line.queued && line.taken < share && !line.waiting.isEmpty()) {
            line.queued = true;
            next.add(line);
        }
    }

    private void call() {
        while (free > 0 && !next.isEmpty()) {
            Line<L> line = next.remove();
            line.queued = false;
            CountDownLatch first = line.waiting.poll();
            if (first != null) {
                free--;
                line.taken++;
                first.countDown();
                queue(line);
            }
        }
    }

    private void forget(Line<L> line) {
        if (line.taken == 0 && line.waiting.isEmpty()) {
            lines.remove(line.name, line);
        }
    }
}
