package dev.agentos.web.filters;

import dev.agentos.kernel.ProcessorTurn;
import dev.agentos.kernel.Turns;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Caller;
import dev.agentos.web.HttpErrorCode;
import dev.agentos.web.RouteFeature;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;
import org.glassfish.jersey.server.ResourceConfig;

/**
 * Works on a few requests of each tenant at a time, and on the tenants' by turns, so that hundreds of requests of one
 * do not stand before the one of another: each waits until it can be worked on without a break. What comes before is
 * little; a turn begins when the body is there and ends before the answer is written, so that no slow client holds one.
 * What reads its body itself takes none.
 */
public final class TurnFilter implements ContainerRequestFilter, ContainerResponseFilter {

    private static final int BEHIND_BODY = Priorities.ENTITY_CODER + 1;
    private static final int FIRST_OF_ANSWER = Priorities.USER + 1_000;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** So many keep a processor busy while others of them wait for the database. */
    private static final int OF_A_TENANT_FOR_A_PROCESSOR = 4;

    private static final int TENANTS_AT_ONCE = 4;

    private final Turns<TenantId> turns;
    private final Predicate<ContainerRequestContext> urgent;

    private TurnFilter(Turns<TenantId> turns, Predicate<ContainerRequestContext> urgent) {
        this.turns = turns;
        this.urgent = urgent;
    }

    /**
     * Adds it to an application.
     *
     * @param urgent what does not wait
     */
    public static void addTo(ResourceConfig config, Predicate<ContainerRequestContext> urgent) {
        int share = OF_A_TENANT_FOR_A_PROCESSOR * Runtime.getRuntime().availableProcessors();
        config.register(
                new TurnFilter(new Turns<>(TENANTS_AT_ONCE * share, share, PATIENCE), urgent),
                Map.of(ContainerRequestFilter.class, BEHIND_BODY, ContainerResponseFilter.class, FIRST_OF_ANSWER));
    }

    @Override
    public void filter(ContainerRequestContext request) {
        if (request.getProperty(RouteFeature.BODY) == null || urgent.test(request)) {
            return;
        }
        Caller.find(request).flatMap(Caller::actingFor).ifPresent(tenant -> {
            if (!ProcessorTurn.take(turns, tenant)) {
                throw new AgentOsException(
                        HttpErrorCode.TOO_BUSY,
                        "The server is busy with other requests of this tenant.",
                        "Try again in a few seconds, with fewer requests at a time.");
            }
        });
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        ProcessorTurn.release();
    }
}
