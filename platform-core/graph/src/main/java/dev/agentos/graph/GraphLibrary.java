package dev.agentos.graph;

import dev.agentos.graph.internal.StoredSubgraphs;
import dev.agentos.kernel.Latest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.util.Map;

/**
 * Finds stored graphs and keeps what was compiled: a version never changes, and equal definitions with equal subgraphs
 * compile to equal graphs.
 */
public final class GraphLibrary {

    private static final int MOST = 1_000;
    private static final int MOST_NAMES = 10_000;

    private final GraphStore store;
    private final Map<String, CompiledGraph> compiled = new Latest<>(MOST);
    private final Map<Version, String> digests = new Latest<>(MOST_NAMES);

    private record Version(TenantId tenant, GraphReference reference) {}

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
        Version version = new Version(tenant, reference);
        synchronized (compiled) {
            String digest = digests.get(version);
            CompiledGraph known = digest == null ? null : compiled.get(digest);
            if (known != null) {
                return known;
            }
        }
        StoredGraph stored = store.find(tenant, reference)
                .orElseThrow(() -> new AgentOsException(
                        GraphErrorCode.UNKNOWN_GRAPH,
                        "There is no graph " + reference.graph() + " of version " + reference.version() + ".",
                        "List the graphs, and name one of them."));
        synchronized (compiled) {
            digests.put(version, stored.digest());
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
