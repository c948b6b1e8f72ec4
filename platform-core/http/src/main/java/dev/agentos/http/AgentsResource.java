package dev.agentos.http;

import dev.agentos.agents.Agent;
import dev.agentos.agents.AgentAccess;
import dev.agentos.agents.Agents;
import dev.agentos.graph.Graphs;
import dev.agentos.http.internal.EventModes;
import dev.agentos.http.internal.WorkViews;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.AdmitsOnce;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

/** The agents that a tenant can use. */
@Path("agents")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class AgentsResource {

    private final Agents agents;
    private final AgentAccess access;
    private final Graphs graphs;
    private final ExecutionStarts starts;

    @Inject
    AgentsResource(Agents agents, AgentAccess access, Graphs graphs, ExecutionStarts starts) {
        this.agents = agents;
        this.access = access;
        this.graphs = graphs;
        this.starts = starts;
    }

    /** Lists the agents. */
    @GET
    @RequiresScope(Scope.AGENTS_READ)
    @Describes(id = "listAgents", summary = "List the agents of the packs that are enabled", response = "AgentPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        TenantId tenant = Caller.of(request).tenant();
        return Paging.of("agents", limit, cursor)
                .answer(
                        access.agents(tenant, Caller.reach(request)),
                        Agent::id,
                        agent -> WorkViews.agent(agent, graphs.find(tenant, agent.id())));
    }

    /** Shows an agent. */
    @GET
    @Path("{pack}/{agent}")
    @RequiresScope(Scope.AGENTS_READ)
    @Describes(id = "getAgent", summary = "Show an agent", response = "Agent")
    public JsonObject find(
            @Context ContainerRequestContext request,
            @PathParam("pack") String pack,
            @PathParam("agent") String agent) {
        TenantId tenant = Caller.of(request).tenant();
        String id = pack + "/" + agent;
        access.requireAgent(Caller.reach(request), id);
        return WorkViews.agent(agents.require(tenant, id), graphs.find(tenant, id));
    }

    /** Starts an execution of an agent. */
    @POST
    @AdmitsOnce
    @Path("{pack}/{agent}/executions")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces({MediaType.APPLICATION_JSON, "text/event-stream;qs=0.5"})
    @RequiresScope(Scope.EXECUTIONS_WRITE)
    @Describes(
            id = "executeAgent",
            summary = "Start an execution of an agent",
            request = "AgentExecutionCreate",
            response = "Execution",
            status = 202,
            complete = "ExecutionOutcome",
            streams = true)
    public Response execute(
            @Context ContainerRequestContext request,
            @PathParam("pack") String pack,
            @PathParam("agent") String agent,
            @QueryParam("modes") @Nullable String modes,
            JsonObject body) {
        EventModes shown = EventModes.of(modes);
        Fields fields = Fields.of(body, "AgentExecutionCreate");
        return starts.startAgent(request, pack + "/" + agent, fields, shown);
    }
}
