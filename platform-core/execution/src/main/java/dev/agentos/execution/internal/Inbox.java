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

    private final LinkedBlockingQueue<Letter> letters = new LinkedBlockingQueue<>();
    private final Semaphore permits = new Semaphore(MOST_EMITTED);

    /** Something to look at. */
    sealed interface Letter {}

    /** An attempt streams an event. */
    record Emitted(TaskAttempt attempt, ExecutionEvent.Draft event) implements Letter {}

    /** An attempt has returned or thrown. */
    record Ended(TaskAttempt attempt, Optional<NodeHandler.Result> result, Optional<Throwable> thrown)
            implements Letter {}

    /** The execution is to stop; why is said elsewhere. */
    record Nudge() implements Letter {}

    void put(Letter letter) {
        letters.add(letter);
    }

    /** One for each event that is underway. */
    Semaphore permits() {
        return permits;
    }

    /** The next letter, if there is one within that time. */
    Optional<Letter> next(Duration longest) throws InterruptedException {
        Letter letter = longest.isNegative() || longest.isZero()
                ? letters.poll()
                : letters.poll(longest.toNanos(), TimeUnit.NANOSECONDS);
        if (letter instanceof Emitted) {
            permits.release();
        }
        return Optional.ofNullable(letter);
    }
}
