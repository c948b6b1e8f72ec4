package dev.agentos.webhooks;

import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Optional;

/**
 * What is told to one receiver about one execution.
 *
 * @param id {@code msg_…}: what receivers see as {@code webhook-id}, the same in all attempts
 * @param execution whose end is told
 * @param url where to
 * @param attempts how often it was sent, or has begun to be, since it was due or somebody asked for it again
 * @param createdAt when the execution was admitted
 * @param nextAt when it is sent again at the latest; empty when it is not due
 * @param last what came of the last attempt; empty before the first has ended
 */
public record Delivery(
        String id,
        TenantId tenant,
        String execution,
        String url,
        DeliveryState state,
        int attempts,
        Instant createdAt,
        Optional<Instant> nextAt,
        Optional<Attempt> last) {

    /**
     * One attempt.
     *
     * @param at when it began
     * @param status what the receiver answered; empty when it did not
     * @param failure what was wrong, shortened; empty when all was well
     */
    public record Attempt(Instant at, Optional<Integer> status, Optional<String> failure) {}
}
