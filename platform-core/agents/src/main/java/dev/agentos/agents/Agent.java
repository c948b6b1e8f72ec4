package dev.agentos.agents;

import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.JsonObject;

/**
 * An agent that a tenant can use.
 *
 * @param pack the pack that brings it
 * @param version the pack's version
 * @param definition what it is
 * @param configuration what is in force: the agent's defaults, overlaid by what the tenant set
 */
public record Agent(String pack, String version, AgentDefinition definition, JsonObject configuration) {

    /** How the API names it: {@code pack/agent}. */
    public String id() {
        return pack + "/" + definition.name();
    }
}
