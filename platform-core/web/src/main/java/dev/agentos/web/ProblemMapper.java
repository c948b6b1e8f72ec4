package dev.agentos.web;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenancyErrorCode;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.lang.annotation.Annotation;
import org.eclipse.jetty.http.HttpException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers every exception of a request with a problem; only the log learns more than the client may know. */
public final class ProblemMapper implements ExceptionMapper<Throwable>, ContainerResponseFilter {

    private static final Logger LOG = LoggerFactory.getLogger(ProblemMapper.class);

    /** A problem on its way to the filter, which knows the request, and so its path and trace. */
    private record Failed(Problem problem, Throwable cause) {}

    @Override
    public Response toResponse(Throwable thrown) {
        if (thrown instanceof WebApplicationException refusal
                && refusal.getResponse().getStatus() < 500) {
            Problem problem = refused(refusal.getResponse().getStatus());
            return Response.fromResponse(refusal.getResponse())
                    .status(problem.status())
                    .type(Problem.MEDIA_TYPE)
                    .entity(new Failed(problem, thrown))
                    .build();
        }
        // What Jetty refuses while a body is read, one that comes too slowly for example, is no defect of the server.
        Problem problem = thrown instanceof HttpException refusal && refusal.getCode() < 500
                ? refused(refusal.getCode())
                : Problem.of(thrown);
        // Named here already: a route that names no type of its own would look for one that the client accepts.
        return Response.status(problem.status())
                .type(Problem.MEDIA_TYPE)
                .entity(new Failed(problem, thrown))
                .build();
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (!(response.getEntity() instanceof Failed(Problem problem, Throwable cause))) {
            return;
        }
        String instance = request.getUriInfo().getRequestUri().getRawPath();
        String traceId = traceId(request);
        if (problem.defect()) {
            LOG.error("{} {} failed, trace {}", request.getMethod(), instance, traceId, cause);
        } else {
            LOG.debug(
                    "{} {}: {}, trace {}",
                    request.getMethod(),
                    instance,
                    problem.failure().code(),
                    traceId);
        }
        JsonObject json = problem.toJson(instance, traceId);
        response.setEntity(json, new Annotation[0], MediaType.valueOf(Problem.MEDIA_TYPE));
        if (problem.retryAfter() > 0) {
            response.getHeaders().putSingle("Retry-After", String.valueOf(problem.retryAfter()));
        }
        problem.rateHeaders().forEach((name, value) -> response.getHeaders().putSingle(name, value));
        if (problem.status() == 401) {
            response.getHeaders().putSingle("WWW-Authenticate", "Bearer realm=\"agentos\"");
        }
    }

    private static String traceId(ContainerRequestContext request) {
        return request.getProperty(Trace.ATTRIBUTE) instanceof Trace trace ? trace.traceId() : "";
    }

    private static Problem forbidden() {
        return Problem.of(
                TenancyErrorCode.SCOPE_MISSING,
                "The credential may not do this.",
                "Use a key with the scope that it needs.");
    }

    /** The problem of a status that the servlet container or Jersey refused a request with. */
    static Problem refused(int status) {
        return switch (status) {
            case 401 ->
                Problem.of(
                        TenancyErrorCode.UNAUTHENTICATED,
                        "The request carries no valid credential.",
                        "Send 'Authorization: Bearer <API key>' with a valid key.");
            case 403 -> forbidden();
            case 404 ->
                Problem.of(
                        KernelErrorCode.NOT_FOUND,
                        "There is nothing at this path.",
                        "See GET /openapi.json for the paths that there are.");
            case 405 ->
                Problem.of(
                        HttpErrorCode.METHOD_NOT_ALLOWED,
                        "This path does not take that method.",
                        "Use one of the methods in the header Allow.");
            case 406 ->
                Problem.of(
                        HttpErrorCode.NOT_ACCEPTABLE,
                        "There is no answer of a media type that the header Accept allows.",
                        "Accept application/json.");
            case 408 ->
                Problem.of(
                        HttpErrorCode.REQUEST_TIMEOUT,
                        "The request did not arrive in time.",
                        "Send it again, and faster.");
            case 413 ->
                Problem.of(
                        HttpErrorCode.BODY_TOO_LARGE,
                        "The body is over the limit of this path.",
                        "Send less at a time.");
            case 414 ->
                Problem.of(HttpErrorCode.URI_TOO_LONG, "The request's address is too long.", "Send a shorter one.");
            case 415 ->
                Problem.of(
                        HttpErrorCode.UNSUPPORTED_MEDIA_TYPE,
                        "This path does not take a body of that media type or encoding.",
                        "Send application/json without a Content-Encoding, or what GET /openapi.json names for this"
                                + " path.");
            case 431 ->
                Problem.of(
                        HttpErrorCode.HEADERS_TOO_LARGE,
                        "The request's headers are too large.",
                        "Send fewer or shorter ones.");
            case 501 ->
                Problem.of(HttpErrorCode.METHOD_UNKNOWN, "The server knows no such method.", "Use a method of HTTP.");
            case 505 ->
                Problem.of(
                        HttpErrorCode.VERSION_NOT_SUPPORTED,
                        "The server does not speak that version of HTTP.",
                        "Use HTTP/1.1.");
            case 503 ->
                Problem.of(
                        KernelErrorCode.SHUTTING_DOWN, "The server is starting or stopping.", "Try again in a moment.");
            default -> other(status);
        };
    }

    private static Problem other(int status) {
        return status >= 500
                ? Problem.of(new IllegalStateException("Status " + status))
                : Problem.of(
                        HttpErrorCode.BAD_REQUEST,
                        "The request is not one that HTTP and this server allow.",
                        "Correct the request line, the headers or the address. A slash in a name, as in"
                                + " provider/model, is written as it is and not as %2F.");
    }
}
