package dev.agentos.http;

import dev.agentos.agents.AgentAccess;
import dev.agentos.agents.Agents;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionFilter;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Executions;
import dev.agentos.execution.OutdatedGraphException;
import dev.agentos.execution.RequestKey;
import dev.agentos.execution.RequestKeyReusedException;
import dev.agentos.execution.Session;
import dev.agentos.execution.Sessions;
import dev.agentos.execution.WhenBusy;
import dev.agentos.graph.Channels;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.Pauses;
import dev.agentos.http.internal.EventModes;
import dev.agentos.http.internal.WorkViews;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Caller;
import dev.agentos.web.Fields;
import dev.agentos.web.HandOver;
import dev.agentos.web.Paging;
import dev.agentos.web.events.EventLog;
import dev.agentos.web.events.EventStreams;
import dev.agentos.webhooks.Webhooks;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Starts executions, and answers as the client wants it: at once, when done, or with a stream of the events. */
final class ExecutionStarts {

    private static final Pattern WAIT = Pattern.compile("(?:^|[,;\\s])wait\\s*=\\s*\"?([0-9]{1,4})");
    private static final int MAX_WAIT_SECONDS = 60;

    /** Of so many bytes events are made ready at once, about; more than a stream or a socket has room for. */
    private static final long MOST_SHOWN_BYTES = 512 * 1024;

    private static final String LOCATION = "/api/v1/executions/";

    private final Executions executions;
    private final Agents agents;
    private final AgentAccess access;
    private final Graphs graphs;
    private final Sessions sessions;
    private final InstantSource clock;
    private final Streaming streaming;
    private final Webhooks webhooks;

    ExecutionStarts(HttpServices services, Sessions sessions, Streaming streaming) {
        this.sessions = sessions;
        this.executions = services.work().executions();
        this.agents = services.work().agents();
        this.access = new AgentAccess(agents, executions);
        this.graphs = services.work().graphs();
        this.clock = services.clock();
        this.streaming = streaming;
        this.webhooks = services.work().webhooks();
    }

    /**
     * Starts an execution of the agent or graph that the fields name, or with which its session began.
     *
     * @param message goes into the channel of messages, beside the input
     */
    Response start(
            ContainerRequestContext request,
            Fields fields,
            Optional<String> session,
            Optional<JsonValue> message,
            EventModes modes) {
        TenantId tenant = Caller.of(request).tenant();
        Reach reach = Caller.reach(request);
        Optional<Session> found = session.filter(id -> sessions.find(tenant, id).isPresent())
                .map(id -> access.session(tenant, reach, sessions, id));
        Optional<String> agent = fields.text("agent");
        Optional<String> graph = fields.text("graph");
        if (agent.isEmpty() && graph.isEmpty() && found.isPresent()) {
            agent = found.get().agent();
        } else if (agent.isPresent() == graph.isPresent()) {
            throw Fields.invalid(
                    agent.isPresent() ? "graph" : "agent", "and its twin: name an agent or a graph, one of them");
        }
        if (agent.isPresent() && fields.has("version")) {
            throw Fields.invalid("version", "goes with a graph only");
        }
        Optional<Integer> version = fields.integer("version", 1, Integer.MAX_VALUE);
        if (graph.isPresent() && version.isEmpty() && session.isEmpty() && !fields.flag("dryRun")) {
            // What goes with a session only is refused.
            turn(fields, session);
            return startNewest(request, fields, graph.get(), modes);
        }
        ExecutionRequest wanted;
        if (agent.isPresent()) {
            String id = agent.get();
            access.requireAgent(reach, id);
            wanted = agents.prepare(tenant, id, task(fields, message.map(one -> Map.entry(chat(tenant, id), one))));
        } else {
            GraphReference named = graph.isPresent()
                    ? graphs.reference(tenant, graph.get(), version)
                    : found.orElseThrow().graph();
            GraphReference pinned = found.map(Session::graph).orElse(named);
            Agents.Task task = task(fields, message.map(one -> Map.entry(sessions.chat(tenant, pinned), one)));
            wanted = task.of(Optional.empty(), named, task.configuration());
        }
        return start(request, fields, wanted, session, modes);
    }

    /**
     * The newest version is the one that this server saw last, which the admission confirms; that spares the store a
     * question. When it is not, the store is asked.
     */
    private Response startNewest(ContainerRequestContext request, Fields fields, String graph, EventModes modes) {
        TenantId tenant = Caller.of(request).tenant();
        Agents.Task task = task(fields, Optional.empty());
        Optional<ExecutionRequest.Webhook> webhook = webhook(fields);
        Function<GraphReference, ExecutionRequest> of = version ->
                task.of(Optional.empty(), version, task.configuration()).telling(webhook);
        try {
            ExecutionRequest wanted = of.apply(graphs.lastSeen(tenant, graph));
            return begin(request, wanted, modes, (asked, key) -> executions.startNewest(tenant, asked, key));
        } catch (OutdatedGraphException e) {
            graphs.forget(tenant);
            ExecutionRequest wanted = of.apply(graphs.lastSeen(tenant, graph));
            return begin(request, wanted, modes, (asked, key) -> executions.start(tenant, asked, key));
        }
    }

