package dev.agentos.execution;

import dev.agentos.graph.GraphReference;
import dev.agentos.tenancy.Reach;
import java.util.Optional;
import java.util.Set;

/**
 * Which executions and sessions somebody reaches: those of the agents and graphs to which they are confined.
 *
 * @param reach by name
 * @param graphs the ids of the graphs of those names
 */
public record Within(Reach reach, Set<String> graphs) {

    /** All of them. */
    public static final Within ALL = new Within(Reach.ALL, Set.of());

    public Within {
        graphs = Set.copyOf(graphs);
    }

    /** Whether what is of that agent, or else of that graph, is among them. */
    public boolean covers(Optional<String> agent, GraphReference graph) {
        return reach.all() || agent.map(reach::covers).orElseGet(() -> graphs.contains(graph.graph()));
    }
}
