package dev.agentos.graph.internal;

import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.GraphStore;
import dev.agentos.graph.StoredGraph;
import dev.agentos.graph.Subgraphs;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.tenancy.TenantId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What the nodes of a stored graph contain, in the versions to which it was pinned. */
public final class StoredSubgraphs implements Subgraphs {

    private final GraphStore store;
    private final TenantId tenant;
    private final Map<String, GraphReference> pinned;
    private final Map<GraphReference, Subgraph> known;

    /** What a graph of a tenant contains. */
    public StoredSubgraphs(GraphStore store, TenantId tenant, Map<String, GraphReference> pinned) {
        this(store, tenant, pinned, new HashMap<>());
    }

    private StoredSubgraphs(
            GraphStore store,
            TenantId tenant,
            Map<String, GraphReference> pinned,
            Map<GraphReference, Subgraph> known) {
        this.store = store;
        this.tenant = tenant;
        this.pinned = pinned;
        this.known = known;
    }

    @Override
    public Optional<Subgraph> find(NodeDefinition node, String path) {
        return Optional.ofNullable(pinned.get(path)).map(this::read);
    }

    private Subgraph read(GraphReference reference) {
        Subgraph before = known.get(reference);
        if (before != null) {
            return before;
        }
        StoredGraph stored = store.find(tenant, reference)
                .orElseThrow(() -> new AgentOsException(
                        GraphErrorCode.UNKNOWN_GRAPH,
                        "There is no graph " + reference.graph() + " of version " + reference.version()
                                + " any more, which a node contains.",
                        "Store the graph that contains it anew."));
        Subgraph read = of(stored);
        known.put(reference, read);
        return read;
    }

    /** A stored graph as one that a node contains. */
    Subgraph of(StoredGraph stored) {
        return new Subgraph(
                stored.name(),
                GraphCodec.read(stored.definition()),
                true,
                Optional.empty(),
                new StoredSubgraphs(store, tenant, stored.subgraphs(), known));
    }
}
