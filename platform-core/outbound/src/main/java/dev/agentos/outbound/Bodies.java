package dev.agentos.outbound;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.HttpListener;
import dev.agentos.spi.HttpRequest;
import dev.agentos.spi.HttpResponse;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The memory that all large bodies share which are handed over whole. A body takes room before more of it is read than
 * a little, as much as it says that it is long; who finds none waits, and holds nothing meanwhile. A body that does not
 * say it takes twice what is there each time, and gives up when there is no room for more: one that comes slowly holds
 * no more than that. Whoever asked makes copies of it, so what was taken within a call is given back when the call
 * ends, or is handed the next. All the bodies of one caller have half of the room at most, so that there is some for
 * others.
 */
public final class Bodies {

    private static final int SMALL = 1 << 20;
    private static final int LEAST = 32 << 20;
    private static final Bodies OF_PROCESS =
            new Bodies((int) Math.clamp(Runtime.getRuntime().maxMemory() / 8, LEAST, Integer.MAX_VALUE));
    private static final ScopedValue<Call> CALL = ScopedValue.newInstance();

    private final int most;
    private final Semaphore room;

    Bodies(int most) {
        this.most = most;
        this.room = new Semaphore(most, true);
    }

    /** Those of this process. */
    static Bodies ofProcess() {
        return OF_PROCESS;
    }

    /** Does a call, which holds what is gathered on its thread until it ends. */
    public static <T extends @Nullable Object, X extends Throwable> T during(ScopedValue.CallableOp<T, X> work)
            throws X {
        Call call = new Call();
        try {
            return ScopedValue.where(CALL, call).call(work);
        } finally {
            call.end();
        }
    }

    /** What one call has gathered. */
    private static final class Call {
        private Runnable giveBack = () -> {};

        private void hold(Runnable release) {
            giveBack = release;
        }

        private void end() {
            giveBack.run();
            giveBack = () -> {};
        }
    }

    /** The room of one caller. */
    Share share() {
        return new Share();
    }

    /** What one caller has of the room. */
    final class Share {
        private final int limit = most / 2;
        private final Semaphore own = new Semaphore(limit, true);

        private Share() {}

        Gathering gathering(HttpRequest request) {
            return new Gathering(this, request);
        }

        private boolean take(int wanted, long end) throws InterruptedException {
            if (!own.tryAcquire(wanted, end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                return false;
            }
            boolean taken = false;
            try {
                taken = room.tryAcquire(wanted, end - System.nanoTime(), TimeUnit.NANOSECONDS);
                return taken;
            } finally {
                if (!taken) {
                    own.release(wanted);
                }
            }
        }

        private boolean takeAtOnce(int wanted) {
            if (!own.tryAcquire(wanted)) {
                return false;
            }
            if (!room.tryAcquire(wanted)) {
                own.release(wanted);
                return false;
            }
            return true;
        }

        private void release(int taken) {
            room.release(taken);
            own.release(taken);
        }
    }

    /** One body; to be closed when it is there, or will never be. */
    final class Gathering implements HttpListener, AutoCloseable {
        private final Share share;
        private final HttpRequest request;
        private final long end;
        private byte[] bytes = new byte[0];
        private int length;
        private int taken;

        private Gathering(Share share, HttpRequest request) {
            this.share = share;
            this.request = request;
            this.end = System.nanoTime() + request.timeout().toNanos();
        }

        @Override
        public void onBytes(HttpResponse response, byte[] more) {
            int needed = length + more.length;
            if (needed > SMALL && taken == 0) {
                take(Math.max(needed, said(response).orElse(twice(needed))));
            }
            if (taken > 0 && needed > taken) {
                takeMore(twice(needed));
            }
            if (needed > bytes.length) {
                bytes = Arrays.copyOf(bytes, taken > 0 ? taken : 2 * needed);
            }
            System.arraycopy(more, 0, bytes, length, more.length);
            length = needed;
        }

        private int twice(int needed) {
            return (int) Math.max(needed, Math.min(2L * needed, Math.min(request.maxResponseBytes(), share.limit)));
        }

        private void take(int wanted) {
            if (wanted > share.limit) {
                throw tooLarge(wanted);
            }
            if (CALL.isBound()) {
                // Whoever waits holds nothing, also not what the same call was handed before.
                CALL.get().end();
            }
            try {
                if (!share.take(wanted, end)) {
                    throw noRoom(wanted);
                }
                taken = wanted;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AgentOsException(
                        OutboundErrorCode.INTERRUPTED,
                        "The request was given up, because its call is late or cancelled.",
                        "Make the call again when you want it done.");
            }
        }

        /** Without waiting: two that each hold a part could wait for each other. */
        private void takeMore(int wanted) {
            if (wanted > share.limit) {
                throw tooLarge(wanted);
            }
            if (!share.takeAtOnce(wanted - taken)) {
                throw noRoom(wanted);
            }
            taken = wanted;
        }

        private AgentOsException noRoom(int wanted) {
            return new AgentOsException(
                    OutboundErrorCode.NO_ROOM,
                    "For an answer of " + wanted + " bytes there was no room in memory in time, beside other large"
                            + " ones.",
                    "Try again later.");
        }

        private AgentOsException tooLarge(int wanted) {
            return new AgentOsException(
                    OutboundErrorCode.RESPONSE_TOO_LARGE,
                    "The answer of " + Endpoint.of(request.uri()) + " is " + wanted + " bytes long or longer, and no"
                            + " more than " + share.limit + " are kept in memory at once.",
                    "Ask for less, or let the plugin take it piece by piece.");
        }

        byte[] bytes() {
            if (taken > 0 && CALL.isBound()) {
                int until = taken;
                CALL.get().hold(() -> share.release(until));
                taken = 0;
            }
            return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
        }

        @Override
        public void close() {
            share.release(taken);
            taken = 0;
        }
    }

    /** Beside a transfer encoding a length says nothing (RFC 9112, 6.3). */
    private static Optional<Integer> said(HttpResponse response) {
        return response.header("transfer-encoding").isPresent()
                ? Optional.empty()
                : response.header("content-length").map(Bodies::number);
    }

    private static int number(String text) {
        try {
            return (int) Math.clamp(Long.parseLong(text), 0, Integer.MAX_VALUE);
        } catch (NumberFormatException e) {
            return Integer.MAX_VALUE;
        }
    }
}
