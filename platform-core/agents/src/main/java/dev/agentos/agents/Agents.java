package dev.agentos.agents;

import dev.agentos.execution.ExecutionRequest;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.Pauses;
import dev.agentos.graph.StoredGraph;
import dev.agentos.invocation.Schemas;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The agents that a tenant can use: those of the packs that are enabled for it. */
public final class Agents {

    private final Packs packs;
    private final Graphs graphs;

    /** Agents of those packs, whose graphs are kept there. */
    public Agents(Packs packs, Graphs graphs) {
        this.packs = packs;
        this.graphs = graphs;
    }

    /**
     * What an agent is to do.
     *
     * @param input checked against the agent's input schema
     * @param configuration laid over the agent's and the tenant's
     * @param priority -100 to 100
     * @param deadline when to give up
     * @param durability what is durable when
     * @param pauses where to wait for a person
     */
    public record Task(
            JsonObject input,
            JsonObject configuration,
            int priority,
            Optional<Instant> deadline,
            ExecutionRequest.Durability durability,
            Pauses pauses) {}

    /** The tenant's agents, by id. */
    public List<Agent> list(TenantId tenant) {
        return packs.list(tenant).stream()
                .filter(pack -> pack.enabled().isPresent())
                .flatMap(pack -> pack.agents().stream().map(definition -> agent(pack, definition)))
                .toList();
    }

    /** The agent of that id, {@code pack/agent}. */
    public Optional<Agent> find(TenantId tenant, String id) {
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
    public Agent require(TenantId tenant, String id) {
        return find(tenant, id)
                .orElseThrow(() -> new AgentOsException(
                        AgentErrorCode.UNKNOWN_AGENT,
                        "There is no agent '" + id + "' for this tenant.",
                        "GET /api/v1/agents lists the agents; an agent appears when its pack is enabled for the tenant"
                                + " with PUT /api/v1/tenants/self/packs/{pack}."));
    }

    /**
     * Checks what an agent is asked to do, and pins its graph.
     *
     * @return what starts an execution
     * @throws InvalidInputException {@code agent:INVALID_INPUT} or {@code agent:INVALID_CONFIGURATION}, or what the
     *     graph's compilation finds
     */
    public ExecutionRequest prepare(TenantId tenant, String id, Task task) {
        Agent agent = require(tenant, id);
        List<Fault> faults = Schemas.check(agent.definition().inputSchema(), task.input(), "/input");
        if (!faults.isEmpty()) {
            throw new InvalidInputException(
                    AgentErrorCode.INVALID_INPUT,
                    "The input does not fit the agent '" + id + "': "
                            + faults.getFirst().message(),
                    "GET /api/v1/agents/" + id + " shows its inputSchema.",
                    faults);
        }
        packs.find(tenant, agent.pack()).ifPresent(pack -> checkConfiguration(pack, task.configuration()));
        StoredGraph graph =
                graphs.save(tenant, id, agent.pack(), agent.definition().graph());
        return new ExecutionRequest(
                Optional.of(id),
                graph.reference(),
                task.input(),
                agent.configuration().overlaidBy(task.configuration()),
                task.priority(),
                task.deadline(),
                task.durability(),
                task.pauses());
    }

    private static void checkConfiguration(Pack pack, JsonObject overrides) {
        JsonObject set = pack.enabled().map(EnabledPack::configuration).orElse(JsonObject.EMPTY);
        if (!overrides.members().isEmpty()) {
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
