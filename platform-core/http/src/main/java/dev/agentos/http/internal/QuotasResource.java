package dev.agentos.http.internal;

import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.limits.Budgets;
import dev.agentos.quotas.Allowances;
import dev.agentos.quotas.Concurrency;
import dev.agentos.quotas.ConcurrencyLimit;
import dev.agentos.quotas.ConcurrencyStore;
import dev.agentos.quotas.Quota;
import dev.agentos.quotas.Quotas;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.RequiresScope;
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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How many executions the caller's tenant may begin. What an administrator of the platform has set stays. */
@Path("quotas")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class QuotasResource {

    private final Quotas quotas;

    /** The resource of those quotas. */
    @Inject
    public QuotasResource(Allowances allowances) {
        this.quotas = allowances.quotas();
    }

    /** Lists the quotas. */
    @GET
    @RequiresScope(Scope.BUDGETS_READ)
    @Describes(
            id = "listQuotas",
            summary =
                    "List how many executions the tenant may begin, and how many have begun in the period that is now",
            response = "QuotaPage")
    public JsonObject list(@Context ContainerRequestContext request) {
        return Views.page(quotas.list(Caller.of(request).tenant()).stream()
                .map(this::view)
                .toList());
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
        return answer(quotas.require(Caller.of(request).tenant(), name));
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
        Fields fields = Fields.of(body, "QuotaPut");
        Caller caller = Caller.of(request);
        TenantId tenant = caller.tenant();
        boolean dryRun = fields.flag("dryRun");
        Quota.Terms terms = terms(fields);
        long revision = quotas.find(tenant, name)
                .map(quota -> quota.change().revision())
                .orElse(0L);
        long seen = Preconditions.expected(ifMatch, etag(revision), revision, dryRun)
                .orElse(revision);
        return answer(quotas.put(tenant, name, terms, seen, author(caller), dryRun));
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
        Caller caller = Caller.of(request);
        Quota before = quotas.require(caller.tenant(), name);
        Preconditions.requireMatch(ifMatch, etag(before.change().revision()));
        quotas.delete(caller.tenant(), name, before.change().revision(), author(caller));
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
                fields.value("warnAt").map(QuotasResource::part).orElse(new BigDecimal("0.8")));
    }

    private static BigDecimal part(JsonValue value) {
        if (value instanceof JsonNumber number && Math.abs((long) number.value().scale()) <= 40) {
            return number.value();
        }
        throw Fields.invalid("warnAt", "is not a number that can be counted with");
    }

    private static Budgets.Author author(Caller caller) {
        return new Budgets.Author(caller.principal().id(), caller.principal().platform());
    }

    private static String etag(long revision) {
        return "\"" + revision + "\"";
    }

    private Response answer(Quota quota) {
        return Response.ok(view(quota))
                .header("ETag", etag(quota.change().revision()))
                .build();
    }

    private JsonObject view(Quota quota) {
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

    /** How many executions of the caller's tenant run at once; administrators of the platform set it for a tenant. */
    @Path("concurrency-limits")
    @Produces(MediaType.APPLICATION_JSON)
    @Singleton
    public static final class AtOnce {

        private final Concurrency limits;

        /** The resource of those limits. */
        @Inject
        public AtOnce(Allowances allowances) {
            this.limits = allowances.concurrency();
        }

        /** Lists the limits. */
        @GET
        @RequiresScope(Scope.LIMITS_READ)
        @Describes(
                id = "listConcurrencyLimits",
                summary = "List how many executions of the tenant may run at once",
                response = "ConcurrencyLimitPage")
        public JsonObject list(@Context ContainerRequestContext request) {
            return Views.page(limits.list(Caller.of(request).tenant()).stream()
                    .map(AtOnce::view)
                    .toList());
        }

        /** Sets a limit. */
        @PUT
        @Path("{scope}")
        @Consumes(MediaType.APPLICATION_JSON)
        @RequiresScope(Scope.LIMITS_WRITE)
        @Describes(
                id = "putConcurrencyLimit",
                summary =
                        "Set how many executions of a tenant, or of each of its agents or principals, may run at once",
                request = "ConcurrencyLimitPut",
                response = "ConcurrencyLimit")
        public JsonObject put(
                @Context ContainerRequestContext request, @PathParam("scope") String scope, JsonObject body) {
            Fields fields = Fields.of(body, "ConcurrencyLimitPut");
            Caller caller = Caller.of(request);
            ConcurrencyLimit.Terms terms = new ConcurrencyLimit.Terms(
                    fields.integer("running", 1, Integer.MAX_VALUE)
                            .orElseThrow(() -> Fields.invalid("running", "is required")),
                    fields.integer("queued", 0, Integer.MAX_VALUE));
            return view(limits.put(
                    caller.tenant(), scope(scope), terms, caller.principal().id()));
        }

        /** Removes a limit. */
        @DELETE
        @Path("{scope}")
        @RequiresScope(Scope.LIMITS_WRITE)
        @Describes(
                id = "deleteConcurrencyLimit",
                summary = "Let as many executions run at once as there are places",
                status = 204)
        public void delete(@Context ContainerRequestContext request, @PathParam("scope") String scope) {
            limits.delete(Caller.of(request).tenant(), scope(scope));
        }

        private static ConcurrencyLimit.Scope scope(String word) {
            return ConcurrencyLimit.Scope.ofWord(word)
                    .orElseThrow(() -> Fields.invalid("scope", "is none of tenant, agent, principal"));
        }

        private static JsonObject view(ConcurrencyLimit limit) {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("scope", limit.scope().word());
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
            members.put("running", load.running());
            members.put("queued", load.queued());
            weight.change().ifPresent(change -> {
                members.put("changedAt", Views.time(change.at()));
                members.put("changedBy", change.by());
            });
            return Views.object(members);
        }

        /** Which part of the places the caller's tenant gets when there are too few. */
        @Path("fair-share")
        @Produces(MediaType.APPLICATION_JSON)
        @Singleton
        public static final class FairShare {

            private final Concurrency concurrency;

            /** The resource of those weights. */
            @Inject
            public FairShare(Allowances allowances) {
                this.concurrency = allowances.concurrency();
            }

            /** Shows the share. */
            @GET
            @RequiresScope(Scope.LIMITS_READ)
            @Describes(
                    id = "getFairShare",
                    summary = "Show the tenant's weight, and how many of its executions run and wait for a place",
                    response = "FairShare")
            public JsonObject show(@Context ContainerRequestContext request) {
                return view(Caller.of(request).tenant());
            }

            /** Sets the weight. */
            @PUT
            @Consumes(MediaType.APPLICATION_JSON)
            @RequiresScope(Scope.LIMITS_WRITE)
            @Describes(
                    id = "putFairShare",
                    summary = "Set a tenant's weight: a tenant of weight 20 gets twice the places of one of weight 10",
                    request = "FairSharePut",
                    response = "FairShare")
            public JsonObject put(@Context ContainerRequestContext request, JsonObject body) {
                Fields fields = Fields.of(body, "FairSharePut");
                Caller caller = Caller.of(request);
                int weight =
                        fields.integer("weight", 1, 100).orElseThrow(() -> Fields.invalid("weight", "is required"));
                concurrency.weigh(
                        caller.tenant(), Optional.of(weight), caller.principal().id());
                return view(caller.tenant());
            }

            /** Forgets the weight. */
            @DELETE
            @Path("weight")
            @RequiresScope(Scope.LIMITS_WRITE)
            @Describes(id = "deleteFairShare", summary = "Give a tenant the weight that all have", status = 204)
            public void delete(@Context ContainerRequestContext request) {
                Caller caller = Caller.of(request);
                concurrency.weigh(
                        caller.tenant(), Optional.empty(), caller.principal().id());
            }

            private JsonObject view(TenantId tenant) {
                return share(concurrency.weight(tenant), concurrency.load(tenant));
            }
        }
    }
}
