package dev.agentos.server;

import dev.agentos.audit.AuditCheckpoints;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Signs each chain of records that has grown, once an hour; of several servers the first that comes to it does. */
final class AuditSigner implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(AuditSigner.class);
    private static final Duration EVERY = Duration.ofHours(1);
    private static final Duration PAUSE = Duration.ofMinutes(1);

    private final AuditCheckpoints checkpoints;
    private final InstantSource clock;
    private final Thread thread;
    private boolean troubled;

    AuditSigner(AuditCheckpoints checkpoints, InstantSource clock) {
        this.checkpoints = checkpoints;
        this.clock = clock;
        this.thread = Thread.ofVirtual().name("audit-signer").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(PAUSE);
                sign();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sign() {
        try {
            while (checkpoints.makeDue(clock.instant().minus(EVERY)) > 0
                    && !Thread.currentThread().isInterrupted()) {
                // The next ones.
            }
            troubled = false;
        } catch (RuntimeException e) {
            if (!troubled) {
                LOG.warn("The chains of records could not be signed; it is tried again", e);
            }
            troubled = true;
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
