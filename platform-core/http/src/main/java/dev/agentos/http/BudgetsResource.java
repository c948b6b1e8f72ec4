package dev.agentos.http;

import dev.agentos.http.internal.LimitViews;
import dev.agentos.limits.Budget;
import dev.agentos.limits.BudgetLimit;
import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.limits.Budgets;
import dev.agentos.limits.Limits;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.internal.Preconditions;
import dev.agentos.web.internal.RecordsChanges;
import dev.agentos.web.internal.Views;
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
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The budgets of the caller's tenant. What an administrator of the platform has set, only such a one changes. */
@Path("budgets")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class BudgetsResource {

    private final Budgets budgets;

    @Inject
    BudgetsResource(Limits limits) {
        this.budgets = limits.budgets();
    }

    /** Lists the budgets. */
    @GET
    @RequiresScope(Scope.BUDGETS_READ)
    @Describes(
            id = "listBudgets",
            summary = "List the tenant's budgets and what they have counted in the period that is now",
            response = "BudgetPage")
    public JsonObject list(@Context ContainerRequestContext request) {
        return Views.page(budgets.list(Caller.of(request).tenant()).stream()
                .map(this::view)
                .toList());
    }

    /** Shows a budget. */
    @GET
    @Path("{name}")
    @RequiresScope(Scope.BUDGETS_READ)
    @Describes(
            id = "getBudget",
            summary = "Show a budget: what is spent, reserved and left in the period that is now",
            response = "Budget")
    public Response find(@Context ContainerRequestContext request, @PathParam("name") String name) {
        return answer(budgets.require(Caller.of(request).tenant(), name));
    }

    /** Sets a budget. */
    @PUT
    @Path("{name}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.BUDGETS_WRITE)
    @Describes(
            id = "putBudget",
            summary = "Set a budget, which holds at once; what is spent stays. Takes If-Match when there is one",
            request = "BudgetPut",
            response = "Budget")
    public Response put(
            @Context ContainerRequestContext request,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Fields fields = Fields.of(body, "BudgetPut");
        Caller caller = Caller.of(request);
        TenantId tenant = caller.tenant();
        boolean dryRun = fields.flag("dryRun");
        Budget.Terms terms = terms(fields);
        long revision = budgets.find(tenant, name)
                .map(budget -> budget.change().revision())
                .orElse(0L);
        long seen = Preconditions.expected(ifMatch, etag(revision), revision, dryRun)
                .orElse(revision);
        return answer(budgets.put(tenant, name, terms, seen, author(caller), dryRun));
    }

    /** Removes a budget. */
    @DELETE
    @Path("{name}")
    @RequiresScope(Scope.BUDGETS_WRITE)
    @Describes(id = "deleteBudget", summary = "Remove a budget and what it has counted. Takes If-Match", status = 204)
    public void delete(
            @Context ContainerRequestContext request,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch) {
        Caller caller = Caller.of(request);
        Budget before = budgets.require(caller.tenant(), name);
        Preconditions.requireMatch(ifMatch, etag(before.change().revision()));
        budgets.delete(caller.tenant(), name, before.change().revision(), author(caller));
    }

    private static Budget.Terms terms(Fields fields) {
        return new Budget.Terms(
                BudgetScope.ofWord(fields.requiredText("scope", 20))
                        .orElseThrow(() -> Fields.invalid("scope", "is none of tenant, principal, agent, execution")),
                fields.text("subject"),
                limit(fields),
                BudgetPeriod.ofWord(fields.requiredText("period", 20))
                        .orElseThrow(() -> Fields.invalid("period", "is none of day, month, total, execution")),
                fields.value("warnAt").map(value -> number("warnAt", value)).orElse(Budget.WARN_AT),
                !fields.has("enforced") || fields.flag("enforced"));
    }

    private static BudgetLimit limit(Fields fields) {
        JsonObject body = fields.optionalObject("limit").orElseThrow(() -> Fields.invalid("limit", "is required"));
        Fields limit = Fields.of(body, "BudgetLimit");
        Optional<String> currency = limit.text("currency");
        if (limit.has("tokens") == limit.has("amount") || limit.has("amount") != currency.isPresent()) {
            throw Fields.invalid("limit", "holds either tokens, or an amount with its currency");
        }
        return new BudgetLimit(
                currency.isPresent()
                        ? LimitViews.decimal("limit", limit.requiredText("amount", 40))
                        : number("limit", limit.value("tokens").orElseThrow()),
                currency);
    }

    private static BigDecimal number(String name, Object value) {
        if (value instanceof JsonNumber number && Math.abs((long) number.value().scale()) <= 40) {
            return number.value();
        }
        throw Fields.invalid(name, "is not a number that can be counted with");
    }

    private static Budgets.Author author(Caller caller) {
        return new Budgets.Author(caller.principal().id(), caller.principal().platform());
    }

    private static String etag(long revision) {
        return "\"" + revision + "\"";
    }

    private JsonObject view(Budget budget) {
        return LimitViews.budget(budget, budgets.windows(budget));
    }

    private Response answer(Budget budget) {
        List<Budget.Window> windows = budgets.windows(budget);
        return Response.ok(LimitViews.budget(budget, windows))
                .header("ETag", etag(budget.change().revision()))
                .build();
    }
}
