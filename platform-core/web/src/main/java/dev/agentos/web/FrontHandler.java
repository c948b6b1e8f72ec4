package dev.agentos.web;

import dev.agentos.kernel.LogFields;
import dev.agentos.web.filters.PacedBody;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The first to see a request: gives it its trace and its answer the headers that every answer has, and refuses an
 * address that is none. The connection would do so before the body is there, and the client might not see the answer.
 * Whatever is logged while it is handled names its trace. What of a body comes too slowly ends it ({@link PacedBody}).
 */
public final class FrontHandler extends Handler.Wrapper {

    private final RandomGenerator random;

    /** Makes trace ids from that source. */
    public FrontHandler(Handler next, RandomGenerator random) {
        super(next);
        this.random = random;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Trace trace = Trace.of(request.getHeaders().get("traceparent"), random);
        request.setAttribute(Trace.ATTRIBUTE, trace);
        SecurityHeaders.addTo(response.getHeaders(), trace);
        String wrong = UriCompliance.checkUriCompliance(UriCompliance.DEFAULT, request.getHttpURI(), null);
        if (wrong != null) {
            UnreadBody.finish(
                    request,
                    response,
                    () -> Response.writeError(request, response, callback, HttpStatus.BAD_REQUEST_400, wrong));
            return true;
        }
        try (LogFields.Work _ = LogFields.during(Map.of(LogFields.TRACE, trace.traceId()))) {
            return super.handle(PacedBody.of(request), response, callback);
        }
    }
}
