package dev.agentos.web.filters;

import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Lets browsers hand answers of the API to pages of the origins that an administrator named, and of no other. Such a
 * page proves who it is by a key: browsers are never told that cookies may come along, so that a login is worth nothing
 * to another origin.
 */
public final class OtherOrigins extends Handler.Wrapper {

    private static final String ALLOWED = "dev.agentos.origin";

    /** What a page can send and read beyond what browsers allow by themselves. */
    private static final String SENT = "AgentOS-Reason, AgentOS-Tenant, Authorization, Content-Type, Idempotency-Key,"
            + " If-Match, If-None-Match, Last-Event-ID, Prefer, traceparent";

    private static final String READ = "Content-Disposition, ETag, Idempotency-Replayed, Link, Location,"
            + " Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, traceparent";
    private static final String METHODS = "GET, HEAD, POST, PUT, DELETE";
    private static final String LASTING_SECONDS = "600";

    private final Set<String> origins;

    /** Lets pages of those origins in, as browsers write them: scheme, host and port in lower case. */
    public OtherOrigins(Handler next, Set<String> origins) {
        super(next);
        this.origins = Set.copyOf(origins);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        if (origins.isEmpty() || !isApi(Request.getPathInContext(request))) {
            return super.handle(request, response, callback);
        }
        if (origin != null && origins.contains(origin.toLowerCase(Locale.ROOT))) {
            request.setAttribute(ALLOWED, origin);
        }
        addTo(request, response.getHeaders());
        boolean asksBeforehand = HttpMethod.OPTIONS.is(request.getMethod())
                && request.getHeaders().contains("Access-Control-Request-Method");
        if (!asksBeforehand || request.getAttribute(ALLOWED) == null) {
            return super.handle(request, response, callback);
        }
        response.getHeaders().put("Access-Control-Allow-Methods", METHODS);
        response.getHeaders().put("Access-Control-Allow-Headers", SENT);
        response.getHeaders().put("Access-Control-Max-Age", LASTING_SECONDS);
        response.setStatus(HttpStatus.NO_CONTENT_204);
        callback.succeeded();
        return true;
    }

    /** Sites of plugins and the metrics are for nobody else's pages. */
    private static boolean isApi(String path) {
        return path.startsWith("/api/")
                || Set.of("/livez", "/readyz", "/openapi.json").contains(path);
    }

    /** Says of an answer whose pages may read it; also of one that is begun anew because something failed. */
    public static void addTo(Request request, HttpFields.Mutable fields) {
        if (request.getAttribute(ALLOWED) instanceof String origin) {
            fields.put("Access-Control-Allow-Origin", origin);
            fields.put("Access-Control-Expose-Headers", READ);
            fields.put(HttpHeader.VARY, HttpHeader.ORIGIN.asString());
        }
    }
}
