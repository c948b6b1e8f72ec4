package dev.agentos.execution;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.ExecutionStore.Claim;
import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.execution.ExecutionStore.Log;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.ExecutionStore.Outcome;
import dev.agentos.execution.ExecutionStore.Resumption;
import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link ExecutionStore} must do. A subclass brings a store that is empty when a test begins. */
public abstract class ExecutionStoreContract {

    private static final Duration LEASE = Duration.ofMinutes(1);
    private static final Failure STOPPED = Failure.of(GraphErrorCode.CANCELLED, "It was cancelled.", "Start it anew.");

    private final Ids ids = Ids.system();
    private ExecutionStore store;
    private TenantId tenant;

    /** A store without executions. */
    protected abstract ExecutionStore emptyStore();

    /** A tenant that exists; another one with each call. */
    protected abstract TenantId newTenant();

    /** A graph version that exists for that tenant; may be the same each time. */
    protected abstract GraphReference graphOf(TenantId owner);

    @BeforeEach
    void begin() {
        store = emptyStore();
        tenant = newTenant();
    }

    private Execution candidate(TenantId owner, int priority, Optional<String> agent) {
        ExecutionRequest request = new ExecutionRequest(
                agent,
                graphOf(owner),
                JsonObject.of("question", "why?"),
                JsonObject.of("model", "m"),
                priority,
                Optional.of(now().plus(1, ChronoUnit.DAYS)),
                ExecutionRequest.Durability.SYNC);
        return new Execution(
                new ExecutionId(ids.next("exe")),
                owner,
                request,
                ExecutionState.QUEUED,
                new Execution.Progress(0, 0, false),
                Optional.empty(),
                Optional.empty(),
                new Execution.Times(now(), Optional.empty(), Optional.empty()));
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MICROS);
    }

    private Execution admit(Execution candidate) {
        return store.admit(candidate, checkpoint(0, "a", 1), List.of(draft("execution.queued")), Optional.empty())
                .execution();
    }

    private Execution admit(TenantId owner, int priority) {
        return admit(candidate(owner, priority, Optional.empty()));
    }

    private Execution admit() {
        return admit(tenant, 0);
    }

    private Claim claim() {
        return claim("server-1");
    }

    private List<Claim> claim(String owner, int most, Duration lease) {
        return store.claim(new Claimant(owner, lease), most);
    }

    private static Command command() {
        return new Command(Map.of(), Optional.of(JsonNumber.of(1)), JsonObject.EMPTY, List.of());
    }

    private static Entry entry(List<PendingWrite> writes, ExecutionEvent.Draft... events) {
        return new Entry(List.of(events), writes, Optional.empty(), Map.of(), Move.STAY);
    }

    private static Entry entry(Checkpoint checkpoint, Set<String> changed, Move move, ExecutionEvent.Draft... events) {
        Map<String, Change> changes = changed.stream()
                .collect(toMap(
                        name -> name,
                        name -> new Change.Set(checkpoint.values().member(name).orElseThrow())));
        return new Entry(List.of(events), List.of(), Optional.of(checkpoint), changes, move);
    }

    private static Entry end(Outcome outcome, ExecutionEvent.Draft... events) {
        return new Entry(List.of(events), List.of(), Optional.empty(), Map.of(), new Move.Finish(outcome));
    }

    private Log log(Claim claim) {
        return store.open(claim).log();
    }

    private Resumption resumption(Claim claim) {
        return store.open(claim).resumption();
    }

    private Claim claim(String owner) {
        List<Claim> claims = claim(owner, 1, LEASE);
        assertThat(claims).hasSize(1);
        return claims.getFirst();
    }

    private static Checkpoint checkpoint(int number, String channel, long value) {
        return checkpoint(number, new JsonObject(Map.of(channel, JsonNumber.of(value))));
    }

    private static Checkpoint checkpoint(int number, JsonObject values) {
        return new Checkpoint(
                number,
                number == 0 ? Checkpoint.Source.INPUT : Checkpoint.Source.LOOP,
                values,
                List.of(
                        new NodeTask(number + ":x", "x", Optional.empty()),
                        new NodeTask(number + ":y", "y", Optional.of(new JsonString("own input")))),
                List.of(),
                JsonObject.of("supersteps", number),
                Optional.empty());
    }

    private static ExecutionEvent.Draft draft(String type) {
        return new ExecutionEvent.Draft(type, 0, Optional.of("x"), JsonObject.of("of", type));
    }

    private List<String> types(Execution execution) {
        return store.events(tenant, execution.id(), 0, 100).stream()
                .map(event -> event.draft().type())
                .toList();
    }

    private static PendingWrite pending(String task, long value) {
        return new PendingWrite(task, "x", JsonObject.of("a", value), List.of(), Optional.empty());
    }

    @Test
    void keepsAnAdmittedExecutionAsItWas() {
        Execution candidate = candidate(tenant, 7, Optional.of("pack/agent"));
        Execution admitted = admit(candidate);

        assertThat(store.find(tenant, candidate.id())).contains(admitted);
        assertThat(admitted).usingRecursiveComparison().ignoringFields("times").isEqualTo(candidate);
        Checkpoint first =
                store.findCheckpoint(tenant, candidate.id(), Optional.empty()).orElseThrow();
        assertThat(first.createdAt()).isPresent();
        assertThat(first).usingRecursiveComparison().ignoringFields("createdAt").isEqualTo(checkpoint(0, "a", 1));
        assertThat(store.events(tenant, candidate.id(), 0, 10)).singleElement().satisfies(event -> {
            assertThat(event.sequence()).isEqualTo(1);
            assertThat(event.draft()).isEqualTo(draft("execution.queued"));
        });
    }

    @Test
    void showsNothingToAnotherTenant() {
        Execution execution = admit();
        TenantId other = newTenant();

        assertThat(store.find(other, execution.id())).isEmpty();
        assertThat(store.events(other, execution.id(), 0, 10)).isEmpty();
        assertThat(store.findCheckpoint(other, execution.id(), Optional.empty()))
                .isEmpty();
        assertThat(store.checkpoints(other, execution.id(), PageRequest.FIRST).items())
                .isEmpty();
        assertThat(store.list(other, ExecutionFilter.ANY, PageRequest.FIRST).items())
                .isEmpty();
        assertThat(store.cancel(other, execution.id(), STOPPED, draft("execution.cancelled")))
                .isEmpty();
        assertThat(store.find(tenant, execution.id()).orElseThrow().state()).isEqualTo(ExecutionState.QUEUED);
    }

    @Test
    void claimsEachExecutionOnceWithEpochAndAttempt() {
        Execution execution = admit();
        Claim claim = claim();

        assertThat(claim.execution().id()).isEqualTo(execution.id());
        assertThat(claim.execution().state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(claim.execution().progress().attempt()).isEqualTo(1);
        assertThat(claim.execution().times().startedAt()).isPresent();
        assertThat(claim.lease())
                .isEqualTo(new Lease(
                        tenant, execution.id(), "server-1", claim.lease().epoch()));
        assertThat(claim("server-2", 10, LEASE)).isEmpty();
    }

    @Test
    void claimsHigherPriorityFirstThenTenantsInTurnThenOlder() {
        TenantId quiet = newTenant();
        List<ExecutionId> loud = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            loud.add(admit().id());
        }
        ExecutionId only = admit(quiet, 0).id();
        ExecutionId urgent = admit(tenant, 50).id();

        assertThat(claim().execution().id()).isEqualTo(urgent);
        List<ExecutionId> two =
                claim("s", 2, LEASE).stream().map(one -> one.execution().id()).toList();
        assertThat(two).contains(only).containsAnyOf(loud.getFirst());
        assertThat(claim("s", 10, LEASE))
                .extracting(one -> one.execution().id())
                .hasSize(4)
                .containsAll(loud.subList(1, 5));
    }

    @Test
    void cancelsAtOnceWhatNoServerHolds() {
        Execution execution = admit();
        Execution cancelled = store.cancel(tenant, execution.id(), STOPPED, draft("execution.cancelled"))
                .orElseThrow();
        assertThat(cancelled.state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(cancelled.failure()).contains(STOPPED);
        assertThat(cancelled.times().finishedAt()).isPresent();
        assertThat(types(execution)).containsExactly("execution.queued", "execution.cancelled");
        assertThat(claim("s", 10, LEASE)).isEmpty();
    }

    @Test
    void marksWhatAServerHoldsToBeCancelled() {
        Execution execution = admit();
        Lease lease = claim().lease();
        Execution marked = store.cancel(tenant, execution.id(), STOPPED, draft("execution.cancelled"))
                .orElseThrow();
        assertThat(marked.state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(marked.progress().cancelRequested()).isTrue();
        assertThat(store.renew(List.of(lease), LEASE))
                .singleElement()
                .matches(renewal -> renewal.cancelRequested() && !renewal.lost());
        assertThat(types(execution)).containsExactly("execution.queued");
    }

    @Test
    void numbersEventsWithoutGapsAndReadsThemFromAnywhere() {
        Execution execution = admit();
        Log log = log(claim());
        for (int i = 0; i < 10; i++) {
            log.append(entry(List.of(), draft("message"), draft("custom")));
        }
        log.settle();
        assertThat(store.events(tenant, execution.id(), 0, 100))
                .extracting(ExecutionEvent::sequence)
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 21).boxed().toList());
        assertThat(store.events(tenant, execution.id(), 19, 100))
                .extracting(ExecutionEvent::sequence)
                .containsExactly(20L, 21L);
        assertThat(store.events(tenant, execution.id(), 0, 3))
                .extracting(ExecutionEvent::sequence)
                .containsExactly(1L, 2L, 3L);
        assertThat(store.events(tenant, execution.id(), 21, 3)).isEmpty();
    }

    @Test
    void listsNewestFirstByFilterPageByPage() {
        List<ExecutionId> all = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            Execution candidate = candidate(tenant, 0, i % 2 == 0 ? Optional.of("p/a") : Optional.empty());
            all.addFirst(admit(candidate).id());
        }
        all.sort((left, right) -> right.value().compareTo(left.value()));
        var first = store.list(tenant, ExecutionFilter.ANY, new PageRequest(4, Optional.empty()));
        var second = store.list(tenant, ExecutionFilter.ANY, new PageRequest(4, first.next()));
        assertThat(first.items()).extracting(Execution::id).containsExactlyElementsOf(all.subList(0, 4));
        assertThat(second.items()).extracting(Execution::id).containsExactlyElementsOf(all.subList(4, 7));
        assertThat(second.next()).isEmpty();
        ExecutionFilter agent = new ExecutionFilter(
                Optional.of(ExecutionState.QUEUED),
                Optional.of("p/a"),
                Optional.of(graphOf(tenant).graph()));
        assertThat(store.list(tenant, agent, PageRequest.FIRST).items()).hasSize(4);
        ExecutionFilter none =
                new ExecutionFilter(Optional.of(ExecutionState.FAILED), Optional.empty(), Optional.empty());
        assertThat(store.list(tenant, none, PageRequest.FIRST).items()).isEmpty();
    }

    @Test
    void letsOneOfManyRacingServersWinEachExecution() throws Exception {
        int executions = 40;
        int servers = 8;
        for (int i = 0; i < executions; i++) {
            admit();
        }
        CyclicBarrier barrier = new CyclicBarrier(servers);
        List<Callable<List<Claim>>> racers = new ArrayList<>();
        for (int i = 0; i < servers; i++) {
            String owner = "server-" + i;
            racers.add(() -> {
                barrier.await();
                List<Claim> claims = new ArrayList<>();
                List<Claim> batch = claim(owner, 3, LEASE);
                while (!batch.isEmpty()) {
                    claims.addAll(batch);
                    batch = claim(owner, 3, LEASE);
                }
                return claims;
            });
        }
        List<Claim> won = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(servers)) {
            for (Future<List<Claim>> racer : threads.invokeAll(racers)) {
                won.addAll(racer.get());
            }
        }
        // A server whose batch met locked rows may leave some behind; what was won was won once.
        assertThat(won).extracting(one -> one.execution().id()).doesNotHaveDuplicates();
        won.addAll(claim("last", executions, LEASE));
        assertThat(won)
                .extracting(one -> one.execution().id())
                .doesNotHaveDuplicates()
                .hasSize(executions);
        assertThat(won)
                .allSatisfy(
                        one -> assertThat(one.execution().progress().attempt()).isEqualTo(1));
    }

    @Test
    void admitsStraightToAClaimant() {
        Execution candidate = candidate(tenant, 0, Optional.empty());
        ExecutionStore.Admission admission = store.admit(
                candidate,
                checkpoint(0, "a", 1),
                List.of(draft("execution.queued"), draft("execution.started")),
                Optional.of(new Claimant("server-1", LEASE)));

        assertThat(admission.execution().state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(store.find(tenant, candidate.id())).contains(admission.execution());
        assertThat(claim("server-2", 10, LEASE)).isEmpty();
        ExecutionStore.Running running = admission.running().orElseThrow();
        assertThat(running.claim().execution().progress().attempt()).isEqualTo(1);
        running.log().write(entry(checkpoint(1, "a", 2), Set.of("a"), Move.STAY, draft("checkpoint")));
        assertThat(types(candidate)).containsExactly("execution.queued", "execution.started", "checkpoint");
        assertThat(store.release("server-1")).isEqualTo(1);
        assertThat(claim("server-2").lease().epoch())
                .isEqualTo(running.claim().lease().epoch() + 1);
    }

    @Test
    void givesARunOutLeaseToAnotherServerAndRefusesTheFirstOne() {
        Execution execution = admit();
        Claim old = claim("server-1", 1, Duration.ofMillis(50)).getFirst();
        Log log = log(old);
        List<Claim> taken = new ArrayList<>();
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            taken.addAll(claim("server-2", 1, LEASE));
            return !taken.isEmpty();
        });
        Claim second = taken.getFirst();
        assertThat(second.lease().epoch()).isEqualTo(old.lease().epoch() + 1);
        assertThat(second.execution().progress().attempt()).isEqualTo(2);
        assertThat(second.crashes()).isEqualTo(1);
        refuses(old, log);
        assertThat(types(execution)).containsExactly("execution.queued");
        assertThat(store.renew(List.of(old.lease(), second.lease()), LEASE).stream()
                        .collect(toMap(ExecutionStore.Renewal::lease, ExecutionStore.Renewal::lost)))
                .isEqualTo(Map.of(old.lease(), true, second.lease(), false));
    }

    /** A log that has failed stays failed, so each test of one asks it once. */
    private void refuses(Claim claim, Log log) {
        assertThatThrownBy(() -> log.write(entry(List.of(pending("0:x", 1)), draft("custom"))))
                .isInstanceOf(LeaseLostException.class);
        assertThatThrownBy(log::settle).isInstanceOf(LeaseLostException.class);
        assertThatThrownBy(() -> store.open(claim)).isInstanceOf(LeaseLostException.class);
        assertThatThrownBy(() -> store.handBack(claim.lease())).isInstanceOf(LeaseLostException.class);
        assertThatThrownBy(() -> store.park(claim.lease(), STOPPED, draft("execution.failed")))
                .isInstanceOf(LeaseLostException.class);
    }

    @Test
    void refusesEachKindOfEntryOfAnOwnerThatLostItsLease() {
        List<Entry> entries = List.of(
                entry(List.of(), draft("custom")),
                entry(List.of(pending("0:x", 1)), draft("custom")),
                entry(checkpoint(1, "a", 2), Set.of("a"), Move.STAY, draft("checkpoint")),
                entry(checkpoint(1, "a", 2), Set.of("a"), new Move.Suspend(), draft("execution.waiting")),
                end(new Outcome(ExecutionState.FAILED, Optional.of(STOPPED)), draft("execution.failed")));
        for (Entry entry : entries) {
            Execution execution = admit();
            Log log = log(claim());
            store.release("server-1");
            claim("server-2");
            assertThatThrownBy(() -> log.write(entry)).isInstanceOf(LeaseLostException.class);
            assertThat(types(execution)).containsExactly("execution.queued");
            assertThat(store.find(tenant, execution.id()).orElseThrow().state()).isEqualTo(ExecutionState.RUNNING);
        }
    }

    @Test
    void keepsTheOldOwnersRowsOutEvenWhenTheNewOneHasWritten() {
        Execution execution = admit();
        Log first = log(claim());
        store.release("server-1");
        Claim second = claim("server-2");
        Log log = log(second);
        log.write(entry(List.of(), draft("execution.resumed")));
        assertThatThrownBy(() -> first.write(entry(List.of(), draft("message"), draft("message"))))
                .isInstanceOf(LeaseLostException.class);
        log.write(entry(List.of(), draft("custom")));
        assertThat(types(execution)).containsExactly("execution.queued", "execution.resumed", "custom");
    }

    @Test
    void letsTheOwnerGoOnUntilItsLeaseIsTakenAway() {
        admit();
        Claim first = claim("server-1", 1, Duration.ofMillis(1)).getFirst();
        Log log = log(first);
        assertThat(store.release("server-1")).isEqualTo(1);
        log.write(entry(List.of(), draft("custom")));
        Claim second = claim("server-2");
        assertThat(second.lease().epoch()).isEqualTo(first.lease().epoch() + 1);
        assertThatThrownBy(() -> log.write(entry(List.of(), draft("custom")))).isInstanceOf(LeaseLostException.class);
    }

    @Test
    void countsOwnersThatWereLostAtOneStep() {
        admit();
        Log log = log(claim());
        for (int lost = 1; lost <= 3; lost++) {
            store.release("server-1");
            Claim claim = claim();
            assertThat(claim.crashes()).isEqualTo(lost);
            log = log(claim);
        }
        log.write(entry(checkpoint(1, "a", 2), Set.of("a"), Move.STAY, draft("checkpoint")));
        store.release("server-1");
        Claim claim = claim();
        assertThat(claim.crashes()).as("progress was made").isEqualTo(1);
        store.handBack(claim.lease());
        assertThat(claim().crashes()).as("it was handed back").isZero();
    }

    @Test
    void parksWhatCannotBeCarriedOn() {
        Execution execution = admit();
        Claim claim = claim();
        store.park(claim.lease(), STOPPED, draft("execution.failed"));
        Execution parked = store.find(tenant, execution.id()).orElseThrow();
        assertThat(parked.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(parked.failure()).contains(STOPPED);
        assertThat(types(execution)).containsExactly("execution.queued", "execution.failed");
        assertThat(claim("server-2", 10, Duration.ZERO)).isEmpty();
    }

    @Test
    void queuesWhatIsHandedBack() {
        Execution execution = admit();
        Claim claim = claim();
        Log log = log(claim);
        log.write(entry(List.of(pending("0:x", 5)), draft("task.finished")));
        store.handBack(claim.lease());

        assertThat(store.find(tenant, execution.id()).orElseThrow().state()).isEqualTo(ExecutionState.QUEUED);
        refuses(claim, log);
        Claim again = claim("server-2");
        assertThat(again.execution().progress().attempt()).isEqualTo(2);
        assertThat(resumption(again).pending()).containsExactly(pending("0:x", 5));
    }

    @Test
    void keepsPendingWritesUntilTheirCheckpointAndReplacesThemByTask() {
        Execution execution = admit();
        Claim claim = claim();
        Log log = log(claim);
        Interrupt interrupt = new Interrupt("0:y", "y", JsonObject.of("prompt", "ok?"));
        PendingWrite asked = new PendingWrite(
                "0:y", "y", JsonObject.EMPTY, List.of(interrupt), Optional.of(JsonObject.of("started", 1)));
        log.append(entry(List.of(pending("0:x", 1), asked), draft("task.finished")));
        log.write(entry(List.of(pending("0:x", 2)), draft("custom")));

        assertThat(resumption(claim).pending()).containsExactlyInAnyOrder(pending("0:x", 2), asked);
        log.write(entry(checkpoint(1, "a", 2), Set.of("a"), Move.STAY, draft("checkpoint")));
        Resumption after = resumption(claim);
        assertThat(after.pending()).isEmpty();
        assertThat(after.checkpoint().number()).isEqualTo(1);
        assertThat(store.find(tenant, execution.id()).orElseThrow().progress().step())
                .isEqualTo(1);
        assertThat(types(execution)).containsExactly("execution.queued", "task.finished", "custom", "checkpoint");
    }

    @Test
    void restoresEveryCheckpointFromItsChanges() {
        Execution execution = admit();
        Claim claim = claim();
        Log log = log(claim);
        List<JsonObject> states = new ArrayList<>(List.of(checkpoint(0, "a", 1).values()));
        String filler = "é\n\"".repeat(400);
        for (int number = 1; number <= 60; number++) {
            String channel = number % 3 == 0 ? "a" : "b" + number % 4;
            JsonObject values = states.getLast().with(channel, JsonObject.of("n", number, "text", filler + number));
            states.add(values);
            Entry entry = entry(checkpoint(number, values), Set.of(channel), Move.STAY, draft("checkpoint"));
            if (number % 7 == 0) {
                log.write(entry);
            } else {
                log.append(entry);
            }
        }
        log.settle();
        for (int number = 0; number <= 60; number++) {
            Checkpoint found = store.findCheckpoint(tenant, execution.id(), Optional.of(number))
                    .orElseThrow();
            assertThat(found.values()).as("checkpoint %d", number).isEqualTo(states.get(number));
            assertThat(found.next()).isEqualTo(checkpoint(number, "a", 1).next());
            assertThat(found.control()).isEqualTo(JsonObject.of("supersteps", number));
        }
        assertThat(resumption(claim).checkpoint().values()).isEqualTo(states.getLast());
        assertThat(store.findCheckpoint(tenant, execution.id(), Optional.of(61)))
                .isEmpty();

        var page = store.checkpoints(tenant, execution.id(), new PageRequest(10, Optional.empty()));
        assertThat(page.items())
                .extracting(Checkpoint::number)
                .startsWith(60, 59, 58)
                .hasSize(10);
        assertThat(page.items()).allSatisfy(one -> assertThat(one.values()).isEqualTo(JsonObject.EMPTY));
        var rest = store.checkpoints(tenant, execution.id(), new PageRequest(100, page.next()));
        assertThat(rest.items())
                .extracting(Checkpoint::number)
                .startsWith(50)
                .endsWith(0)
                .hasSize(51);
        assertThat(rest.next()).isEmpty();
    }

    @Test
    void restoresEachKindOfChange() {
        admit();
        Claim claim = claim();
        Log log = log(claim);
        Checkpoint any = checkpoint(1, "a", 1);
        Map<String, Change> changes = Map.of(
                "a", new Change.Unset(),
                "list", new Change.Append(JsonArray.of(1, "two")),
                "object", new Change.Members(JsonObject.of("x", 1, "y", null)),
                "some",
                        new Change.Several(List.of(
                                new Change.Append(JsonArray.of(1, 2, 3)), new Change.Replace(1, JsonNumber.of(7)))));
        log.write(new Entry(List.of(draft("checkpoint")), List.of(), Optional.of(any), changes, Move.STAY));
        Checkpoint next = checkpoint(2, "a", 1);
        log.write(new Entry(
                List.of(draft("checkpoint")),
                List.of(),
                Optional.of(next),
                Map.of(
                        "list", new Change.Append(JsonArray.of(true)),
                        "object", new Change.Members(JsonObject.of("x", 2))),
                Move.STAY));
        assertThat(resumption(claim).checkpoint().values())
                .isEqualTo(JsonObject.of(
                        "list", List.of(1, "two", true),
                        "object", new JsonObject(Map.of("x", JsonNumber.of(2), "y", JsonNull.NULL)),
                        "some", List.of(1, 7, 3)));
    }

    @Test
    void waitsAndGoesOnWithTheCommand() {
        Execution execution = admit();
        Claim first = claim();
        Log log = log(first);
        log.append(entry(List.of(pending("0:x", 1)), draft("task.finished")));
        Checkpoint asked = new Checkpoint(
                1,
                Checkpoint.Source.LOOP,
                checkpoint(0, "a", 1).values(),
                checkpoint(0, "a", 1).next(),
                List.of(new Interrupt("0:y", "y", JsonObject.of("prompt", "ok?"))),
                JsonObject.EMPTY,
                Optional.empty());
        log.write(entry(asked, Set.of(), new Move.Suspend(), draft("execution.waiting")));

        assertThat(store.find(tenant, execution.id()).orElseThrow().state()).isEqualTo(ExecutionState.WAITING);
        assertThat(claim("server-2", 10, Duration.ZERO)).isEmpty();
        assertThat(store.findCheckpoint(tenant, execution.id(), Optional.empty())
                        .orElseThrow()
                        .interrupts())
                .isEqualTo(asked.interrupts());
        refuses(first, log);

        Command command =
                new Command(Map.of("0:y", JsonNumber.of(1)), Optional.empty(), JsonObject.of("a", 9), List.of("x"));
        assertThat(store.resume(newTenant(), execution.id(), command, draft("execution.resumed")))
                .isFalse();
        assertThat(store.resume(tenant, execution.id(), command, draft("execution.resumed")))
                .isTrue();
        assertThat(store.resume(tenant, execution.id(), command, draft("execution.resumed")))
                .isFalse();

        Claim second = claim();
        Resumption resumption = resumption(second);
        assertThat(resumption.command()).contains(command);
        assertThat(resumption.pending()).containsExactly(pending("0:x", 1));
        log(second).write(entry(checkpoint(2, "a", 9), Set.of("a"), Move.STAY, draft("checkpoint")));
        assertThat(resumption(second).command()).isEmpty();
        assertThat(types(execution))
                .containsExactly(
                        "execution.queued", "task.finished", "execution.waiting", "execution.resumed", "checkpoint");
    }

    @Test
    void pausesWhatNoServerHasBegunAndMarksTheRest() {
        Execution queued = admit();
        Execution paused =
                store.pause(tenant, queued.id(), draft("execution.waiting")).orElseThrow();
        assertThat(paused.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(paused.progress().pauseRequested()).isTrue();
        assertThat(types(queued)).containsExactly("execution.queued", "execution.waiting");
        assertThat(claim("server-1", 10, LEASE)).isEmpty();
        Command nothing = new Command(Map.of(), Optional.empty(), JsonObject.EMPTY, List.of());
        assertThat(store.resume(tenant, queued.id(), nothing, draft("execution.resumed")))
                .isTrue();
        Claim claim = claim();
        assertThat(claim.execution().progress().pauseRequested()).isFalse();

        Execution marked =
                store.pause(tenant, queued.id(), draft("execution.waiting")).orElseThrow();
        assertThat(marked.state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(store.renew(List.of(claim.lease()), LEASE))
                .singleElement()
                .matches(one -> one.pauseRequested() && !one.lost());
        store.handBack(claim.lease());
        store.pause(tenant, queued.id(), draft("execution.waiting"));
        Claim again = claim();
        assertThat(again.execution().progress().pauseRequested()).isTrue();
        assertThat(store.pause(newTenant(), queued.id(), draft("execution.waiting")))
                .isEmpty();
        log(again).write(end(new Outcome(ExecutionState.SUCCEEDED, Optional.empty()), draft("execution.succeeded")));
        assertThat(store.pause(tenant, queued.id(), draft("execution.waiting"))
                        .orElseThrow()
                        .state())
                .isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void givesAResumedExecutionToItsClaimantAtOnce() {
        Execution execution = admit();
        Claim first = claim();
        log(first).write(entry(checkpoint(1, "a", 2), Set.of("a"), new Move.Suspend(), draft("execution.waiting")));
        Command command = new Command(Map.of(), Optional.empty(), JsonObject.of("a", 9), List.of(), Optional.of("x"));
        ExecutionStore.Running running = store.resume(
                        tenant,
                        execution.id(),
                        command,
                        draft("execution.resumed"),
                        Optional.of(new Claimant("server-2", LEASE)))
                .orElseThrow()
                .running()
                .orElseThrow();
        assertThat(running.resumption().command()).contains(command);
        assertThat(running.resumption().checkpoint().values())
                .isEqualTo(checkpoint(1, "a", 2).values());
        assertThat(running.claim().lease().epoch()).isEqualTo(first.lease().epoch() + 1);
        assertThat(running.claim().execution().progress().attempt()).isEqualTo(2);
        assertThat(claim("server-3", 10, LEASE)).isEmpty();
        running.log().write(entry(checkpoint(2, "a", 9), Set.of("a"), Move.STAY, draft("checkpoint")));
        assertThat(types(execution))
                .containsExactly("execution.queued", "execution.waiting", "execution.resumed", "checkpoint");
    }

    private ExecutionStore.Admission keyed(TenantId owner, RequestKey key, Optional<Claimant> claimant) {
        return store.admit(new ExecutionStore.Candidate(
                candidate(owner, 0, Optional.empty()),
                checkpoint(0, "a", 1),
                List.of(),
                List.of(draft("execution.queued")),
                claimant,
                Optional.of(key)));
    }

    @Test
    void admitsOnceWhatComesAgainWithItsKey() {
        RequestKey key = new RequestKey("key_1", "POST /executions", "one", "aa");
        // The answer to the first was lost with its server, which held the execution.
        ExecutionStore.Admission first = keyed(tenant, key, Optional.of(new Claimant("server-1", LEASE)));
        assertThat(first.replayed()).isFalse();
        ExecutionStore.Admission again = keyed(tenant, key, Optional.of(new Claimant("server-2", LEASE)));
        assertThat(again.replayed()).isTrue();
        assertThat(again.running()).isEmpty();
        assertThat(again.execution()).isEqualTo(first.execution());
        assertThatThrownBy(
                        () -> keyed(tenant, new RequestKey("key_1", "POST /executions", "one", "bb"), Optional.empty()))
                .isInstanceOf(RequestKeyReusedException.class);
        assertThat(keyed(tenant, new RequestKey("key_2", "POST /executions", "one", "aa"), Optional.empty())
                        .replayed())
                .isFalse();
        assertThat(keyed(newTenant(), key, Optional.empty()).replayed()).isFalse();
        assertThat(store.list(tenant, ExecutionFilter.ANY, PageRequest.FIRST).items())
                .hasSize(2);
    }

    @Test
    void admitsOneOfManyThatComeAtOnceWithOneKey() throws Exception {
        int many = 50;
        CyclicBarrier barrier = new CyclicBarrier(many);
        List<Callable<ExecutionStore.Admission>> requests = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            // Others that come at the same time must not suffer.
            RequestKey key = new RequestKey("key_1", "POST /executions", i % 5 == 0 ? "own-" + i : "same", "aa");
            requests.add(() -> {
                barrier.await();
                return keyed(tenant, key, Optional.empty());
            });
        }
        List<ExecutionStore.Admission> admissions = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(many)) {
            for (Future<ExecutionStore.Admission> request : threads.invokeAll(requests)) {
                admissions.add(request.get());
            }
        }
        assertThat(admissions).filteredOn(one -> !one.replayed()).hasSize(11);
        assertThat(admissions.stream().map(one -> one.execution().id()).distinct())
                .hasSize(11);
        assertThat(claim("server-1", 100, LEASE)).hasSize(11);
    }

    @Test
    void admitsAForkWithWhatItsTasksHaveProduced() {
        Execution other = admit();
        Execution plain = candidate(tenant, 0, Optional.empty());
        for (Optional<Claimant> claimant : List.of(Optional.<Claimant>empty(), Optional.of(new Claimant("f", LEASE)))) {
            Execution fork = new Execution(
                    new ExecutionId(ids.next("exe")),
                    tenant,
                    plain.request().from(new ExecutionRequest.Origin(other.id(), 3), Optional.empty()),
                    plain.state(),
                    plain.progress(),
                    Optional.empty(),
                    Optional.empty(),
                    plain.times());
            ExecutionStore.Admission admission = store.admit(new ExecutionStore.Candidate(
                    fork,
                    checkpoint(0, "a", 1),
                    List.of(pending("0:x", 5)),
                    List.of(draft("execution.queued")),
                    claimant));
            assertThat(admission.execution().request().origin()).contains(new ExecutionRequest.Origin(other.id(), 3));
            assertThat(store.find(tenant, fork.id())).contains(admission.execution());
            assertThat(store.remainder(tenant, fork.id()).orElseThrow().pending())
                    .containsExactly(pending("0:x", 5));
            Resumption resumption = admission
                    .running()
                    .map(ExecutionStore.Running::resumption)
                    .orElseGet(() -> resumption(claim("server-1", 10, LEASE).stream()
                            .filter(one -> one.execution().id().equals(fork.id()))
                            .findFirst()
                            .orElseThrow()));
            assertThat(resumption.pending()).containsExactly(pending("0:x", 5));
            assertThat(resumption.checkpoint().values())
                    .isEqualTo(checkpoint(0, "a", 1).values());
        }
    }

    @Test
    void tellsWhatIsLeftOfAnExecution() {
        Execution execution = admit();
        Log log = log(claim());
        ExecutionEvent.Draft failed = new ExecutionEvent.Draft(
                ExecutionEvent.TASK_FAILED, 0, Optional.of("y"), JsonObject.of("task", "0:y", "retry", false));
        log.write(entry(List.of(), failed));
        log.write(entry(checkpoint(1, "a", 2), Set.of("a"), Move.STAY, draft("checkpoint")));
        assertThat(store.remainder(tenant, execution.id()).orElseThrow().failed())
                .as("of an earlier superstep")
                .isEmpty();
        log.write(entry(List.of(pending("1:x", 5)), failed, draft("custom")));
        ExecutionStore.Remainder left = store.remainder(tenant, execution.id()).orElseThrow();
        assertThat(left.checkpoint().number()).isEqualTo(1);
        assertThat(left.pending()).containsExactly(pending("1:x", 5));
        assertThat(left.failed()).containsExactly("0:y");
        assertThat(store.remainder(newTenant(), execution.id())).isEmpty();
    }

    private static ExecutionEvent.Draft finished(int step, String node, String channel) {
        return new ExecutionEvent.Draft(
                ExecutionEvent.TASK_FINISHED,
                step,
                Optional.of(node),
                JsonObject.of("task", NodeTask.id(step, node), "channels", List.of(channel)));
    }

    private List<String> writes(Execution execution, PageRequest request) {
        return store.history(tenant, execution.id(), request).items().stream()
                .map(one -> one.checkpoint().number() + " "
                        + one.writes().stream()
                                .map(write -> write.node()
                                        + write.channels()
                                        + write.values()
                                                .map(JsonObject::toString)
                                                .orElse(""))
                                .toList())
                .toList();
    }

    @Test
    void tellsWhoWroteWhat() {
        Execution execution = admit();
        Log log = log(claim());
        Checkpoint one = checkpoint(1, "a", 2);
        log.append(new Entry(
                List.of(finished(0, "x", "a"), ExecutionEvent.ofCheckpoint(one, Set.of("a"))),
                List.of(),
                Optional.of(one),
                Map.of("a", new Change.Set(JsonNumber.of(2))),
                Move.STAY));
        for (int i = 0; i < 20; i++) {
            log.append(entry(List.of(), draft("message")));
        }
        log.append(entry(
                List.of(
                        new PendingWrite("1:x", "x", JsonObject.of("a", 3), List.of(), Optional.empty()),
                        new PendingWrite("1:y", "y", JsonObject.of("b", 4), List.of(), Optional.empty())),
                finished(1, "x", "a"),
                finished(1, "y", "b")));
        Checkpoint two = checkpoint(2, "a", 3);
        log.write(new Entry(
                List.of(ExecutionEvent.ofCheckpoint(two, Set.of("a")), finished(2, "x", "a")),
                List.of(),
                Optional.of(two),
                Map.of("a", new Change.Set(JsonNumber.of(3)), "b", new Change.Set(JsonNumber.of(4))),
                Move.STAY));
        assertThat(writes(execution, PageRequest.FIRST))
                .containsExactly(
                        "2 [x[a]{\"a\":3}, y[b]{\"b\":4}]",
                        "1 [x[a]{\"a\":2}]",
                        "0 [START[question]{\"question\":\"why?\"}]");
        assertThat(writes(execution, new PageRequest(1, Optional.of("2")))).containsExactly("1 [x[a]{\"a\":2}]");
        assertThat(store.history(newTenant(), execution.id(), PageRequest.FIRST).items())
                .isEmpty();
    }

    @Test
    void endsOnceAndForEver() {
        Execution execution = admit();
        Claim claim = claim();
        Log log = log(claim);
        log.append(entry(checkpoint(1, "a", 42), Set.of("a"), Move.STAY, draft("checkpoint")));
        log.write(end(
                new Outcome(ExecutionState.SUCCEEDED, Optional.empty()),
                draft("custom"),
                draft("execution.succeeded")));

        Execution ended = store.find(tenant, execution.id()).orElseThrow();
        assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(ended.output()).contains(checkpoint(1, "a", 42).values());
        assertThat(ended.times().finishedAt()).isPresent();
        refuses(claim, log);
        assertThat(store.renew(List.of(claim.lease()), LEASE)).singleElement().matches(ExecutionStore.Renewal::lost);
        assertThat(store.cancel(tenant, execution.id(), STOPPED, draft("execution.cancelled")))
                .contains(ended);
        assertThat(store.resume(tenant, execution.id(), command(), draft("execution.resumed")))
                .isFalse();
        assertThat(claim("s", 10, LEASE)).isEmpty();
        assertThat(types(execution)).containsExactly("execution.queued", "checkpoint", "custom", "execution.succeeded");
    }
}
