package dev.agentos.http;

import dev.agentos.agents.AgentAccess;
import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionFilter;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.Executions;
import dev.agentos.execution.Moving;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.Fork;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.Interrupt;
import dev.agentos.http.internal.EventModes;
import dev.agentos.http.internal.LimitViews;
import dev.agentos.http.internal.WorkViews;
import dev.agentos.limits.Limits;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.AdmitsOnce;
import dev.agentos.web.Audited;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.events.Follower;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
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
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The executions of a tenant. */
@Path("executions")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class ExecutionsResource {

    private static final int MAX_EVENTS = 200;
    private static final Pattern CODE = Pattern.compile("[a-z0-9.-]{1,60}:[A-Z][A-Z0-9_]{0,60}");

    private static final String VALUES = "values by the names of the channels that are to hold them";
    private static final String NODES = "the ids of the nodes to go on with";

    private final Executions executions;
    private final ExecutionStarts starts;
    private final Streaming streaming;
    private final Limits limits;
    private final AgentAccess access;

    @Inject
    ExecutionsResource(
            Executions executions, ExecutionStarts starts, Streaming streaming, Limits limits, AgentAccess access) {
        this.access = access;
        this.limits = limits;
        this.executions = executions;
        this.starts = starts;
        this.streaming = streaming;
    }

    /** Starts an execution. */
    @POST
    @AdmitsOnce
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces({MediaType.APPLICATION_JSON, "text/event-stream;qs=0.5"})
    @RequiresScope(Scope.EXECUTIONS_WRITE)
    @Describes(
            id = "createExecution",
            summary = "Start an execution of an agent or a graph",
            request = "ExecutionCreate",
            response = "Execution",
            status = 202,
            complete = "ExecutionOutcome",
            streams = true)
    public Response create(
            @Context ContainerRequestContext request, @QueryParam("modes") @Nullable String modes, JsonObject body) {
        EventModes shown = EventModes.of(modes);
        Fields fields = Fields.of(body, "ExecutionCreate");
        return starts.start(request, fields, fields.text("session"), Optional.empty(), shown);
    }

    /** Lists the executions. */
    @GET
    @RequiresScope(Scope.EXECUTIONS_READ)
    @Describes(
            id = "listExecutions",
            summary = "List the executions; 'failure' as in graph:CRASHED_TOO_OFTEN, 'retried' is true or false",
            response = "ExecutionPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("state") @Nullable String state,
            @QueryParam("agent") @Nullable String agent,
            @QueryParam("graph") @Nullable String graph,
            @QueryParam("session") @Nullable String session,
            @QueryParam("failure") @Nullable String failure,
            @QueryParam("retried") @Nullable String retried,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("executions", limit, cursor);
        TenantId tenant = Caller.of(request).tenant();
        ExecutionFilter filter = new ExecutionFilter(
                Optional.ofNullable(state).map(ExecutionsResource::state),
                Optional.ofNullable(agent),
                Optional.ofNullable(graph).map(named -> starts.graph(tenant, named)),
                Optional.ofNullable(session),
                Optional.ofNullable(failure).map(ExecutionsResource::code),
                Optional.ofNullable(retried).map(ExecutionsResource::flag),
                access.within(tenant, Caller.reach(request)));
        return starts.page(tenant, filter, paging);
    }

    /** Shows an execution. */
    @GET
    @Path("{id}")
    @RequiresScope(Scope.EXECUTIONS_READ)
    @Describes(id = "getExecution", summary = "Show an execution", response = "Execution")
    public JsonObject find(@Context ContainerRequestContext request, @PathParam("id") String id) {
        return starts.view(require(request, id));
    }

    /** Streams the events of an execution. */
    @GET
    @Path("{id}/events")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @RequiresScope(Scope.EXECUTIONS_READ)
    @Audited
    @Describes(
            id = "listExecutionEvents",
            summary = "Follow an execution; the stream ends behind its last event",
            response = "EventPage",
            streams = true)
    public Response follow(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("after") @Nullable String after,
            @QueryParam("until") @Nullable String until,
            @QueryParam("modes") @Nullable String modes,
            @HeaderParam("Last-Event-ID") @Nullable String lastEventId) {
        if (until != null && !until.equals("waiting")) {
            throw Fields.invalid("until", "can only be 'waiting'");
        }
        Execution execution = require(request, id);
        String resumeAfter = Streaming.resumeAfter(lastEventId, after);
        long from = resumeAfter.matches("[0-9]{1,18}") ? Long.parseLong(resumeAfter) : 0;
        return streaming.open(
                request,
                id,
                starts.log(execution.tenant(), execution.id(), from, until != null, EventModes.of(modes)),
                resumeAfter);
    }

    /** Lists the events of an execution. */
    @GET
    @Path("{id}/events")
    @Produces("application/json;qs=0.5")
    @RequiresScope(Scope.EXECUTIONS_READ)
    @Audited
    @Describes(
            id = "listExecutionEvents",
            summary = "Follow an execution; the stream ends behind its last event",
            response = "EventPage",
            streams = true)
    public JsonObject events(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("after") @Nullable String after,
            @QueryParam("modes") @Nullable String modes) {
        Execution execution = require(request, id);
        return Streaming.page(
                starts.log(execution.tenant(), execution.id(), 0, false, EventModes.of(modes)),
                Follower.after(after),
                MAX_EVENTS);
    }

    /** Lists the checkpoints of an execution. */
    @GET
    @Path("{id}/checkpoints")
    @RequiresScope(Scope.EXECUTIONS_READ)
    @Audited
    @Describes(id = "listCheckpoints", summary = "List the checkpoints of an execution", response = "CheckpointPage")
    public JsonObject checkpoints(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("checkpoints", limit, cursor);
        Execution execution = require(request, id);
        return paging.answer(
                executions.history(execution.tenant(), execution.id(), paging.request()), WorkViews::passage);
    }

    /** Shows a checkpoint with its values. */
    @GET
    @Path("{id}/checkpoints/{number}")
    @RequiresScope(Scope.EXECUTIONS_READ)
    @Audited
    @Describes(id = "getCheckpoint", summary = "Show a checkpoint with its values", response = "Checkpoint")
    public JsonObject checkpoint(
            @Context ContainerRequestContext request, @PathParam("id") String id, @PathParam("number") String number) {
        Execution execution = require(request, id);
        Checkpoint checkpoint = Optional.of(number)
                .filter(text -> text.matches("[0-9]{1,9}"))
                .flatMap(text -> executions.findCheckpoint(
                        execution.tenant(), execution.id(), Optional.of(Integer.valueOf(text))))
                .orElseThrow(() -> new AgentOsException(
                        GraphErrorCode.UNKNOWN_CHECKPOINT,
                        "The execution '" + id + "' has no checkpoint '" + number + "'.",
                        "List its checkpoints."));
        return WorkViews.checkpoint(checkpoint).with("values", checkpoint.values());
    }

    /** Shows the state of an execution at its latest checkpoint. */
    @GET
    @Path("{id}/state")
    @RequiresScope(Scope.EXECUTIONS_READ)
    @Audited
    @Describes(
            id = "getExecutionState",
            summary = "Show an execution's channels at its latest checkpoint",
            response = "ExecutionState")
    public JsonObject state(@Context ContainerRequestContext request, @PathParam("id") String id) {
        Execution execution = require(request, id);
        Checkpoint checkpoint = executions
                .findCheckpoint(execution.tenant(), execution.id(), Optional.empty())
                .orElseThrow(() -> new IllegalStateException("Execution " + id + " has no checkpoint"));
        return WorkViews.state(checkpoint);
    }

    /** Sums what an execution used. */
    @GET
    @Path("{id}/cost")
    @RequiresScope(Scope.USAGE_READ)
    @Describes(
            id = "getExecutionCost",
            summary = "Sum what the models that an execution has called used and cost",
            response = "ExecutionCost")
    public JsonObject cost(@Context ContainerRequestContext request, @PathParam("id") String id) {
        Execution execution = require(request, id);
        return LimitViews.cost(
                id,
                limits.usage().ofExecution(execution.tenant(), execution.id().value()));
    }

    /** Changes the state of an execution that waits, without answering. */
    @POST
    @Path("{id}/state")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.EXECUTIONS_WRITE)
    @Describes(
            id = "updateExecutionState",
            summary = "Change the channels of an execution that waits, perhaps as one of its nodes",
            request = "ExecutionUpdate",
            response = "Execution",
            status = 202)
    public Response update(@Context ContainerRequestContext request, @PathParam("id") String id, JsonObject body) {
        Fields fields = Fields.of(body, "ExecutionUpdate");
        Command command = Command.change(fields.object("update", VALUES), fields.text("asNode"))
                .givenBy(Caller.of(request).principal().id());
        return accepted(executions.resume(Caller.of(request).tenant(), reached(request, id), command));
    }

    /** Continues an execution that waits. */
    @POST
    @Path("{id}/resume")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.EXECUTIONS_WRITE)
    @Audited
    @Describes(
            id = "resumeExecution",
            summary = "Answer what an execution waits for",
            request = "ExecutionResume",
            response = "Execution",
            status = 202)
    public Response resume(@Context ContainerRequestContext request, @PathParam("id") String id, JsonObject body) {
        Fields fields = Fields.of(body, "ExecutionResume");
        TenantId tenant = Caller.of(request).tenant();
        ExecutionId execution = reached(request, id);
        Optional<JsonValue> resume = fields.value("resume");
        if (resume.isPresent() && !(resume.get() instanceof JsonObject)) {
            throw WorkViews.unnamed(resume.get(), asked(tenant, execution));
        }
        Command command = new Command(
                        fields.object("resume").members(),
                        body.member("answer"),
                        fields.object("update", VALUES),
                        fields.texts("goto", NODES))
                .givenBy(Caller.of(request).principal().id());
        return accepted(executions.resume(tenant, execution, command));
    }

    /** What an execution waits to be answered. */
    private List<Interrupt> asked(TenantId tenant, ExecutionId id) {
        return executions
                .find(tenant, id)
                .filter(one -> one.state() == ExecutionState.WAITING)
                .flatMap(one -> executions.findCheckpoint(tenant, id, Optional.empty()))
                .map(Checkpoint::interrupts)
                .orElse(List.of());
    }

    /** Begins a new execution at a checkpoint of another one. */
    @POST
    @Path("{id}/fork")
    @AdmitsOnce
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces({MediaType.APPLICATION_JSON, "text/event-stream;qs=0.5"})
    @RequiresScope(Scope.EXECUTIONS_WRITE)
    @Describes(
            id = "forkExecution",
            summary = "Begin a new execution at a checkpoint of this one",
            request = "ExecutionFork",
            response = "Execution",
            status = 202,
            complete = "Execution",
            streams = true)
    public Response fork(@Context ContainerRequestContext request, @PathParam("id") String id, JsonObject body) {
        Fields fields = Fields.of(body, "ExecutionFork");
        Fork fork = new Fork(fields.object("update", VALUES), fields.text("asNode"), fields.texts("goto", NODES));
        Caller caller = Caller.of(request);
        ExecutionId other = startable(request, id);
        return starts.begun(
                request,
                key -> executions.fork(
                        caller.tenant(),
                        other,
                        fields.integer("checkpoint", 0, Integer.MAX_VALUE),
                        fork,
                        Optional.of(caller.principal().id()),
                        key));
    }

    /** Begins a new execution where this one failed. */
    @POST
    @Path("{id}/retry")
    @AdmitsOnce
    @Produces({MediaType.APPLICATION_JSON, "text/event-stream;qs=0.5"})
    @RequiresScope(Scope.EXECUTIONS_WRITE)
    @Describes(
            id = "retryExecution",
            summary = "Begin a new execution where this one failed, was cancelled or ran out of time",
            response = "Execution",
            status = 202,
            complete = "Execution",
            streams = true)
    public Response retry(@Context ContainerRequestContext request, @PathParam("id") String id) {
        Caller caller = Caller.of(request);
        ExecutionId other = startable(request, id);
        return starts.begun(
                request,
                key -> executions.retry(
                        caller.tenant(), other, Optional.of(caller.principal().id()), key));
    }

    /** Begins a new execution in another version of the graph. */
    @POST
    @Path("{id}/migration")
    @AdmitsOnce
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces({MediaType.APPLICATION_JSON, "text/event-stream;qs=0.5"})
    @RequiresScope(Scope.EXECUTIONS_WRITE)
    @Describes(
            id = "migrateExecution",
            summary = "Begin a new execution where this one stands, in another version of its graph",
            request = "ExecutionMigrate",
            response = "Execution",
            status = 202,
            complete = "ExecutionMigrated",
            streams = true)
    public Response migrate(@Context ContainerRequestContext request, @PathParam("id") String id, JsonObject body) {
        Fields fields = Fields.of(body, "ExecutionMigrate");
        Caller caller = Caller.of(request);
        ExecutionId other = startable(request, id);
        Moving moving = new Moving(
                fields.integer("version", 1, Integer.MAX_VALUE)
                        .orElseThrow(() -> Fields.invalid("version", "is required")),
                fields.integer("checkpoint", 0, Integer.MAX_VALUE),
                SessionsResource.expressions(fields),
                fields.flag("dryRun"));
        Reach reach = Caller.reach(request);
        if (!reach.all()) {
            GraphReference graph = require(request, id).request().graph();
            access.requireContents(caller.tenant(), reach, new GraphReference(graph.graph(), moving.version()));
        }
        Optional<String> principal = Optional.of(caller.principal().id());
        if (moving.dryRun()) {
            Moving.Moved tried = executions.migrate(caller.tenant(), other, moving, principal, Optional.empty());
            return Response.ok(tried.migration().toJson().with("dryRun", true))
                    .type(MediaType.APPLICATION_JSON_TYPE)
                    .build();
        }
        return starts.begun(
                request,
                key -> executions
                        .migrate(caller.tenant(), other, moving, principal, key)
                        .started()
                        .orElseThrow());
    }

    /** Asks an execution to stop. */
    @POST
    @Path("{id}/cancel")
    @RequiresScope(Scope.EXECUTIONS_WRITE)
    @Describes(id = "cancelExecution", summary = "Ask an execution to stop", response = "Execution", status = 202)
    public Response cancel(@Context ContainerRequestContext request, @PathParam("id") String id) {
        return accepted(executions.cancel(Caller.of(request).tenant(), reached(request, id)));
    }

    /** Asks an execution to wait. */
    @POST
    @Path("{id}/pause")
    @RequiresScope(Scope.EXECUTIONS_WRITE)
    @Describes(
            id = "pauseExecution",
            summary = "Ask an execution to wait at its next superstep boundary until it is resumed",
            response = "Execution",
            status = 202)
    public Response pause(@Context ContainerRequestContext request, @PathParam("id") String id) {
        return accepted(executions.pause(Caller.of(request).tenant(), reached(request, id)));
    }

    private Response accepted(Execution execution) {
        return Response.accepted(starts.view(execution))
                .header("Location", "/api/v1/executions/" + execution.id())
                .build();
    }

    private Execution require(ContainerRequestContext request, String id) {
        return access.execution(Caller.of(request).tenant(), Caller.reach(request), new ExecutionId(id));
    }

    /** The id, unless the execution is out of the caller's reach. */
    private ExecutionId reached(ContainerRequestContext request, String id) {
        ExecutionId named = new ExecutionId(id);
        access.requireExecution(Caller.of(request).tenant(), Caller.reach(request), named);
        return named;
    }

    /** The same, unless anything in its graph is. */
    private ExecutionId startable(ContainerRequestContext request, String id) {
        Reach reach = Caller.reach(request);
        if (!reach.all()) {
            Execution execution = require(request, id);
            access.requireContents(
                    execution.tenant(), reach, execution.request().graph());
        }
        return new ExecutionId(id);
    }

    private static String code(String text) {
        if (!CODE.matcher(text).matches()) {
            throw Fields.invalid("failure", "is no code of a failure, as in graph:CRASHED_TOO_OFTEN");
        }
        return text;
    }

    private static boolean flag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw Fields.invalid("retried", "is neither true nor false");
        };
    }

    private static ExecutionState state(String text) {
        return Arrays.stream(ExecutionState.values())
                .filter(state -> state.name().equals(text))
                .findFirst()
                .orElseThrow(() -> Fields.invalid("state", "is none of " + Arrays.toString(ExecutionState.values())));
    }
}
