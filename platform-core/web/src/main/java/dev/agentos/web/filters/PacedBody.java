package dev.agentos.web.filters;

import java.time.Duration;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;

/**
 * A body that has to come at a pace, so that nobody holds a request open with a byte now and then. Only waiting for the
 * client counts: what has arrived is read, however late the server comes to it, and a short body may come in pieces.
 */
public final class PacedBody extends Request.Wrapper {

    /** What a body may take whatever its size, longer than a lost packet is sent again in. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private static final long BYTES_A_SECOND = 256;

    /** What comes behind the first part of a large body has to come quicker: it holds memory that others wait for. */
    private static final long FIRST_PART = 64 * 1024;

    private static final long LARGE_BYTES_A_SECOND = 16 * 1024;

    private long begun;
    private boolean waiting;
    private long arrived;

    private PacedBody(Request request) {
        super(request);
    }

    /** The request itself if it has no body. */
    public static Request of(Request request) {
        return isIn(request) ? new PacedBody(request) : request;
    }

    /** Whether a request says that it has a body. */
    public static boolean isIn(Request request) {
        return request.getLength() > 0
                || (request.getLength() < 0 && request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING));
    }

    @Override
    public Content.@Nullable Chunk read() {
        Content.Chunk chunk = super.read();
        if (chunk != null) {
            arrived += chunk.remaining();
            return chunk;
        }
        if (!waiting) {
            waiting = true;
            begun = NanoTime.now();
        }
        if (NanoTime.since(begun) <= GRACE.toNanos() + allowed()) {
            return null;
        }
        long pace = arrived > FIRST_PART ? LARGE_BYTES_A_SECOND : BYTES_A_SECOND;
        return Content.Chunk.from(
                new HttpException.RuntimeException(
                        HttpStatus.REQUEST_TIMEOUT_408, "The body comes slower than " + pace + " bytes a second"),
                true);
    }

    /** Nanoseconds for what has arrived. */
    private long allowed() {
        long second = Duration.ofSeconds(1).toNanos();
        long first = Math.min(arrived, FIRST_PART);
        return first * second / BYTES_A_SECOND + (arrived - first) * second / LARGE_BYTES_A_SECOND;
    }
}
