package dev.agentos.registryclient;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Ends answers that stand still, or drip so slowly that they would hold whoever waits for days; the HTTP client's own
 * timeout is over once an answer has started.
 */
final class StallGuard implements AutoCloseable {

    /** The least bytes in a second, over as long as an answer may stand still. */
    private static final long PACE = 8 * 1024;

    private final Duration patience;
    private final ScheduledThreadPoolExecutor timer;

    StallGuard(Duration patience) {
        this.patience = patience;
        this.timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "registry-stall-guard");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
    }

    /** Watches one answer until the watch is closed. */
    Watch watch(InputStream body) {
        return new Watch(body);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }

    /** Closes the answer's stream when a read waits too long, which ends the read. */
    final class Watch implements AutoCloseable {

        private final InputStream body;
        // Only time inside a read counts: a slow disk or a slow listener is not the registry's fault.
        private volatile boolean reading;
        private volatile long readingSince;
        private volatile boolean stalled;
        private long windowNanos;
        private long windowBytes;
        private final ScheduledFuture<?> check;

        Watch(InputStream body) {
            this.body = body;
            long period = Math.max(1, patience.toNanos() / 4);
            this.check = timer.scheduleWithFixedDelay(this::look, period, period, TimeUnit.NANOSECONDS);
        }

        private void look() {
            if (reading && System.nanoTime() - readingSince > patience.toNanos()) {
                stalled = true;
                closeBody();
            }
        }

        private void closeBody() {
            try {
                body.close();
            } catch (IOException e) {
                // The reader hears of it from its own read.
                stalled = true;
            }
        }

        /** The answer, whose reads fail when it stands still. */
        InputStream guarded() {
            return new FilterInputStream(body) {
                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
                }

                @Override
                public int read(byte[] buffer, int offset, int length) throws IOException {
                    readingSince = System.nanoTime();
                    reading = true;
                    int count;
                    try {
                        count = in.read(buffer, offset, length);
                    } finally {
                        reading = false;
                    }
                    if (stalled) {
                        throw new IOException("The answer stood still");
                    }
                    if (count > 0) {
                        pace(count);
                    }
                    return count;
                }
            };
        }

        private void pace(int count) throws IOException {
            windowNanos += System.nanoTime() - readingSince;
            windowBytes += count;
            if (windowNanos > patience.toNanos()) {
                if (windowBytes < PACE * windowNanos / TimeUnit.SECONDS.toNanos(1)) {
                    throw new IOException("The answer came too slowly");
                }
                windowNanos = 0;
                windowBytes = 0;
            }
        }

        @Override
        public void close() {
            check.cancel(false);
        }
    }
}
