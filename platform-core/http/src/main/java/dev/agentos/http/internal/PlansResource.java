package dev.agentos.http.internal;

import dev.agentos.limits.Budget;
import dev.agentos.limits.RateLimit;
import dev.agentos.quotas.Allowances;
import dev.agentos.quotas.ConcurrencyLimit;
import dev.agentos.quotas.Feature;
import dev.agentos.quotas.Plan;
import dev.agentos.quotas.Plans;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
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
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the administrator of the platform offers to tenants. */
@Path("plans")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class PlansResource {

    private static final int MOST = Integer.MAX_VALUE;

    private final Plans plans;

    /** The resource of those plans. */
    @Inject
    public PlansResource(Allowances allowances) {
        this.plans = allowances.plans();
    }

    /** Lists the plans. */
    @GET
    @RequiresScope(Scope.TENANTS_READ)
    @Describes(id = "listPlans", summary = "List what is offered to tenants", response = "PlanPage")
    public JsonObject list(@QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        return Paging.of("plans", limit, cursor).answer(plans.list(), Plan::name, PlansResource::view);
    }

    /** Shows a plan. */
    @GET
    @Path("{name}")
    @RequiresScope(Scope.TENANTS_READ)
    @Describes(id = "getPlan", summary = "Show a plan", response = "Plan")
    public Response find(@PathParam("name") String name) {
        return answer(plans.require(name));
    }

    /** Sets a plan. */
    @PUT
    @Path("{name}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.TENANTS_WRITE)
    @Describes(
            id = "putPlan",
            summary = "Set a plan, which holds at once for the tenants that have it. Takes If-Match when there is one",
            request = "PlanPut",
            response = "Plan")
    public Response put(
            @Context ContainerRequestContext request,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Fields fields = Fields.of(body, "PlanPut");
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        if (!fields.has("features")) {
            throw Fields.invalid("features", "is required");
        }
        fields.texts("features").forEach(word -> features.add(feature(word)));
        Plan.Limits limits = limits(fields.optionalObject("limits").orElse(JsonObject.EMPTY));
        long revision = plans.find(name).map(plan -> plan.change().revision()).orElse(0L);
        long seen = Preconditions.seen(ifMatch, revision, false);
        return answer(plans.put(
                name, features, limits, seen, Caller.of(request).principal().id()));
    }

    /** Removes a plan. */
    @DELETE
    @Path("{name}")
    @RequiresScope(Scope.TENANTS_WRITE)
    @Describes(id = "deletePlan", summary = "Remove a plan that no tenant has. Takes If-Match", status = 204)
    public void delete(@PathParam("name") String name, @HeaderParam("If-Match") @Nullable String ifMatch) {
        Plan before = plans.require(name);
        plans.delete(name, Preconditions.removed(ifMatch, before.change().revision()));
    }

    private static Feature feature(String word) {
        return Feature.ofWord(word)
                .orElseThrow(() -> Fields.invalid("features", "holds '" + word + "', which is no feature"));
    }

    private static Plan.Limits limits(JsonObject body) {
        Fields fields = Fields.of(body, "PlanLimits");
        Optional<Integer> running = fields.integer("running", 1, MOST);
        Optional<Integer> queued = fields.integer("queued", 0, MOST);
        Optional<Integer> requests = fields.integer("requests", 1, MOST);
        Optional<String> window = fields.text("window");
        boolean even = fields.flag("even");
        if (queued.isPresent() && running.isEmpty()) {
            throw Fields.invalid("limits", "has queued, which goes with running");
        }
        if (requests.isPresent() != window.isPresent() || (even && requests.isEmpty())) {
            throw Fields.invalid("limits", "has one of requests, window and even, which go together");
        }
        return new Plan.Limits(
                fields.integer("executionsPerDay", 1, MOST),
                fields.integer("executionsPerMonth", 1, MOST),
                running.map(most -> new ConcurrencyLimit.Terms(most, queued)),
                fields.integer("weight", 1, 100),
                requests.map(most -> new RateLimit.Terms(most, duration(window.orElseThrow()), even)),
                budgets(fields));
    }

    private static List<Budget.Terms> budgets(Fields fields) {
        List<Budget.Terms> budgets = new ArrayList<>();
        JsonValue items = fields.value("budgets").orElse(JsonArray.EMPTY);
        for (JsonValue item : items instanceof JsonArray array ? array : new JsonArray(List.of(items))) {
            if (!(item instanceof JsonObject body)) {
                throw Fields.invalid("limits", "has budgets that are no list of objects");
            }
            budgets.add(LimitViews.termsInPlan(body));
        }
        return budgets;
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeException e) {
            throw Fields.invalid("limits", "has a window that is not a duration of ISO 8601, as in PT1M");
        }
    }

    private static Response answer(Plan plan) {
        return Preconditions.tagged(view(plan), plan.change().revision());
    }

    private static JsonObject view(Plan plan) {
        return JsonObject.of(
                "name", plan.name(),
                "revision", plan.change().revision(),
                "features", words(plan.features()),
                "limits", limits(plan.limits()),
                "changedAt", Views.time(plan.change().at()),
                "changedBy", plan.change().by());
    }

    static List<String> words(Collection<Feature> features) {
        return features.stream().map(Feature::word).toList();
    }

    static JsonObject limits(Plan.Limits limits) {
        Map<String, Object> members = new LinkedHashMap<>();
        limits.perDay().ifPresent(most -> members.put("executionsPerDay", most));
        limits.perMonth().ifPresent(most -> members.put("executionsPerMonth", most));
        limits.concurrency().ifPresent(terms -> {
            members.put("running", terms.running());
            terms.queued().ifPresent(queued -> members.put("queued", queued));
        });
        limits.weight().ifPresent(weight -> members.put("weight", weight));
        limits.rate().ifPresent(rate -> {
            members.put("requests", rate.requests());
            members.put("window", rate.window().toString());
            members.put("even", rate.even());
        });
        if (!limits.budgets().isEmpty()) {
            members.put(
                    "budgets",
                    limits.budgets().stream().map(PlansResource::budget).toList());
        }
        return Views.object(members);
    }

    private static JsonObject budget(Budget.Terms terms) {
        Map<String, Object> members = new LinkedHashMap<>();
        LimitViews.write(terms, members);
        return Views.object(members);
    }
}
