package dev.agentos.http.internal;

import dev.agentos.kernel.Revisions;
import dev.agentos.quotas.Allowances;
import dev.agentos.quotas.Feature;
import dev.agentos.quotas.PlanStore.Subscription;
import dev.agentos.quotas.Plans;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
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
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The plan of the caller's tenant; administrators of the platform give it. */
@Path("plan")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class SubscriptionResource {

    private final Plans plans;

    /** The resource of those plans. */
    @Inject
    public SubscriptionResource(Allowances allowances) {
        this.plans = allowances.plans();
    }

    /** Shows the plan. */
    @GET
    @RequiresScope(Scope.LIMITS_READ)
    @Describes(
            id = "getSubscription",
            summary = "Show the tenant's plan, and what it may use all in all",
            response = "Subscription")
    public Response show(@Context ContainerRequestContext request) {
        return answer(plans.of(Caller.of(request).tenant()).orElseThrow(Plans::noPlan));
    }

    /** Gives a plan. */
    @PUT
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.LIMITS_WRITE)
    @Describes(
            id = "putSubscription",
            summary = "Give a tenant a plan, in the place of the one that it has; it holds at once. Takes If-Match"
                    + " when it has one",
            request = "SubscriptionPut",
            response = "Subscription")
    public Response put(
            @Context ContainerRequestContext request,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Fields fields = Fields.of(body, "SubscriptionPut");
        Caller caller = Caller.of(request);
        String plan = fields.requiredText("plan", 63);
        Map<Feature, Boolean> own = new EnumMap<>(Feature.class);
        JsonObject features = fields.optionalObject("features").orElse(JsonObject.EMPTY);
        for (String word : features.members().keySet()) {
            own.put(
                    Feature.ofWord(word)
                            .orElseThrow(() -> Fields.invalid("features", "holds '" + word + "', which is no feature")),
                    features.bool(word).orElseThrow(() -> Fields.invalid("features", "says neither true nor false")));
        }
        long revision = plans.of(caller.tenant()).map(Subscription::revision).orElse(Revisions.NONE);
        long seen = Preconditions.seen(ifMatch, revision, false);
        return answer(
                plans.give(caller.tenant(), plan, own, seen, caller.principal().id()));
    }

    /** Takes the plan away. */
    @DELETE
    @RequiresScope(Scope.LIMITS_WRITE)
    @Describes(
            id = "deleteSubscription",
            summary = "Take a tenant's plan away: it may use everything, as far as nothing else limits it. Takes"
                    + " If-Match",
            status = 204)
    public void delete(@Context ContainerRequestContext request, @HeaderParam("If-Match") @Nullable String ifMatch) {
        TenantId tenant = Caller.of(request).tenant();
        long revision = plans.of(tenant).orElseThrow(Plans::noPlan).revision();
        plans.take(tenant, Preconditions.removed(ifMatch, revision));
    }

    private Response answer(Subscription subscription) {
        return Preconditions.tagged(view(subscription), subscription.revision());
    }

    private JsonObject view(Subscription subscription) {
        Map<String, Object> own = new LinkedHashMap<>();
        Arrays.stream(Feature.values())
                .filter(subscription.own()::containsKey)
                .forEach(feature -> own.put(feature.word(), subscription.own().getOrDefault(feature, false)));
        return JsonObject.of(
                "plan", subscription.plan(),
                "etag", Preconditions.etag(subscription.revision()),
                "features",
                        PlansResource.words(Arrays.stream(Feature.values())
                                .filter(feature -> plans.has(subscription.tenant(), feature))
                                .toList()),
                "own", Views.object(own),
                "limits",
                        PlansResource.limits(plans.require(subscription.plan()).limits()),
                "changedAt", Views.time(subscription.at()),
                "changedBy", subscription.by());
    }
}
