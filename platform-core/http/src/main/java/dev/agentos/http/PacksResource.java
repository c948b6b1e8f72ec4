package dev.agentos.http;

import dev.agentos.agents.AgentErrorCode;
import dev.agentos.agents.Agents;
import dev.agentos.agents.EnabledPack;
import dev.agentos.agents.Pack;
import dev.agentos.agents.Packs;
import dev.agentos.http.internal.WorkViews;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Preconditions;
import dev.agentos.web.resources.RecordsChanges;
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
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which packs a tenant uses, and how it configured them. */
@Path("tenants/{tenant}/packs")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class PacksResource {

    private final Packs packs;
    private final Agents agents;
    private final Tenants tenants;

    @Inject
    PacksResource(Packs packs, Agents agents, Tenants tenants) {
        this.packs = packs;
        this.agents = agents;
        this.tenants = tenants;
    }

    /** Lists the packs. */
    @GET
    @RequiresScope(Scope.PACKS_READ)
    @Describes(id = "listPacks", summary = "List the packs that a tenant uses or could use", response = "PackPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @PathParam("tenant") String tenant,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return Paging.of("packs", limit, cursor)
                .answer(
                        packs.list(Caller.of(request).tenant(tenants, tenant)),
                        Pack::id,
                        pack -> WorkViews.pack(pack, Map.of()));
    }

    /** Shows a pack. */
    @GET
    @Path("{pack}")
    @RequiresScope(Scope.PACKS_READ)
    @Describes(id = "getPack", summary = "Show a pack and how the tenant configured it", response = "Pack")
    public Response find(
            @Context ContainerRequestContext request,
            @PathParam("tenant") String tenant,
            @PathParam("pack") String pack) {
        TenantId owner = Caller.of(request).tenant(tenants, tenant);
        return answer(owner, packs.find(owner, pack).orElseThrow(() -> unknown(pack)));
    }

    /** Enables a pack, or configures it. */
    @PUT
    @Path("{pack}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PACKS_WRITE)
    @Describes(
            id = "putPack",
            summary = "Enable a pack for a tenant, or replace its configuration, which takes If-Match",
            request = "PackPut",
            response = "Pack")
    public Response put(
            @Context ContainerRequestContext request,
            @PathParam("tenant") String tenant,
            @PathParam("pack") String id,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Fields fields = Fields.of(body, "PackPut");
        TenantId owner = Caller.of(request).tenant(tenants, tenant);
        Pack before = packs.find(owner, id).orElseThrow(() -> unknown(id));
        boolean dryRun = fields.flag("dryRun");
        long revision = before.enabled().map(EnabledPack::revision).orElse(0L);
        Optional<Long> expected = Preconditions.expected(ifMatch, WorkViews.etag(before), revision, dryRun);
        return answer(owner, packs.enable(owner, id, fields.object("configuration"), expected, dryRun));
    }

    /** Disables a pack. */
    @DELETE
    @Path("{pack}")
    @RequiresScope(Scope.PACKS_WRITE)
    @Describes(id = "deletePack", summary = "Disable a pack for a tenant; executions under way go on", status = 204)
    public void disable(
            @Context ContainerRequestContext request,
            @PathParam("tenant") String tenant,
            @PathParam("pack") String pack) {
        if (!packs.disable(Caller.of(request).tenant(tenants, tenant), pack)) {
            throw new AgentOsException(
                    AgentErrorCode.UNKNOWN_PACK,
                    "The pack '" + pack + "' is not enabled for this tenant.",
                    "List the tenant's packs with GET /api/v1/tenants/self/packs.");
        }
    }

    private Response answer(TenantId tenant, Pack pack) {
        return Response.ok(WorkViews.pack(pack, agents.warnings(tenant, pack)))
                .header("ETag", WorkViews.etag(pack))
                .build();
    }

    private static AgentOsException unknown(String pack) {
        return new AgentOsException(
                AgentErrorCode.UNKNOWN_PACK,
                "There is no pack '" + pack + "'.",
                "Install it with POST /api/v1/plugins, or list the packs there are.");
    }
}
