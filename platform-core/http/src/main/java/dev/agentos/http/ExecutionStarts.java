package dev.agentos.http;

import dev.agentos.agents.Agents;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.Executions;
import dev.agentos.execution.RequestKeyReusedException;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.Pauses;
import dev.agentos.http.internal.Caller;
import dev.agentos.http.internal.EventLog;
import dev.agentos.http.internal.Fields;
import dev.agentos.http.internal.HandOver;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Starts executions, and answers as the client wants it: at once, when done, or with a stream of the events. */
final class ExecutionStarts {

    private static final Pattern WAIT = Pattern.compile("(?:^|[,;\\s])wait\\s*=\\s*\"?([0-9]{1,4})");
    private static final int MAX_WAIT_SECONDS = 60;
    private static final String LOCATION = "/api/v1/executions/";

    private final Executions executions;
    private final Agents agents;
    private final Graphs graphs;
    private final InstantSource clock;
    private final Streaming streaming;

    ExecutionStarts(HttpServices services, Streaming streaming) {
        this.executions = services.work().executions();
        this.agents = services.work().agents();
        this.graphs = services.work().graphs();
        this.clock = services.clock();
        this.streaming = streaming;
    }

    /** Starts an execution of a graph. */
    Response startGraph(ContainerRequestContext request, String graph, Fields fields, EventModes modes) {
        TenantId tenant = Caller.of(request).tenant();
        Agents.Task task = task(fields);
        Optional<Integer> version = fields.integer("version", 1, Integer.MAX_VALUE);
        return start(
                request,
                fields.flag("dryRun"),
                new ExecutionRequest(
                        Optional.empty(),
                        graphs.reference(tenant, graph, version),
                        task.input(),
                        task.configuration(),
                        task.priority(),
                        task.deadline(),
                        task.durability(),
                        task.pauses()),
                modes);
    }

    /** Starts an execution of an agent. */
    Response startAgent(ContainerRequestContext request, String agent, Fields fields, EventModes modes) {
        TenantId tenant = Caller.of(request).tenant();
        return start(request, fields.flag("dryRun"), agents.prepare(tenant, agent, task(fields)), modes);
    }

    /** The log of an execution, as far as a stream shows it. */
    EventLog log(TenantId tenant, ExecutionId id, long from, boolean untilWaiting, EventModes modes) {
        return (after, most) -> executions.events(tenant, id, after, most).stream()
                .map(event -> new EventLog.Entry(
                        event.sequence(),
                        event.draft().type(),
                        detailed(tenant, id, event, modes),
                        modes.shows(event.draft().type()),
                        event.terminal()
                                || (untilWaiting
                                        && event.sequence() > from
                                        && event.draft().type().equals(ExecutionEvent.WAITING))))
                .toList();
    }

    /** An event; a checkpoint with what the client wants to know of it. */
    private JsonObject detailed(TenantId tenant, ExecutionId id, ExecutionEvent event, EventModes modes) {
        JsonObject shown = WorkViews.event(event);
        if (!event.draft().type().equals(ExecutionEvent.CHECKPOINT)) {
            return shown;
        }
        int number = event.draft().step();
        JsonObject data = event.draft().data();
        if (modes.updates()) {
            PageRequest only = new PageRequest(1, Optional.of(String.valueOf(number + 1)));
            data = data.with(
                    "writes",
                    WorkViews.writes(executions.history(tenant, id, only).items()));
        }
        if (modes.values()) {
            Optional<Checkpoint> checkpoint = executions.findCheckpoint(tenant, id, Optional.of(number));
            data = data.with("values", checkpoint.map(Checkpoint::values).orElse(JsonObject.EMPTY));
        }
        return modes.updates() || modes.values() ? shown.with("data", data) : shown;
    }

    /** The execution with the questions that it waits for. */
    JsonObject view(Execution execution) {
        boolean waits = execution.state() == ExecutionState.WAITING;
        return WorkViews.execution(
                execution,
                waits
                        ? executions
                                .findCheckpoint(execution.tenant(), execution.id(), Optional.empty())
                                .map(checkpoint -> checkpoint.interrupts())
                                .orElse(List.of())
                        : List.of());
    }

