package dev.agentos.agents;

import dev.agentos.graph.AgentCatalog;
import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.util.List;
import java.util.Optional;

/** The agents of the packs that are enabled for a tenant, as the API and the nodes of graphs name them. */
public final class PackAgents implements AgentCatalog {

    private final Packs packs;

    /** Agents of those packs. */
    public PackAgents(Packs packs) {
        this.packs = packs;
    }

    /** The tenant's agents, by id. */
    List<Agent> list(TenantId tenant) {
        return packs.list(tenant).stream()
                .filter(pack -> pack.enabled().isPresent())
                .flatMap(pack -> pack.agents().stream().map(definition -> agent(pack, definition)))
                .toList();
    }

    /** The agent of that id, {@code pack/agent}. */
    Optional<Agent> agent(TenantId tenant, String id) {
        int slash = id.indexOf('/');
        if (slash < 0) {
            return Optional.empty();
        }
        return packs.find(tenant, id.substring(0, slash))
                .filter(pack -> pack.enabled().isPresent())
                .flatMap(pack -> pack.agents().stream()
                        .filter(definition -> definition.name().equals(id.substring(slash + 1)))
                        .map(definition -> agent(pack, definition))
                        .findFirst());
    }

    /** The agent of that id; {@code agent:UNKNOWN_AGENT} says how to get one. */
    Agent require(TenantId tenant, String id) {
        return agent(tenant, id).orElseThrow(() -> unknown(id));
    }

    static AgentOsException unknown(String id) {
        return new AgentOsException(
                AgentErrorCode.UNKNOWN_AGENT,
                "There is no agent '" + id + "' for this tenant.",
                "GET /api/v1/agents lists the agents; an agent appears when its pack is enabled for the tenant"
                        + " with PUT /api/v1/tenants/self/packs/{pack}.");
    }

    @Override
    public Optional<AgentGraph> find(TenantId tenant, String agent) {
        return agent(tenant, agent).map(one -> graph(one.pack(), one.definition()));
    }

    private static AgentGraph graph(String pack, AgentDefinition agent) {
        return new AgentGraph(pack, agent.graph(), agent.inputSchema());
    }

    /** What nodes can name once a pack is enabled, too. */
    AgentCatalog with(Pack pack) {
        return new AgentCatalog() {
            @Override
            public Optional<AgentGraph> find(TenantId tenant, String agent) {
                return pack.agents().stream()
                        .filter(one -> agent.equals(pack.id() + "/" + one.name()))
                        .findFirst()
                        .map(one -> graph(pack.id(), one))
                        .or(() -> PackAgents.this.find(tenant, agent));
            }

            @Override
            public JsonObject configuration(TenantId tenant, String agent, JsonObject overrides) {
                return PackAgents.this.configuration(tenant, agent, overrides);
            }
        };
    }

    @Override
    public JsonObject configuration(TenantId tenant, String agent, JsonObject overrides) {
        Agent found = require(tenant, agent);
        packs.find(tenant, found.pack()).ifPresent(pack -> check(pack, overrides));
        return found.configuration().overlaidBy(overrides);
    }

    private static void check(Pack pack, JsonObject overrides) {
        JsonObject set = pack.enabled().map(EnabledPack::configuration).orElse(JsonObject.EMPTY);
        if (!overrides.isEmpty()) {
            Packs.check(pack, set.overlaidBy(overrides), "/config");
        }
    }

    private static Agent agent(Pack pack, AgentDefinition definition) {
        JsonObject set = pack.enabled().map(EnabledPack::configuration).orElse(JsonObject.EMPTY);
        return new Agent(
                pack.id(),
                pack.version().orElse(""),
                definition,
                definition.configuration().overlaidBy(set));
    }
}
