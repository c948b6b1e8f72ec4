package dev.agentos.agents;

import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Keeps which packs are enabled for which tenants. */
public interface PackStore {

    /** The packs of a tenant, by id. */
    List<EnabledPack> list(TenantId tenant);

    /** That pack of a tenant. */
    Optional<EnabledPack> find(TenantId tenant, String pack);

    /**
     * Enables a pack or replaces its configuration.
     *
     * @param expected the revision that the caller has seen, 0 for not enabled; empty to replace whatever is there
     * @return what is stored now; empty when the revision was another
     */
    Optional<EnabledPack> put(
            TenantId tenant, String pack, JsonObject configuration, Instant time, Optional<Long> expected);

    /** Disables a pack; false when it was not enabled. */
    boolean delete(TenantId tenant, String pack);
}
