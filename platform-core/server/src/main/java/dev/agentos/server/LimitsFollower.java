package dev.agentos.server;

import dev.agentos.limits.Limits;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this server follow the budgets and prices that other servers change, settles what calls left open, and writes
 * what was used, every half second.
 */
final class LimitsFollower implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LimitsFollower.class);
    private static final long PAUSE_MILLIS = 500;

    private final Limits limits;
    private final Thread thread;
    private boolean troubled;

    LimitsFollower(Limits limits) {
        this.limits = limits;
        this.thread = Thread.ofVirtual().name("limits-follower").unstarted(this::run);
    }

    /** Budgets are known, and this server is, before anything is called. */
    void start() {
        limits.refresh();
        limits.settle();
        thread.start();
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(PAUSE_MILLIS);
                follow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Each part by itself. */
    private void follow() {
        boolean well = true;
        for (Runnable part : List.<Runnable>of(limits::refresh, limits::settle, limits::flush)) {
            try {
                part.run();
            } catch (RuntimeException | Error e) {
                // Whatever it is, this server must not stop following; what is known holds meanwhile.
                if (!troubled && well) {
                    LOG.warn("Budgets, prices and usage could not be looked up or written; it is tried again", e);
                }
                well = false;
            }
        }
        troubled = !well;
    }

    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        if (thread.getState() != Thread.State.NEW) {
            thread.join(TimeUnit.SECONDS.toMillis(10));
            limits.leave();
        }
    }
}
