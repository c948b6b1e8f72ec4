package dev.agentos.http.internal;

import dev.agentos.identity.Accounts;
import dev.agentos.identity.IdentityErrorCode;
import dev.agentos.identity.Login;
import dev.agentos.identity.Logins;
import dev.agentos.identity.OidcLogin;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Tenants;
import dev.agentos.tenancy.Users;
import dev.agentos.web.AuditFeature;
import dev.agentos.web.Audited;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.login.SessionCookie;
import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A person's login by an identity provider: away to it, and back with a code. */
@Path("login/oidc")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class OidcResource {

    private final Provider provider;
    private final Accounts accounts;
    private final Tenants tenants;
    private final Users users;

    /** Logins of those accounts. */
    @Inject
    public OidcResource(Provider provider, Accounts accounts, Tenants tenants, Users users) {
        this.provider = provider;
        this.accounts = accounts;
        this.tenants = tenants;
        this.users = users;
    }

    /** The identity provider, if there is one. */
    public record Provider(Optional<OidcLogin> login) {

        OidcLogin require() {
            return login.filter(OidcLogin::forBrowsers)
                    .orElseThrow(() -> new AgentOsException(
                            IdentityErrorCode.UNKNOWN_PROVIDER,
                            "Nobody logs in by an identity provider here.",
                            "Log in by password, or set the settings that begin with oidc."));
        }
    }

    /** Sends the browser to the provider. */
    @GET
    @RequiresScope(
            value = {},
            beforeLogin = true)
    @Describes(id = "beginOidcLogin", summary = "Go to the identity provider to log in", status = 303)
    public Response depart(@Context ContainerRequestContext request) {
        OidcLogin.Departure departure = provider.require().depart();
        return Response.seeOther(departure.to())
                .header("Set-Cookie", SessionCookie.away(departure.secret(), LoginResource.host(request)))
                .build();
    }

    /** Logs the person in who comes back. */
    @GET
    @Path("callback")
    @Audited
    @RequiresScope(
            value = {},
            beforeLogin = true)
    @Describes(
            id = "finishOidcLogin",
            summary = "Come back from the identity provider; the answer sets the cookie of a login",
            status = 303)
    public Response arrive(
            @Context ContainerRequestContext request,
            @QueryParam("code") @Nullable String code,
            @QueryParam("state") @Nullable String state,
            @QueryParam("error") @Nullable String error,
            @QueryParam("error_description") @Nullable String description,
            @QueryParam("iss") @Nullable String issuer,
            @QueryParam("session_state") @Nullable String sessionState,
            @QueryParam("scope") @Nullable String scope) {
        OidcLogin away = provider.require();
        away.requireFromOurs(Optional.ofNullable(issuer));
        List<String> secrets = SessionCookie.awayOf(request.getHeaders().getOrDefault("Cookie", List.of()));
        if (code == null || state == null || secrets.size() != 1) {
            throw new AgentOsException(
                    IdentityErrorCode.PROVIDER_REFUSED,
                    error == null
                            ? "The browser comes back without what it was sent away with."
                            : "The identity provider did not log the person in.",
                    "Begin again with GET /api/v1/login/oidc.");
        }
        OidcLogin.Arrival arrival = away.arrive(secrets.getFirst(), state, code);
        away.letJoin(arrival.email(), tenants, users)
                .ifPresent(tenant -> AuditFeature.say(request, "joined", tenant.value()));
        Logins.Begun begun = accounts.loginVouchedFor(arrival);
        Login login = begun.login();
        Principal principal = users.principal(login.tenant(), login.user())
                .orElseThrow(() -> new IllegalStateException("Who has just logged in is refused"));
        new Caller(principal, principal.tenant()).attachTo(request);
        String host = LoginResource.host(request);
        return Response.status(Response.Status.SEE_OTHER)
                .header("Location", "/")
                .header(
                        "Set-Cookie",
                        SessionCookie.set(begun.secret(), Duration.between(login.createdAt(), login.endsAt()), host))
                .header("Set-Cookie", SessionCookie.noneAway(host))
                .build();
    }

    /**
     * A person whom the browser brings back in vain is not left with a problem in JSON: the console says it, by its
     * code. Behind the filter that keeps the record of it.
     */
    @Priority(Priorities.AUTHENTICATION - 1)
    public static final class Refusals implements ContainerResponseFilter {

        /** The filter. */
        public Refusals() {}

        @Override
        public void filter(ContainerRequestContext request, ContainerResponseContext response) {
            if (response.getStatus() < 400
                    || !request.getUriInfo().getPath().endsWith("login/oidc/callback")
                    || !request.getHeaders().getOrDefault("Accept", List.of()).stream()
                            .anyMatch(accepted -> accepted.contains(MediaType.TEXT_HTML))
                    || !(response.getEntity() instanceof JsonObject problem)) {
                return;
            }
            String query = "refused=" + problem.text("code").orElse("") + "&trace="
                    + problem.text("traceId").orElse("");
            response.setStatus(Response.Status.SEE_OTHER.getStatusCode());
            response.getHeaders().putSingle("Location", "/console/?" + query);
            response.getHeaders().remove("Content-Type");
            response.setEntity(null);
        }
    }
}
