package dev.agentos.invocation;

import dev.agentos.kernel.Json;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginStateStore;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.KeyValueState;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A plugin's state for one tenant, within its limits. What the plugin hands over is copied first: its own collection
 * could show the check something else than the store, or hold the store up while it is asked.
 */
record PluginKeyValueState(PluginStateStore store, String tenant, String plugin) implements KeyValueState {

    private static final int LONGEST_KEY = 512;
    private static final int LARGEST_VALUE = 1024 * 1024;

    @Override
    public Map<String, JsonValue> get(Collection<String> keys) {
        List<String> asked = copied(keys);
        return asked.isEmpty() ? Map.of() : store.get(tenant, plugin, asked);
    }

    @Override
    public void put(Map<String, JsonValue> values) {
        Map<String, JsonValue> kept = new LinkedHashMap<>(values);
        kept.forEach((key, value) -> {
            requireText(key);
            if (key.isEmpty() || key.length() > LONGEST_KEY || Json.writeBytes(value).length > LARGEST_VALUE) {
                throw new AgentOsException(
                        PluginErrorCode.STATE_TOO_LARGE,
                        "Plugin " + plugin + " wanted to keep a value that is over a limit.",
                        "A key has 1 to " + LONGEST_KEY + " characters, a value at most 1 MiB of JSON.");
            }
        });
        if (!kept.isEmpty()) {
            store.put(tenant, plugin, kept);
        }
    }

    @Override
    public void remove(Collection<String> keys) {
        List<String> gone = copied(keys);
        if (!gone.isEmpty()) {
            store.remove(tenant, plugin, gone);
        }
    }

    /** Each is looked at: the list may hold what is no text, and whose code the store would run. */
    private static List<String> copied(Collection<String> keys) {
        List<String> copy = List.copyOf(keys);
        for (String key : copy) {
            requireText(Objects.requireNonNull(key));
        }
        return copy;
    }

    /** The database fails at other texts as if it were out of order. */
    private static void requireText(String key) {
        new JsonString(key);
    }
}
