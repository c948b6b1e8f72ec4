package dev.agentos.http;

import dev.agentos.http.internal.Views;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.Tenants;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** The tenants, for platform administrators. */
@Path("tenants")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class TenantsResource {

    private final Tenants tenants;

    @Inject
    TenantsResource(Tenants tenants) {
        this.tenants = tenants;
    }

    /** Makes a tenant. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.TENANTS_WRITE)
    @Describes(
            id = "createTenant",
            summary = "Make a tenant",
            request = "TenantCreate",
            response = "Tenant",
            status = 201)
    public Response create(JsonObject body) {
        Fields fields = Fields.of(body, "TenantCreate");
        Tenant tenant = tenants.create(fields.requiredText("name", 63));
        return Response.created(URI.create("/api/v1/tenants/" + tenant.id()))
                .entity(Views.tenant(tenant))
                .build();
    }

    /** Lists the tenants. */
    @GET
    @RequiresScope(Scope.TENANTS_READ)
    @Describes(id = "listTenants", summary = "List the tenants", response = "TenantPage")
    public JsonObject list(@QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("tenants", limit, cursor);
        return paging.answer(tenants.list(paging.request()), Views::tenant);
    }

    /** Shows a tenant. */
    @GET
    @Path("{tenant}")
    @RequiresScope(Scope.TENANTS_READ)
    @Describes(id = "getTenant", summary = "Show a tenant, by id or by name", response = "Tenant")
    public JsonObject find(@PathParam("tenant") String tenant) {
        return Views.tenant(tenants.require(tenant));
    }

    /** Removes a tenant. */
    @DELETE
    @Path("{tenant}")
    @RequiresScope(Scope.TENANTS_WRITE)
    @Describes(id = "deleteTenant", summary = "Remove a tenant and all that is its own", status = 204)
    public void delete(@PathParam("tenant") String tenant) {
        tenants.delete(tenants.require(tenant).id());
    }
}
