package dev.agentos.persistence.internal;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Waits for a database that cannot be reached yet, and tells of it at once and then every so often. */
public final class DatabaseWait {

    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration TELL = Duration.ofSeconds(15);

    private final CountDownLatch ended = new CountDownLatch(1);

    /**
     * Tries until it succeeds, fails with anything else than {@code server:DATABASE_UNAVAILABLE}, or that time is over.
     *
     * @param told of each failure that is waited out
     */
    public <T> T until(Duration longest, Consumer<AgentOsException> told, Supplier<T> attempt) {
        long began = System.nanoTime();
        long tell = 0;
        while (true) {
            try {
                return attempt.get();
            } catch (AgentOsException e) {
                long waited = System.nanoTime() - began;
                if (e.errorCode() != KernelErrorCode.DATABASE_UNAVAILABLE || waited >= longest.toNanos()) {
                    throw e;
                }
                if (waited >= tell) {
                    told.accept(e);
                    tell = waited + TELL.toNanos();
                }
                if (endedWithin(Math.min(PAUSE.toNanos(), longest.toNanos() - waited))) {
                    throw e;
                }
            }
        }
    }

    private boolean endedWithin(long nanos) {
        try {
            return ended.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** Waits no more; what could not be reached by now fails. */
    public void end() {
        ended.countDown();
    }
}