    private String chat(TenantId tenant, String agent) {
        return new Channels(agents.require(tenant, agent).definition().graph().channels())
                .chat()
                .orElseThrow(() -> Sessions.noMessages(agent));
    }

    /** Starts an execution of an agent. */
    Response startAgent(ContainerRequestContext request, String agent, Fields fields, EventModes modes) {
        TenantId tenant = Caller.of(request).tenant();
        access.requireAgent(Caller.reach(request), agent);
        fields.text("session")
                .filter(id -> sessions.find(tenant, id).isPresent())
                .ifPresent(id -> access.session(tenant, Caller.reach(request), sessions, id));
        ExecutionRequest wanted = agents.prepare(tenant, agent, task(fields, Optional.empty()));
        return start(request, fields, wanted, fields.text("session"), modes);
    }

    /** The log of an execution, as far as a stream shows it. */
    EventLog log(TenantId tenant, ExecutionId id, long from, boolean untilWaiting, EventModes modes) {
        Predicate<ExecutionEvent> last = event -> event.terminal()
                || (untilWaiting
                        && event.sequence() > from
                        && event.draft().type().equals(ExecutionEvent.WAITING));
        return (after, most) -> {
            List<EventLog.Entry> entries = new ArrayList<>();
            long room = MOST_SHOWN_BYTES;
            long read;
            do {
                read = 0;
                long behind = entries.isEmpty() ? after : entries.getLast().sequence();
                for (ExecutionEvent event : executions.events(tenant, id, behind, most - entries.size())) {
                    String type = event.draft().type();
                    boolean shown = modes.shows(type);
                    JsonObject data = shown ? detailed(tenant, id, event, modes) : JsonObject.EMPTY;
                    entries.add(new EventLog.Entry(event.sequence(), type, data, shown, last.test(event)));
                    long size = Json.size(shown ? data : event.draft().data());
                    read += size;
                    room -= shown ? size : 0;
                    if (room <= 0 || last.test(event)) {
                        return entries;
                    }
                }
                // What is passed over is no reason to give fewer.
            } while (read >= ExecutionStore.MOST_EVENT_BYTES && entries.size() < most);
            return entries;
        };
    }

    /** An event; a checkpoint with what the client wants to know of it, if it was kept: durability exit passes some. */
    private JsonObject detailed(TenantId tenant, ExecutionId id, ExecutionEvent event, EventModes modes) {
        JsonObject shown = WorkViews.event(event);
        if (!event.draft().type().equals(ExecutionEvent.CHECKPOINT)) {
            return shown;
        }
        int number = event.draft().step();
        JsonObject data = event.draft().data();
        if (modes.updates()) {
            PageRequest only = new PageRequest(1, Optional.of(String.valueOf(number + 1)));
            List<ExecutionStore.Passage> kept = executions.history(tenant, id, only).items().stream()
                    .filter(passage -> passage.checkpoint().number() == number)
                    .toList();
            data = kept.isEmpty() ? data : data.with("writes", WorkViews.writes(kept));
        }
        if (modes.values()) {
            Optional<Checkpoint> checkpoint = executions.findCheckpoint(tenant, id, Optional.of(number));
            data = checkpoint.isEmpty()
                    ? data
                    : data.with("values", checkpoint.get().values());
        }
        return modes.updates() || modes.values() ? shown.with("data", data) : shown;
    }

    /** The id of the graph of that id or name; as it is when there is none, which no execution is of. */
    String graph(TenantId tenant, String idOrName) {
        return graphs.find(tenant, idOrName)
                .map(found -> found.reference().graph())
                .orElse(idOrName);
    }

