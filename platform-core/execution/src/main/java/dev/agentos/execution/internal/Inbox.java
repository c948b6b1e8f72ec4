package dev.agentos.execution.internal;

import dev.agentos.execution.ExecutionEvent;
import dev.agentos.graph.NodeHandler;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** What the thread of an execution is told, in order. */
final class Inbox {

    private static final int MOST_EMITTED = 256;
    /** So many bytes of events wait here at most; as many wait behind them to be written. */
    private static final int MOST_BYTES = 32 << 20;

    private static final int FRAME = 64;

    private final LinkedBlockingQueue<Letter> letters = new LinkedBlockingQueue<>();
    private final Semaphore permits = new Semaphore(MOST_EMITTED);
    /** In turn, so that a large event comes in beside many small ones. */
    private final Semaphore bytes = new Semaphore(MOST_BYTES, true);

    /** Something to look at. */
    sealed interface Letter {}

    /** An attempt streams an event of about so many bytes. */
    record Emitted(TaskAttempt attempt, ExecutionEvent.Draft event, int size) implements Letter {}

    /** An attempt has returned or thrown. */
    record Ended(TaskAttempt attempt, Optional<NodeHandler.Result> result, Optional<Throwable> thrown)
            implements Letter {}

    /** The execution is to stop; why is said elsewhere. */
    record Nudge() implements Letter {}

    void put(Letter letter) {
        letters.add(letter);
    }

    /**
     * Puts an event of an attempt as soon as there is room: a node that streams faster than the store writes waits, and
     * does not fill the memory. Nothing is put for an attempt that nobody hears any more.
     */
    void emit(TaskAttempt attempt, ExecutionEvent.Draft event) throws InterruptedException {
        int size = (int) Math.min(MOST_BYTES, FRAME + Sizes.of(event.data()));
        if (!acquire(permits, 1, attempt)) {
            return;
        }
        boolean put = false;
        try {
            put = acquire(bytes, size, attempt);
            if (put) {
                letters.add(new Emitted(attempt, event, size));
            }
        } finally {
            if (!put) {
                permits.release();
            }
        }
    }

    private static boolean acquire(Semaphore room, int many, TaskAttempt attempt) throws InterruptedException {
        while (!room.tryAcquire(many, 100, TimeUnit.MILLISECONDS)) {
            if (attempt.closed()) {
                return false;
            }
        }
        return true;
    }

    /** The next letter, if there is one within that time. */
    Optional<Letter> next(Duration longest) throws InterruptedException {
        Letter letter = longest.isNegative() || longest.isZero()
                ? letters.poll()
                : letters.poll(longest.toNanos(), TimeUnit.NANOSECONDS);
        if (letter instanceof Emitted emitted) {
            permits.release();
            bytes.release(emitted.size());
        }
        return Optional.ofNullable(letter);
    }
}
