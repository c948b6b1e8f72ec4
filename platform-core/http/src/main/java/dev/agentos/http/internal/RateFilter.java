package dev.agentos.http.internal;

import dev.agentos.limits.RateLimit;
import dev.agentos.limits.RateLimits;
import dev.agentos.limits.RateLimits.Standing;
import dev.agentos.web.AuthenticationFilter;
import dev.agentos.web.Caller;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.PreMatching;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;

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

    /**
     * Whoever wants to stop something is not held up, and needs nothing that ordinary work uses up. Whoever looks at
     * what is stopped waits as others do.
     */
    public static boolean emergency(ContainerRequestContext request) {
        return AuthenticationFilter.changes(request)
                && request.getUriInfo().getPathSegments().stream()
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

    /**
     * What a client is told of the rate at which it may go on, in the headers of the IETF's draft "RateLimit header
     * fields for HTTP". An administrator of the platform is not limited: somebody has to be able to change a limit.
     *
     * @param standings of the limits that apply
     */
    record RateHeaders(List<Standing> standings) {

        private static final Duration SLOWLY = Duration.ofMillis(200);

        /** A request of that caller, counted. */
        static RateHeaders of(RateLimits limits, Caller caller) {
            return new RateHeaders(
                    caller.principal().platform()
                            ? List.of()
                            : limits.count(caller.tenant(), caller.principal().id()));
        }

        /** Gives each header. */
        void write(BiConsumer<String, String> headers) {
            if (standings.isEmpty()) {
                return;
            }
            headers.accept("RateLimit-Policy", list(standing -> {
                RateLimit.Terms terms = standing.limit().terms();
                return ";q=" + terms.requests() + ";w=" + terms.window().toSeconds();
            }));
            headers.accept("RateLimit", list(standing -> ";r=" + standing.left() + ";t=" + standing.seconds()));
            retryAfter().ifPresent(seconds -> headers.accept("Retry-After", String.valueOf(seconds)));
        }

        /** When a refused request may be made again, in seconds. */
        private Optional<Long> retryAfter() {
            return standings.stream().filter(one -> !one.passes()).findFirst().map(Standing::seconds);
        }

        private String list(Function<Standing, String> parameters) {
            return standings.stream()
                    .map(one -> "\"" + one.limit().scope().word() + "\"" + parameters.apply(one))
                    .collect(Collectors.joining(", "));
        }

        /**
         * Lets the request go on or not; {@code limits:RATE_LIMITED}. Whoever does not stop asking is refused slowly,
         * on a thread that costs nothing, so that a flood of requests takes little from others.
         */
        void require() {
            RateLimits.refusal(standings).ifPresent(refusal -> {
                if (standings.getLast().stubborn()) {
                    pause();
                }
                throw refusal;
            });
        }

        private static void pause() {
            try {
                Thread.sleep(SLOWLY);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
