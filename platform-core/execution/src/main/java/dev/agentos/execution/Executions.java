package dev.agentos.execution;

import dev.agentos.execution.internal.AgentSettings;
import dev.agentos.execution.internal.Commands;
import dev.agentos.execution.internal.Following;
import dev.agentos.execution.internal.Signals;
import dev.agentos.execution.internal.StartCheck;
import dev.agentos.graph.AgentCatalog;
import dev.agentos.graph.Channels;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.Fork;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphLibrary;
import dev.agentos.graph.GraphStore;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.KillSwitches;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/** Starts, follows and steers executions; every way into the server ends here. */
public final class Executions {

    private final ExecutionStore store;
    private final GraphLibrary graphs;
    private final NodeHandlers handlers;
    private final AgentCatalog agents;
    private final Ids ids;
    private final InstantSource clock;
    private final AnswerCheck answers;
    private final Signals signals = new Signals();
    private final Following following;
    private final KillSwitches switches;
    private volatile Admission admission = Admission.FREE;

    /** Looks at answers before they are accepted. */
    @FunctionalInterface
    public interface AnswerCheck {

        /** Accepts any. */
        AnswerCheck NONE = (schema, answer, pointer) -> List.of();

        /**
         * What is wrong with an answer.
         *
         * @param schema JSON Schema of the answer
         * @param pointer goes in front of the faults' pointers
         */
        List<Fault> check(JsonObject schema, JsonValue answer, String pointer);
    }

    /** Executions whose answers are taken as they come. */
    public Executions(ExecutionStore store, GraphStore graphs, NodeHandlers handlers, Ids ids, InstantSource clock) {
        this(store, graphs, handlers, AgentCatalog.NONE, ids, clock, AnswerCheck.NONE);
    }

    /** Executions that are kept there, of graphs that are kept there and of the agents in their nodes. */
    public Executions(
            ExecutionStore store,
            GraphStore graphs,
            NodeHandlers handlers,
            AgentCatalog agents,
            Ids ids,
            InstantSource clock,
            AnswerCheck answers) {
        this(store, graphs, handlers, agents, ids, clock, answers, KillSwitches.inMemory());
    }

    /** The same, as far as nobody stops them. */
    public Executions(
            ExecutionStore store,
            GraphStore graphs,
            NodeHandlers handlers,
            AgentCatalog agents,
            Ids ids,
            InstantSource clock,
            AnswerCheck answers,
            KillSwitches switches) {
        this.switches = switches;
        this.agents = agents;
        this.answers = answers;
        this.store = store;
        this.graphs = new GraphLibrary(graphs);
        this.handlers = handlers;
        this.ids = ids;
        this.clock = clock;
        this.following = new Following(store, signals, clock);
        store.listen(
                stored -> signals.stored(stored, admission.atOnce(stored.lease().tenant())));
    }

    /**
     * Admits an execution: it is durable when this returns, and will reach an end whatever happens to this server.
     *
     * @throws InvalidInputException {@code graph:INVALID_INPUT} with pointers into the request
     * @throws AgentOsException {@code graph:UNKNOWN_GRAPH}, {@code graph:NODE_TYPE_MISSING},
     *     {@code graph:REDUCER_MISSING}, or what reducers and the edges of START come to with that input
     */
    public Execution start(TenantId tenant, ExecutionRequest request) {
        return start(tenant, request, Optional.empty()).execution();
    }

    /**
     * What came of a start.
     *
     * @param replayed whether it is the execution of an earlier request with the same key
     */
    public record Started(Execution execution, boolean replayed) {}

    /**
     * As {@link #start(TenantId, ExecutionRequest)}; of all requests with one key the first has an effect.
     *
     * @throws RequestKeyReusedException if the key names a request with another content
     */
    public Started start(TenantId tenant, ExecutionRequest wanted, Optional<RequestKey> key) {
        return start(tenant, wanted, key, false);
    }

    /** The same of a graph's newest version; {@link OutdatedGraphException} if somebody has deployed a newer one. */
    public Started startNewest(TenantId tenant, ExecutionRequest wanted, Optional<RequestKey> key) {
        return start(tenant, wanted, key, true);
    }

    private Started start(TenantId tenant, ExecutionRequest wanted, Optional<RequestKey> key, boolean newest) {
        CompiledGraph graph = graphs.find(tenant, wanted.graph());
        Execution candidate = prepare(tenant, graph, wanted);
        ExecutionRequest request = candidate.request();
        Checkpoint first = Planner.first(graph, request.input(), graph.pauses(request.pauses()), memory(tenant));
        Checkpoint timed = Planner.timed(graph, first, clock.instant(), List.of());
        return admit(candidate, timed, List.of(), JsonObject.EMPTY, key, newest);
    }

