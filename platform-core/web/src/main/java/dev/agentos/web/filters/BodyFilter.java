package dev.agentos.web.filters;

import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.web.HttpErrorCode;
import dev.agentos.web.RouteFeature;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Reads the body, no more of it than the limit, and refuses encodings that would let it grow when unpacked. A body
 * takes several times its size in memory while it is read, checked and stored, so that a handful of the largest that
 * are allowed would fill it: of large ones that have arrived there are only as many under way as there is room for, and
 * others wait. Those that arrive have a bound of their own, which nobody waits at, so that whoever sends slowly holds
 * up nobody but himself. Before a login nothing large is taken.
 */
public final class BodyFilter implements ContainerRequestFilter, ContainerResponseFilter {

    /** Up to here a body takes no room. */
    private static final int SMALL = 1024 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String TAKEN = "dev.agentos.bodyRoom";

    private final Room room;
    private final int largest;

    /** A filter for bodies of the largest size. */
    public static BodyFilter large(Room room) {
        return new BodyFilter(room, Json.MAX_DOCUMENT_BYTES);
    }

    /** A filter of who is not known yet. */
    public static BodyFilter small(Room room) {
        return new BodyFilter(room, SMALL);
    }

    private BodyFilter(Room room, int largest) {
        this.room = room;
        this.largest = largest;
    }

    /** The memory that all large bodies share. */
    public static final class Room {
        private final Semaphore arriving;
        private final Semaphore underWay;

        /** Room for the largest body at least. */
        public Room(long heap) {
            arriving = new Semaphore(part(heap / 4));
            underWay = new Semaphore(part(heap / 16), true);
        }

        private static int part(long bytes) {
            return (int) Math.clamp(bytes, Json.MAX_DOCUMENT_BYTES + 1L, Integer.MAX_VALUE);
        }
    }

    private static final class Taken {
        private int arriving;
        private int underWay;
    }

    @Override
    public void filter(ContainerRequestContext request) throws IOException {
        RouteFeature.refuseEncoding(request);
        String declared = request.getHeaderString("Content-Length");
        if (declared != null && Long.parseLong(declared) > largest) {
            throw tooLarge();
        }
        byte[] body = read(request);
        request.setProperty(RouteFeature.BODY, body);
        request.setEntityStream(new ByteArrayInputStream(body));
    }

    private byte[] read(ContainerRequestContext request) throws IOException {
        InputStream in = request.getEntityStream();
        byte[] piece = in.readNBytes(SMALL);
        if (piece.length < SMALL) {
            return piece;
        }
        Taken taken = new Taken();
        request.setProperty(TAKEN, taken);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (piece.length > 0) {
            if (all.size() + piece.length > largest) {
                throw tooLarge();
            }
            if (!room.arriving.tryAcquire(piece.length)) {
                throw busy();
            }
            taken.arriving += piece.length;
            all.write(piece);
            piece = in.readNBytes(SMALL);
        }
        wait(taken, all.size());
        return all.toByteArray();
    }

    private void wait(Taken taken, int bytes) {
        try {
            if (!room.underWay.tryAcquire(bytes, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw busy();
            }
            taken.underWay = bytes;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw busy();
        }
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (request.getProperty(TAKEN) instanceof Taken taken) {
            request.removeProperty(TAKEN);
            room.arriving.release(taken.arriving);
            room.underWay.release(taken.underWay);
        }
    }

    private static AgentOsException busy() {
        return new AgentOsException(
                HttpErrorCode.TOO_BUSY,
                "The server is busy with other large requests.",
                "Try again in a few seconds, with fewer large requests at a time.");
    }

    private AgentOsException tooLarge() {
        return new AgentOsException(
                HttpErrorCode.BODY_TOO_LARGE,
                "The body is larger than " + (largest >> 20) + " MiB.",
                "Send less at a time.");
    }
}
