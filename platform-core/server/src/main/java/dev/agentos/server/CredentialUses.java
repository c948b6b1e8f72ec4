package dev.agentos.server;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps when keys and logins were last used, each half minute, so that no request waits for it. */
final class CredentialUses implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CredentialUses.class);
    private static final long PAUSE_MILLIS = 30_000;

    private final PeopleWiring people;
    private final Thread thread;
    private boolean troubled;

    CredentialUses(PeopleWiring people) {
        this.people = people;
        this.thread = Thread.ofVirtual().name("credential-uses").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(PAUSE_MILLIS);
                keep();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void keep() {
        try {
            people.keepUses();
            troubled = false;
        } catch (RuntimeException | Error e) {
            // Whatever it is, the next time may be better; what is not kept yet waits.
            if (!troubled) {
                LOG.warn("When keys and logins were last used could not be kept; it is tried again", e);
            }
            troubled = true;
        }
    }

    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        if (thread.getState() != Thread.State.NEW) {
            thread.join(TimeUnit.SECONDS.toMillis(10));
            keep();
        }
    }
}
