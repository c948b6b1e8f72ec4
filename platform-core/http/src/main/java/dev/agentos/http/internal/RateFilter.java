package dev.agentos.http.internal;

import dev.agentos.limits.RateLimits;
import dev.agentos.web.Caller;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.PreMatching;
import java.util.Optional;

/** Counts each request right after it is known who sends it, before anything is done for it. */
@PreMatching
@Priority(Priorities.AUTHENTICATION + 1)
public final class RateFilter implements ContainerRequestFilter, ContainerResponseFilter {

    private static final String PROPERTY = "dev.agentos.rate";

    private final RateLimits limits;

    /** Counts by those limits. */
    public RateFilter(RateLimits limits) {
        this.limits = limits;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        Optional<Caller> caller = Caller.find(request);
        // Who has yet to log in is held up by the attempts that failed.
        if (caller.isEmpty() || emergency(request)) {
            return;
        }
        RateHeaders rate = RateHeaders.of(limits, caller.get());
        request.setProperty(PROPERTY, rate);
        rate.require();
    }

    /** Whoever wants to stop something is not held up, and needs nothing that ordinary work uses up. */
    public static boolean emergency(ContainerRequestContext request) {
        return request.getUriInfo().getPathSegments().stream()
                .findFirst()
                .filter(first -> first.getPath().equals("kill-switches"))
                .isPresent();
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (request.getProperty(PROPERTY) instanceof RateHeaders rate) {
            rate.write((name, value) -> {
                // A rule that limits may have told of itself already.
                String told = name.startsWith("RateLimit") ? response.getHeaderString(name) : null;
                response.getHeaders().putSingle(name, told == null ? value : value + ", " + told);
            });
        }
    }
}
