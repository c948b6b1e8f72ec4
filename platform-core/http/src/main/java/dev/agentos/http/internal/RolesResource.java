package dev.agentos.http.internal;

import dev.agentos.kernel.Revisions;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Role;
import dev.agentos.tenancy.Roles;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
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
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The roles of the caller's tenant, or of the platform when an administrator names none. */
@Path("roles")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class RolesResource {

    private static final int LONGEST_DESCRIPTION = 500;

    private final Roles roles;

    /** The resource of those roles. */
    @Inject
    public RolesResource(Roles roles) {
        this.roles = roles;
    }

    /** Lists the roles. */
    @GET
    @RequiresScope(Scope.ROLES_READ)
    @Describes(id = "listRoles", summary = "List the roles that users may have", response = "RolePage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return Paging.of("roles", limit, cursor)
                .answer(roles.list(Caller.of(request).actingFor()), Role::name, Views::role);
    }

    /** Shows a role. */
    @GET
    @Path("{name}")
    @RequiresScope(Scope.ROLES_READ)
    @Describes(id = "getRole", summary = "Show a role", response = "Role")
    public Response find(@Context ContainerRequestContext request, @PathParam("name") String name) {
        return answer(roles.require(Caller.of(request).actingFor(), name));
    }

    /** Makes or changes a role. */
    @PUT
    @Path("{name}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.ROLES_WRITE)
    @Describes(
            id = "putRole",
            summary = "Make a role, or change it for all who have it. Takes If-Match when there is one",
            request = "RolePut",
            response = "Role")
    public Response put(
            @Context ContainerRequestContext request,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Caller caller = Caller.of(request);
        Fields fields = Fields.of(body, "RolePut");
        String description = fields.text("description").orElse("");
        if (description.length() > LONGEST_DESCRIPTION) {
            throw Fields.invalid("description", "has more than " + LONGEST_DESCRIPTION + " characters");
        }
        Set<Scope> scopes = ScopeFields.scopes(fields);
        long revision = roles.find(caller.actingFor(), name).map(Role::revision).orElse(Revisions.NONE);
        long seen = Preconditions.seen(ifMatch, revision, false);
        return answer(
                roles.put(caller.principal(), new Role(caller.actingFor(), name, description, scopes, false, seen)));
    }

    /** Removes a role. */
    @DELETE
    @Path("{name}")
    @RequiresScope(Scope.ROLES_WRITE)
    @Describes(id = "deleteRole", summary = "Remove a role that nobody has. Takes If-Match", status = 204)
    public void delete(
            @Context ContainerRequestContext request,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch) {
        Caller caller = Caller.of(request);
        Role before = roles.require(caller.actingFor(), name);
        long seen = Preconditions.removed(ifMatch, before.revision());
        roles.delete(caller.principal(), caller.actingFor(), name, seen);
    }

    private static Response answer(Role role) {
        return Preconditions.tagged(Views.role(role), role.revision());
    }
}