    /** A page of executions, each with what its graph is called. */
    JsonObject page(TenantId tenant, ExecutionFilter filter, Paging paging) {
        Page<Execution> found = executions.list(tenant, filter, paging.request());
        Map<String, String> names = graphs.names(
                tenant,
                found.items().stream()
                        .map(execution -> execution.request().graph().graph())
                        .collect(Collectors.toSet()));
        return paging.answer(found, execution -> WorkViews.listed(execution, names));
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

    private Response start(
            ContainerRequestContext request,
            Fields fields,
            ExecutionRequest untold,
            Optional<String> session,
            EventModes modes) {
        TenantId tenant = Caller.of(request).tenant();
        ExecutionRequest wanted = untold.telling(webhook(fields));
        Optional<Sessions.Turn> turn = turn(fields, session);
        if (fields.flag("dryRun")) {
            access.requireContents(tenant, Caller.reach(request), wanted.graph());
            GraphReference graph = session.flatMap(id -> sessions.find(tenant, id))
                    .map(Session::graph)
                    .orElse(wanted.graph());
            return Response.ok(JsonObject.of("dryRun", true, "graph", WorkViews.reference(graph)))
                    .type(MediaType.APPLICATION_JSON_TYPE)
                    .build();
        }
        return begin(
                request,
                wanted,
                modes,
                (asked, key) -> turn.isPresent()
                        ? sessions.start(tenant, asked, turn.get(), key)
                        : executions.start(tenant, asked, key));
    }

    @FunctionalInterface
    private interface Start {
        Executions.Started of(ExecutionRequest asked, Optional<RequestKey> key);
    }

    private Response begin(ContainerRequestContext request, ExecutionRequest wanted, EventModes modes, Start start) {
        access.requireContents(Caller.of(request).tenant(), Caller.reach(request), wanted.graph());
        return begun(
                request,
                modes,
                key -> start.of(wanted.by(Caller.of(request).principal().id()), key));
    }

    private Response begun(
            ContainerRequestContext request,
            EventModes modes,
            Function<Optional<RequestKey>, Executions.Started> start) {
        // What has begun is not refused for want of a stream: its place is taken before.
        Optional<EventStreams.Place> place = wantsStream(request) ? streaming.place(request) : Optional.empty();
        boolean handedOver = false;
        try {
            Executions.Started started = start.apply(IdempotencyFilter.keyOf(request));
            Response.ResponseBuilder answer = handOver(request, started.execution(), modes, place);
            handedOver = true;
            return (started.replayed() ? answer.header(IdempotencyFilter.REPLAYED, "true") : answer).build();
        } catch (RequestKeyReusedException e) {
            throw IdempotencyFilter.reused();
        } finally {
            if (!handedOver) {
                place.ifPresent(EventStreams.Place::close);
            }
        }
    }

    private Optional<ExecutionRequest.Webhook> webhook(Fields fields) {
        Optional<String> url = fields.text("webhook");
        url.flatMap(webhooks::fault).ifPresent(fault -> {
            throw Fields.invalid("webhook", fault);
        });
        return url.map(webhooks::order);
    }

    private static Optional<Sessions.Turn> turn(Fields fields, Optional<String> session) {
        Optional<WhenBusy> whenBusy = fields.text("whenBusy")
                .map(text -> WhenBusy.of(text)
                        .orElseThrow(
                                () -> Fields.invalid("whenBusy", "is none of reject, enqueue, interrupt, rollback")));
        if (session.isEmpty() && whenBusy.isPresent()) {
            throw Fields.invalid("whenBusy", "goes with a session only");
        }
        return session.map(id -> new Sessions.Turn(
                id,
                whenBusy.orElse(WhenBusy.REJECT),
                fields.has("version") ? fields.integer("version", 1, Integer.MAX_VALUE) : Optional.empty()));
    }

    /** Answers with an execution that begins there, once for all requests with one key. */
    Response begun(ContainerRequestContext request, Function<Optional<RequestKey>, Executions.Started> start) {
        return begun(request, EventModes.ALL, start);
    }

    private Response.ResponseBuilder handOver(
            ContainerRequestContext request,
            Execution execution,
            EventModes modes,
            Optional<EventStreams.Place> place) {
        String location = LOCATION + execution.id();
        Optional<Duration> longest = wait(request);
        // Without a place it is told, and can be followed later.
        if (place.isPresent()) {
            EventLog log = log(execution.tenant(), execution.id(), 0, false, modes);
            streaming.open(request, execution.id().value(), log, "", place.get());
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
            byte[] body;
            try {
                body = Json.writeBytes(view(now));
            } catch (AgentOsException e) {
                // It has begun, and whoever started it must know that, whatever it waits for by now.
                now = started;
                body = Json.writeBytes(WorkViews.execution(started, List.of()));
            }
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

    private Agents.Task task(Fields fields, Optional<Map.Entry<String, JsonValue>> message) {
        JsonObject input = fields.object("input");
        return new Agents.Task(
                message.map(one -> input.with(one.getKey(), new JsonArray(List.of(one.getValue()))))
                        .orElse(input),
                fields.object("config"),
                fields.integer("priority", -100, 100).orElse(0),
                deadline(fields),
                durability(fields),
                fields.optionalObject("interrupts").map(Pauses::of).orElse(Pauses.NONE),
                fields.integer("maxSupersteps", 1, ExecutionRequest.MOST_SUPERSTEPS));
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
}
