package dev.agentos.agents;

import dev.agentos.execution.ExecutionRequest;
import dev.agentos.graph.AgentCatalog;
import dev.agentos.graph.GraphReference;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The agents that a tenant can use: those of the packs that are enabled for it. */
public final class Agents {

    private final PackAgents agents;
    private final Graphs graphs;

    /** Agents of those packs, whose graphs are kept there. */
    public Agents(Packs packs, Graphs graphs) {
        this.agents = new PackAgents(packs);
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
     * @param maxSupersteps after how many to give up
     */
    public record Task(
            JsonObject input,
            JsonObject configuration,
            int priority,
            Optional<Instant> deadline,
            ExecutionRequest.Durability durability,
            Pauses pauses,
            Optional<Integer> maxSupersteps) {

        /** The same for the graph of that version, whichever agent's it is. */
        public ExecutionRequest of(Optional<String> agent, GraphReference graph, JsonObject settings) {
            return new ExecutionRequest(agent, graph, input, settings, priority, deadline, durability, pauses)
                    .within(deadline, maxSupersteps);
        }
    }

    Graphs graphs() {
        return graphs;
    }

    /** The failure of whoever names an agent that is not there; it says how to get one. */
    public static AgentOsException unknown(String id) {
        return PackAgents.unknown(id);
    }

    /** The tenant's agents, by id. */
    public List<Agent> list(TenantId tenant) {
        return agents.list(tenant);
    }

    /** The agent of that id, {@code pack/agent}. */
    public Optional<Agent> find(TenantId tenant, String id) {
        return agents.agent(tenant, id);
    }

    /** The agent of that id; {@code agent:UNKNOWN_AGENT} says how to get one. */
    public Agent require(TenantId tenant, String id) {
        return agents.require(tenant, id);
    }

    /**
     * What may go wrong with the graphs of a pack's agents, by the agents' ids, with pointers; also what they name and
     * the tenant does not have, unless it comes with the pack.
     */
    public Map<String, List<Fault>> warnings(TenantId tenant, Pack pack) {
        AgentCatalog enabled = agents.with(pack);
        Map<String, List<Fault>> warnings = new HashMap<>();
        for (AgentDefinition agent : pack.agents()) {
            String id = pack.id() + "/" + agent.name();
            warnings.put(id, graphs.warnings(tenant, id, agent.graph(), enabled));
        }
        return warnings;
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
        InvalidInputException.refuse(
                faults,
                AgentErrorCode.INVALID_INPUT,
                "The input does not fit the agent '" + id + "'",
                "GET /api/v1/agents/" + id + " shows its inputSchema.");
        JsonObject configuration = agents.configuration(tenant, id, task.configuration());
        StoredGraph graph =
                graphs.save(tenant, id, agent.pack(), agent.definition().graph());
        return task.of(Optional.of(id), graph.reference(), configuration);
    }
}
