package dev.agentos.graph.internal;

import dev.agentos.graph.AgentCatalog;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.GraphStore;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.StoredGraph;
import dev.agentos.graph.Subgraphs;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.TenantId;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What the nodes of a graph that comes in name, in the latest version unless they ask for another; remembers it. */
public final class DeployedSubgraphs implements Subgraphs {

    private final GraphStore store;
    private final AgentCatalog catalog;
    private final TenantId tenant;
    private final Reach reach;
    private final Map<String, GraphReference> graphs = new TreeMap<>();
    private final Map<String, Named> agents = new TreeMap<>();

    /** An agent that a node names. */
    public record Named(String id, AgentCatalog.AgentGraph graph) {}

    /** Graphs and agents of a tenant, as far as somebody reaches them. */
    public DeployedSubgraphs(GraphStore store, AgentCatalog catalog, TenantId tenant, Reach reach) {
        this.reach = reach;
        this.store = store;
        this.catalog = catalog;
        this.tenant = tenant;
    }

    /** The graphs that were found, by the paths of the nodes. */
    public Map<String, GraphReference> graphs() {
        return graphs;
    }

    /** The agents that were found, by the paths of the nodes. */
    public Map<String, Named> agents() {
        return agents;
    }

    @Override
    public Optional<Subgraph> find(NodeDefinition node, String path) {
        return SubgraphNode.named(node)
                .flatMap(name -> node.type().equals(SubgraphNode.AGENT)
                        ? agent(name, path)
                        : graph(name, SubgraphNode.version(node), path));
    }

    private Optional<Subgraph> graph(String name, Optional<Integer> version, String path) {
        Optional<StoredGraph> latest =
                name.startsWith("gra_") ? store.latest(tenant, name) : store.latestByName(tenant, name);
        // The graph of an agent is none to be used without the agent's configuration.
        Optional<StoredGraph> found = latest.filter(one -> one.origin().equals(Graphs.API) && reach.covers(one.name()))
                .flatMap(one -> version.isEmpty()
                        ? Optional.of(one)
                        : store.find(tenant, new GraphReference(one.reference().graph(), version.get())));
        return found.map(stored -> {
            graphs.put(path, stored.reference());
            return new StoredSubgraphs(store, tenant, stored.subgraphs()).of(stored);
        });
    }

    private Optional<Subgraph> agent(String id, String path) {
        return catalog.find(tenant, id).filter(agent -> reach.covers(id)).map(agent -> {
            agents.put(path, new Named(id, agent));
            return new Subgraph(
                    id,
                    agent.graph(),
                    false,
                    Optional.of(agent.inputSchema()),
                    new DeployedSubgraphs(store, catalog, tenant, reach));
        });
    }
}
