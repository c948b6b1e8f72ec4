package dev.agentos.spi;

import java.util.Collection;
import java.util.Map;

/**
 * A plugin's durable state for one tenant: survives restarts and new versions of the plugin, is never seen by another
 * plugin or tenant, and is removed with either. A key has at most 512 characters, a value at most 1 MiB of JSON; all of
 * one plugin for one tenant are at most 10,000 values and 64 MiB of JSON.
 */
public interface KeyValueState {

    /** The values of those keys that are set. */
    Map<String, JsonValue> get(Collection<String> keys);

    /** Sets all of these or none. */
    void put(Map<String, JsonValue> values);

    /** Removes those keys; a key that is not set is passed over. */
    void remove(Collection<String> keys);
}
