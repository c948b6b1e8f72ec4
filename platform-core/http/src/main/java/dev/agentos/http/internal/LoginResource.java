package dev.agentos.http.internal;

import dev.agentos.audit.Refusals.Refusal;
import dev.agentos.identity.Account;
import dev.agentos.identity.Accounts;
import dev.agentos.identity.IdentityErrorCode;
import dev.agentos.identity.Login;
import dev.agentos.identity.Logins;
import dev.agentos.identity.RemoteAddresses;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.tenancy.User;
import dev.agentos.tenancy.Users;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.filters.RefusalFilter;
import dev.agentos.web.login.Credential;
import dev.agentos.web.login.SessionCookie;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A person's login in a browser: its secret is in a cookie, and what changes something carries a token beside it. */
@Path("login")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class LoginResource {

    private static final int LONGEST = 1_000;

    private final Accounts accounts;
    private final Logins logins;
    private final Users users;
    private final Tenants tenants;

    /** Logins of those accounts as members of those tenants. */
    @Inject
    public LoginResource(Accounts accounts, Users users, Tenants tenants) {
        this.accounts = accounts;
        this.logins = accounts.logins();
        this.users = users;
        this.tenants = tenants;
    }

    /** Logs a person in. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(
            value = {},
            beforeLogin = true)
    @Describes(
            id = "createLogin",
            summary = "Log in by e-mail address and password; the answer sets a cookie",
            request = "LoginCreate",
            response = "Login")
    public Response create(
            @Context ContainerRequestContext request, @Context HttpServletRequest connection, JsonObject body) {
        Fields fields = Fields.of(body, "LoginCreate");
        String email = fields.requiredText("email", LONGEST);
        String password = fields.requiredText("password", LONGEST);
        Optional<TenantId> tenant = fields.text("tenant").map(this::named);
        Logins.Begun begun;
        try {
            begun = accounts.login(email, password, tenant, connection.getRemoteAddr());
        } catch (AgentOsException e) {
            if (e.errorCode() == IdentityErrorCode.LOGIN_FAILED) {
                request.setProperty(RefusalFilter.KNOWN, refusal(email, connection));
            }
            throw e;
        }
        // Whoever was logged in here before is not any more.
        SessionCookie.of(request.getHeaders().getOrDefault("Cookie", List.of())).stream()
                .flatMap(secret -> logins.authenticate(secret).stream())
                .forEach(before -> logins.end(before.login()));
        return begun(request, begun);
    }

    /** Shows who is logged in. */
    @GET
    @RequiresScope({})
    @Describes(
            id = "getLogin",
            summary = "Show who is logged in, as a member of which tenant, with which rights",
            response = "Login")
    public JsonObject find(@Context ContainerRequestContext request) {
        Login login = login(request);
        String secret = SessionCookie.of(request.getHeaders().getOrDefault("Cookie", List.of()))
                .getFirst();
        return view(login, Caller.of(request).principal(), secret);
    }

    /** Goes on as a member of another tenant. */
    @PUT
    @Path("tenant")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope({})
    @Describes(
            id = "putLoginTenant",
            summary = "Go on as a member of another tenant, or of the platform when none is named",
            request = "LoginTenant",
            response = "Login")
    public Response switchTenant(@Context ContainerRequestContext request, JsonObject body) {
        Optional<TenantId> tenant =
                Fields.of(body, "LoginTenant").text("tenant").map(this::named);
        return begun(request, logins.switchTo(login(request), tenant));
    }

    /** Sets another password. */
    @PUT
    @Path("password")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope({})
    @Describes(
            id = "putLoginPassword",
            summary = "Set another password; all other logins of the person end",
            request = "LoginPassword",
            response = "Login")
    public Response changePassword(
            @Context ContainerRequestContext request, @Context HttpServletRequest connection, JsonObject body) {
        Fields fields = Fields.of(body, "LoginPassword");
        return begun(
                request,
                accounts.changePassword(
                        login(request),
                        fields.requiredText("present", LONGEST),
                        fields.requiredText("password", LONGEST),
                        connection.getRemoteAddr()));
    }

    /** Looks at an invitation. */
    @POST
    @Path("invitation/look")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(
            value = {},
            beforeLogin = true)
    @Describes(
            id = "lookAtInvitation",
            summary = "Show whom an invitation is for and until when it is good; it is not used up",
            request = "InvitationLook",
            response = "InvitationOpen")
    public JsonObject look(JsonObject body) {
        Fields fields = Fields.of(body, "InvitationLook");
        Accounts.Open open = accounts.look(fields.requiredText("token", LONGEST));
        return JsonObject.of(
                "email",
                open.account().email(),
                "endsAt",
                Views.time(open.invitation().endsAt()));
    }

    /** Accepts an invitation. */
    @POST
    @Path("invitation")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(
            value = {},
            beforeLogin = true)
    @Describes(
            id = "acceptInvitation",
            summary = "Accept an invitation with the password to log in with: a new one, or the one that there is",
            request = "InvitationAccept",
            response = "InvitationAccepted")
    public JsonObject accept(
            @Context ContainerRequestContext request, @Context HttpServletRequest connection, JsonObject body) {
        Fields fields = Fields.of(body, "InvitationAccept");
        Account account = accounts.accept(
                fields.requiredText("token", LONGEST),
                fields.requiredText("password", LONGEST),
                connection.getRemoteAddr());
        new Caller(new Principal(account.id(), account.email(), Optional.empty(), Set.of()), Optional.empty())
                .attachTo(request);
        return JsonObject.of("email", account.email());
    }

    private Response begun(ContainerRequestContext request, Logins.Begun begun) {
        Login login = begun.login();
        Principal principal = users.principal(login.tenant(), login.user())
                .orElseThrow(() -> new IllegalStateException("Who has just logged in is refused"));
        // For its record, when the request came without a credential.
        new Caller(principal, principal.tenant()).attachTo(request);
        Duration age = Duration.between(login.createdAt(), login.endsAt());
        return Response.ok(view(login, principal, begun.secret()))
                .header("Set-Cookie", SessionCookie.set(begun.secret(), age, host(request)))
                .build();
    }

    private JsonObject view(Login login, Principal principal, String secret) {
        List<User> memberships = logins.memberships(login.user());
        Optional<User> as = memberships.stream()
                .filter(user -> user.tenant().equals(login.tenant()))
                .findFirst();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", login.user());
        members.put("name", principal.name());
        as.flatMap(User::email).ifPresent(email -> members.put("email", email));
        members.put("platform", principal.platform());
        login.tenant().flatMap(this::tenant).ifPresent(tenant -> members.put("tenant", tenant));
        members.put("roles", as.map(user -> List.copyOf(user.roles())).orElse(List.of()));
        members.put("scopes", Views.words(principal.scopes()));
        members.put("agents", Views.agents(principal.rights()));
        members.put("memberships", memberships.stream().map(this::membership).toList());
        members.put("csrf", Logins.token(secret));
        members.put("endsAt", Views.time(login.endsAt()));
        return Views.object(members);
    }

    private JsonObject membership(User user) {
        JsonObject roles = JsonObject.of("roles", List.copyOf(user.roles()));
        return user.tenant()
                .flatMap(this::tenant)
                .map(tenant -> roles.with("tenant", tenant))
                .orElse(roles);
    }

    private Optional<JsonObject> tenant(TenantId id) {
        return tenants.find(id.value())
                .map((Tenant tenant) -> JsonObject.of("id", tenant.id().value(), "name", tenant.name()));
    }

    /** A tenant that there is not is one of which nobody is a member. */
    private TenantId named(String idOrName) {
        return tenants.find(idOrName).map(Tenant::id).orElse(new TenantId("tnt_"));
    }

    private Refusal refusal(String email, HttpServletRequest connection) {
        return new Refusal(
                "createLogin",
                accounts.idOf(email).orElse(Refusal.NOBODY),
                RemoteAddresses.network(connection.getRemoteAddr()),
                Response.Status.UNAUTHORIZED.getStatusCode(),
                IdentityErrorCode.LOGIN_FAILED.code());
    }

    static String host(ContainerRequestContext request) {
        String host = request.getHeaderString("Host");
        return host == null ? "" : host;
    }

    static Login login(ContainerRequestContext request) {
        return Credential.of(request)
                .login()
                .orElseThrow(() -> new AgentOsException(
                        IdentityErrorCode.UNKNOWN_LOGIN,
                        "The request comes with a key and not from a login.",
                        "GET /api/v1 shows who a key stands for."));
    }
}
