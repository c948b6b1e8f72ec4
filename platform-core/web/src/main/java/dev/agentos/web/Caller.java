package dev.agentos.web;

import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.web.login.Credential;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.Optional;

/**
 * Who makes a request, and for which tenant.
 *
 * @param principal whom the credential stands for
 * @param actingFor the tenant of the credential, or the one that a platform administrator named
 */
public record Caller(Principal principal, Optional<TenantId> actingFor) {

    private static final String PROPERTY = "dev.agentos.caller";

    /** The caller of a request that has passed authentication. */
    public static Caller of(ContainerRequestContext request) {
        if (request.getProperty(PROPERTY) instanceof Caller caller) {
            return caller;
        }
        throw new IllegalStateException("The request was not authenticated");
    }

    /** The caller, if the request has passed authentication. */
    public static Optional<Caller> find(ContainerRequestContext request) {
        return request.getProperty(PROPERTY) instanceof Caller caller ? Optional.of(caller) : Optional.empty();
    }

    /** Which agents and graphs the caller may use for what this request needs; the others are not there for it. */
    public static Reach reach(ContainerRequestContext request) {
        return of(request).principal().reach(Credential.needed(request));
    }

    /** The same of a request as the servlets below see it. */
    public static Optional<Caller> of(HttpServletRequest request) {
        return request.getAttribute(PROPERTY) instanceof Caller caller ? Optional.of(caller) : Optional.empty();
    }

    /** Notes who makes a request, once it is known. */
    public void attachTo(ContainerRequestContext request) {
        request.setProperty(PROPERTY, this);
    }

    /** The tenant of that id or name, or {@code self}, as far as the caller may know of it. */
    public TenantId tenant(Tenants tenants, String named) {
        return named.equals("self")
                ? tenant()
                : AuthenticationFilter.visible(tenants, principal, named).id();
    }

    /**
     * The tenant that the request is about.
     *
     * @throws AgentOsException {@code tenancy:TENANT_REQUIRED} if a platform administrator named none
     */
    public TenantId tenant() {
        return actingFor.orElseThrow(() -> new AgentOsException(
                TenancyErrorCode.TENANT_REQUIRED,
                "This belongs to a tenant, and a platform administrator's key has none.",
                "Name one, by id or by name, in the header AgentOS-Tenant."));
    }
}
