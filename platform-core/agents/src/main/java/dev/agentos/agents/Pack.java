package dev.agentos.agents;

import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * A pack as one tenant sees it.
 *
 * @param id the plugin's id
 * @param version the version that is started; empty when the pack is enabled but its plugin is away
 * @param title what it is called
 * @param description what it does
 * @param configurationSchema JSON Schema of what a tenant may configure
 * @param agents what it brings
 * @param enabled what the tenant set; empty when it is not enabled
 */
public record Pack(
        String id,
        Optional<String> version,
        String title,
        String description,
        JsonObject configurationSchema,
        List<AgentDefinition> agents,
        Optional<EnabledPack> enabled) {
    public Pack {
        agents = List.copyOf(agents);
    }
}
