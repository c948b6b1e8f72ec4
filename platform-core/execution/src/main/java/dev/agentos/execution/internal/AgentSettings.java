package dev.agentos.execution.internal;

import dev.agentos.graph.AgentCatalog;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The configurations of the agents in a graph, as they are in force when an execution is admitted. */
public final class AgentSettings {

    private AgentSettings() {}

    /**
     * The configuration of an execution with those of the agents in its graph: each agent's own, what the tenant set,
     * what its node says, and what the request says for that node.
     *
     * @throws InvalidInputException {@code graph:INVALID_INPUT} if the request sets an agent that there is not
     */
    public static JsonObject of(CompiledGraph graph, AgentCatalog catalog, TenantId tenant, JsonObject configuration) {
        if (graph.agents().isEmpty()) {
            return configuration;
        }
        JsonObject set = configuration.object(CompiledGraph.AGENTS).orElse(JsonObject.EMPTY);
        List<Fault> faults = new ArrayList<>();
        set.members().forEach((path, value) -> {
            if (!graph.agents().containsKey(path) || !(value instanceof JsonObject)) {
                faults.add(new Fault(
                        "/config/agents/" + Fault.escape(path),
                        GraphErrorCode.INVALID_INPUT.code(),
                        "This is the configuration of no agent of the graph; they are "
                                + String.join(", ", graph.agents().keySet()) + "."));
            }
        });
        InvalidInputException.refuse(
                faults,
                GraphErrorCode.INVALID_INPUT,
                "The configuration does not fit the graph",
                "Set the configuration of an agent by the path of its node, as an object.");
        Map<String, JsonValue> agents = new LinkedHashMap<>();
        graph.agents().forEach((path, use) -> {
            JsonObject overrides =
                    use.configuration().overlaidBy(set.object(path).orElse(JsonObject.EMPTY));
            agents.put(path, catalog.configuration(tenant, use.agent(), overrides));
        });
        return configuration.with(CompiledGraph.AGENTS, new JsonObject(agents));
    }
}
