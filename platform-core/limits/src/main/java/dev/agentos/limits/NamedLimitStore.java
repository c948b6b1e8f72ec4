package dev.agentos.limits;

import dev.agentos.tenancy.TenantId;
import java.util.List;
import java.util.Optional;

/**
 * Keeps limits by name.
 *
 * @param <L> which
 */
public interface NamedLimitStore<L> {

    /** All of all tenants that hold. */
    List<L> all();

    /** A tenant's, by name. */
    List<L> list(TenantId tenant);

    /** A tenant's one of that name. */
    Optional<L> find(TenantId tenant, String name);

    /**
     * Sets a limit; what it has counted stays.
     *
     * @param limit with the revision that it gets
     * @param expected the revision that is replaced, 0 for none
     * @return false when another one is there
     */
    boolean put(L limit, long expected);

    /** Removes a limit of that revision and what it has counted; false when another one is there. */
    boolean delete(TenantId tenant, String name, long expected);
}
