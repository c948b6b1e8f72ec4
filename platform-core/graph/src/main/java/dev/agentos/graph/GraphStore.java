package dev.agentos.graph;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Keeps the graphs of tenants, version by version. */
public interface GraphStore {

    /**
     * Stores a version under a name: the next one, or none when the latest has the same digest.
     *
     * @param candidate its reference carries a fresh id, used if the name is new; its version is ignored
     * @return what is stored now
     */
    StoredGraph save(TenantId tenant, StoredGraph candidate);

    /** That version. */
    Optional<StoredGraph> find(TenantId tenant, GraphReference reference);

    /** The latest version of the graph of that id. */
    Optional<StoredGraph> latest(TenantId tenant, String graph);

    /** The latest version of the graph of that name. */
    Optional<StoredGraph> latestByName(TenantId tenant, String name);

    /** What the graph of that id, or else of that name, is called in that version or the latest. */
    Optional<GraphReference> reference(TenantId tenant, String idOrName, Optional<Integer> version);

    /** The ids of the graphs of those names, {@code pack/*} for all of a pack; also of those that were taken off. */
    Set<String> ids(TenantId tenant, Collection<String> names);

    /** What the graphs of those ids are called; also those that were taken off. */
    Map<String, String> names(TenantId tenant, Collection<String> ids);

    /** The latest version of each graph with that origin, newest graph first; a cursor is a graph's id. */
    Page<StoredGraph.Version> list(TenantId tenant, String origin, PageRequest request);

    /** The versions of a graph, newest first; a cursor is a version's number. */
    Page<StoredGraph.Version> versions(TenantId tenant, String graph, PageRequest request);

    /** Takes a graph off the list; its versions stay for the executions that are pinned to them. */
    boolean delete(TenantId tenant, String graph);
}
