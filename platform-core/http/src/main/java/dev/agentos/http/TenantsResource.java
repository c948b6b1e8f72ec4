package dev.agentos.http;

import dev.agentos.http.internal.ErasuresResource;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Search;
import dev.agentos.retention.Erasure;
import dev.agentos.retention.Retention;
import dev.agentos.retention.Whose;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.Tenants;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.HttpErrorCode;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.RecordsChanges;
import dev.agentos.web.resources.Views;
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
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** The tenants, for platform administrators. */
@Path("tenants")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class TenantsResource {

    private final Tenants tenants;
    private final Retention retention;

    @Inject
    TenantsResource(Tenants tenants, Retention retention) {
        this.tenants = tenants;
        this.retention = retention;
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
    @Describes(
            id = "listTenants",
            summary = "List the tenants; 'query' is a part of a name or an id",
            response = "TenantPage")
    public JsonObject list(
            @QueryParam("query") @Nullable String query,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("tenants", limit, cursor);
        return paging.answer(tenants.list(Search.of(query), paging.request()), Views::tenant);
    }

    /** Shows a tenant. */
    @GET
    @Path("{tenant}")
    @RequiresScope(Scope.TENANTS_READ)
    @Describes(id = "getTenant", summary = "Show a tenant, by id or by name", response = "Tenant")
    public JsonObject find(@PathParam("tenant") String tenant) {
        return Views.tenant(tenants.require(tenant));
    }

    /** Erases a tenant. */
    @DELETE
    @Path("{tenant}")
    @RequiresScope(Scope.TENANTS_WRITE)
    @Describes(
            id = "deleteTenant",
            summary = "Begin to erase a tenant and all that is its own, for good; 'confirm' is the tenant's name, and"
                    + " with dryRun=true only the rows are counted that would go",
            response = "Erasure",
            complete = "ErasurePlan",
            status = 202)
    public Response delete(
            @Context ContainerRequestContext request,
            @PathParam("tenant") String named,
            @QueryParam("confirm") @Nullable String confirm,
            @QueryParam("dryRun") @Nullable String dryRun) {
        Tenant tenant = tenants.require(named);
        if (PluginInstalls.flag("dryRun", dryRun)) {
            return Response.ok(JsonObject.of(
                            "tenant",
                            tenant.id().value(),
                            "name",
                            tenant.name(),
                            "removes",
                            retention.exports().count(Whose.of(tenant.id()))))
                    .build();
        }
        if (confirm == null) {
            throw new AgentOsException(
                    HttpErrorCode.PRECONDITION_REQUIRED,
                    "This erases all that is kept of the tenant '" + tenant.name() + "', and nothing brings it back.",
                    "Look at it with ?dryRun=true, then say that you mean it with ?confirm=" + tenant.name() + ".");
        }
        if (!confirm.equals(tenant.name())) {
            throw new AgentOsException(
                    KernelErrorCode.PRECONDITION_FAILED,
                    "The tenant's name is '" + tenant.name() + "', and 'confirm' says another one.",
                    "Repeat the name of the tenant that you want to erase.");
        }
        Erasure erasure = retention
                .erasures()
                .tenant(tenant, Caller.of(request).principal().id());
        return Response.accepted(ErasuresResource.view(erasure))
                .header(
                        "Location",
                        erasure.operation()
                                .map(operation -> "/api/v1/operations/" + operation)
                                .orElse("/api/v1/erasures/" + erasure.id()))
                .build();
    }
}
