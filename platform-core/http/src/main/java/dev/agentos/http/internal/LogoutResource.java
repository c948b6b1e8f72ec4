package dev.agentos.http.internal;

import dev.agentos.identity.Accounts;
import dev.agentos.web.Describes;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.login.SessionCookie;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** The end of a login. */
@Path("logout")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class LogoutResource {

    private final Accounts accounts;

    /** Ends logins of those accounts. */
    @Inject
    public LogoutResource(Accounts accounts) {
        this.accounts = accounts;
    }

    /** Ends the login that the request comes from. */
    @POST
    @RequiresScope({})
    @Describes(id = "logout", summary = "End the login", status = 204)
    public Response logout(@Context ContainerRequestContext request) {
        accounts.logins().end(LoginResource.login(request));
        return Response.noContent()
                .header("Set-Cookie", SessionCookie.none(LoginResource.host(request)))
                .build();
    }
}
