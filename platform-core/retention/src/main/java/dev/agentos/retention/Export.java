package dev.agentos.retention;

import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Map;

/**
 * A file with all that is kept of a tenant or of a person of it.
 *
 * @param id {@code exp_…}
 * @param whose what is in it
 * @param requestedBy the id of the principal that asked for it
 * @param operation the operation that makes it
 * @param state where it stands
 * @param file what it came to; zero and empty before it is ready
 * @param createdAt when it was asked for
 * @param expiresAt when it is removed
 */
public record Export(
        String id,
        Whose whose,
        String requestedBy,
        String operation,
        State state,
        Made file,
        Instant createdAt,
        Instant expiresAt) {

    /** Where an export stands. */
    public enum State {
        RUNNING,
        READY,
        FAILED
    }

    /**
     * A file that was made.
     *
     * @param bytes its size
     * @param sha256 its digest in hexadecimal
     * @param contents how many rows of each kind are in it
     */
    public record Made(long bytes, String sha256, Map<String, Long> contents) {

        /** Not made yet. */
        public static final Made NOTHING = new Made(0, "", Map.of());
    }

    /** To whom it belongs. */
    public TenantId tenant() {
        return whose.tenant();
    }

    /** The same in another state. */
    Export in(State other) {
        return new Export(id, whose, requestedBy, operation, other, file, createdAt, expiresAt);
    }
}