    /** What is admitted for a request, if it fits its graph. */
    Execution prepare(TenantId tenant, CompiledGraph graph, ExecutionRequest wanted) {
        StartCheck.requireTypes(graph, handlers);
        StartCheck.requireInput(graph, wanted);
        JsonObject configuration = AgentSettings.of(graph, agents, tenant, wanted.configuration());
        StartCheck.requireSmall(configuration);
        return candidate(tenant, graph, wanted.withConfiguration(configuration));
    }

    /**
     * Begins a new execution at a checkpoint of another one, whatever state that is in; the other one stays as it is.
     * What the other one asked is asked again.
     *
     * @param checkpoint its number; the latest when empty
     * @param fork what is changed on the way
     * @param principal the id of who asks for it; of the other one when empty
     * @throws InvalidInputException {@code graph:INVALID_COMMAND} with pointers into the fork
     * @throws AgentOsException {@code graph:UNKNOWN_EXECUTION}, {@code graph:UNKNOWN_CHECKPOINT}, or as {@link #start}
     */
    public Execution fork(
            TenantId tenant, ExecutionId id, Optional<Integer> checkpoint, Fork fork, Optional<String> principal) {
        return fork(tenant, id, checkpoint, fork, principal, Optional.empty()).execution();
    }

    /** The same; of all requests with one key the first has an effect, as with {@link #start}. */
    public Started fork(
            TenantId tenant,
            ExecutionId id,
            Optional<Integer> checkpoint,
            Fork fork,
            Optional<String> principal,
            Optional<RequestKey> key) {
        return new Branching(this).fork(tenant, id, checkpoint, fork, principal, key);
    }

    /**
     * Begins a new execution where another one failed, was cancelled or ran out of time: at its last checkpoint, with
     * what the tasks behind it have produced. A task that failed is run again; one that was cut short in an effect that
     * cannot be repeated asks what became of it.
     *
     * @throws AgentOsException {@code graph:UNKNOWN_EXECUTION}, {@code graph:NOT_FAILED}, or as {@link #start}
     */
    public Execution retry(TenantId tenant, ExecutionId id, Optional<String> principal) {
        return retry(tenant, id, principal, Optional.empty()).execution();
    }

    /** The same; of all requests with one key the first has an effect, as with {@link #start}. */
    public Started retry(TenantId tenant, ExecutionId id, Optional<String> principal, Optional<RequestKey> key) {
        return new Branching(this).retry(tenant, id, principal, key);
    }

    /**
     * Begins a new execution in another version of the graph, at a checkpoint of this one, which has ended and stays as
     * it is; at the last with what the tasks behind it have produced, as {@link #retry}, if that one has failed.
     *
     * @throws InvalidInputException {@code graph:MIGRATION_CONFLICT} with pointers into the request
     * @throws AgentOsException {@code graph:NOT_ENDED}, {@code graph:UNKNOWN_CHECKPOINT}, or as {@link #retry}
     */
    public Moving.Moved migrate(
            TenantId tenant, ExecutionId id, Moving moving, Optional<String> principal, Optional<RequestKey> key) {
        return new Branching(this).migrate(tenant, id, moving, principal, key);
    }

    /** Asks that before anything is started or goes on. */
    public void admitBy(Admission check) {
        admission = check;
    }

    Execution candidate(TenantId tenant, CompiledGraph graph, ExecutionRequest request) {
        switches.require(tenant, request.agent());
        admission.start(tenant, request);
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        return new Execution(
                new ExecutionId(ids.next("exe")),
                tenant,
                StartCheck.bounded(request, graph, now),
                ExecutionState.QUEUED,
                new Execution.Progress(0, 0, false),
                Optional.empty(),
                Optional.empty(),
                new Execution.Times(now, Optional.empty(), Optional.empty()));
    }

    /** Straight to the engine of this server if that has nothing else to do, else into the queue. */
    Started admit(
            Execution execution,
            Checkpoint first,
            List<PendingWrite> pending,
            JsonObject said,
            Optional<RequestKey> key,
            boolean newest) {
        ExecutionEvent.Draft queued = Commands.queued(execution.request(), said);
        AdmissionTerms terms = terms(execution.tenant(), execution.request()).of(newest);
        Optional<ExecutionStore.Claimant> claimant = signals.reserve(admission.atOnce(execution.tenant()));
        List<ExecutionEvent.Draft> events = claimant.isEmpty()
                ? List.of(queued)
                : List.of(queued, Commands.started(new Execution.Progress(0, 1, false)));
        ExecutionStore.Candidate candidate = new ExecutionStore.Candidate(
                execution, first, pending, events, claimant, key, terms, Commands.carried(pending));
        if (claimant.isEmpty()) {
            return started(store.admit(candidate));
        }
        Optional<ExecutionStore.Running> running = Optional.empty();
        ExecutionStore.Opening opening;
        try {
            opening = store.begin(candidate);
            running = opening.running();
        } finally {
            signals.claimed(running);
        }
        return started(opening.admission());
    }

