package dev.agentos.graph;

import dev.agentos.graph.internal.DeployedSubgraphs;
import dev.agentos.graph.internal.GraphSource;
import dev.agentos.graph.internal.StoredSubgraphs;
import dev.agentos.graph.internal.SubgraphNode;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Latest;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The graphs of tenants: checked when they come in, immutable from then on, version by version. */
public final class Graphs {

    /** The origin of graphs that came through the API. */
    public static final String API = "api";

    private static final int MOST_KNOWN = 10_000;

    /** Characters of a definition as the store keeps it: a server reads several at a time. */
    private static final int LONGEST = 4_000_000;

    private final GraphStore store;
    private final NodeHandlers handlers;
    private final AgentCatalog agents;
    private final Map<Name, GraphReference> newest = Collections.synchronizedMap(new Latest<>(MOST_KNOWN));
    private final Ids ids;
    private final InstantSource clock;

    /**
     * A graph that was stored.
     *
     * @param warnings what may go wrong with it although nothing is known to be, with pointers
     */
    public record Saved(StoredGraph graph, List<Fault> warnings) {}

    private record Name(TenantId tenant, String idOrName) {}

    /** Graphs kept in that store, checked against those node types, whose nodes can name no agents. */
    public Graphs(GraphStore store, NodeHandlers handlers, Ids ids, InstantSource clock) {
        this(store, handlers, AgentCatalog.NONE, ids, clock);
    }

