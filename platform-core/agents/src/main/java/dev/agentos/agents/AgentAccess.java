package dev.agentos.agents;

import dev.agentos.execution.Execution;
import dev.agentos.execution.Executions;
import dev.agentos.execution.Session;
import dev.agentos.execution.Sessions;
import dev.agentos.execution.Within;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.StoredGraph;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What somebody reaches who is confined to some agents and graphs: these, and the executions and sessions of these. The
 * rest fails as if it were not there.
 */
public final class AgentAccess {

    /** How often a list that is looked through may be read on for one page of what is reached. */
    private static final int MOST_READS = 20;

    private final Agents agents;
    private final Graphs graphs;
    private final Executions executions;

    /** Access to those agents and executions. */
    public AgentAccess(Agents agents, Executions executions) {
        this.agents = agents;
        this.graphs = agents.graphs();
        this.executions = executions;
    }

    /** The executions and sessions that are reached. */
    public Within within(TenantId tenant, Reach reach) {
        return reach.all() ? Within.ALL : new Within(reach, graphs.within(tenant, reach));
    }

    /** The tenant's agents that are reached, by id. */
    public List<Agent> agents(TenantId tenant, Reach reach) {
        return agents.list(tenant).stream()
                .filter(agent -> reach.covers(agent.id()))
                .toList();
    }

    /** Passes unless the agent is out of reach; fails as {@link Agents#require} does. */
    public void requireAgent(Reach reach, String id) {
        if (!reach.covers(id)) {
            throw Agents.unknown(id);
        }
    }

    /** The graph of that id or name; fails as {@link Graphs#require} does. */
    public StoredGraph graph(TenantId tenant, Reach reach, String idOrName, Optional<Integer> version) {
        StoredGraph graph = graphs.require(tenant, idOrName, version);
        if (!reach.covers(graph.name())) {
            throw Graphs.unknown(idOrName, version);
        }
        return graph;
    }

    /** Passes when a graph and whatever its nodes contain may be executed by somebody of that reach. */
    public void requireContents(TenantId tenant, Reach reach, GraphReference graph) {
        graphs.requireWithin(tenant, reach, graph);
    }

    /** The execution of that id; {@code graph:UNKNOWN_EXECUTION}. */
    public Execution execution(TenantId tenant, Reach reach, ExecutionId id) {
        Execution execution = executions.require(tenant, id);
        if (!covers(tenant, reach, execution)) {
            throw Execution.unknown(id);
        }
        return execution;
    }

    /** Whether there is an execution of that id and it is reached. */
    public boolean reaches(TenantId tenant, Reach reach, ExecutionId id) {
        return reach.all()
                || executions
                        .find(tenant, id)
                        .filter(execution -> covers(tenant, reach, execution))
                        .isPresent();
    }

    /** Passes unless the execution is out of reach, without looking when nothing is. */
    public void requireExecution(TenantId tenant, Reach reach, ExecutionId id) {
        if (!reach.all()) {
            execution(tenant, reach, id);
        }
    }

    private boolean covers(TenantId tenant, Reach reach, Execution execution) {
        return within(tenant, reach)
                .covers(execution.request().agent(), execution.request().graph());
    }

    /** The session of that id among those; {@code graph:UNKNOWN_SESSION}. */
    public Session session(TenantId tenant, Reach reach, Sessions sessions, String id) {
        Session session = sessions.require(tenant, id);
        if (!within(tenant, reach).covers(session.agent(), session.graph())) {
            throw Session.unknown(id);
        }
        return session;
    }

    /**
     * A page of what passes a test: a full one, as long as there is enough. Where thousands in a row do not pass, or
     * what does is large, it may be shorter, and have another behind it.
     *
     * @param list reads a page of all
     * @param cursor of what is behind an item
     */
    public static <T> Page<T> page(
            PageRequest request, Function<PageRequest, Page<T>> list, Predicate<T> test, Function<T, String> cursor) {
        List<T> found = new ArrayList<>();
        Optional<String> next = request.cursor();
        for (int read = 0; read < MOST_READS; read++) {
            // What everybody sees costs no more than it has to; who sees little looks through much at a time.
            int wanted = read == 0 ? request.limit() : PageRequest.MAX_LIMIT;
            Page<T> page = list.apply(new PageRequest(wanted, next));
            for (T item : page.items()) {
                if (found.size() == request.limit()) {
                    return new Page<>(found, Optional.of(cursor.apply(found.getLast())));
                }
                if (test.test(item)) {
                    found.add(item);
                }
            }
            next = page.next();
            // One that is shorter than it could be is as large as a page may be: no other is added to it.
            boolean large = page.items().size() < wanted && !found.isEmpty();
            if (next.isEmpty() || found.size() == request.limit() || large) {
                break;
            }
        }
        return new Page<>(found, next);
    }
}
