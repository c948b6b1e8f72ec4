package dev.agentos.web.internal;

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
        long allowed = GRACE.toNanos() + arrived * Duration.ofSeconds(1).toNanos() / BYTES_A_SECOND;
        if (NanoTime.since(begun) <= allowed) {
            return null;
        }
        return Content.Chunk.from(
                new HttpException.RuntimeException(
                        HttpStatus.REQUEST_TIMEOUT_408,
                        "The body comes slower than " + BYTES_A_SECOND + " bytes a second"),
                true);
    }
}
