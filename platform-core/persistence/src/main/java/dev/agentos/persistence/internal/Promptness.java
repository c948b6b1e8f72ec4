package dev.agentos.persistence.internal;

import java.util.concurrent.TimeUnit;

/** Whether the committer may expect the next row of a log as soon as one is durable. Guarded by the log's lock. */
final class Promptness {

    /** Who has the next row ready within that time is expected to do so again. */
    private static final long PROMPT = TimeUnit.MILLISECONDS.toNanos(1);

    private long told = System.nanoTime();
    private boolean prompt;
    private boolean expected;

    /** A row was said to be durable. */
    void told() {
        told = System.nanoTime();
    }

    /**
     * Whether another row comes at once; the committer is told so.
     *
     * @param ready whether there is something to be written already
     * @param waiting whether somebody waits for what was written
     */
    boolean expect(boolean ready, boolean waiting) {
        expected = ready || (waiting && prompt);
        return expected;
    }

    /** The next row comes; whether the committer expects it. */
    boolean comes() {
        boolean known = expected;
        expected = false;
        prompt = System.nanoTime() - told < PROMPT;
        return known;
    }
}
