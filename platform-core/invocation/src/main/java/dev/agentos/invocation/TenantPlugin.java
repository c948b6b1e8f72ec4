package dev.agentos.invocation;

import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What one tenant has set for one plugin.
 *
 * @param enabled whether the tenant may use it
 * @param configuration laid over the administrator's
 * @param secrets by name, encrypted
 * @param concurrentCalls how many calls the tenant may have in the plugin at once on each server; empty for no bound of
 *     its own
 * @param revision that of this state, which no earlier one had; 0 when nothing is set
 * @param changedAt when it was changed last
 */
public record TenantPlugin(
        boolean enabled,
        JsonObject configuration,
        Map<String, String> secrets,
        Optional<Integer> concurrentCalls,
        long revision,
        Instant changedAt) {

    /** What holds where nothing is set. */
    public static final TenantPlugin UNSET =
            new TenantPlugin(true, JsonObject.EMPTY, Map.of(), Optional.empty(), 0, Instant.EPOCH);

    public TenantPlugin {
        secrets = Map.copyOf(secrets);
    }

    /** Without the secrets, encrypted as they are. */
    @Override
    public String toString() {
        return "TenantPlugin[" + (enabled ? "enabled" : "disabled") + ", revision " + revision + "]";
    }
}
