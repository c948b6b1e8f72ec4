package dev.agentos.pluginruntime;

import dev.agentos.kernel.Failure;
import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * An installed plugin as an administrator sees it.
 *
 * @param plugin the version in force
 * @param description what its manifest says it is; may be empty
 * @param state where it stands on this server
 * @param failure why it is not started
 * @param previous the version to which a rollback returns
 * @param callsInFlight calls into the version in force at this moment
 * @param configuration what the administrator configured
 * @param extensions what it contributes while it is started
 */
public record PluginStatus(
        PluginVersion plugin,
        String description,
        PluginState state,
        Optional<Failure> failure,
        Optional<String> previous,
        int callsInFlight,
        JsonObject configuration,
        List<ExtensionListing> extensions) {
    public PluginStatus {
        extensions = List.copyOf(extensions);
    }
}
