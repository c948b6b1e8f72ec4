package dev.agentos.server;

import dev.agentos.retention.Retention;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes on with erasures that nobody works on, every other second, and once a minute removes what has expired and what
 * this server has on its disk of tenants that are gone.
 */
final class RetentionFollower implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RetentionFollower.class);
    private static final long PAUSE_MILLIS = 2_000;
    private static final int PAUSES_BETWEEN_REMOVALS = 30;

    private final Retention retention;
    private final Thread thread;
    private boolean troubled;

    RetentionFollower(Retention retention) {
        this.retention = retention;
        this.thread = Thread.ofVirtual().name("retention").unstarted(this::run);
    }

    void start() {
        retention.erasures().recover();
        thread.start();
    }

    private void run() {
        try {
            for (int pauses = 0; !Thread.currentThread().isInterrupted(); pauses++) {
                follow(pauses % PAUSES_BETWEEN_REMOVALS == 0);
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Each part by itself. */
    private void follow(boolean removals) {
        List<Runnable> always = List.of(retention.erasures()::follow);
        List<Runnable> now = removals
                ? List.of(retention.erasures()::follow, retention.exports()::expire, retention.erasures()::removeFiles)
                : always;
        boolean well = true;
        for (Runnable part : now) {
            try {
                part.run();
            } catch (RuntimeException | Error e) {
                // Whatever it is, this server must not stop following.
                if (!troubled && well) {
                    LOG.warn("What is to be erased or has expired could not be looked up; it is tried again", e);
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
        }
    }
}
