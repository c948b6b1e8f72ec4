package dev.agentos.invocation;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Settings in memory, for a runtime without a database. */
class MemoryTenantPluginStore implements TenantPluginStore {

    private final Map<String, Map<String, TenantPlugin>> tenants = new TreeMap<>();

    @Override
    public synchronized Map<String, TenantPlugin> list(String tenant) {
        return Map.copyOf(tenants.getOrDefault(tenant, Map.of()));
    }

    @Override
    public synchronized Optional<TenantPlugin> find(String tenant, String plugin) {
        return Optional.ofNullable(tenants.getOrDefault(tenant, Map.of()).get(plugin));
    }

    @Override
    public synchronized Optional<TenantPlugin> put(String tenant, String plugin, TenantPlugin settings, long expected) {
        if (find(tenant, plugin).map(TenantPlugin::revision).orElse(0L) != expected) {
            return Optional.empty();
        }
        tenants.computeIfAbsent(tenant, any -> new TreeMap<>()).put(plugin, settings);
        return Optional.of(settings);
    }

    @Override
    public synchronized boolean delete(String tenant, String plugin, long expected) {
        return find(tenant, plugin).filter(one -> one.revision() == expected).isPresent()
                && tenants.getOrDefault(tenant, new TreeMap<>()).remove(plugin) != null;
    }
}
