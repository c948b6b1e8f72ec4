package dev.agentos.execution.testkit;

import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionFilter;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.ExecutionStore.Outcome;
import dev.agentos.execution.ExecutionStore.Resumption;
import dev.agentos.execution.ExecutionStore.Running;
import dev.agentos.execution.Lease;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.execution.RequestKey;
import dev.agentos.execution.RequestKeyReusedException;
import dev.agentos.execution.testkit.LeaseTransition.State;
import dev.agentos.execution.testkit.Operation.Server;
import dev.agentos.execution.testkit.Operation.What;
import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** One sequence of operations on a real store, told in the words of the {@link Model}. */
final class Trial {

    /** Minutes to what is due soon; between the full hours that pass. */
    static final int SOON = 30;

    private static final String CHANNEL = "a";
    private static final String LOST = "lost";

    private final Stores stores;
    private final ExecutionStore store;
    private final List<TenantId> tenants;
    private final Ids ids = Ids.system();
    private final List<Known> executions = new ArrayList<>();
    private final List<Running> grants = new ArrayList<>();

    private record Known(TenantId tenant, ExecutionId id) {}

    Trial(Stores stores, List<TenantId> tenants) {
        this.stores = stores;
        this.store = stores.empty();
        this.tenants = tenants;
    }

    /** Does an operation; the model before it says what it is about and where that stands. */
    String perform(Operation operation, Model before) {
        int value = before.operations() + 1;
        return switch (operation) {
            case Operation.Admit admit -> told(() -> admit(admit, value));
            case Operation.Fork(int pick, Optional<Server> server) -> on(pick, known -> fork(known, server));
            case Operation.Claim(Server server, int most) -> {
                StringBuilder told = new StringBuilder("claimed");
                for (ExecutionStore.Claim claim : store.claim(claimant(server), most)) {
                    told.append(' ').append(grant(store.open(claim)));
                }
                yield told.toString();
            }
            case Operation.Append(int pick, What what) -> held(pick, grant -> append(grant, what, before, value));
            case Operation.Reopen(int pick) ->
                held(pick, grant -> {
                    Running again = store.open(grant.claim());
                    grants.set(grants.indexOf(grant), again);
                    return told(again.resumption());
                });
            case Operation.HandBack(int pick) ->
                held(pick, grant -> {
                    store.handBack(grant.claim().lease());
                    return "handed back";
                });
            case Operation.Park(int pick) ->
                held(pick, grant -> {
                    store.park(grant.claim().lease(), StoreFixture.STOPPED, draft("execution.failed", 0));
                    return "parked";
                });
            case Operation.Renew(int pick, int minutes) -> held(pick, grant -> renew(grant, minutes));
            case Operation.Release(String owner) -> "released " + store.release(owner);
            case Operation.Cancel(int pick) ->
                on(
                        pick,
                        known -> shown(store.cancel(
                                        known.tenant(),
                                        known.id(),
                                        StoreFixture.STOPPED,
                                        draft("execution.cancelled", 0))
                                .orElseThrow()));
            case Operation.Pause(int pick) ->
                on(
                        pick,
                        known -> shown(store.pause(known.tenant(), known.id(), draft("execution.waiting", 0))
                                .orElseThrow()));
            case Operation.Resume(int pick, Optional<Server> server) ->
                on(pick, known -> resume(known, server, before, value));
            case Operation.EndOverdue() -> endOverdue();
            case Operation.Pass(int minutes) -> {
                stores.pass(Duration.ofMinutes(minutes));
                yield "passed";
            }
        };
    }

    private String endOverdue() {
        Function<Execution, ExecutionStore.Ending> how =
                late -> new ExecutionStore.Ending(StoreFixture.STOPPED, draft("execution.timed_out", 0));
        return store.endOverdue(how, 100).stream()
                .map(late -> " " + name(late.id()))
                .collect(Collectors.joining("", "overdue", ""));
    }

    private String on(int pick, Function<Known, String> act) {
        return executions.isEmpty()
                ? "nothing to pick"
                : act.apply(executions.get(executions.size() - 1 - pick % executions.size()));
    }