    /** Graphs kept in that store, checked against those node types and agents. */
    public Graphs(GraphStore store, NodeHandlers handlers, AgentCatalog agents, Ids ids, InstantSource clock) {
        this.store = store;
        this.handlers = handlers;
        this.agents = agents;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * Checks a graph as it came through the API, without storing it.
     *
     * @return what may go wrong although nothing is known to be, with pointers
     * @throws dev.agentos.kernel.InvalidInputException {@code graph:INVALID_GRAPH} with every fault
     */
    public List<Fault> check(TenantId tenant, JsonObject document) {
        return check(tenant, Reach.ALL, document);
    }

    /** The same for somebody for whom there are no other graphs and agents than those of that reach. */
    public List<Fault> check(TenantId tenant, Reach reach, JsonObject document) {
        GraphDefinition definition = read(document);
        return compile(document, definition, subgraphs(tenant, reach));
    }

    /**
     * Checks a graph and stores it exactly as it came, as the next version under its name; a workflow is stored as the
     * graph for which it stands. What its nodes name is pinned to the version that there is now.
     */
    public StoredGraph save(TenantId tenant, JsonObject document) {
        return save(tenant, Reach.ALL, document).graph();
    }

    /**
     * The same for somebody for whom there are no other graphs and agents than those of that reach.
     *
     * @throws AgentOsException {@code tenancy:OUT_OF_REACH} when the graph's own name is not among them
     */
    public Saved save(TenantId tenant, Reach reach, JsonObject document) {
        GraphDefinition definition = read(document);
        requireWithin(reach, definition.metadata().name());
        JsonObject graph = isWorkflow(document) ? GraphCodec.write(definition) : document;
        String name = definition.metadata().name();
        DeployedSubgraphs found = subgraphs(tenant, reach);
        List<Fault> warnings = compile(document, definition, found);
        return new Saved(store(tenant, name, API, graph, pinned(tenant, found)), warnings);
    }

    /**
     * Reads a graph, or the graph for which a workflow stands.
     *
     * @throws dev.agentos.kernel.InvalidInputException {@code graph:INVALID_GRAPH} with every fault of its shape
     */
    public static GraphDefinition read(JsonObject document) {
        if (document.toString().length() > LONGEST) {
            throw InvalidInputException.of(
                    GraphErrorCode.INVALID_GRAPH,
                    "",
                    "A graph has at most " + LONGEST + " characters, written without spaces.",
                    "Leave long texts to the input, or let nodes contain graphs of their own.");
        }
        return isWorkflow(document) ? Workflows.graph(document) : GraphCodec.read(document);
    }

    private DeployedSubgraphs subgraphs(TenantId tenant, Reach reach) {
        return new DeployedSubgraphs(store, agents, tenant, reach);
    }

    private static void requireWithin(Reach reach, String name) {
        if (!reach.covers(name)) {
            throw new AgentOsException(
                    TenancyErrorCode.OUT_OF_REACH,
                    "The credential is confined to some agents and graphs, and '" + name + "' is none of them.",
                    "Give the graph a name that the credential may use, or store it with another credential.");
        }
    }

    /** What the graphs of those ids are called; also those that were taken off the list. */
    public Map<String, String> names(TenantId tenant, Set<String> ids) {
        return ids.isEmpty() ? Map.of() : store.names(tenant, ids);
    }

    /** The ids of the graphs that are within that reach; also of those that were taken off the list. */
    public Set<String> within(TenantId tenant, Reach reach) {
        return reach.names().isEmpty()
                ? Set.of()
                : store.ids(tenant, reach.names().get());
    }

    /**
     * Passes when a graph and all that its nodes contain are within that reach.
     *
     * @throws AgentOsException {@code graph:UNKNOWN_GRAPH} naming what is not
     */
    public void requireWithin(TenantId tenant, Reach reach, GraphReference graph) {
        if (reach.all()) {
            return;
        }
        Deque<GraphReference> open = new ArrayDeque<>(List.of(graph));
        Set<GraphReference> seen = new HashSet<>();
        while (!open.isEmpty()) {
            GraphReference next = open.pop();
            if (seen.add(next)) {
                StoredGraph stored =
                        store.find(tenant, next).orElseThrow(() -> unknown(next.graph(), Optional.empty()));
                if (!reach.covers(stored.name())) {
                    throw unknown(stored.name(), Optional.empty());
                }
                open.addAll(stored.subgraphs().values());
            }
        }
    }

    private List<Fault> compile(String name, GraphDefinition definition, Subgraphs subgraphs) {
        return GraphCompiler.compile(name, definition, handlers, subgraphs).warnings();
    }

    /** The same of a document as somebody sent it, into which the findings point. */
    private List<Fault> compile(JsonObject document, GraphDefinition definition, Subgraphs subgraphs) {
        String name = definition.metadata().name();
        if (!isWorkflow(document)) {
            return compile(name, definition, subgraphs);
        }
        try {
            return Workflows.places(compile(name, definition, subgraphs), definition);
        } catch (InvalidInputException e) {
            throw new InvalidInputException(
                    e.errorCode(),
                    String.valueOf(e.getMessage()),
                    e.action(),
                    Workflows.places(e.faults(), definition));
        }
    }

    /** The graphs that were found, and those of the agents, stored if they are new. */
    private Map<String, GraphReference> pinned(TenantId tenant, DeployedSubgraphs found) {
        Map<String, GraphReference> pinned = new TreeMap<>(found.graphs());
        found.agents()
                .forEach((path, agent) -> pinned.put(
                        path,
                        save(
                                        tenant,
                                        agent.id(),
                                        agent.graph().origin(),
                                        agent.graph().graph())
                                .reference()));
        return pinned;
    }

    private static boolean isWorkflow(JsonObject document) {
        return document.member("steps").isPresent() && document.member("nodes").isEmpty();
    }

    /** Stores the graph of an agent under the agent's id, unless it is there already. */
    public StoredGraph save(TenantId tenant, String name, String origin, GraphDefinition definition) {
        JsonObject document = GraphCodec.write(definition);
        boolean alone = definition.nodes().stream().noneMatch(SubgraphNode::is);
        Optional<StoredGraph> latest = store.latestByName(tenant, name);
        if (alone && latest.isPresent() && latest.get().digest().equals(digest(document, Map.of()))) {
            return latest.get();
        }
        DeployedSubgraphs found = subgraphs(tenant, Reach.ALL);
        compile(name, definition, found);
        return store(tenant, name, origin, document, pinned(tenant, found));
    }

    /**
     * What a graph is worth as it is now.
     *
     * @param errors why it cannot be executed, with pointers; none when it can
     * @param warnings what may go wrong, with pointers
     */
    public record Validity(List<Fault> errors, List<Fault> warnings) {}

    /** What a stored graph is worth now; the plugin of a node's type, or a graph inside of it, may be away. */
    public Validity validity(TenantId tenant, StoredGraph graph) {
        return validity(
                graph.name(),
                GraphCodec.read(graph.definition()),
                new StoredSubgraphs(store, tenant, graph.subgraphs()));
    }

    /**
     * What may go wrong with the graph of an agent, which is stored when the agent is first used; what would keep it
     * from being executed now, as a tool, a model or an agent that is not there, is told as well.
     *
     * @param beside the agents that the tenant has once it has this one
     */
    public List<Fault> warnings(TenantId tenant, String agent, GraphDefinition definition, AgentCatalog beside) {
        Validity found = validity(agent, definition, new DeployedSubgraphs(store, beside, tenant, Reach.ALL));
        return found.errors().isEmpty() ? found.warnings() : found.errors();
    }

    private Validity validity(String name, GraphDefinition definition, Subgraphs subgraphs) {
        try {
            return new Validity(List.of(), compile(name, definition, subgraphs));
        } catch (InvalidInputException e) {
            return new Validity(e.faults(), List.of());
        } catch (AgentOsException e) {
            Fault whole = new Fault("", e.errorCode().code(), e.getMessage() + " " + e.action());
            return new Validity(List.of(whole), List.of());
        }
    }

    /** Draws a graph with what its nodes contain as a Mermaid flowchart. */
    public String draw(TenantId tenant, StoredGraph graph) {
        return GraphMermaid.draw(
                GraphCodec.read(graph.definition()), new StoredSubgraphs(store, tenant, graph.subgraphs()));
    }

    /** The Java with which the author of a plugin builds a graph. */
    public static String java(StoredGraph graph) {
        return GraphSource.write(GraphCodec.read(graph.definition()));
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
        return wanted.orElseThrow(() -> unknown(idOrName, version));
    }

    /** The same without its definition, for who has that already or will find it in a {@link GraphLibrary}. */
    public GraphReference reference(TenantId tenant, String idOrName, Optional<Integer> version) {
        return store.reference(tenant, idOrName, version).orElseThrow(() -> unknown(idOrName, version));
    }

    /**
     * The newest version as this server saw it last. Others may have deployed since: whoever goes by it has the store
     * confirm it with what it stores, and comes again after {@link #forget} if that is refused. What this server
     * deploys itself it knows at once.
     */
    public GraphReference lastSeen(TenantId tenant, String idOrName) {
        Name name = new Name(tenant, idOrName);
        GraphReference seen = newest.get(name);
        if (seen == null) {
            seen = reference(tenant, idOrName, Optional.empty());
            newest.put(name, seen);
        }
        return seen;
    }

    /** Looks for the graphs of that tenant in the store the next time. */
    public void forget(TenantId tenant) {
        newest.keySet().removeIf(name -> name.tenant().equals(tenant));
    }

    /** The failure of whoever names a graph that is not there. */
    public static AgentOsException unknown(String idOrName, Optional<Integer> version) {
        return new AgentOsException(
                GraphErrorCode.UNKNOWN_GRAPH,
                "There is no graph '" + idOrName + "'"
                        + version.map(number -> " in version " + number).orElse("") + ".",
                "GET /api/v1/graphs lists the graphs.");
    }

    /** The latest version of each graph that came through the API, newest graph first. */
    public Page<StoredGraph.Version> list(TenantId tenant, PageRequest request) {
        return store.list(tenant, API, request);
    }

    /** The versions of a graph, newest first. */
    public Page<StoredGraph.Version> versions(TenantId tenant, String graph, PageRequest request) {
        return store.versions(tenant, graph, request);
    }

    /** Takes a graph off the list; executions that are pinned to it go on. False when there was none. */
    public boolean delete(TenantId tenant, String graph) {
        boolean deleted = store.delete(tenant, graph);
        forget(tenant);
        return deleted;
    }

    private StoredGraph store(
            TenantId tenant, String name, String origin, JsonObject document, Map<String, GraphReference> subgraphs) {
        StoredGraph stored = store.save(
                tenant,
                new StoredGraph(
                        new GraphReference(ids.next("gra"), 0),
                        name,
                        origin,
                        digest(document, subgraphs),
                        document,
                        subgraphs,
                        clock.instant()));
        forget(tenant);
        return stored;
    }

    private static String digest(JsonObject document, Map<String, GraphReference> subgraphs) {
        return GraphCodec.digest(
                subgraphs.isEmpty()
                        ? document
                        : JsonObject.of("definition", document, "subgraphs", StoredGraph.toJson(subgraphs)));
    }
}
