package dev.agentos.quotas;

import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Keeps plans, and which tenant has which. */
public interface PlanStore {

    /** All plans, by name. */
    List<Plan> plans();

    /** Which tenant has which plan. */
    List<Subscription> subscriptions();

    /** Sets a plan; false when another revision than the expected one is there, 0 for none. */
    boolean put(Plan plan, long expected);

    /**
     * Removes a plan of that revision that no tenant has.
     *
     * @return false when another one is there, or a tenant has it
     */
    boolean delete(String name, long expected);

    /**
     * Gives a tenant a plan in the place of the one that it has.
     *
     * @param seen the revision of what it has, 0 for nothing
     * @return false when it has another one, or there is no such plan
     */
    boolean subscribe(Subscription subscription, long seen);

    /** Takes a tenant's plan of that revision away; false when it has another one, or none. */
    boolean unsubscribe(TenantId tenant, long seen);

    /**
     * That a tenant has a plan.
     *
     * @param plan its name
     * @param own features that this tenant has or has not, whatever the plan says
     * @param by the id of the principal who gave it
     * @param at when
     * @param revision grows with each change of it
     */
    record Subscription(TenantId tenant, String plan, Map<Feature, Boolean> own, String by, Instant at, long revision) {
        public Subscription {
            own = Map.copyOf(own);
        }
    }
}
