package dev.agentos.pluginruntime;

import dev.agentos.spi.JsonValue;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** State of plugins in memory. */
public final class FakePluginStateStore implements PluginStateStore {

    private final Map<List<String>, JsonValue> values = new ConcurrentHashMap<>();

    @Override
    public Map<String, JsonValue> get(String tenant, String plugin, Collection<String> keys) {
        Map<String, JsonValue> found = new HashMap<>();
        keys.forEach(key -> {
            JsonValue value = values.get(List.of(tenant, plugin, key));
            if (value != null) {
                found.put(key, value);
            }
        });
        return found;
    }

    @Override
    public void put(String tenant, String plugin, Map<String, JsonValue> changed) {
        changed.forEach((key, value) -> values.put(List.of(tenant, plugin, key), value));
    }

    @Override
    public void remove(String tenant, String plugin, Collection<String> keys) {
        keys.forEach(key -> values.remove(List.of(tenant, plugin, key)));
    }
}
