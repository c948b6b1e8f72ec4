package dev.agentos.http;

import dev.agentos.http.internal.LimitViews;
import dev.agentos.http.internal.NamedLimitRequests;
import dev.agentos.limits.Budget;
import dev.agentos.limits.Budgets;
import dev.agentos.limits.Limits;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.PrincipalNames;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Called;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The budgets of the caller's tenant. What an administrator of the platform has set, only such a one changes. */
@Path("budgets")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class BudgetsResource {

    private final NamedLimitRequests<Budget.Terms, Budget> budgets;

    @Inject
    BudgetsResource(Limits limits, PrincipalNames names) {
        Budgets budgets = limits.budgets();
        this.budgets = new NamedLimitRequests<>(budgets, (request, some) -> {
            Called called = Called.of(names, request, some.stream().flatMap(BudgetsResource::people));
            return some.stream()
                    .map(one -> LimitViews.budget(one, budgets.windows(one), called))
                    .toList();
        });
    }

    private static Stream<String> people(Budget budget) {
        return Stream.concat(Stream.of(budget.change().by()), budget.terms().subject().stream());
    }

    /** Lists the budgets. */
    @GET
    @RequiresScope(Scope.BUDGETS_READ)
    @Describes(
            id = "listBudgets",
            summary = "List the tenant's budgets and what they have counted in the period that is now",
            response = "BudgetPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return budgets.list(request, Paging.of("budgets", limit, cursor));
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
        return budgets.find(request, name);
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
        return budgets.put(request, name, ifMatch, Fields.of(body, "BudgetPut"), LimitViews::terms);
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
        budgets.delete(request, name, ifMatch);
    }
}
