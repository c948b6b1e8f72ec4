package dev.agentos.http;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.Operations;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Describes;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.events.EventLog;
import dev.agentos.web.events.Follower;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Long work that requests started. */
@Path("operations")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class OperationsResource {

    private static final int MAX_EVENTS = 200;

    private final Operations operations;
    private final Streaming streaming;

    @Inject
    OperationsResource(Operations operations, Streaming streaming) {
        this.operations = operations;
        this.streaming = streaming;
    }

    /** The answer to a request that started an operation. */
    static Response accepted(Operation operation) {
        return Response.accepted(Views.operation(operation))
                .header("Location", "/api/v1/operations/" + operation.id())
                .build();
    }

    /** Lists the operations. */
    @GET
    @RequiresScope(Scope.OPERATIONS_READ)
    @Describes(id = "listOperations", summary = "List the operations", response = "OperationPage")
    public JsonObject list(@QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("operations", limit, cursor);
        return paging.answer(operations.list(paging.request()), Views::operation);
    }

    /** Shows an operation. */
    @GET
    @Path("{id}")
    @RequiresScope(Scope.OPERATIONS_READ)
    @Describes(id = "getOperation", summary = "Show an operation", response = "Operation")
    public JsonObject find(@PathParam("id") String id) {
        return Views.operation(require(id));
    }

    /** Streams what an operation reports. */
    @GET
    @Path("{id}/events")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @RequiresScope(Scope.OPERATIONS_READ)
    @Describes(
            id = "listOperationEvents",
            summary = "Follow an operation: events progress, then succeeded, failed or cancelled",
            response = "EventPage",
            streams = true)
    public Response follow(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("after") @Nullable String after,
            @HeaderParam("Last-Event-ID") @Nullable String lastEventId) {
        require(id);
        return streaming.open(
                request,
                id,
                (sequence, most) -> entries(id, sequence).stream().limit(most).toList(),
                Streaming.resumeAfter(lastEventId, after));
    }

    /** Lists what an operation reported. */
    @GET
    @Path("{id}/events")
    @Produces("application/json;qs=0.5")
    @RequiresScope(Scope.OPERATIONS_READ)
    @Describes(
            id = "listOperationEvents",
            summary = "Follow an operation: events progress, then succeeded, failed or cancelled",
            response = "EventPage",
            streams = true)
    public JsonObject events(@PathParam("id") String id, @QueryParam("after") @Nullable String after) {
        require(id);
        return Streaming.page(entries(id, Follower.after(after)), MAX_EVENTS);
    }

    /** Asks an operation to stop. */
    @POST
    @Path("{id}/cancel")
    @RequiresScope(Scope.OPERATIONS_WRITE)
    @Describes(
            id = "cancelOperation",
            summary = "Ask an operation to stop at its next step",
            response = "Operation",
            status = 202)
    public Response cancel(@PathParam("id") String id) {
        Operation operation = require(id);
        if (operations.cancel(id)) {
            return accepted(operation);
        }
        Operation ended = require(id);
        if (ended.state() == Operation.State.CANCELLED) {
            return accepted(ended);
        }
        throw new AgentOsException(
                KernelErrorCode.CONFLICT,
                "The operation '" + id + "' has ended already: it is " + ended.state() + ".",
                "Look at what it came to with GET /api/v1/operations/" + id + ".");
    }

    private Operation require(String id) {
        return operations
                .find(id)
                .orElseThrow(() -> new AgentOsException(
                        KernelErrorCode.NOT_FOUND,
                        "There is no operation '" + id + "'.",
                        "List the operations with GET /api/v1/operations."));
    }

    private List<EventLog.Entry> entries(String id, long after) {
        return operations.events(id, after).stream()
                .map(event -> {
                    String state = event.data().text("state").orElse("");
                    boolean runs = state.equals(Operation.State.RUNNING.name())
                            || state.equals(Operation.State.WAITING.name());
                    String type = runs ? "progress" : state.toLowerCase(Locale.ROOT);
                    return new EventLog.Entry(event.sequence(), type, event.data(), !runs);
                })
                .toList();
    }
}
