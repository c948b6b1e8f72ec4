package dev.agentos.server;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something that is done again and again on a thread of its own: after each pause, and at once when it is woken. Each
 * of its parts is done whatever becomes of the others; trouble is logged once, until all goes well again.
 */
final class Recurring implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Recurring.class);
    private static final Duration LONGEST_STOP = Duration.ofSeconds(10);

    private final Duration pause;
    private final String trouble;
    private final List<Part> parts;
    private final Semaphore hints = new Semaphore(0);
    private final Thread thread;
    private boolean troubled;

    /** What is done. */
    @FunctionalInterface
    interface Part {

        /** Does it once. */
        void run() throws InterruptedException;
    }

    /**
     * Something that is not begun yet.
     *
     * @param thread makes its thread
     * @param pause how long it is left alone unless it is woken
     * @param trouble what the log says when a part fails, as far as "it is tried again"
     * @param parts what is done, in this order
     */
    Recurring(Thread.Builder thread, Duration pause, String trouble, Part... parts) {
        this.pause = pause;
        this.trouble = trouble;
        this.parts = List.of(parts);
        this.thread = thread.unstarted(this::run);
    }

    /** Begins, with a pause unless it was woken already. */
    void start() {
        thread.start();
    }

    /** There may be something to do. */
    void wake() {
        hints.release();
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                hints.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
                hints.drainPermits();
                troubled = !allWell();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean allWell() throws InterruptedException {
        boolean well = true;
        for (Part part : parts) {
            try {
                part.run();
            } catch (RuntimeException | Error e) {
                // Whatever it is, this must go on; what was known last holds meanwhile.
                if (!troubled && well) {
                    LOG.warn("{}; it is tried again", trouble, e);
                }
                well = false;
            }
        }
        return well;
    }

    /** Ends it, and waits a while for what is just being done. */
    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        if (thread.getState() != Thread.State.NEW) {
            thread.join(LONGEST_STOP);
        }
    }
}