    private String held(int pick, Function<Running, String> act) {
        return grants.isEmpty()
                ? "nothing to pick"
                : told(() -> act.apply(grants.get(grants.size() - 1 - pick % grants.size())));
    }

    private static String told(Supplier<String> act) {
        try {
            return act.get();
        } catch (LeaseLostException e) {
            return LOST;
        } catch (RequestKeyReusedException e) {
            return "key reused";
        }
    }

    private String admit(Operation.Admit admit, int value) {
        TenantId tenant = tenants.get(admit.tenant());
        ExecutionRequest request = new ExecutionRequest(
                Optional.empty(),
                stores.graphOf(tenant),
                JsonObject.of(CHANNEL, value),
                JsonObject.EMPTY,
                admit.priority(),
                admit.deadline().map(minutes -> stores.now().plus(Duration.ofMinutes(minutes))),
                ExecutionRequest.Durability.SYNC);
        return begin(
                tenant,
                request,
                checkpoint(0, Checkpoint.Source.INPUT, value, false),
                List.of(),
                admit.server(),
                admit.key()
                        .map(key -> new RequestKey("key_1", "POST /executions", "k" + key, "f" + admit.fingerprint())));
    }

    private String fork(Known other, Optional<Server> server) {
        ExecutionStore.Remainder left =
                store.remainder(other.tenant(), other.id()).orElseThrow();
        ExecutionRequest request = store.find(other.tenant(), other.id())
                .orElseThrow()
                .request()
                .from(new ExecutionRequest.Origin(other.id(), left.checkpoint().number()), Optional.empty());
        JsonValue value = left.checkpoint().values().member(CHANNEL).orElseThrow();
        return begin(
                other.tenant(),
                request,
                checkpoint(0, Checkpoint.Source.FORK, number(value), false),
                left.pending().stream()
                        .map(one -> new PendingWrite(
                                forked(one.task()), one.node(), one.writes(), one.interrupts(), one.detail()))
                        .toList(),
                server,
                Optional.empty());
    }

    /** The id of a task in a branch, which counts anew. */
    static String forked(String task) {
        return "0:" + task;
    }

    private String begin(
            TenantId tenant,
            ExecutionRequest request,
            Checkpoint first,
            List<PendingWrite> pending,
            Optional<Server> server,
            Optional<RequestKey> key) {
        Execution execution = new Execution(
                new ExecutionId(ids.next("exe")),
                tenant,
                request,
                ExecutionState.QUEUED,
                new Execution.Progress(0, 0, false),
                Optional.empty(),
                Optional.empty(),
                new Execution.Times(stores.now(), Optional.empty(), Optional.empty()));
        ExecutionStore.Admission admission = store.admit(new ExecutionStore.Candidate(
                execution, first, pending, List.of(draft("execution.queued", 0)), server.map(Trial::claimant), key));
        if (admission.replayed()) {
            return "replayed " + name(admission.execution().id());
        }
        executions.add(new Known(tenant, execution.id()));
        return admission.running().map(this::grant).orElse("admitted " + name(execution.id()));
    }

    private String grant(Running running) {
        grants.add(running);
        Lease lease = running.claim().lease();
        return "[%s of %s epoch %d attempt %d crashes %d: %s]"
                .formatted(
                        name(lease.execution()),
                        lease.owner(),
                        lease.epoch(),
                        running.claim().execution().progress().attempt(),
                        running.claim().crashes(),
                        told(running.resumption()));
    }

    private String append(Running grant, What what, Model before, int value) {
        Known known = known(grant.claim().lease().execution());
        ModelExecution.Contents contents =
                before.executions().get(executions.indexOf(known)).contents();
        grant.log().write(what == What.GO_ON ? goOn(contents, value) : entry(what, contents.step(), value));
        return "stored";
    }

    private static Entry goOn(ModelExecution.Contents contents, int value) {
        Entry plain = checkpoint(contents.step() + 1, value, "checkpoint", Move.STAY);
        Checkpoint next = plain.checkpoint().orElseThrow();
        List<NodeTask> tasks = contents.open().stream()
                .map(id -> new NodeTask(id, "x", Optional.empty()))
                .toList();
        Checkpoint goingOn = new Checkpoint(
                next.number(),
                next.source(),
                next.values(),
                tasks,
                next.interrupts(),
                next.control(),
                next.createdAt());
        return new Entry(plain.events(), List.of(), Optional.of(goingOn), plain.changes(), Move.STAY);
    }

