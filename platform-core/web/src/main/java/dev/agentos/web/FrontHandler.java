package dev.agentos.web;

import java.util.random.RandomGenerator;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** The first to see a request: gives it its trace and its answer the headers that every answer has. */
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
        return super.handle(request, response, callback);
    }
}
