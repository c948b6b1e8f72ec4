package dev.agentos.server;

import dev.agentos.retention.Retention;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes on with erasures that nobody works on, every other second, and once a minute removes what has expired, what this
 * server has on its disk of tenants that are gone, and, on a thread of its own, what was kept for as long as it should.
 */
final class RetentionFollower implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RetentionFollower.class);
    private static final long PAUSE_MILLIS = 2_000;
    private static final int PAUSES_BETWEEN_REMOVALS = 30;

    private final Retention retention;
    private final Thread thread;
    private final Thread cleaner;
    private boolean troubled;

    RetentionFollower(Retention retention) {
        this.retention = retention;
        this.thread = Thread.ofVirtual().name("retention").unstarted(this::run);
        this.cleaner = Thread.ofVirtual().name("retention-cleaner").unstarted(this::clean);
    }

    void start() {
        retention.erasures().recover();
        thread.start();
        cleaner.start();
    }

    private void clean() {
        boolean uneasy = false;
        try {
            while (true) {
                Thread.sleep(PAUSE_MILLIS * PAUSES_BETWEEN_REMOVALS);
                try {
                    retention.rules().clean();
                    uneasy = false;
                } catch (RuntimeException | Error e) {
                    if (!uneasy) {
                        LOG.warn("What was kept long enough could not be removed; it is tried again", e);
                    }
                    uneasy = true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
        for (Thread one : List.of(thread, cleaner)) {
            one.interrupt();
            if (one.getState() != Thread.State.NEW) {
                one.join(TimeUnit.SECONDS.toMillis(10));
            }
        }
    }
}
