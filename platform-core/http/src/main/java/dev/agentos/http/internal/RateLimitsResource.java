package dev.agentos.http.internal;

import dev.agentos.kernel.Revisions;
import dev.agentos.limits.Limits;
import dev.agentos.limits.RateLimit;
import dev.agentos.limits.RateLimits;
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
import java.time.DateTimeException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How often the caller's tenant may ask; administrators of the platform set it for the tenant that they name. */
@Path("rate-limits")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class RateLimitsResource {

    private final RateLimits limits;

    /** The resource of those limits. */
    @Inject
    public RateLimitsResource(Limits limits) {
        this.limits = limits.rates();
    }

    /** Lists the limits. */
    @GET
    @RequiresScope(Scope.LIMITS_READ)
    @Describes(id = "listRateLimits", summary = "List how often the tenant may ask the API", response = "RateLimitPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return Paging.of("rate-limits", limit, cursor)
                .answer(
                        limits.list(Caller.of(request).tenant()),
                        one -> one.scope().word(),
                        RateLimitsResource::view);
    }

    /** Shows a limit. */
    @GET
    @Path("{scope}")
    @RequiresScope(Scope.LIMITS_READ)
    @Describes(
            id = "getRateLimit",
            summary = "Show how often a tenant, or each of its keys, may ask",
            response = "RateLimit")
    public Response find(@Context ContainerRequestContext request, @PathParam("scope") String scope) {
        return answer(limits.require(Caller.of(request).tenant(), scope(scope)));
    }

    /** Sets a limit. */
    @PUT
    @Path("{scope}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.LIMITS_WRITE)
    @Describes(
            id = "putRateLimit",
            summary = "Set how often a tenant, or each of its keys, may ask, in the place of what was set before."
                    + " Takes If-Match when something was",
            request = "RateLimitPut",
            response = "RateLimit")
    public Response put(
            @Context ContainerRequestContext request,
            @PathParam("scope") String word,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Fields fields = Fields.of(body, "RateLimitPut");
        Caller caller = Caller.of(request);
        RateLimit.Terms terms = new RateLimit.Terms(
                fields.integer("requests", 1, Integer.MAX_VALUE)
                        .orElseThrow(() -> Fields.invalid("requests", "is required")),
                window(fields.requiredText("window", 30)),
                fields.flag("even"));
        RateLimit.Scope scope = scope(word);
        long revision =
                limits.find(caller.tenant(), scope).map(RateLimit::revision).orElse(Revisions.NONE);
        long seen = Preconditions.seen(ifMatch, revision, false);
        return answer(limits.put(
                caller.tenant(), scope, terms, seen, caller.principal().id()));
    }

    /** Removes a limit. */
    @DELETE
    @Path("{scope}")
    @RequiresScope(Scope.LIMITS_WRITE)
    @Describes(
            id = "deleteRateLimit",
            summary = "Let a tenant, or its keys, ask as often as they like. Takes If-Match",
            status = 204)
    public void delete(
            @Context ContainerRequestContext request,
            @PathParam("scope") String word,
            @HeaderParam("If-Match") @Nullable String ifMatch) {
        Caller caller = Caller.of(request);
        RateLimit before = limits.require(caller.tenant(), scope(word));
        limits.delete(caller.tenant(), before.scope(), Preconditions.removed(ifMatch, before.revision()));
    }

    private static Response answer(RateLimit limit) {
        return Preconditions.tagged(view(limit), limit.revision());
    }

    private static RateLimit.Scope scope(String word) {
        return RateLimit.Scope.ofWord(word).orElseThrow(() -> Fields.invalid("scope", "is neither tenant nor key"));
    }

    private static Duration window(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeException e) {
            throw Fields.invalid("window", "is not a duration of ISO 8601, as in PT1M");
        }
    }

    private static JsonObject view(RateLimit limit) {
        return JsonObject.of(
                "scope", limit.scope().word(),
                "etag", Preconditions.etag(limit.revision()),
                "requests", limit.terms().requests(),
                "window", limit.terms().window().toString(),
                "even", limit.terms().even(),
                "changedAt", Views.time(limit.at()),
                "changedBy", limit.by());
    }
}
