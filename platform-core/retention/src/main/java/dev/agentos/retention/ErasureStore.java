package dev.agentos.retention;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps what is erased. Who works on an erasure has a lease on it, timed by the store's clock. */
public interface ErasureStore {

    /**
     * Begins one. A tenant is none any more for whoever asks, in the same transaction.
     *
     * @return the one that is there then: an earlier one of the same that has not ended, or this; empty when there is
     *     no such tenant, or it would have no owner any more
     */
    Optional<Erasure> begin(Erasure erasure);

    /** Whether that is somebody without whom their tenant would have no active owner. */
    boolean lastOwner(Whose whose);

    /** Notes the operation that does it now. */
    void operation(String id, String operation);

    /** Takes those that nobody works on, for that long. */
    List<Erasure> claim(String owner, Duration lease);

    /** Takes one if nobody else works on it; false otherwise. */
    boolean claim(String id, String owner, Duration lease);

    /** Adds to what is gone and prolongs the lease; false when somebody else has it, or it has ended. */
    boolean advance(String id, String owner, Map<String, Long> gone, Duration lease);

    /** Ends one. */
    void finish(String id, Instant time);

    /** Lets another server have it. */
    void release(String id, String owner);

    /** Lets anybody have all that an owner had which is known to be gone. */
    void releaseAll(String owner);

    /** Whether the row of a tenant that is being erased is still there. */
    boolean begun(TenantId tenant);

    /** That of a tenant; of any when empty. */
    Optional<Erasure> find(Optional<TenantId> tenant, String id);

    /** Those of a tenant; those of tenants as a whole when empty. Newest first; a cursor is an id. */
    Page<Erasure> list(Optional<TenantId> tenant, PageRequest request);

    /** Whether that tenant was erased, or is. */
    boolean erased(TenantId tenant);
}
