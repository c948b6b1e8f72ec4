package dev.agentos.quotas;

import dev.agentos.execution.ExecutionRequest;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Revisions;
import dev.agentos.limits.NamedLimit;
import dev.agentos.quotas.PlanStore.Subscription;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Plans and who has which. A tenant without a plan may use every feature; one with a plan those that the plan names,
 * and those that were given to it beside. What a plan limits is a quota, a limit or a weight like others, and holds
 * where the tenant has none of its own. All of it is known in memory, and taken over by other servers within a second.
 */
public final class Plans {

    private static final int MOST_PLANS = 100;

    private final PlanStore store;
    private final InstantSource clock;
    private final Runnable changed;
    private volatile Map<String, Plan> plans = Map.of();
    private volatile Map<String, Subscription> subscriptions = Map.of();

    Plans(PlanStore store, InstantSource clock, Runnable changed) {
        this.store = store;
        this.clock = clock;
        this.changed = changed;
    }

    /** All plans, by name. */
    public List<Plan> list() {
        return store.plans();
    }

    /** The plan of that name. */
    public Optional<Plan> find(String name) {
        return store.plans().stream().filter(one -> one.name().equals(name)).findFirst();
    }

    /**
     * The same where it must be there.
     *
     * @throws AgentOsException {@code quotas:UNKNOWN_PLAN}
     */
    public Plan require(String name) {
        return find(name).orElseThrow(() -> unknown(name));
    }

    private static AgentOsException unknown(String name) {
        return new AgentOsException(
                QuotasErrorCode.UNKNOWN_PLAN, "There is no plan '" + name + "'.", "GET /api/v1/plans lists them.");
    }

    /**
     * Sets a plan; what it says holds at once for the tenants that have it, on other servers within a second.
     *
     * @param seen the revision that the caller has seen, 0 for none
     * @param by the id of the principal
     * @throws InvalidInputException {@code quotas:INVALID_PLAN}
     * @throws AgentOsException {@code quotas:PLAN_CHANGED}, {@code quotas:TOO_MANY_PLANS}
     */
    public Plan put(String name, Set<Feature> features, Plan.Limits limits, long seen, String by) {
        if (!name.matches("[a-z][a-z0-9-]{0,62}")) {
            throw invalid(
                    "/name",
                    "A plan's name is 1 to 63 lower-case letters, digits and hyphens, beginning with a letter.");
        }
        if (seen == 0 && store.plans().size() >= MOST_PLANS) {
            throw new AgentOsException(
                    QuotasErrorCode.TOO_MANY_PLANS,
                    "There are " + MOST_PLANS + " plans already.",
                    "Remove one; what holds for one tenant alone can be set for it.");
        }
        Plan plan = new Plan(
                name, features, limits, new NamedLimit.Change(Revisions.after(seen), true, by, clock.instant()));
        if (!store.put(plan, seen)) {
            throw changed(name);
        }
        changed.run();
        return plan;
    }

    /**
     * Removes a plan.
     *
     * @throws AgentOsException {@code quotas:PLAN_IN_USE} while a tenant has it, or as {@link #put}
     */
    public void delete(String name, long seen) {
        require(name);
        if (!store.delete(name, seen)) {
            if (store.subscriptions().stream().anyMatch(one -> one.plan().equals(name))) {
                throw new AgentOsException(
                        QuotasErrorCode.PLAN_IN_USE,
                        "Tenants have the plan '" + name + "'.",
                        "Give them another one first, with PUT /api/v1/plan and the header AgentOS-Tenant.");
            }
            throw changed(name);
        }
        changed.run();
    }

    private static AgentOsException changed(String name) {
        return new AgentOsException(
                QuotasErrorCode.PLAN_CHANGED,
                "The plan '" + name + "' was changed since it was read.",
                "Read it again and repeat the change.");
    }

