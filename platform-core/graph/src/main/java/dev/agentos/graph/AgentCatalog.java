package dev.agentos.graph;

import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.util.Optional;

/** The agents that the nodes of graphs may name. */
public interface AgentCatalog {

    /** No agents. */
    AgentCatalog NONE = new AgentCatalog() {
        @Override
        public Optional<AgentGraph> find(TenantId tenant, String agent) {
            return Optional.empty();
        }

        @Override
        public JsonObject configuration(TenantId tenant, String agent, JsonObject overrides) {
            return overrides;
        }
    };

    /** The agent of that id, if the tenant can use it now. */
    Optional<AgentGraph> find(TenantId tenant, String agent);

    /**
     * The configuration in force for an agent: its own, what the tenant set, and the overrides.
     *
     * @throws dev.agentos.spi.AgentOsException when the tenant cannot use the agent now, or the overrides do not fit it
     */
    JsonObject configuration(TenantId tenant, String agent, JsonObject overrides);

    /**
     * What an agent does.
     *
     * @param origin the pack that brings it
     * @param graph its graph
     * @param inputSchema JSON Schema of its input
     */
    record AgentGraph(String origin, GraphDefinition graph, JsonObject inputSchema) {}
}
