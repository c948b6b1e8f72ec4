package dev.agentos.web;

import dev.agentos.metrics.ServerMetrics;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Scope;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Shows the metrics to a scraper with a platform administrator's key: they tell what all tenants do together. */
public final class MetricsServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;
    private static final String SCHEME = "Bearer ";

    private final transient ServerMetrics metrics;
    private final transient ApiKeys keys;

    /** Shows those metrics to who has such a key. */
    public MetricsServlet(ServerMetrics metrics, ApiKeys keys) {
        this.metrics = metrics;
        this.keys = keys;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Optional<Principal> principal = Optional.ofNullable(request.getHeader("Authorization"))
                .filter(header -> header.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .flatMap(header ->
                        keys.authenticate(header.substring(SCHEME.length()).strip()));
        if (principal.isEmpty()) {
            response.setHeader("WWW-Authenticate", "Bearer");
            response.sendError(HttpServletResponse.SC_UNAUTHORIZED);
        } else if (!principal.get().platform() || !principal.get().scopes().contains(Scope.METRICS_READ)) {
            response.sendError(HttpServletResponse.SC_FORBIDDEN);
        } else {
            byte[] body = metrics.scrape().getBytes(StandardCharsets.UTF_8);
            response.setContentType(ServerMetrics.MEDIA_TYPE);
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
        }
    }
}
