package dev.agentos.outbound;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The end of a request's time: what it holds open then is closed, whoever waits for it. */
final class Expiry implements AutoCloseable {

    private static final ScheduledThreadPoolExecutor CLOCKWORK = clockwork();

    private final long end;
    private final ScheduledFuture<?> alarm;
    private @Nullable Closeable held;
    private boolean over;

    Expiry(Duration longest) {
        end = System.nanoTime() + longest.toNanos();
        alarm = CLOCKWORK.schedule(this::expire, longest.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** What to close when the time is over; instead of what was held before. */
    synchronized void hold(Closeable resource) throws IOException {
        held = resource;
        if (over) {
            resource.close();
        }
    }

    private synchronized void expire() {
        over = true;
        try {
            if (held != null) {
                held.close();
            }
        } catch (IOException e) {
            // It was closed, which is all that was wanted.
        }
    }

    /** Whether the time is over. */
    synchronized boolean over() {
        return over || left() <= 0;
    }

    /** What is left, in nanoseconds. */
    long left() {
        return end - System.nanoTime();
    }

    /** What is left, in milliseconds, at least one. */
    int leftMillis() {
        return (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(left()));
    }

    @Override
    public void close() {
        alarm.cancel(false);
    }

    private static ScheduledThreadPoolExecutor clockwork() {
        ScheduledThreadPoolExecutor executor =
                new ScheduledThreadPoolExecutor(1, task -> Threads.daemon(task, "outbound-expiry"));
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }
}
