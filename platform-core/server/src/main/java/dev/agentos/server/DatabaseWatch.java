package dev.agentos.server;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/** Asks the database again and again whether it is there, so that a probe is answered from memory. */
final class DatabaseWatch implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(500);

    /** A question that takes longer than this counts as not answered. */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(3);

    private final BooleanSupplier database;
    private final InstantSource clock;
    private final Thread thread;
    private volatile boolean answered = true;
    private volatile Instant since;
    private volatile boolean closed;

    /** Begins to ask. */
    DatabaseWatch(BooleanSupplier database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
        this.since = clock.instant();
        this.thread = Thread.ofVirtual().name("database-watch").start(this::watch);
    }

    /** Whether it answered when it was last asked, not long ago. */
    boolean answers() {
        return answered && Duration.between(since, clock.instant()).compareTo(LONGEST_SILENCE) < 0;
    }

    private void watch() {
        try {
            while (!closed) {
                answered = database.getAsBoolean();
                since = clock.instant();
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