    private Response start(ContainerRequestContext request, boolean dryRun, ExecutionRequest wanted, EventModes modes) {
        if (dryRun) {
            return Response.ok(JsonObject.of("dryRun", true, "graph", WorkViews.reference(wanted.graph())))
                    .type(MediaType.APPLICATION_JSON_TYPE)
                    .build();
        }
        Executions.Started started;
        try {
            started = executions.start(Caller.of(request).tenant(), wanted, IdempotencyFilter.keyOf(request));
        } catch (RequestKeyReusedException e) {
            throw IdempotencyFilter.reused();
        }
        Response.ResponseBuilder answer = handOver(request, started.execution(), modes);
        return (started.replayed() ? answer.header(IdempotencyFilter.REPLAYED, "true") : answer).build();
    }

    /** Answers with an execution that has just begun. */
    Response begun(ContainerRequestContext request, Execution execution) {
        return handOver(request, execution, EventModes.ALL).build();
    }

    private Response.ResponseBuilder handOver(ContainerRequestContext request, Execution execution, EventModes modes) {
        String location = LOCATION + execution.id();
        Optional<Duration> longest = wait(request);
        if (wantsStream(request)) {
            String id = execution.id().value();
            streaming.open(request, id, log(execution.tenant(), execution.id(), 0, false, modes), "");
            return Response.ok().header("Location", location);
        }
        if (longest.isPresent()) {
            waitFor(execution, longest.get()).from(request);
            return Response.accepted().header("Location", location);
        }
        return Response.accepted(view(execution))
                .type(MediaType.APPLICATION_JSON_TYPE)
                .header("Location", location);
    }

    /**
     * Waits on the request's virtual thread, behind the filters, so that the key of a repeated request is free by then.
     */
    private HandOver waitFor(Execution started, Duration longest) {
        return (request, response) -> {
            Execution now = executions
                    .awaitRest(started.tenant(), started.id(), longest)
                    .exceptionally(gone -> started)
                    .join();
            byte[] body = Json.writeBytes(view(now));
            response.setStatus(now.state().terminal() ? 200 : 202);
            response.setHeader("Preference-Applied", "wait=" + longest.toSeconds());
            response.setContentType(MediaType.APPLICATION_JSON);
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
        };
    }

    private static boolean wantsStream(ContainerRequestContext request) {
        List<MediaType> accepted = request.getAcceptableMediaTypes();
        return !accepted.isEmpty() && accepted.getFirst().equals(MediaType.SERVER_SENT_EVENTS_TYPE);
    }

    private static Optional<Duration> wait(ContainerRequestContext request) {
        String prefer = request.getHeaderString("Prefer");
        if (prefer == null || prefer.length() > 1_000) {
            return Optional.empty();
        }
        Matcher matcher = WAIT.matcher(prefer);
        return matcher.find()
                ? Optional.of(Duration.ofSeconds(Math.min(MAX_WAIT_SECONDS, Integer.parseInt(matcher.group(1)))))
                : Optional.empty();
    }

    private Agents.Task task(Fields fields) {
        return new Agents.Task(
                fields.object("input"),
                fields.object("config"),
                fields.integer("priority", -100, 100).orElse(0),
                deadline(fields),
                durability(fields),
                fields.optionalObject("interrupts").map(Pauses::of).orElse(Pauses.NONE));
    }

    private static ExecutionRequest.Durability durability(Fields fields) {
        return fields.text("durability")
                .map(text -> Stream.of(ExecutionRequest.Durability.values())
                        .filter(one -> one.written().equals(text))
                        .findFirst()
                        .orElseThrow(() -> Fields.invalid("durability", "is none of barrier, sync, async, exit")))
                .orElse(ExecutionRequest.Durability.SYNC);
    }

    private Optional<Instant> deadline(Fields fields) {
        return fields.text("deadline").map(text -> {
            try {
                return text.startsWith("P")
                        ? clock.instant().plus(Duration.parse(text))
                        : OffsetDateTime.parse(text).toInstant();
            } catch (DateTimeException | ArithmeticException e) {
                throw Fields.invalid("deadline", "is neither a time of RFC 3339 nor a duration of ISO 8601, as PT10M");
            }
        });
    }

    /** The execution of that id, or {@code graph:UNKNOWN_EXECUTION}. */
    Execution require(TenantId tenant, String id) {
        return executions
                .find(tenant, new ExecutionId(id))
                .orElseThrow(() -> new AgentOsException(
                        GraphErrorCode.UNKNOWN_EXECUTION,
                        "There is no execution '" + id + "'.",
                        "List the executions with GET /api/v1/executions."));
    }
}
