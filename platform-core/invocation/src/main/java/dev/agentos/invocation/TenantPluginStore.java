package dev.agentos.invocation;

import java.util.Map;
import java.util.Optional;

/** Keeps what tenants have set for plugins. */
public interface TenantPluginStore {

    /** Everything that a tenant has set, by plugin. */
    Map<String, TenantPlugin> list(String tenant);

    /** What a tenant has set for a plugin. */
    Optional<TenantPlugin> find(String tenant, String plugin);

    /**
     * Sets all of it.
     *
     * @param expected the revision that the caller has seen, 0 for nothing set
     * @return what is stored now; empty when the revision was another
     */
    Optional<TenantPlugin> put(String tenant, String plugin, TenantPlugin settings, long expected);

    /** Forgets all of it, secrets included; false when nothing was set, or it is of another revision. */
    boolean delete(String tenant, String plugin, long expected);
}
