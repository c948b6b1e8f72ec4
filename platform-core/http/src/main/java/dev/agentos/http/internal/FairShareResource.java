package dev.agentos.http.internal;

import dev.agentos.quotas.Allowances;
import dev.agentos.quotas.Concurrency;
import dev.agentos.quotas.ConcurrencyStore;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
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
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which part of the places the caller's tenant gets when there are too few. */
@Path("fair-share")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class FairShareResource {

    private final Concurrency concurrency;

    /** The resource of those weights. */
    @Inject
    public FairShareResource(Allowances allowances) {
        this.concurrency = allowances.concurrency();
    }

    /** Shows the share. */
    @GET
    @RequiresScope(Scope.LIMITS_READ)
    @Describes(
            id = "getFairShare",
            summary = "Show the tenant's weight, and how many of its executions run and wait for a place",
            response = "FairShare")
    public Response show(@Context ContainerRequestContext request) {
        return answer(Caller.of(request).tenant());
    }

    /** Sets the weight. */
    @PUT
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.LIMITS_WRITE)
    @Describes(
            id = "putFairShare",
            summary = "Set a tenant's weight: a tenant of weight 20 gets twice the places of one of weight 10."
                    + " Takes If-Match when one was set",
            request = "FairSharePut",
            response = "FairShare")
    public Response put(
            @Context ContainerRequestContext request,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Fields fields = Fields.of(body, "FairSharePut");
        Caller caller = Caller.of(request);
        int weight = fields.integer("weight", 1, 100).orElseThrow(() -> Fields.invalid("weight", "is required"));
        long revision = concurrency.weight(caller.tenant()).revision();
        long seen = Preconditions.seen(ifMatch, revision, false);
        ConcurrencyStore.Weight set = concurrency.weigh(
                caller.tenant(), Optional.of(weight), seen, caller.principal().id());
        return answer(caller.tenant(), set);
    }

    /** Forgets the weight. */
    @DELETE
    @Path("weight")
    @RequiresScope(Scope.LIMITS_WRITE)
    @Describes(
            id = "deleteFairShare",
            summary = "Give a tenant the weight that all have. Takes If-Match when one was set",
            status = 204)
    public void delete(@Context ContainerRequestContext request, @HeaderParam("If-Match") @Nullable String ifMatch) {
        Caller caller = Caller.of(request);
        long revision = concurrency.weight(caller.tenant()).revision();
        long seen = Preconditions.seen(ifMatch, revision, false);
        concurrency.weigh(
                caller.tenant(), Optional.empty(), seen, caller.principal().id());
    }

    private Response answer(TenantId tenant) {
        return answer(tenant, concurrency.weight(tenant));
    }

    private Response answer(TenantId tenant, ConcurrencyStore.Weight weight) {
        return Preconditions.tagged(
                ConcurrencyLimitsResource.share(weight, concurrency.load(tenant)), weight.revision());
    }
}
