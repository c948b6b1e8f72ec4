package dev.agentos.web.filters;

import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.web.HttpErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The memory that all bodies share. A body takes several times its size while it is read, checked and stored, so that a
 * handful of the largest that are allowed would fill it: of large ones that have arrived there are only as many under
 * way as there is room for, and others wait. What arrives has a bound of its own, which nobody waits at, so that
 * whoever sends slowly holds up nobody but himself; those that are not known yet have another one.
 */
public final class BodyRoom {

    /** Up to here a body takes no room; the bound of connections bounds what all of those take. */
    private static final int FREE = 16 * 1024;

    /** Up to here a body that has arrived is worked on at once. */
    private static final int SMALL = 1024 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Semaphore arriving;
    private final Semaphore unknown;
    private final Semaphore underWay;

    /** Room in a heap of that many bytes, for the largest body at least. */
    public BodyRoom(long heap) {
        arriving = new Semaphore(part(heap / 4));
        unknown = new Semaphore(part(heap / 16));
        underWay = new Semaphore(part(heap / 16), true);
    }

    private static int part(long bytes) {
        return (int) Math.clamp(bytes, Json.MAX_DOCUMENT_BYTES + 1L, Integer.MAX_VALUE);
    }

    /**
     * A share for one body, of nothing yet.
     *
     * @param known whether it is known who sends it
     */
    public Share share(boolean known) {
        return new Share(known ? arriving : unknown);
    }

    /** What one body takes, until it is closed. */
    public final class Share implements AutoCloseable {

        private final Semaphore line;
        private int arrived;
        private int working;

        private Share(Semaphore line) {
            this.line = line;
        }

        /**
         * Reads a body, no more of it than the limit, and waits until it may be worked on.
         *
         * @throws AgentOsException {@code server:BODY_TOO_LARGE}, {@code server:TOO_BUSY}
         */
        public byte[] readInTurn(InputStream in, int largest) throws IOException {
            byte[] all = read(in, largest);
            if (all.length >= SMALL) {
                await(all.length);
            }
            return all;
        }

        /** The same of a body that is worked on for minutes, perhaps, so that others do not wait for that. */
        public byte[] read(InputStream in, int largest) throws IOException {
            byte[] piece = in.readNBytes(FREE);
            if (piece.length < FREE) {
                return piece;
            }
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            while (piece.length > 0) {
                if (all.size() + piece.length > largest) {
                    throw tooLarge(largest);
                }
                all.write(piece);
                // Before it is read: it may come a byte at a time.
                if (!line.tryAcquire(FREE)) {
                    throw busy();
                }
                arrived += FREE;
                piece = in.readNBytes(FREE);
            }
            return all.toByteArray();
        }

        private void await(int bytes) {
            try {
                if (!underWay.tryAcquire(bytes, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw busy();
                }
                working = bytes;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw busy();
            }
        }

        @Override
        public void close() {
            line.release(arrived);
            underWay.release(working);
            arrived = 0;
            working = 0;
        }
    }

    private static AgentOsException busy() {
        return new AgentOsException(
                HttpErrorCode.TOO_BUSY,
                "The server is busy with other large requests.",
                "Try again in a few seconds, with fewer large requests at a time.");
    }

    /** The refusal of a body that is over the limit. */
    public static AgentOsException tooLarge(int largest) {
        boolean whole = largest >= SMALL;
        return new AgentOsException(
                HttpErrorCode.BODY_TOO_LARGE,
                "The body is larger than " + (largest >> (whole ? 20 : 10)) + (whole ? " MiB." : " KiB."),
                "Send less at a time.");
    }
}
