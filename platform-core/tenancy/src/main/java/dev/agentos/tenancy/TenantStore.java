package dev.agentos.tenancy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import java.util.Optional;

/** Keeps tenants. */
public interface TenantStore {

    /** Adds a tenant; false when its name is taken. */
    boolean insert(Tenant tenant);

    /** The tenant of that id. */
    Optional<Tenant> find(TenantId id);

    /** The tenant of that name. */
    Optional<Tenant> findByName(String name);

    /** Tenants that are found by name or id, newest first; a cursor is an id. */
    Page<Tenant> list(Search search, PageRequest request);

    /** Removes a tenant and all that is its own, in one transaction; false when there was none. */
    boolean delete(TenantId id);
}
