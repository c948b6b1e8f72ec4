package dev.agentos.webhooks;

/** Counts what becomes of deliveries. */
@FunctionalInterface
public interface DeliveryMeter {

    /** An attempt has ended, and left its delivery in that state: due when it is made again. */
    void attempted(DeliveryState state);
}
