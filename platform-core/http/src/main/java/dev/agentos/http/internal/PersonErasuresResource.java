package dev.agentos.http.internal;

import dev.agentos.kernel.Page;
import dev.agentos.retention.Erasure;
import dev.agentos.retention.Erasures;
import dev.agentos.retention.Retention;
import dev.agentos.retention.Whose;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.PrincipalNames;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.Tenants;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Called;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
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
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What people of a tenant began, erased. */
@Path("tenants/{tenant}/erasures")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class PersonErasuresResource {

    private final Retention retention;
    private final Erasures erasures;
    private final Tenants tenants;
    private final PrincipalNames names;

    /** The resource of those erasures. */
    @Inject
    public PersonErasuresResource(Retention retention, Tenants tenants, PrincipalNames names) {
        this.names = names;
        this.retention = retention;
        this.erasures = retention.erasures();
        this.tenants = tenants;
    }

    /** Begins one. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.DATA_ERASE)
    @Describes(
            id = "erasePerson",
            summary = "Begin to erase, for good, what a principal of a tenant began: executions with all that they did,"
                    + " sessions, approvals; its key ends. With dryRun only the rows are counted",
            request = "PersonErase",
            response = "Erasure",
            complete = "ErasurePlan",
            status = 202)
    public Response erase(
            @Context ContainerRequestContext request, @PathParam("tenant") String named, JsonObject body) {
        Tenant tenant = tenant(request, named);
        Fields fields = Fields.of(body, "PersonErase");
        String principal = ExportsResource.principal(fields);
        Principal by = Caller.of(request).principal();
        if (fields.flag("dryRun")) {
            Whose whose = erasures.erasable(tenant.id(), principal, by);
            return Response.ok(JsonObject.of(
                            "tenant",
                            tenant.id().value(),
                            "principal",
                            whose.principal().orElseThrow(),
                            "removes",
                            retention.exports().count(whose),
                            "left",
                            erasures.left(whose)))
                    .build();
        }
        Erasure erasure = erasures.person(tenant, principal, by);
        return Response.accepted(ErasuresResource.view(erasure))
                .header("Location", "/api/v1/tenants/" + tenant.id() + "/erasures/" + erasure.id())
                .build();
    }

    /** Lists them. */
    @GET
    @RequiresScope(Scope.DATA_ERASE)
    @Describes(
            id = "listPersonErasures",
            summary = "List the erasures of what people of a tenant began, the newest first",
            response = "ErasurePage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @PathParam("tenant") String tenant,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("person-erasures", limit, cursor);
        Page<Erasure> found = erasures.list(Optional.of(tenant(request, tenant).id()), paging.request());
        Called called =
                Called.of(names, request, found.items().stream().flatMap(one -> one.whose().principal().stream()));
        return paging.answer(found, one -> called.beside(ErasuresResource.view(one), "principal"));
    }

    /** Shows one. */
    @GET
    @Path("{id}")
    @RequiresScope(Scope.DATA_ERASE)
    @Describes(id = "getPersonErasure", summary = "Show an erasure and how many rows are gone", response = "Erasure")
    public JsonObject find(
            @Context ContainerRequestContext request, @PathParam("tenant") String tenant, @PathParam("id") String id) {
        return ErasuresResource.view(
                erasures.require(Optional.of(tenant(request, tenant).id()), id));
    }

    private Tenant tenant(ContainerRequestContext request, String named) {
        return tenants.require(Caller.of(request).tenant(tenants, named).value());
    }
}
