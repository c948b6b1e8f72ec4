package dev.agentos.graph;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.Optional;

/** The graphs of tenants: checked when they come in, immutable from then on, version by version. */
public final class Graphs {

    /** The origin of graphs that came through the API. */
    public static final String API = "api";

    private final GraphStore store;
    private final NodeHandlers handlers;
    private final Ids ids;
    private final InstantSource clock;

    /** Graphs kept in that store, checked against those node types. */
    public Graphs(GraphStore store, NodeHandlers handlers, Ids ids, InstantSource clock) {
        this.store = store;
        this.handlers = handlers;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * Checks a graph as it came through the API, without storing it.
     *
     * @return its definition
     * @throws dev.agentos.kernel.InvalidInputException {@code graph:INVALID_GRAPH} with every fault
     */
    public GraphDefinition check(JsonObject document) {
        GraphDefinition definition = isWorkflow(document) ? Workflows.graph(document) : GraphCodec.read(document);
        GraphCompiler.compile(definition, handlers);
        return definition;
    }

    /**
     * Checks a graph and stores it exactly as it came, as the next version under its name; a workflow is stored as the
     * graph for which it stands.
     */
    public StoredGraph save(TenantId tenant, JsonObject document) {
        GraphDefinition definition = check(document);
        JsonObject graph = isWorkflow(document) ? GraphCodec.write(definition) : document;
        return store(tenant, definition.metadata().name(), API, graph, GraphCodec.digest(graph));
    }

    private static boolean isWorkflow(JsonObject document) {
        return document.member("steps").isPresent() && document.member("nodes").isEmpty();
    }

    /** Stores the graph of an agent under the agent's id, unless it is there already. */
    public StoredGraph save(TenantId tenant, String name, String origin, GraphDefinition definition) {
        JsonObject document = GraphCodec.write(definition);
        String digest = GraphCodec.digest(document);
        return store.latestByName(tenant, name)
                .filter(latest -> latest.digest().equals(digest))
                .orElseGet(() -> {
                    GraphCompiler.compile(definition, handlers);
                    return store(tenant, name, origin, document, digest);
                });
    }

    /** The latest version of the graph of that id or name. */
    public Optional<StoredGraph> find(TenantId tenant, String idOrName) {
        return idOrName.startsWith("gra_") ? store.latest(tenant, idOrName) : store.latestByName(tenant, idOrName);
    }

    /** The graph of that id or name, in that version or the latest; {@code graph:UNKNOWN_GRAPH} when there is none. */
    public StoredGraph require(TenantId tenant, String idOrName, Optional<Integer> version) {
        Optional<StoredGraph> latest = find(tenant, idOrName);
        Optional<StoredGraph> wanted = version.isEmpty()
                ? latest
                : latest.flatMap(graph ->
                        store.find(tenant, new GraphReference(graph.reference().graph(), version.get())));
        return wanted.orElseThrow(() -> new AgentOsException(
                GraphErrorCode.UNKNOWN_GRAPH,
                "There is no graph '" + idOrName + "'"
                        + version.map(number -> " in version " + number).orElse("") + ".",
                "GET /api/v1/graphs lists the graphs."));
    }

    /** The latest version of each graph that came through the API, newest graph first. */
    public Page<StoredGraph> list(TenantId tenant, PageRequest request) {
        return store.list(tenant, API, request);
    }

    /** The versions of a graph, newest first. */
    public Page<StoredGraph> versions(TenantId tenant, String graph, PageRequest request) {
        return store.versions(tenant, graph, request);
    }

    /** Takes a graph off the list; executions that are pinned to it go on. False when there was none. */
    public boolean delete(TenantId tenant, String graph) {
        return store.delete(tenant, graph);
    }

    private StoredGraph store(TenantId tenant, String name, String origin, JsonObject document, String digest) {
        return store.save(
                tenant,
                new StoredGraph(
                        new GraphReference(ids.next("gra"), 0), name, origin, digest, document, clock.instant()));
    }
}
