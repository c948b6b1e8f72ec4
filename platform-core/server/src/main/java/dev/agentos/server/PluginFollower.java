package dev.agentos.server;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes this server follow the changes of plugins that other servers make: when told, and now and then. */
final class PluginFollower implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PluginFollower.class);
    private static final long PAUSE_MILLIS = 2_000;

    private final Runnable follow;
    private final Semaphore hints = new Semaphore(0);
    private final Thread thread;
    private boolean troubled;

    PluginFollower(Runnable follow) {
        this.follow = follow;
        this.thread = Thread.ofVirtual().name("plugin-follower").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** There may be a change. */
    void wake() {
        hints.release();
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                hints.tryAcquire(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
                hints.drainPermits();
                try {
                    follow.run();
                    troubled = false;
                } catch (RuntimeException | Error e) {
                    // Whatever it is, this server must not stop following.
                    if (!troubled) {
                        LOG.warn("The plugins could not be brought in line with the store's; it is tried again", e);
                    }
                    troubled = true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        if (thread.getState() != Thread.State.NEW) {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        }
    }
}
