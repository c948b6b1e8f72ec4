package dev.agentos.web;

import dev.agentos.kernel.Json;
import dev.agentos.web.filters.OtherOrigins;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what goes wrong outside of Jersey, down to a request line that cannot be read, with a problem. */
public final class ProblemErrorHandler extends ErrorHandler {

    private static final Logger LOG = LoggerFactory.getLogger(ProblemErrorHandler.class);

    private final RandomGenerator random;

    /** Makes trace ids from that source for requests that were refused before they had one. */
    public ProblemErrorHandler(RandomGenerator random) {
        this.random = random;
    }

    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }

    @Override
    protected void generateResponse(
            Request request,
            Response response,
            int code,
            @Nullable String message,
            @Nullable Throwable cause,
            Callback callback) {
        Trace trace = request.getAttribute(Trace.ATTRIBUTE) instanceof Trace known
                ? known
                : Trace.of(request.getHeaders().get("traceparent"), random);
        Problem problem = ProblemMapper.refused(code);
        if (problem.defect()) {
            LOG.error("{} {} failed, trace {}", request.getMethod(), path(request), trace.traceId(), cause);
        }
        byte[] body = Json.writeBytes(problem.toJson(path(request), trace.traceId()));
        response.setStatus(problem.status());
        SecurityHeaders.addTo(response.getHeaders(), trace);
        OtherOrigins.addTo(request, response.getHeaders());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        if (cause instanceof HttpException) {
            // What comes behind a request that cannot be read is not read either, and whoever sends it must know.
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        if (problem.retryAfter() > 0) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, problem.retryAfter());
        }
        response.write(true, ByteBuffer.wrap(body), callback);
    }

    @Override
    public ByteBuffer badMessageError(int status, @Nullable String reason, HttpFields.Mutable fields) {
        Trace trace = Trace.of(null, random);
        SecurityHeaders.addTo(fields, trace);
        fields.put(HttpHeader.CONNECTION, "close");
        fields.put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
        Problem refused = ProblemMapper.refused(status);
        return ByteBuffer.wrap(
                Json.writeBytes(refused.toJson("", trace.traceId()).with("status", status)));
    }

    private static String path(Request request) {
        return Objects.requireNonNullElse(request.getHttpURI().getPath(), "");
    }
}
