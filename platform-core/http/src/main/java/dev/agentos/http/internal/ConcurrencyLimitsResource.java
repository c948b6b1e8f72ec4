package dev.agentos.http.internal;

import dev.agentos.kernel.Revisions;
import dev.agentos.quotas.Allowances;
import dev.agentos.quotas.Concurrency;
import dev.agentos.quotas.ConcurrencyLimit;
import dev.agentos.quotas.ConcurrencyStore;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
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
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How many executions of the caller's tenant run at once; administrators of the platform set it for a tenant. */
@Path("concurrency-limits")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class ConcurrencyLimitsResource {

    private final Concurrency limits;

    /** The resource of those limits. */
    @Inject
    public ConcurrencyLimitsResource(Allowances allowances) {
        this.limits = allowances.concurrency();
    }

    /** Lists the limits. */
    @GET
    @RequiresScope(Scope.LIMITS_READ)
    @Describes(
            id = "listConcurrencyLimits",
            summary = "List how many executions of the tenant may run at once",
            response = "ConcurrencyLimitPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return Paging.of("concurrency-limits", limit, cursor)
                .answer(
                        limits.list(Caller.of(request).tenant()),
                        one -> one.scope().word(),
                        ConcurrencyLimitsResource::view);
    }

    /** Shows a limit. */
    @GET
    @Path("{scope}")
    @RequiresScope(Scope.LIMITS_READ)
    @Describes(
            id = "getConcurrencyLimit",
            summary = "Show how many executions of a tenant, or of each of its agents or principals, may run at once",
            response = "ConcurrencyLimit")
    public Response find(@Context ContainerRequestContext request, @PathParam("scope") String scope) {
        return answer(limits.require(Caller.of(request).tenant(), scope(scope)));
    }

    /** Sets a limit. */
    @PUT
    @Path("{scope}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.LIMITS_WRITE)
    @Describes(
            id = "putConcurrencyLimit",
            summary = "Set how many executions of a tenant, or of each of its agents or principals, may run at once, in"
                    + " the place of what was set before. Takes If-Match when something was",
            request = "ConcurrencyLimitPut",
            response = "ConcurrencyLimit")
    public Response put(
            @Context ContainerRequestContext request,
            @PathParam("scope") String word,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Fields fields = Fields.of(body, "ConcurrencyLimitPut");
        Caller caller = Caller.of(request);
        ConcurrencyLimit.Terms terms = new ConcurrencyLimit.Terms(
                fields.integer("running", 1, Integer.MAX_VALUE)
                        .orElseThrow(() -> Fields.invalid("running", "is required")),
                fields.integer("queued", 0, Integer.MAX_VALUE));
        ConcurrencyLimit.Scope scope = scope(word);
        long revision = limits.find(caller.tenant(), scope)
                .map(ConcurrencyLimit::revision)
                .orElse(Revisions.NONE);
        long seen = Preconditions.seen(ifMatch, revision, false);
        return answer(limits.put(
                caller.tenant(), scope, terms, seen, caller.principal().id()));
    }

    /** Removes a limit. */
    @DELETE
    @Path("{scope}")
    @RequiresScope(Scope.LIMITS_WRITE)
    @Describes(
            id = "deleteConcurrencyLimit",
            summary = "Let as many executions run at once as there are places. Takes If-Match",
            status = 204)
    public void delete(
            @Context ContainerRequestContext request,
            @PathParam("scope") String scope,
            @HeaderParam("If-Match") @Nullable String ifMatch) {
        Caller caller = Caller.of(request);
        ConcurrencyLimit before = limits.require(caller.tenant(), scope(scope));
        limits.delete(caller.tenant(), before.scope(), Preconditions.removed(ifMatch, before.revision()));
    }

    private static Response answer(ConcurrencyLimit limit) {
        return Preconditions.tagged(view(limit), limit.revision());
    }

    private static ConcurrencyLimit.Scope scope(String word) {
        return ConcurrencyLimit.Scope.ofWord(word)
                .orElseThrow(() -> Fields.invalid("scope", "is none of tenant, agent, principal"));
    }

    private static JsonObject view(ConcurrencyLimit limit) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("scope", limit.scope().word());
        members.put("etag", Preconditions.etag(limit.revision()));
        members.put("running", limit.terms().running());
        limit.terms().queued().ifPresent(queued -> members.put("queued", queued));
        members.put("changedAt", Views.time(limit.at()));
        members.put("changedBy", limit.by());
        return Views.object(members);
    }

    /** What runs and waits, and which part of the places the tenant gets when there are too few. */
    static JsonObject share(ConcurrencyStore.Weight weight, ConcurrencyStore.Load load) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("weight", weight.value());
        members.put("etag", Preconditions.etag(weight.revision()));
        members.put("running", load.running());
        members.put("queued", load.queued());
        weight.change().ifPresent(change -> {
            members.put("changedAt", Views.time(change.at()));
            members.put("changedBy", change.by());
        });
        return Views.object(members);
    }
}
