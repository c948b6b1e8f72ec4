package dev.agentos.web;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import java.io.IOException;
import java.io.InputStream;

/**
 * Keeps a connection usable behind a refusal. A body that nobody has read, perhaps because it has not come yet, would
 * end the connection without a word, and the client's next request with it. A small one is read; before a large one the
 * answer says that the connection ends (RFC 9112, 9.6).
 */
public final class UnreadBody implements ContainerResponseFilter {

    private static final int MOST_BYTES = 64 * 1024;

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (response.getStatus() < 400 || request.getLength() == 0) {
            return;
        }
        // Who waits to be told to go on has not begun to send.
        boolean small = request.getLength() <= MOST_BYTES && request.getHeaderString("Expect") == null;
        if (!small || !finished(request)) {
            response.getHeaders().putSingle("Connection", "close");
        }
    }

    private static boolean finished(ContainerRequestContext request) {
        try {
            if (!request.hasEntity()) {
                return true;
            }
            InputStream body = request.getEntityStream();
            return body.readNBytes(MOST_BYTES).length < MOST_BYTES;
        } catch (IOException | RuntimeException e) {
            // It was read, cut off, or is too slow to wait for.
            return false;
        }
    }
}
