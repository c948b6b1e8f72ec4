package dev.agentos.web;

import dev.agentos.web.filters.PacedBody;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a connection usable behind a refusal. A body that nobody has read, perhaps because it has not come yet, would
 * end the connection without a word, and the client's next request with it. A small one is read; before a large one the
 * answer says that the connection ends (RFC 9112, 9.6).
 */
public final class UnreadBody implements ContainerResponseFilter {

    private static final Logger LOG = LoggerFactory.getLogger(UnreadBody.class);

    private static final String CONNECTION = HttpHeader.CONNECTION.asString();
    private static final String CLOSE = HttpHeaderValue.CLOSE.asString();

    /** What clients send without asking beforehand whether they may. */
    private static final int MOST_BYTES = 1024 * 1024;

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (response.getStatus() < 400 || request.getLength() == 0) {
            return;
        }
        // Who waits to be told to go on has not begun to send.
        boolean small = request.getLength() <= MOST_BYTES && request.getHeaderString("Expect") == null;
        if (!small || !finished(request)) {
            response.getHeaders().putSingle(CONNECTION, CLOSE);
        }
    }

    private static boolean finished(ContainerRequestContext request) {
        try {
            if (!request.hasEntity()) {
                return true;
            }
            InputStream body = request.getEntityStream();
            return skipped(body);
        } catch (IOException | RuntimeException e) {
            // It was read, cut off, or is too slow to wait for.
            return false;
        }
    }

    /** The same for an answer that Jersey does not make. */
    public static void finish(HttpServletRequest request, HttpServletResponse response) {
        long length = request.getContentLengthLong();
        boolean none = length == 0 || (length < 0 && request.getHeader("Transfer-Encoding") == null);
        if (none) {
            return;
        }
        try {
            if (length <= MOST_BYTES && request.getHeader("Expect") == null && skipped(request.getInputStream())) {
                return;
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("The rest of a refused body does not come", e);
        }
        response.setHeader(CONNECTION, CLOSE);
    }

    /** The same for an answer that no servlet makes, on no thread that would wait; then goes on. */
    static void finish(Request request, Response response, Runnable then) {
        boolean some = PacedBody.isIn(request);
        boolean wanted =
                request.getLength() <= MOST_BYTES && !request.getHeaders().contains(HttpHeader.EXPECT);
        if (!some || !wanted) {
            if (some) {
                response.getHeaders().put(HttpHeader.CONNECTION, CLOSE);
            }
            then.run();
            return;
        }
        new Rest(request, response, then).run();
    }

    /** What of a body is still to come. */
    private static final class Rest implements Runnable {

        private final Request request;
        private final Response response;
        private final Runnable then;
        private long all;

        Rest(Request request, Response response, Runnable then) {
            this.request = request;
            this.response = response;
            this.then = then;
        }

        @Override
        public void run() {
            while (true) {
                Content.Chunk chunk = request.read();
                if (chunk == null) {
                    request.demand(this);
                    return;
                }
                boolean failed = Content.Chunk.isFailure(chunk);
                all += chunk.remaining();
                boolean last = chunk.isLast();
                chunk.release();
                if (failed || all > MOST_BYTES) {
                    response.getHeaders().put(HttpHeader.CONNECTION, CLOSE);
                    last = true;
                }
                if (last) {
                    then.run();
                    return;
                }
            }
        }
    }

    /** Whether a body came to its end before there was too much of it. */
    private static boolean skipped(InputStream body) throws IOException {
        byte[] ignored = new byte[8 * 1024];
        long all = 0;
        for (int read = body.read(ignored); read >= 0; read = body.read(ignored)) {
            all += read;
            if (all > MOST_BYTES) {
                return false;
            }
        }
        return true;
    }
}
