package dev.agentos.graph;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.graph.internal.StoredSubgraphs;
import dev.agentos.kernel.Latest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.util.Collections;
import java.util.Map;

/**
 * Finds stored graphs and keeps what was compiled: a version never changes, and equal definitions with equal subgraphs
 * compile to equal graphs.
 */
public final class GraphLibrary {

    /** As many characters have the definitions of what is kept, where each counts as a small graph at least. */
    private static final long MOST_CHARACTERS = 8_000_000;

    private static final int SMALL = 8_000;
    private static final int MOST_NAMES = 10_000;

    private final GraphStore store;
    private final Cache<String, Kept> compiled = Caffeine.newBuilder()
            .maximumWeight(MOST_CHARACTERS)
            .weigher((String digest, Kept kept) -> Math.max(SMALL, kept.characters()))
            .build();
    private final Map<Version, String> digests = Collections.synchronizedMap(new Latest<>(MOST_NAMES));

    private record Version(TenantId tenant, GraphReference reference) {}

    private record Kept(CompiledGraph graph, int characters) {}

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
        String digest = digests.get(version);
        Kept known = digest == null ? null : compiled.getIfPresent(digest);
        if (known != null) {
            return known.graph();
        }
        StoredGraph stored = store.find(tenant, reference)
                .orElseThrow(() -> new AgentOsException(
                        GraphErrorCode.UNKNOWN_GRAPH,
                        "There is no graph " + reference.graph() + " of version " + reference.version() + ".",
                        "List the graphs, and name one of them."));
        digests.put(version, stored.digest());
        known = compiled.getIfPresent(stored.digest());
        if (known != null) {
            return known.graph();
        }
        CompiledGraph graph = GraphCompiler.restore(
                GraphCodec.read(stored.definition()), new StoredSubgraphs(store, tenant, stored.subgraphs()));
        compiled.put(
                stored.digest(), new Kept(graph, stored.definition().toString().length()));
        return graph;
    }
}
