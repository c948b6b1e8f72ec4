package dev.agentos.http.internal;

import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.quotas.Allowances;
import dev.agentos.quotas.Quota;
import dev.agentos.quotas.Quotas;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
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

/** How many executions the caller's tenant may begin. What an administrator of the platform has set stays. */
@Path("quotas")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class QuotasResource {

    private final NamedLimitRequests<Quota.Terms, Quota> quotas;

    /** The resource of those quotas. */
    @Inject
    public QuotasResource(Allowances allowances) {
        Quotas all = allowances.quotas();
        this.quotas = new NamedLimitRequests<>(all, one -> view(one, all));
    }

    /** Lists the quotas. */
    @GET
    @RequiresScope(Scope.BUDGETS_READ)
    @Describes(
            id = "listQuotas",
            summary =
                    "List how many executions the tenant may begin, and how many have begun in the period that is now",
            response = "QuotaPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return quotas.list(request, Paging.of("quotas", limit, cursor));
    }

    /** Shows a quota. */
    @GET
    @Path("{name}")
    @RequiresScope(Scope.BUDGETS_READ)
    @Describes(
            id = "getQuota",
            summary = "Show a quota: what is used and left in the period that is now, and when it begins anew",
            response = "Quota")
    public Response find(@Context ContainerRequestContext request, @PathParam("name") String name) {
        return quotas.find(request, name);
    }

    /** Sets a quota. */
    @PUT
    @Path("{name}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.BUDGETS_WRITE)
    @Describes(
            id = "putQuota",
            summary = "Set a quota, which holds at once; what is used stays. Takes If-Match when there is one",
            request = "QuotaPut",
            response = "Quota")
    public Response put(
            @Context ContainerRequestContext request,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        return quotas.put(request, name, ifMatch, Fields.of(body, "QuotaPut"), QuotasResource::terms);
    }

    /** Removes a quota. */
    @DELETE
    @Path("{name}")
    @RequiresScope(Scope.BUDGETS_WRITE)
    @Describes(id = "deleteQuota", summary = "Remove a quota and what it has counted. Takes If-Match", status = 204)
    public void delete(
            @Context ContainerRequestContext request,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch) {
        quotas.delete(request, name, ifMatch);
    }

    private static Quota.Terms terms(Fields fields) {
        return new Quota.Terms(
                BudgetScope.ofWord(fields.requiredText("scope", 20))
                        .filter(scope -> scope != BudgetScope.EXECUTION)
                        .orElseThrow(() -> Fields.invalid("scope", "is none of tenant, principal, agent")),
                fields.text("subject"),
                fields.integer("executions", 1, Integer.MAX_VALUE)
                        .orElseThrow(() -> Fields.invalid("executions", "is required")),
                BudgetPeriod.ofWord(fields.requiredText("period", 20))
                        .orElseThrow(() -> Fields.invalid("period", "is neither day nor month")),
                NamedLimitRequests.warnAt(fields));
    }

    private static JsonObject view(Quota quota, Quotas quotas) {
        Quota.Terms terms = quota.terms();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", quota.name());
        members.put("revision", quota.change().revision());
        members.put("scope", terms.scope().word());
        terms.subject().ifPresent(subject -> members.put("subject", subject));
        members.put("executions", terms.executions());
        members.put("period", terms.period().word());
        members.put("warnAt", terms.warnAt());
        members.put("resetsAt", Views.time(quotas.resets(quota)));
        members.put("setByPlatform", quota.change().byPlatform());
        members.put("changedAt", Views.time(quota.change().at()));
        members.put("changedBy", quota.change().by());
        members.put(
                "windows",
                quotas.windows(quota).stream()
                        .map(window -> JsonObject.of(
                                "bucket", window.bucket(),
                                "used", window.used(),
                                "remaining", Math.max(0, terms.executions() - window.used()),
                                "warned", window.warned()))
                        .toList());
        return Views.object(members);
    }
}
