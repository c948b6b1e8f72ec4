package dev.agentos.pluginruntime;

import dev.agentos.spi.JsonValue;
import java.util.Collection;
import java.util.Map;

/**
 * Keeps the durable state of plugins, apart for each tenant and plugin; see {@link dev.agentos.spi.KeyValueState}. It
 * goes with the plugin's row, see {@link PluginStore#commit}.
 */
public interface PluginStateStore {

    /** How many values a plugin may keep for one tenant. */
    int MOST_VALUES = 10_000;

    /** How many bytes of JSON they may take. */
    long MOST_BYTES = 64L * 1024 * 1024;

    /** The values of those keys that are set. */
    Map<String, JsonValue> get(String tenant, String plugin, Collection<String> keys);

    /**
     * Sets all or none.
     *
     * @throws dev.agentos.spi.AgentOsException {@code plugin:STATE_TOO_LARGE} if the plugin would keep too much
     */
    void put(String tenant, String plugin, Map<String, JsonValue> values);

    /** Removes those keys. */
    void remove(String tenant, String plugin, Collection<String> keys);
}