    Started started(ExecutionStore.Admission stored) {
        signals.admitted(stored);
        return new Started(stored.execution(), stored.replayed());
    }

    AdmissionTerms terms(TenantId tenant, ExecutionRequest request) {
        return admission.terms(tenant, request);
    }

    Channels.Memory memory(TenantId tenant) {
        return new Channels.Memory(handlers, new Channels.Caller(tenant, Optional.empty()));
    }

    /** The execution of that id. */
    public Optional<Execution> find(TenantId tenant, ExecutionId id) {
        return store.find(tenant, id);
    }

    /**
     * The same where it must be there.
     *
     * @throws AgentOsException {@code graph:UNKNOWN_EXECUTION}
     */
    public Execution require(TenantId tenant, ExecutionId id) {
        return find(tenant, id).orElseThrow(() -> Commands.unknown(id));
    }

    /** Executions, newest first. */
    public Page<Execution> list(TenantId tenant, ExecutionFilter filter, PageRequest request) {
        return store.list(tenant, filter, request);
    }

    /**
     * Asks an execution to stop. One that no server holds ends at once; a running one within a second.
     *
     * @return the execution as it is now
     * @throws AgentOsException {@code graph:UNKNOWN_EXECUTION}, or {@code graph:ALREADY_FINISHED} if it ended otherwise
     */
    public Execution cancel(TenantId tenant, ExecutionId id) {
        return cancel(tenant, id, Superseding.CANCELLED);
    }

    /** The same, for a reason. */
    public Execution cancel(TenantId tenant, ExecutionId id, Failure reason) {
        ExecutionEvent.Draft event = draft(ExecutionEvent.CANCELLED, 0, JsonObject.of("failure", reason.toJson()));
        Execution execution = store.cancel(tenant, id, reason, event).orElseThrow(() -> Commands.unknown(id));
        if (execution.state().terminal() && execution.state() != ExecutionState.CANCELLED) {
            throw new AgentOsException(
                    GraphErrorCode.ALREADY_FINISHED,
                    "The execution " + id + " has ended already (" + execution.state() + ").",
                    "There is nothing to cancel.");
        }
        signals.cancelled(id);
        signals.changed(tenant, id);
        if (execution.request().session().isPresent()) {
            // The next one in line may be queued now.
            signals.queued();
        }
        return execution;
    }

    /**
     * Asks an execution to wait at its next superstep boundary until it is resumed. One that waits already does not go
     * on when its time has come.
     *
     * @return the execution as it is now
     * @throws AgentOsException {@code graph:UNKNOWN_EXECUTION}, or {@code graph:ALREADY_FINISHED}
     */
    public Execution pause(TenantId tenant, ExecutionId id) {
        Execution execution = store.pause(tenant, id, Commands.paused(0)).orElseThrow(() -> Commands.unknown(id));
        if (execution.state().terminal()) {
            throw new AgentOsException(
                    GraphErrorCode.ALREADY_FINISHED,
                    "The execution " + id + " has ended already (" + execution.state() + ").",
                    "There is nothing to pause.");
        }
        signals.paused(id);
        signals.changed(tenant, id);
        return execution;
    }

    /**
     * Continues an execution that waits. When somebody else is first, what was asked by name or only adds to the state
     * is tried again where the execution waits next.
     *
     * @return the execution as it is now
     * @throws AgentOsException {@code graph:UNKNOWN_EXECUTION}, {@code graph:NOT_WAITING}, or
     *     {@code graph:INVALID_COMMAND} if the command does not answer what is asked
     */
    public Execution resume(TenantId tenant, ExecutionId id, Command command) {
        command.editor().ifPresent(by -> store.edited(tenant, id, by));
        Overtaken overtaken = new Overtaken(command);
        Optional<Execution> resumed = resumeOnce(tenant, id, overtaken);
        while (resumed.isEmpty() && overtaken.again(longest -> following.rest(tenant, id, longest))) {
            resumed = overtaken.unlessAnswered(() -> resumeOnce(tenant, id, overtaken));
        }
        return resumed.orElseThrow(() -> Commands.notWaiting(id));
    }