    /** Some are so large that the next checkpoint may be stored whole. */
    private static JsonObject produced(int value) {
        JsonObject small = JsonObject.of(CHANNEL, value);
        return value % 4 == 0 ? small.with("filler", new JsonString("x".repeat(40_000))) : small;
    }

    private Entry entry(What what, int step, int value) {
        Instant now = stores.now();
        Duration soon = Duration.ofMinutes(SOON);
        return switch (what) {
            case EVENT -> entry(step, "custom", Move.STAY);
            case PENDING ->
                new Entry(
                        List.of(draft("custom", step)),
                        List.of(new PendingWrite(step + ":x", "x", produced(value), List.of(), Optional.empty())),
                        Optional.empty(),
                        Map.of(),
                        Move.STAY);
            case CHECKPOINT, GO_ON -> checkpoint(step + 1, value, "checkpoint", Move.STAY);
            case ASK -> checkpoint(step + 1, value, "execution.waiting", new Move.Suspend());
            case SUSPEND_UNTIL_DUE -> entry(step, "execution.waiting", new Move.Suspend(Optional.of(now.plus(soon))));
            case SUSPEND_OVERDUE -> entry(step, "execution.waiting", new Move.Suspend(Optional.of(now.minus(soon))));
            case SUCCEED -> finish(step, "execution.succeeded", ExecutionState.SUCCEEDED);
            case FAIL -> finish(step, "execution.failed", ExecutionState.FAILED);
            case STOP -> finish(step, "execution.cancelled", ExecutionState.CANCELLED);
            case TIME_OUT -> finish(step, "execution.timed_out", ExecutionState.TIMED_OUT);
        };
    }

    private static Entry entry(int step, String event, Move move) {
        return new Entry(List.of(draft(event, step)), List.of(), Optional.empty(), Map.of(), move);
    }

    private static Entry finish(int step, String event, ExecutionState state) {
        return entry(
                step,
                event,
                new Move.Finish(new Outcome(
                        state,
                        state == ExecutionState.SUCCEEDED ? Optional.empty() : Optional.of(StoreFixture.STOPPED))));
    }

    private static Entry checkpoint(int step, int value, String event, Move move) {
        boolean asks = !(move instanceof Move.Stay);
        return new Entry(
                List.of(draft(event, step)),
                List.of(),
                Optional.of(checkpoint(step, Checkpoint.Source.LOOP, value, asks)),
                Map.of(CHANNEL, new Change.Set(JsonNumber.of(value))),
                move);
    }

    private static Checkpoint checkpoint(int number, Checkpoint.Source source, int value, boolean asks) {
        return new Checkpoint(
                number,
                source,
                JsonObject.of(CHANNEL, value),
                List.of(NodeTask.of(number, "x")),
                asks ? List.of(new Interrupt(number + ":x", "x", JsonNull.NULL)) : List.of(),
                JsonObject.of("supersteps", number),
                Optional.empty());
    }

    private static ExecutionEvent.Draft draft(String type, int step) {
        return new ExecutionEvent.Draft(type, step, Optional.of("x"), JsonObject.EMPTY);
    }

    private String renew(Running grant, int minutes) {
        ExecutionStore.Renewal renewal = store.renew(List.of(grant.claim().lease()), Duration.ofMinutes(minutes))
                .getFirst();
        return told(renewal);
    }

    private static String told(ExecutionStore.Renewal renewal) {
        return renewal.lost()
                ? LOST
                : "renewed" + (renewal.cancelRequested() ? " cancel" : "") + (renewal.pauseRequested() ? " pause" : "");
    }

    private String resume(Known known, Optional<Server> server, Model before, int value) {
        int step = before.executions().get(executions.indexOf(known)).contents().step();
        Command command = new Command(Map.of(), Optional.of(JsonNumber.of(value)), JsonObject.EMPTY, List.of());
        Optional<ExecutionStore.Resumed> resumed = store.resume(
                known.tenant(), known.id(), command, draft("execution.resumed", step), server.map(Trial::claimant));
        return resumed.map(one -> one.running()
                        .map(running -> "resumed " + grant(running))
                        .orElse("resumed"))
                .orElse("does not wait");
    }

