package dev.agentos.server;

import dev.agentos.policy.KillSwitches;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes this server stop what was stopped on another: when told, and every quarter of a second. */
final class KillSwitchFollower implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KillSwitchFollower.class);
    private static final long PAUSE_MILLIS = 250;

    private final KillSwitches switches;
    private final Semaphore hints = new Semaphore(0);
    private final Thread thread;
    private boolean troubled;

    KillSwitchFollower(KillSwitches switches) {
        this.switches = switches;
        // Of its own, because whoever is to be stopped may keep the threads that are shared busy.
        this.thread = Thread.ofPlatform().name("kill-switches").daemon().unstarted(this::run);
    }

    /** Finds out what is engaged before anything is begun, and follows from then on. */
    void start() {
        switches.refresh();
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
                    switches.refresh();
                    troubled = false;
                } catch (RuntimeException | Error e) {
                    // Whatever it is, this server must not stop following; what was known last holds meanwhile.
                    if (!troubled) {
                        LOG.warn("Kill switches could not be looked up; it is tried again", e);
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
