package dev.agentos.web.filters;

import dev.agentos.kernel.Json;
import dev.agentos.web.RouteFeature;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * Reads the body as far as there is room, no more of it than the limit, and refuses encodings that would let it grow
 * when unpacked. Before a login nothing large is taken.
 */
public final class BodyFilter implements ContainerRequestFilter, ContainerResponseFilter {

    /** What it takes to log in, many times over. */
    private static final int LARGEST_OF_UNKNOWN = 64 * 1024;

    private static final String SHARE = "dev.agentos.bodyRoom";

    private final BodyRoom room;
    private final boolean known;
    private final int largest;

    /** A filter for bodies of the largest size. */
    public static BodyFilter large(BodyRoom room) {
        return new BodyFilter(room, true, Json.MAX_DOCUMENT_BYTES);
    }

    /** A filter of who is not known yet. */
    public static BodyFilter small(BodyRoom room) {
        return new BodyFilter(room, false, LARGEST_OF_UNKNOWN);
    }

    private BodyFilter(BodyRoom room, boolean known, int largest) {
        this.room = room;
        this.known = known;
        this.largest = largest;
    }

    @Override
    public void filter(ContainerRequestContext request) throws IOException {
        RouteFeature.refuseEncoding(request);
        String declared = request.getHeaderString("Content-Length");
        if (declared != null && Long.parseLong(declared) > largest) {
            throw BodyRoom.tooLarge(largest);
        }
        BodyRoom.Share share = room.share(known);
        request.setProperty(SHARE, share);
        byte[] body = share.readInTurn(request.getEntityStream(), largest);
        request.setProperty(RouteFeature.BODY, body);
        request.setEntityStream(new ByteArrayInputStream(body));
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (request.getProperty(SHARE) instanceof BodyRoom.Share share) {
            request.removeProperty(SHARE);
            share.close();
        }
    }
}
