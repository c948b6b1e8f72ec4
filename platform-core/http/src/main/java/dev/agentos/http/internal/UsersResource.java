package dev.agentos.http.internal;

import dev.agentos.identity.Accounts;
import dev.agentos.identity.Logins;
import dev.agentos.kernel.Search;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Membership;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Rights;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.User;
import dev.agentos.tenancy.Users;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.login.PermissionPreview;
import dev.agentos.web.login.ScopeFields;
import dev.agentos.web.resources.Preconditions;
import dev.agentos.web.resources.RecordsChanges;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The users of the caller's tenant, or of the platform when an administrator names none. */
@Path("users")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges(personal = {"name", "email"})
public final class UsersResource {

    private final Users users;
    private final Accounts accounts;
    private final Logins logins;
    private final PermissionPreview permissions;

    /** The resource of those users. */
    @Inject
    public UsersResource(Users users, Accounts accounts, PermissionPreview permissions) {
        this.users = users;
        this.accounts = accounts;
        this.logins = accounts.logins();
        this.permissions = permissions;
    }

    /** Adds a service account or invites a person. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.USERS_WRITE)
    @Describes(
            id = "createUser",
            summary = "Invite a person, or add a service account",
            request = "UserCreate",
            response = "UserCreated",
            status = 201)
    public Response create(@Context ContainerRequestContext request, JsonObject body) {
        Caller caller = Caller.of(request);
        Fields fields = Fields.of(body, "UserCreate");
        String name = fields.requiredText("name", 200);
        Set<String> roles = roles(fields);
        Reach reach = ScopeFields.reach(fields).orElse(Reach.ALL);
        User user = switch (fields.text("kind").orElse("PERSON")) {
            case "PERSON" ->
                users.invite(
                        caller.principal(), caller.actingFor(), name, fields.requiredText("email", 254), roles, reach);
            case "SERVICE" -> {
                if (fields.has("email")) {
                    throw Fields.invalid("email", "is of a person, and a service account never logs in");
                }
                yield users.addService(caller.principal(), caller.actingFor(), name, roles, reach);
            }
            default -> throw Fields.invalid("kind", "is neither PERSON nor SERVICE");
        };
        JsonObject view = Views.user(user);
        return Response.created(URI.create("/api/v1/users/" + user.id()))
                .entity(
                        user.kind() == User.Kind.PERSON
                                ? view.overlaidBy(invitation(accounts.invite(caller.principal(), user)))
                                : view)
                .build();
    }

    private static JsonObject invitation(Accounts.Invited invited) {
        return JsonObject.of(
                "invitation",
                invited.token(),
                "invitationEndsAt",
                Views.time(invited.invitation().endsAt()));
    }

    /** Makes another invitation. */
    @POST
    @Path("{id}/invitation")
    @RequiresScope(Scope.USERS_WRITE)
    @Describes(
            id = "createInvitation",
            summary = "Invite a person anew, or let an active one set a new password; the token is shown this once",
            response = "Invitation")
    public JsonObject invite(@Context ContainerRequestContext request, @PathParam("id") String id) {
        Caller caller = Caller.of(request);
        return invitation(accounts.invite(caller.principal(), users.require(caller.actingFor(), id)));
    }

    /** Lists the users. */
    @GET
    @RequiresScope(Scope.USERS_READ)
    @Describes(
            id = "listUsers",
            summary = "List the users; 'query' is a part of a name, an e-mail address or an id",
            response = "UserPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("query") @Nullable String query,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("users", limit, cursor);
        return paging.answer(
                users.list(Caller.of(request).actingFor(), Search.of(query), paging.request()), Views::user);
    }

    /** Shows a user. */
    @GET
    @Path("{id}")
    @RequiresScope(Scope.USERS_READ)
    @Describes(id = "getUser", summary = "Show a user", response = "User")
    public Response find(@Context ContainerRequestContext request, @PathParam("id") String id) {
        return answer(users.require(Caller.of(request).actingFor(), id));
    }

    private static Response answer(User user) {
        return Preconditions.tagged(Views.user(user), Views.etag(user));
    }

    /** Shows what a user may do. */
    @GET
    @Path("{id}/permissions")
    @RequiresScope(Scope.USERS_READ)
    @Describes(
            id = "listUserPermissions",
            summary = "Show what a user may do now: its roles and groups, their scopes, and the operations that they"
                    + " open",
            response = "Permissions")
    public JsonObject permissions(@Context ContainerRequestContext request, @PathParam("id") String id) {
        User user = users.require(Caller.of(request).actingFor(), id);
        Membership by = users.membership(user);
        return permissions
                .of(user.state() == User.State.ACTIVE ? users.rights(user) : Rights.NONE)
                .with("roles", JsonValue.of(by.roles().stream().sorted().toList()))
                .with("groups", JsonValue.of(by.groups().stream().sorted().toList()));
    }

    /** Gives a user other roles. */
    @PUT
    @Path("{id}/roles")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.USERS_WRITE)
    @Describes(
            id = "putUserRoles",
            summary = "Give a user these roles, in the place of those that it had. Takes If-Match",
            request = "UserRoles",
            response = "User")
    public Response giveRoles(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Caller caller = Caller.of(request);
        Fields fields = Fields.of(body, "UserRoles");
        users.require(caller.actingFor(), id);
        return answer(users.giveRoles(
                caller.principal(),
                caller.actingFor(),
                id,
                roles(fields),
                ScopeFields.reach(fields),
                user -> Preconditions.requireMatch(ifMatch, Views.etag(user))));
    }

    /** Lets a user do nothing. */
    @POST
    @Path("{id}/disable")
    @RequiresScope(Scope.USERS_WRITE)
    @Describes(
            id = "disableUser",
            summary = "End a user's logins, and refuse the user and its keys until it is enabled again",
            response = "User")
    public JsonObject disable(@Context ContainerRequestContext request, @PathParam("id") String id) {
        Caller caller = Caller.of(request);
        User disabled = users.disable(caller.principal(), caller.actingFor(), id);
        // A login that somebody has taken must not come back with the user.
        logins.endAllOf(id, caller.actingFor());
        return Views.user(disabled);
    }

    /** Lets a user in again. */
    @POST
    @Path("{id}/enable")
    @RequiresScope(Scope.USERS_WRITE)
    @Describes(id = "enableUser", summary = "Let a user do again what its roles allow", response = "User")
    public JsonObject enable(@Context ContainerRequestContext request, @PathParam("id") String id) {
        Caller caller = Caller.of(request);
        return Views.user(users.enable(caller.principal(), caller.actingFor(), id));
    }

    /** Removes a user. */
    @DELETE
    @Path("{id}")
    @RequiresScope(Scope.USERS_WRITE)
    @Describes(id = "deleteUser", summary = "Remove a user, and revoke its keys", status = 204)
    public void delete(@Context ContainerRequestContext request, @PathParam("id") String id) {
        Caller caller = Caller.of(request);
        users.remove(caller.principal(), caller.actingFor(), id);
    }

    private static Set<String> roles(Fields fields) {
        Set<String> roles = new TreeSet<>(fields.texts("roles"));
        if (roles.isEmpty()) {
            throw Fields.invalid("roles", "must name at least one role");
        }
        return roles;
    }
}
