package dev.agentos.graph;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Keeps graphs in memory as the contract says. */
public final class FakeGraphStore implements GraphStore {

    private final Map<TenantId, List<StoredGraph>> graphs = new HashMap<>();
    private final Set<String> deleted = new HashSet<>();

    @Override
    public synchronized StoredGraph save(TenantId tenant, StoredGraph candidate) {
        Optional<StoredGraph> before = latestByName(tenant, candidate.name());
        if (before.isPresent() && before.get().digest().equals(candidate.digest())) {
            return before.get();
        }
        GraphReference reference = before.map(StoredGraph::reference)
                .map(last -> new GraphReference(last.graph(), last.version() + 1))
                .orElse(new GraphReference(candidate.reference().graph(), 1));
        StoredGraph stored = new StoredGraph(
                reference,
                candidate.name(),
                candidate.origin(),
                candidate.digest(),
                candidate.definition(),
                candidate.subgraphs(),
                candidate.createdAt());
        graphs.computeIfAbsent(tenant, any -> new ArrayList<>()).add(stored);
        return stored;
    }

    @Override
    public synchronized Optional<StoredGraph> find(TenantId tenant, GraphReference reference) {
        return all(tenant).filter(one -> one.reference().equals(reference)).findFirst();
    }

    @Override
    public synchronized Optional<StoredGraph> latest(TenantId tenant, String graph) {
        return all(tenant)
                .filter(one -> one.reference().graph().equals(graph) && !deleted.contains(graph))
                .max(Comparator.comparingInt(one -> one.reference().version()));
    }

    @Override
    public synchronized Optional<StoredGraph> latestByName(TenantId tenant, String name) {
        return all(tenant)
                .filter(one -> one.name().equals(name)
                        && !deleted.contains(one.reference().graph()))
                .max(Comparator.comparingInt(one -> one.reference().version()));
    }

    @Override
    public synchronized Optional<GraphReference> reference(
            TenantId tenant, String idOrName, Optional<Integer> version) {
        return latest(tenant, idOrName)
                .or(() -> latestByName(tenant, idOrName))
                .map(StoredGraph::reference)
                .map(last -> version.map(number -> new GraphReference(last.graph(), number))
                        .orElse(last))
                .filter(wanted -> find(tenant, wanted).isPresent());
    }

    @Override
    public synchronized Set<String> ids(TenantId tenant, Collection<String> names) {
        return all(tenant)
                .filter(one ->
                        names.contains(one.name()) || names.contains(one.name().replaceFirst("/.*", "/*")))
                .map(one -> one.reference().graph())
                .collect(Collectors.toSet());
    }

    @Override
    public synchronized Map<String, String> names(TenantId tenant, Collection<String> ids) {
        return all(tenant)
                .filter(one -> ids.contains(one.reference().graph()))
                .collect(Collectors.toMap(one -> one.reference().graph(), StoredGraph::name, (one, other) -> other));
    }

    @Override
    public synchronized Page<StoredGraph.Version> list(TenantId tenant, String origin, PageRequest request) {
        List<StoredGraph.Version> found = all(tenant)
                .filter(one -> one.origin().equals(origin))
                .map(one -> one.reference().graph())
                .distinct()
                .sorted(Comparator.reverseOrder())
                .filter(id -> request.cursor().isEmpty()
                        || id.compareTo(request.cursor().get()) < 0)
                .flatMap(id -> latest(tenant, id).stream())
                .map(StoredGraph::version)
                .toList();
        return Page.of(found, request.limit(), one -> one.reference().graph());
    }

    @Override
    public synchronized Page<StoredGraph.Version> versions(TenantId tenant, String graph, PageRequest request) {
        List<StoredGraph.Version> found = all(tenant)
                .filter(one -> one.reference().graph().equals(graph))
                .filter(one -> request.cursor().isEmpty()
                        || one.reference().version()
                                < Integer.parseInt(request.cursor().get()))
                .sorted(Comparator.comparingInt(
                                (StoredGraph one) -> one.reference().version())
                        .reversed())
                .map(StoredGraph::version)
                .toList();
        return Page.of(
                found, request.limit(), one -> String.valueOf(one.reference().version()));
    }

    @Override
    public synchronized boolean delete(TenantId tenant, String graph) {
        return all(tenant).anyMatch(one -> one.reference().graph().equals(graph)) && deleted.add(graph);
    }

    private Stream<StoredGraph> all(TenantId tenant) {
        return graphs.getOrDefault(tenant, List.of()).stream();
    }
}
