package dev.agentos.http.internal;

import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Role;
import dev.agentos.tenancy.Roles;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.internal.RecordsChanges;
import dev.agentos.web.internal.ScopeFields;
import dev.agentos.web.internal.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;

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
    public JsonObject list(@Context ContainerRequestContext request) {
        return Views.page(roles.list(Caller.of(request).actingFor()).stream()
                .map(Views::role)
                .toList());
    }

    /** Shows a role. */
    @GET
    @Path("{name}")
    @RequiresScope(Scope.ROLES_READ)
    @Describes(id = "getRole", summary = "Show a role", response = "Role")
    public JsonObject find(@Context ContainerRequestContext request, @PathParam("name") String name) {
        return Views.role(roles.require(Caller.of(request).actingFor(), name));
    }

    /** Makes or changes a role. */
    @PUT
    @Path("{name}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.ROLES_WRITE)
    @Describes(
            id = "putRole",
            summary = "Make a role, or change it for all who have it",
            request = "RolePut",
            response = "Role")
    public JsonObject put(@Context ContainerRequestContext request, @PathParam("name") String name, JsonObject body) {
        Caller caller = Caller.of(request);
        Fields fields = Fields.of(body, "RolePut");
        String description = fields.text("description").orElse("");
        if (description.length() > LONGEST_DESCRIPTION) {
            throw Fields.invalid("description", "has more than " + LONGEST_DESCRIPTION + " characters");
        }
        return Views.role(roles.put(
                caller.principal(),
                new Role(caller.actingFor(), name, description, ScopeFields.scopes(fields), false)));
    }

    /** Removes a role. */
    @DELETE
    @Path("{name}")
    @RequiresScope(Scope.ROLES_WRITE)
    @Describes(id = "deleteRole", summary = "Remove a role that nobody has", status = 204)
    public void delete(@Context ContainerRequestContext request, @PathParam("name") String name) {
        Caller caller = Caller.of(request);
        roles.delete(caller.principal(), caller.actingFor(), name);
    }
}
