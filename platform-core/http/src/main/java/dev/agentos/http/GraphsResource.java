package dev.agentos.http;

import dev.agentos.agents.AgentAccess;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.StoredGraph;
import dev.agentos.http.internal.WorkViews;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Yaml;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
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
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The graphs that a tenant stored. */
@Path("graphs")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class GraphsResource {

    private static final String YAML = "application/yaml";

    private final Graphs graphs;
    private final AgentAccess access;

    @Inject
    GraphsResource(Graphs graphs, AgentAccess access) {
        this.access = access;
        this.graphs = graphs;
    }

    /** Stores a graph that is written as JSON. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.GRAPHS_WRITE)
    @Describes(
            id = "createGraph",
            summary = "Check a graph and store it as the next version under its name",
            request = "GraphDefinition",
            response = "Graph",
            status = 201)
    public Response create(@Context ContainerRequestContext request, JsonObject document) {
        Graphs.Saved saved = graphs.save(Caller.of(request).tenant(), Caller.reach(request), document);
        StoredGraph stored = saved.graph();
        return Response.created(
                        URI.create("/api/v1/graphs/" + stored.reference().graph()))
                .entity(WorkViews.graph(stored.version()).with("warnings", WorkViews.findings(saved.warnings())))
                .build();
    }

    /** Stores a graph that is written as YAML. */
    @POST
    @Consumes(YAML)
    @RequiresScope(Scope.GRAPHS_WRITE)
    @Describes(
            id = "createGraph",
            summary = "Check a graph and store it as the next version under its name",
            request = "GraphDefinition",
            response = "Graph",
            status = 201)
    public Response createFromYaml(@Context ContainerRequestContext request, String document) {
        return create(request, GraphCodec.yamlObject(document));
    }

    /** Checks a graph that is written as JSON. */
    @POST
    @Path("validate")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.GRAPHS_READ)
    @Describes(
            id = "validateGraph",
            summary = "Check a graph without storing it",
            request = "GraphDefinition",
            response = "GraphValidity")
    public JsonObject validate(@Context ContainerRequestContext request, JsonObject document) {
        List<Fault> warnings = graphs.check(Caller.of(request).tenant(), Caller.reach(request), document);
        return WorkViews.validity(new Graphs.Validity(List.of(), warnings));
    }

    /** Checks a graph that is written as YAML. */
    @POST
    @Path("validate")
    @Consumes(YAML)
    @RequiresScope(Scope.GRAPHS_READ)
    @Describes(
            id = "validateGraph",
            summary = "Check a graph without storing it",
            request = "GraphDefinition",
            response = "GraphValidity")
    public JsonObject validateYaml(@Context ContainerRequestContext request, String document) {
        return validate(request, GraphCodec.yamlObject(document));
    }

    /** Lists the graphs. */
    @GET
    @RequiresScope(Scope.GRAPHS_READ)
    @Describes(id = "listGraphs", summary = "List the graphs, each in its latest version", response = "GraphPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("graphs", limit, cursor);
        return paging.answer(
                AgentAccess.page(
                        paging.request(),
                        part -> graphs.list(Caller.of(request).tenant(), part),
                        graph -> Caller.reach(request).covers(graph.name()),
                        graph -> graph.reference().graph()),
                WorkViews::graph);
    }

    /** Shows a graph with its definition. */
    @GET
    @Path("{id}")
    @RequiresScope(Scope.GRAPHS_READ)
    @Describes(id = "getGraph", summary = "Show a graph, by id or by name, with its definition", response = "Graph")
    public JsonObject find(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("version") @Nullable String version) {
        StoredGraph graph = require(request, id, version);
        return WorkViews.graph(graph.version())
                .with("definition", graph.definition())
                .with("subgraphs", StoredGraph.toJson(graph.subgraphs()));
    }

    /** Lists the versions of a graph. */
    @GET
    @Path("{id}/versions")
    @RequiresScope(Scope.GRAPHS_READ)
    @Describes(id = "listGraphVersions", summary = "List the versions of a graph", response = "GraphPage")
    public JsonObject versions(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("graph-versions", limit, cursor);
        TenantId tenant = Caller.of(request).tenant();
        String graph = require(request, id, null).reference().graph();
        return paging.answer(graphs.versions(tenant, graph, paging.request()), WorkViews::graph);
    }

    /** Checks a graph that is stored. */
    @GET
    @Path("{id}/validity")
    @RequiresScope(Scope.GRAPHS_READ)
    @Describes(
            id = "getGraphValidity",
            summary = "Check a stored graph as it is now; it is not valid any more when a plugin that it needs is away",
            response = "GraphValidity")
    public JsonObject validity(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("version") @Nullable String version) {
        return WorkViews.validity(graphs.validity(Caller.of(request).tenant(), require(request, id, version)));
    }

    /** Draws a graph. */
    @GET
    @Path("{id}/mermaid")
    @Produces(MediaType.TEXT_PLAIN)
    @RequiresScope(Scope.GRAPHS_READ)
    @Describes(id = "drawGraph", summary = "Draw a graph as a Mermaid flowchart")
    public String draw(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("version") @Nullable String version) {
        return graphs.draw(Caller.of(request).tenant(), require(request, id, version));
    }

    /** Writes a graph as YAML. */
    @GET
    @Path("{id}/yaml")
    @Produces(YAML)
    @RequiresScope(Scope.GRAPHS_READ)
    @Describes(id = "writeGraphAsYaml", summary = "Show a graph's definition as YAML, to be stored as it is")
    public String yaml(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("version") @Nullable String version) {
        return Yaml.write(require(request, id, version).definition());
    }

    /** Writes a graph as Java. */
    @GET
    @Path("{id}/java")
    @Produces(MediaType.TEXT_PLAIN)
    @RequiresScope(Scope.GRAPHS_READ)
    @Describes(id = "writeGraphAsJava", summary = "Show the Java with which a plugin builds the graph")
    public String java(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("version") @Nullable String version) {
        return Graphs.java(require(request, id, version));
    }

    /** Takes a graph off the list. */
    @DELETE
    @Path("{id}")
    @RequiresScope(Scope.GRAPHS_WRITE)
    @Describes(
            id = "deleteGraph",
            summary = "Take a graph off the list; executions that are pinned to it go on",
            status = 204)
    public void delete(@Context ContainerRequestContext request, @PathParam("id") String id) {
        TenantId tenant = Caller.of(request).tenant();
        graphs.delete(tenant, require(request, id, null).reference().graph());
    }

    private StoredGraph require(ContainerRequestContext request, String id, @Nullable String version) {
        Optional<Integer> number = Optional.ofNullable(version).map(text -> {
            if (text.matches("[0-9]{1,9}")) {
                return Integer.valueOf(text);
            }
            throw Fields.invalid("version", "is not a version's number");
        });
        return access.graph(Caller.of(request).tenant(), Caller.reach(request), id, number);
    }
}
