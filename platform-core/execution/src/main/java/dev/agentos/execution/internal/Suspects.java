package dev.agentos.execution.internal;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Executions at whose step servers ended one after the other. What ends a server is often several of them together, that
 * fill its memory; taken up all at once they would do so again on each server that follows, though each alone does no
 * harm. So they go one after the other, and one that takes longer than others should wait lets the next one come too.
 */
public final class Suspects {

    /** The first crash is as likely somebody who restarted the server; then all go on at once. */
    private static final int FROM = 2;

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    private final long longest;
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition free = lock.newCondition();
    private Optional<Turn> holder = Optional.empty();

    /**
     * Nobody is suspected.
     *
     * @param longest how long one may keep the next one waiting
     */
    public Suspects(Duration longest) {
        this.longest = longest.toNanos();
    }

    /** The time in which one execution goes on alone; to be closed. */
    public final class Turn implements AutoCloseable {
        private final long since = System.nanoTime();

        private Turn() {}

        private boolean over() {
            return System.nanoTime() - since > longest;
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (holder.filter(this::equals).isPresent()) {
                    holder = Optional.empty();
                    free.signal();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Waits until an execution may go on: at once when it is not suspected, or is to stop anyway.
     *
     * @param crashes how many servers in a row ended at its step
     */
    public Turn await(int crashes, BooleanSupplier stopping) {
        Turn turn = new Turn();
        if (crashes < FROM) {
            return turn;
        }
        lock.lock();
        try {
            while (holder.filter(before -> !before.over()).isPresent() && !stopping.getAsBoolean()) {
                free.awaitNanos(BETWEEN_LOOKS.toNanos());
            }
            // Its time counts from now.
            turn = new Turn();
            if (!stopping.getAsBoolean()) {
                holder = Optional.of(turn);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        return turn;
    }
}
