package dev.agentos.retention;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * That a tenant, or a person of one, is erased or was. It stays when all else is gone.
 *
 * @param id {@code ers_…}
 * @param whose what is erased
 * @param name the tenant's
 * @param requestedBy the id of the principal that asked for it
 * @param requestedAt when
 * @param operation that does it; empty before it has begun
 * @param counts how many rows of each kind are gone
 * @param finishedAt when nothing was left
 */
public record Erasure(
        String id,
        Whose whose,
        String name,
        String requestedBy,
        Instant requestedAt,
        Optional<String> operation,
        Map<String, Long> counts,
        Optional<Instant> finishedAt) {

    /** The same, done by that operation. */
    Erasure by(String other) {
        return new Erasure(id, whose, name, requestedBy, requestedAt, Optional.of(other), counts, finishedAt);
    }
}
