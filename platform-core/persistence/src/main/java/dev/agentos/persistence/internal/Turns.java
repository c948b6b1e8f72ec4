package dev.agentos.persistence.internal;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
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
 * Whose turn it is to use the database, so that a tenant who asks for much does not keep the others waiting: of those
 * who wait, tenants come one after the other, each with whoever of it waits the longest, and none has more than its
 * share at once. Whoever waits costs nothing meanwhile, neither a connection nor a processor.
 */
public final class Turns {

    private final int share;
    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<TenantId, Line> lines = new HashMap<>();

    /** The tenants of whom somebody waits who may have a turn, in the order in which they get one. */
    private final Queue<Line> next = new ArrayDeque<>();

    private int free;

    /** Of one tenant, as long as somebody waits or has a turn. */
    private static final class Line {

        final TenantId tenant;
        final Queue<CountDownLatch> waiting = new ArrayDeque<>();
        int taken;
        boolean queued;

        Line(TenantId tenant) {
            this.tenant = tenant;
        }
    }

    /**
     * Turns that are all free.
     *
     * @param all how many there are at once
     * @param share how many of them a tenant has at most
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
     * @throws AgentOsException {@code server:DATABASE_UNAVAILABLE} when it takes too long
     */
    public void take(TenantId tenant) {
        CountDownLatch called = new CountDownLatch(1);
        lock.lock();
        try {
            Line line = lines.computeIfAbsent(tenant, Line::new);
            line.waiting.add(called);
            queue(line);
            call();
        } finally {
            lock.unlock();
        }
        await(tenant, called);
    }

    /** Gives a turn back. */
    public void leave(TenantId tenant) {
        lock.lock();
        try {
            Line line = Objects.requireNonNull(lines.get(tenant));
            line.taken--;
            free++;
            queue(line);
            call();
            forget(line);
        } finally {
            lock.unlock();
        }
    }

    private void await(TenantId tenant, CountDownLatch called) {
        boolean interrupted = false;
        try {
            if (called.await(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (withdraw(tenant, called)) {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            throw new AgentOsException(
                    KernelErrorCode.DATABASE_UNAVAILABLE,
                    "The database is busy with other requests of this tenant.",
                    "Try again in a few seconds, with fewer requests at a time.");
        }
        if (interrupted) {
            // It was called in the same moment, and what is done now notices the interrupt by itself.
            Thread.currentThread().interrupt();
        }
    }

    /** Waits no more; false when it was called meanwhile. */
    private boolean withdraw(TenantId tenant, CountDownLatch called) {
        lock.lock();
        try {
            Line line = lines.get(tenant);
            if (line == null || !line.waiting.remove(called)) {
                return false;
            }
            forget(line);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void queue(Line line) {
        if (!line.queued && line.taken < share && !line.waiting.isEmpty()) {
            line.queued = true;
            next.add(line);
        }
    }

    private void call() {
        while (free > 0 && !next.isEmpty()) {
            Line line = next.remove();
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

    private void forget(Line line) {
        if (line.taken == 0 && line.waiting.isEmpty()) {
            lines.remove(line.tenant, line);
        }
    }
}
