package dev.agentos.web;

import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.PathSegment;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds out who calls, before anything else is looked at: without a valid credential not even a path is matched. */
@PreMatching
@Priority(Priorities.AUTHENTICATION)
public final class AuthenticationFilter implements ContainerRequestFilter {

    /** The header by which a platform administrator names a tenant. */
    public static final String TENANT_HEADER = "AgentOS-Tenant";

    private static final String SCHEME = "bearer ";
    private static final int MAX_CREDENTIAL_LENGTH = 4_096;

    private final ApiKeys apiKeys;
    private final Tenants tenants;

    /** Credentials are checked against those keys, tenants found among those tenants. */
    public AuthenticationFilter(ApiKeys apiKeys, Tenants tenants) {
        this.apiKeys = apiKeys;
        this.tenants = tenants;
    }

    /** The same, with another way to check credentials for one resource and all below it. */
    public ContainerRequestFilter reserving(String resource, AuthenticationFilter other) {
        return new Reserving(this, resource, other);
    }

    /**
     * Of two ways to check credentials, takes the one for a resource.
     *
     * @param usual for all else
     * @param resource the first segment of its path
     * @param other for that one
     */
    @PreMatching
    @Priority(Priorities.AUTHENTICATION)
    private record Reserving(AuthenticationFilter usual, String resource, AuthenticationFilter other)
            implements ContainerRequestFilter {
        @Override
        public void filter(ContainerRequestContext request) {
            String first = request.getUriInfo().getPathSegments().stream()
                    .findFirst()
                    .map(PathSegment::getPath)
                    .orElse("");
            (first.equals(resource) ? other : usual).filter(request);
        }
    }

    @Override
    public void filter(ContainerRequestContext request) {
        authenticate(
                        request.getHeaders().getOrDefault("Authorization", List.of()),
                        request.getHeaders().getOrDefault(TENANT_HEADER, List.of()))
                .attachTo(request);
    }

    /**
     * Who sends these values of the headers {@code Authorization} and {@value #TENANT_HEADER}.
     *
     * @throws AgentOsException {@code tenancy:UNAUTHENTICATED} or {@code tenancy:UNKNOWN_TENANT}
     */
    public Caller authenticate(List<String> authorizations, List<String> named) {
        if (authorizations.size() != 1) {
            throw unauthenticated("The request carries no credential, or more than one.");
        }
        String credential = credential(authorizations.getFirst());
        Principal principal = apiKeys.authenticate(credential)
                .orElseThrow(() -> unauthenticated("The credential is unknown, has expired or was revoked."));
        return new Caller(principal, tenant(principal, named));
    }

    private static String credential(String authorization) {
        if (authorization.length() > MAX_CREDENTIAL_LENGTH
                || !authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
            throw unauthenticated("The credential is not of the scheme Bearer.");
        }
        return authorization.substring(SCHEME.length()).strip();
    }

    private Optional<TenantId> tenant(Principal principal, List<String> named) {
        if (named.isEmpty()) {
            return principal.tenant();
        }
        String wanted = named.getFirst();
        return Optional.of(visible(tenants, principal, wanted).id());
    }

    /**
     * The tenant of that id or name, or {@code self}, as far as the principal may know of it: a foreign one answers
     * like an unknown one.
     */
    public static Tenant visible(Tenants tenants, Principal principal, String wanted) {
        if (principal.tenant().isPresent() && wanted.equals("self")) {
            return tenants.require(principal.tenant().get().value());
        }
        Optional<Tenant> found = tenants.find(wanted)
                .filter(tenant -> principal.platform()
                        || principal.tenant().filter(tenant.id()::equals).isPresent());
        return found.orElseThrow(() -> new AgentOsException(
                TenancyErrorCode.UNKNOWN_TENANT,
                "There is no tenant '" + wanted + "'.",
                "List the tenants with GET /api/v1/tenants."));
    }

    private static AgentOsException unauthenticated(String message) {
        return new AgentOsException(
                TenancyErrorCode.UNAUTHENTICATED, message, "Send 'Authorization: Bearer <API key>' with a valid key.");
    }
}