    /** A tenant's plan. */
    public Optional<Subscription> of(TenantId tenant) {
        return store.subscriptions().stream()
                .filter(one -> one.tenant().equals(tenant))
                .findFirst();
    }

    /**
     * Gives a tenant a plan, in the place of the one that it has.
     *
     * @param own features that this tenant has or has not, whatever the plan says
     * @param seen the revision of what the tenant has, {@link Revisions#NONE} for nothing
     * @throws AgentOsException {@code quotas:UNKNOWN_PLAN}, {@code server:PRECONDITION_FAILED}
     */
    public Subscription give(TenantId tenant, String plan, Map<Feature, Boolean> own, long seen, String by) {
        Subscription subscription = new Subscription(tenant, plan, own, by, clock.instant(), Revisions.after(seen));
        if (!store.subscribe(subscription, seen)) {
            require(plan);
            throw otherwise();
        }
        changed.run();
        return subscription;
    }

    /**
     * Takes a tenant's plan away, so that it may use everything.
     *
     * @param seen the revision of what the tenant has
     * @throws AgentOsException {@code quotas:UNKNOWN_SUBSCRIPTION}, {@code server:PRECONDITION_FAILED}
     */
    public void take(TenantId tenant, long seen) {
        if (!store.unsubscribe(tenant, seen)) {
            throw of(tenant).isEmpty() ? noPlan() : otherwise();
        }
        changed.run();
    }

    private static AgentOsException otherwise() {
        return Revisions.changed("Which plan the tenant has");
    }

    /** The failure of whoever asks for the plan of a tenant that has none. */
    public static AgentOsException noPlan() {
        return new AgentOsException(
                QuotasErrorCode.UNKNOWN_SUBSCRIPTION,
                "The tenant has no plan: it may use everything, as far as nothing else limits it.",
                "An administrator of the platform gives it one with PUT /api/v1/plan.");
    }

    /** Whether a tenant may use a feature. */
    public boolean has(TenantId tenant, Feature feature) {
        Subscription subscription = subscriptions.get(tenant.value());
        if (subscription == null) {
            return true;
        }
        Plan plan = plans.get(subscription.plan());
        return subscription
                .own()
                .getOrDefault(feature, plan != null && plan.features().contains(feature));
    }

    /**
     * Refuses what is not in a tenant's plan.
     *
     * @throws AgentOsException {@code quotas:NOT_IN_PLAN}
     */
    public void require(TenantId tenant, Feature feature) {
        if (!has(tenant, feature)) {
            Subscription subscription = subscriptions.get(tenant.value());
            throw new AgentOsException(
                    QuotasErrorCode.NOT_IN_PLAN,
                    "The tenant's plan" + (subscription == null ? "" : " '" + subscription.plan() + "'")
                            + " does not offer " + feature.what() + " (" + feature.word() + ").",
                    "Ask an administrator of the platform for a plan that does, or for the feature '" + feature.word()
                            + "' beside it.");
        }
    }

    /** Refuses an execution that needs what is not in its tenant's plan. */
    void requireStart(TenantId tenant, ExecutionRequest request) {
        if (!subscriptions.containsKey(tenant.value())) {
            return;
        }
        if (request.session().isPresent()) {
            require(tenant, Feature.SESSIONS);
        }
        if (request.agent().isEmpty()) {
            require(tenant, Feature.GRAPHS);
        }
        if (request.origin().isPresent()) {
            require(tenant, Feature.BRANCHES);
        }
    }

    /** Reads all of it again. */
    void load() {
        plans = store.plans().stream().collect(Collectors.toMap(Plan::name, Function.identity()));
        subscriptions = store.subscriptions().stream()
                .collect(Collectors.toMap(one -> one.tenant().value(), Function.identity()));
    }

    static InvalidInputException invalid(String pointer, String message) {
        return InvalidInputException.of(
                QuotasErrorCode.INVALID_PLAN, pointer, message, "Correct it, as docs/how-to/offer-plans.md shows.");
    }
}
