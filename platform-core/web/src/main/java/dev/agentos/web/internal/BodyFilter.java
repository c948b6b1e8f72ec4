package dev.agentos.web.internal;

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
 * Reads the body, no more of it than the limit, and refuses encodings that would let it grow when unpacked. A body takes
 * several times its size in memory while it is read, checked and stored, so that a handful of the largest that are
 * allowed would fill it; of large ones there are only as many under way as there is room for, and others wait.
 */
public final class BodyFilter implements ContainerRequestFilter, ContainerResponseFilter {

    /** Up to here a body takes no room. */
    private static final int SMALL = 1024 * 1024;

    /** What part of the heap the bodies themselves may have. */
    private static final long PART = 16;

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String ROOM = "dev.agentos.bodyRoom";

    private final Semaphore room;
    private final Duration patience;

    /** There is room for the largest body at least. */
    public BodyFilter() {
        this(Runtime.getRuntime().maxMemory() / PART, PATIENCE);
    }

    BodyFilter(long bytes, Duration patience) {
        this.room = new Semaphore((int) Math.clamp(bytes, Json.MAX_DOCUMENT_BYTES, Integer.MAX_VALUE), true);
        this.patience = patience;
    }

    @Override
    public void filter(ContainerRequestContext request) throws IOException {
        RouteFeature.refuseEncoding(request);
        String declared = request.getHeaderString("Content-Length");
        long length = declared == null ? -1 : Long.parseLong(declared);
        if (length > Json.MAX_DOCUMENT_BYTES) {
            throw tooLarge();
        }
        byte[] body = read(request, length);
        if (body.length > Json.MAX_DOCUMENT_BYTES) {
            throw tooLarge();
        }
        request.setProperty(RouteFeature.BODY, body);
        request.setEntityStream(new ByteArrayInputStream(body));
    }

    private byte[] read(ContainerRequestContext request, long length) throws IOException {
        InputStream in = request.getEntityStream();
        if (length >= 0) {
            takeRoom(request, length);
            return in.readNBytes((int) length + 1);
        }
        byte[] begin = in.readNBytes(SMALL + 1);
        if (begin.length <= SMALL) {
            return begin;
        }
        takeRoom(request, Json.MAX_DOCUMENT_BYTES);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(begin);
        all.write(in.readNBytes(Json.MAX_DOCUMENT_BYTES + 1 - begin.length));
        return all.toByteArray();
    }

    private void takeRoom(ContainerRequestContext request, long bytes) {
        if (bytes <= SMALL) {
            return;
        }
        try {
            if (room.tryAcquire((int) bytes, patience.toMillis(), TimeUnit.MILLISECONDS)) {
                request.setProperty(ROOM, (int) bytes);
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new AgentOsException(
                HttpErrorCode.TOO_BUSY,
                "The server is busy with other large requests.",
                "Try again in a few seconds, with fewer large requests at a time.");
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (request.getProperty(ROOM) instanceof Integer taken) {
            request.removeProperty(ROOM);
            room.release(taken);
        }
    }

    private static AgentOsException tooLarge() {
        return new AgentOsException(
                HttpErrorCode.BODY_TOO_LARGE, "The body is larger than 32 MiB.", "Send less at a time.");
    }
}
