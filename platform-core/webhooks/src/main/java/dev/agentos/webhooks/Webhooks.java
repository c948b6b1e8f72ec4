package dev.agentos.webhooks;

import dev.agentos.execution.ExecutionRequest;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Sealing;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.Optional;

/** Who is told what: the way to deliveries, and to the secrets that sign them. */
public final class Webhooks {

    private final WebhookStore store;
    private final Receivers receivers;
    private final Secrets secrets;
    private final Deliverer deliverer;
    private final Ids ids;

    /**
     * Webhooks that are kept there.
     *
     * @param sealing encrypts the secrets
     * @param failpoints {@link Failpoints#NONE} outside tests
     */
    public Webhooks(
            WebhookStore store,
            Sealing sealing,
            Receivers receivers,
            DeliveryMeter meter,
            Ids ids,
            InstantSource clock,
            Failpoints failpoints) {
        this.store = store;
        this.receivers = receivers;
        this.ids = ids;
        this.secrets = new Secrets(store, sealing, ids);
        this.deliverer = new Deliverer(store, secrets, receivers, clock, failpoints, meter);
    }

    /** The secrets that sign. */
    public Secrets secrets() {
        return secrets;
    }

    /** Sends what is due. */
    public Deliverer deliverer() {
        return deliverer;
    }

    /** Why nothing can be sent to that address, as the end of a sentence; empty when it can. */
    public Optional<String> fault(String url) {
        return receivers.fault(url);
    }

    /** What an execution is to be admitted with so that its end is told to that address. */
    public ExecutionRequest.Webhook order(String url) {
        deliverer.expect();
        return new ExecutionRequest.Webhook(ids.next("msg"), url);
    }

    /** Deliveries of a tenant, newest first. */
    public Page<Delivery> list(
            TenantId tenant, Optional<DeliveryState> state, Optional<String> execution, PageRequest request) {
        return store.list(tenant, state, execution, request);
    }

    /** The delivery of that id; {@code webhooks:UNKNOWN_DELIVERY} when there is none. */
    public Delivery require(TenantId tenant, String id) {
        return store.find(tenant, id)
                .orElseThrow(() -> new AgentOsException(
                        WebhooksErrorCode.UNKNOWN_DELIVERY,
                        "There is no delivery '" + id + "'.",
                        "List the deliveries with GET /api/v1/webhooks/deliveries."));
    }

    /**
     * Sends a message once more, at once, under its old id.
     *
     * @throws AgentOsException {@code webhooks:UNKNOWN_DELIVERY}, or {@code webhooks:NOT_ENDED} while there is nothing
     *     to tell
     */
    public Delivery redeliver(TenantId tenant, String id) {
        if (require(tenant, id).state() == DeliveryState.WAITING) {
            throw new AgentOsException(
                    WebhooksErrorCode.NOT_ENDED,
                    "The execution of the delivery '" + id + "' has not ended.",
                    "Wait for its end; it is told then by itself.");
        }
        store.again(tenant, id);
        deliverer.due();
        return require(tenant, id);
    }
}
