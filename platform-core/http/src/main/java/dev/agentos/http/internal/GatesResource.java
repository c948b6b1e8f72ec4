package dev.agentos.http.internal;

import dev.agentos.agents.AgentAccess;
import dev.agentos.execution.Execution;
import dev.agentos.graph.ExecutionId;
import dev.agentos.policy.GateRecord;
import dev.agentos.policy.GateRecordStore;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import org.jspecify.annotations.Nullable;

/** What rules have checked in an execution. */
@Path("executions/{id}/gates")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class GatesResource {

    private final AgentAccess access;
    private final GateRecordStore records;

    /** The resource of those records. */
    @Inject
    public GatesResource(AgentAccess access, GateRecordStore records) {
        this.access = access;
        this.records = records;
    }

    /** Lists the evidence. */
    @GET
    @RequiresScope(Scope.EXECUTIONS_READ)
    @Describes(id = "listGates", summary = "List what rules have checked in an execution", response = "GateRecordPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("gates", limit, cursor);
        Execution execution = access.execution(Caller.of(request).tenant(), Caller.reach(request), new ExecutionId(id));
        return paging.answer(
                records.list(execution.tenant(), execution.id().value(), paging.request()), GatesResource::view);
    }

    private static JsonObject view(GateRecord record) {
        return JsonObject.of("id", record.id(), "at", Views.time(record.at()), "about", record.about())
                .overlaidBy(record.rule())
                .overlaidBy(JsonObject.of(
                        "mode", record.mode(),
                        "outcome", record.outcome().name(),
                        "detail", record.detail()));
    }
}