    private static Claimant claimant(Server server) {
        return new Claimant(server.owner(), Duration.ofMinutes(server.minutes()));
    }

    private static String told(Resumption resumption) {
        return left(resumption.checkpoint(), resumption.pending()) + " command "
                + resumption
                        .command()
                        .flatMap(Command::answer)
                        .map(String::valueOf)
                        .orElse("none");
    }

    private static String left(Checkpoint checkpoint, List<PendingWrite> pending) {
        Map<String, Integer> writes = new TreeMap<>();
        pending.forEach(one ->
                writes.put(one.task(), number(one.writes().member(CHANNEL).orElseThrow())));
        return "step " + checkpoint.number() + " value "
                + number(checkpoint.values().member(CHANNEL).orElseThrow()) + " pending " + writes;
    }

    private static int number(JsonValue value) {
        return ((JsonNumber) value).value().intValueExact();
    }

    private Known known(ExecutionId id) {
        return executions.stream()
                .filter(one -> one.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private String name(ExecutionId id) {
        return "e" + executions.indexOf(known(id));
    }

    private String shown(Execution execution) {
        Execution.Progress progress = execution.progress();
        return "%s %s attempt %d step %d%s%s"
                .formatted(
                        name(execution.id()),
                        execution.state(),
                        progress.attempt(),
                        progress.step(),
                        progress.cancelRequested() ? " cancel" : "",
                        progress.pauseRequested() ? " pause" : "");
    }

    /** What the store says of all executions: state, owner and epoch, as {@link #expected} says it of the model. */
    String seen(Model model) {
        Map<Integer, String> lines = new TreeMap<>();
        for (TenantId tenant : tenants) {
            store.list(tenant, ExecutionFilter.ANY, new PageRequest(100, Optional.empty()))
                    .items()
                    .forEach(one -> lines.put(executions.indexOf(known(one.id())), shown(one)));
        }
        for (ModelExecution one : model.executions()) {
            ModelExecution.Holding holding = one.holding();
            if (holding.state() != State.NONE) {
                // Renewed for as long as it holds anyway.
                Known known = executions.get(one.number());
                ExecutionStore.Renewal renewal = store.renew(
                                List.of(new Lease(known.tenant(), known.id(), holding.owner(), holding.epoch())),
                                Duration.ofMinutes(holding.until() - model.now()))
                        .getFirst();
                lines.merge(one.number(), renewal.lost() ? " another has it" : " " + holding.owner(), String::concat);
            }
        }
        return String.join("\n", lines.values());
    }

    static String expected(Model model) {
        return String.join(
                "\n",
                model.executions().stream()
                        .map(one -> one.shown()
                                + (one.holding().state() == State.NONE
                                        ? ""
                                        : " " + one.holding().owner()))
                        .toList());
    }

    /** What the log of an execution says: its events without a gap, and what is left of it. */
    String log(int execution) {
        Known known = executions.get(execution);
        List<ExecutionEvent> events = store.events(known.tenant(), known.id(), 0, 1_000);
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).sequence() != i + 1L) {
                return "gap before " + events.get(i);
            }
        }
        ExecutionStore.Remainder left =
                store.remainder(known.tenant(), known.id()).orElseThrow();
        Execution whole = store.find(known.tenant(), known.id()).orElseThrow();
        return "e" + execution + " " + left(left.checkpoint(), left.pending()) + " events "
                + events.stream().map(event -> event.draft().type()).toList()
                + (whole.failure().isPresent() ? " failure" : "")
                + (whole.output().isPresent() ? " output " + whole.output().get() : "");
    }

    static String log(ModelExecution one) {
        boolean failed = one.state().terminal() && one.state() != ExecutionState.SUCCEEDED;
        return "e" + one.number() + " " + one.contents().left() + " events "
                + one.contents().events()
                + (failed ? " failure" : "")
                + (one.state() == ExecutionState.SUCCEEDED
                        ? " output " + JsonObject.of(CHANNEL, one.contents().value())
                        : "");
    }
}
