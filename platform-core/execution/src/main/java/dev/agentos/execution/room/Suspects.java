package dev.agentos.execution.room;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Executions at whose step servers ended one after the other. What ends a server is often several of them together,
 * that fill its memory; taken up all at once they would do so again on each server that follows, though each alone does
 * no harm. So they go one after the other, and one that takes longer than others should wait lets the next one come
 * too. In which order is left to chance: if one of them is to blame, it must not come first each time.
 */
public final class Suspects {

    /** The first crash is as likely somebody who restarted the server; then all go on at once. */
    private static final int FROM = 2;

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    /** What a claim brings comes within this time. */
    private static final Duration GATHERING = Duration.ofMillis(500);

    private final long longest;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition free = lock.newCondition();
    private final List<Turn> waiting = new ArrayList<>();
    private Optional<Turn> next = Optional.empty();
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

        private boolean gathered() {
            return System.nanoTime() - since > GATHERING.toNanos();
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (holder.filter(this::equals).isPresent()) {
                    holder = Optional.empty();
                    free.signalAll();
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
     * @param begins is told that it waits, and that it does no more: what a server ends at meanwhile is another one
     */
    public Turn await(int crashes, BooleanSupplier stopping, Consumer<Boolean> begins) {
        if (crashes < FROM) {
            return new Turn();
        }
        begins.accept(false);
        Turn turn = await(stopping);
        begins.accept(true);
        return turn;
    }

    private Turn await(BooleanSupplier stopping) {
        Turn turn = new Turn();
        lock.lock();
        waiting.add(turn);
        try {
            while (!stopping.getAsBoolean()) {
                if (turn.gathered() && isNext(turn)) {
                    // Its time counts from now.
                    Turn begun = new Turn();
                    holder = Optional.of(begun);
                    return begun;
                }
                free.awaitNanos(BETWEEN_LOOKS.toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            waiting.remove(turn);
            next = next.filter(one -> one != turn);
            lock.unlock();
        }
        return turn;
    }

    private boolean isNext(Turn turn) {
        if (holder.filter(before -> !before.over()).isPresent()) {
            return false;
        }
        if (next.isEmpty()) {
            next = Optional.of(waiting.get(ThreadLocalRandom.current().nextInt(waiting.size())));
        }
        return next.filter(one -> one == turn).isPresent();
    }
}
