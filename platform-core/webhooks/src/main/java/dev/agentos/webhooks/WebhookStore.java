package dev.agentos.webhooks;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Keeps deliveries, which come to be in the transactions that admit their executions, and the secrets that sign them.
 * Times are the database's alone.
 */
public interface WebhookStore {

    /**
     * A secret, encrypted.
     *
     * @param retiresAt when it stops signing; empty for the one that was made last
     */
    record Secret(String id, String sealed, Instant madeAt, Optional<Instant> retiresAt) {}

    /** The secrets of a tenant that sign now, the newest first, at most so many. */
    List<Secret> secrets(TenantId tenant, int most);

    /**
     * Keeps a new secret beside the one that signed, which goes on for that long.
     *
     * @param replaced the one that signed; empty when there was none
     * @return false when that is another one by now
     */
    boolean add(TenantId tenant, String id, String sealed, Optional<String> replaced, Duration overlap);

    /** Deliveries, newest first; a cursor is an id. */
    Page<Delivery> list(
            TenantId tenant, Optional<DeliveryState> state, Optional<String> execution, PageRequest request);

    /** The delivery of that id. */
    Optional<Delivery> find(TenantId tenant, String id);

    /** Makes a delivery due at once, with all of its attempts before it, unless its execution has not ended. */
    void again(TenantId tenant, String id);

    /** Those deliveries are due, if they wait for the ends of these executions. */
    void ended(Collection<String> executions);

    /**
     * Looks at deliveries that wait, in the order of their executions: those whose have ended are due.
     *
     * @return the last execution that was looked at; empty when there was none behind that one
     */
    Optional<String> lookBehind(String execution, int most);

    /**
     * A delivery that is this server's for a while.
     *
     * @param epoch tells whether it still is
     */
    record Claimed(Delivery delivery, int epoch, Ending ending) {}

    /**
     * Claims deliveries that are due; unless something is said of them within the lease they are due again then.
     *
     * @param each how many of one tenant at most
     * @param without tenants of which none is wanted
     */
    List<Claimed> claim(int most, int each, Collection<TenantId> without, Duration lease);

    /** Says what came of an attempt; when the delivery is another's by now nothing is changed. */
    void attempted(Claimed claimed, Delivery.Attempt attempt, DeliveryState state, Duration pause);

    /** Gives a delivery back as if this attempt had never begun; it is due again behind that pause. */
    void handBack(Claimed claimed, Duration pause);
}