    /** Empty when somebody else was first. */
    private Optional<Execution> resumeOnce(TenantId tenant, ExecutionId id, Overtaken overtaken) {
        Optional<ExecutionStore.Claimant> claimant = signals.reserve(admission.atOnce(tenant));
        Optional<ExecutionStore.Running> running = Optional.empty();
        Optional<ExecutionStore.Resuming> resuming;
        try {
            resuming = store.resume(tenant, id, (one, checkpoint) -> answer(one, checkpoint, overtaken), claimant);
            running = resuming.flatMap(ExecutionStore.Resuming::running);
        } finally {
            if (claimant.isPresent()) {
                signals.claimed(running);
            } else {
                signals.queued();
            }
        }
        if (resuming.isEmpty()) {
            overtaken.missed(store.find(tenant, id).orElseThrow(() -> Commands.unknown(id)));
        }
        Optional<Execution> resumed = resuming.flatMap(one -> one.resumed().get());
        if (running.isEmpty() && resumed.isPresent()) {
            signals.changed(tenant, id);
        }
        return resumed;
    }

    private ExecutionStore.Answer answer(Execution execution, Checkpoint checkpoint, Overtaken overtaken) {
        switches.require(execution.tenant(), execution.request().agent());
        admission.resume(execution);
        CompiledGraph graph =
                graphs.find(execution.tenant(), execution.request().graph());
        Command checked = Commands.require(
                graph, checkpoint, execution.progress().pauseRequested(), overtaken.command(), answers);
        overtaken.checked(checked);
        Map<String, JsonValue> said = new LinkedHashMap<>();
        said.put(
                "answered",
                JsonValue.of(checked.resume().keySet().stream().sorted().toList()));
        Commands.say(said, checked.update(), checked.asNode());
        return new ExecutionStore.Answer(
                checked, draft(ExecutionEvent.RESUMED, checkpoint.number(), new JsonObject(said)));
    }

    /** As {@link ExecutionStore#events}; none if there is no such execution. */
    public List<ExecutionEvent> events(TenantId tenant, ExecutionId id, long after, int most) {
        return following.events(tenant, id, after, most);
    }

    /**
     * Waits for events after that sequence number. Completes as soon as there are some; with none after that time, or
     * at once when the execution has ended and there will be none. Fails with {@code graph:UNKNOWN_EXECUTION}. Holds no
     * platform thread; cancelling the future ends the wait.
     */
    public CompletableFuture<List<ExecutionEvent>> awaitEvents(
            TenantId tenant, ExecutionId id, long after, int most, Duration longest) {
        return Following.async(() -> following.events(tenant, id, after, most, longest));
    }

    /**
     * Waits until an execution has ended or waits for an answer, at most that long; completes with the execution as it
     * is then. Fails with {@code graph:UNKNOWN_EXECUTION}.
     */
    public CompletableFuture<Execution> awaitRest(TenantId tenant, ExecutionId id, Duration longest) {
        return Following.async(() -> following.rest(tenant, id, longest));
    }

    /** Checkpoints with empty values, newest first. */
    public Page<Checkpoint> checkpoints(TenantId tenant, ExecutionId id, PageRequest request) {
        Page<ExecutionStore.Passage> history = store.history(tenant, id, request);
        return new Page<>(
                history.items().stream().map(ExecutionStore.Passage::checkpoint).toList(), history.next());
    }

    /** Checkpoints with empty values and who wrote what into them, newest first. */
    public Page<ExecutionStore.Passage> history(TenantId tenant, ExecutionId id, PageRequest request) {
        return store.history(tenant, id, request);
    }

    /** That checkpoint, or the latest when empty. */
    public Optional<Checkpoint> findCheckpoint(TenantId tenant, ExecutionId id, Optional<Integer> number) {
        return store.findCheckpoint(tenant, id, number);
    }

    /** Tells a listener of each execution that is new or has new events, as this server hears it; it must not block. */
    public void onChange(BiConsumer<TenantId, ExecutionId> listener) {
        signals.listen(listener);
    }

    /** Says that another server stored events of an execution, so that followers look at once. */
    public void hint(TenantId tenant, ExecutionId id) {
        signals.changed(tenant, id);
    }

    /** Says that another server asked an execution to stop or to wait, so that its owner looks at once. */
    public void hintSteered(TenantId tenant, ExecutionId id) {
        signals.steered(id);
        signals.changed(tenant, id);
    }

    /** Says that another server queued something, so that this one looks at once. */
    public void hintQueued() {
        signals.queued();
    }

    InstantSource clock() {
        return clock;
    }

    ExecutionStore store() {
        return store;
    }

    GraphLibrary graphs() {
        return graphs;
    }

    AgentCatalog agents() {
        return agents;
    }

    NodeHandlers handlers() {
        return handlers;
    }

    KillSwitches switches() {
        return switches;
    }

    Signals signals() {
        return signals;
    }

    private static ExecutionEvent.Draft draft(String type, int step, JsonObject data) {
        return new ExecutionEvent.Draft(type, step, Optional.empty(), data);
    }
}
