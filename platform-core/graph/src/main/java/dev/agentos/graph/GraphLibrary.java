package dev.agentos.graph;

import dev.agentos.graph.internal.StoredSubgraphs;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Finds stored graphs and keeps what was compiled, by digest: equal definitions with equal subgraphs compile to equal
 * graphs.
 */
public final class GraphLibrary {

    private static final int MOST = 1_000;

    private final GraphStore store;
    private final Map<String, CompiledGraph> compiled = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, CompiledGraph> eldest) {
            return size() > MOST;
        }
    };

    /** A library of that store. */
    public GraphLibrary(GraphStore store) {
        this.store = store;
    }

    /**
     * That version of a graph, compiled.
     *
     * @throws AgentOsException {@code graph:UNKNOWN_GRAPH} if the tenant has none
     */
    public CompiledGraph find(TenantId tenant, GraphReference reference) {
        StoredGraph stored = store.find(tenant, reference)
                .orElseThrow(() -> new AgentOsException(
                        GraphErrorCode.UNKNOWN_GRAPH,
                        "There is no graph " + reference.graph() + " of version " + reference.version() + ".",
                        "List the graphs, and name one of them."));
        synchronized (compiled) {
            CompiledGraph known = compiled.get(stored.digest());
            if (known != null) {
                return known;
            }
        }
        CompiledGraph graph = GraphCompiler.restore(
                GraphCodec.read(stored.definition()), new StoredSubgraphs(store, tenant, stored.subgraphs()));
        synchronized (compiled) {
            compiled.put(stored.digest(), graph);
        }
        return graph;
    }
}
