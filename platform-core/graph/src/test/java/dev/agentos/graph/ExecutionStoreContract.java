package dev.agentos.graph;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.graph.ExecutionStore.Claim;
import dev.agentos.graph.ExecutionStore.Outcome;
import dev.agentos.graph.ExecutionStore.Resumption;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.PageRequest;
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
                Optional.of(now().plus(1, ChronoUnit.DAYS)));
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

    private Execution admit(TenantId owner, int priority) {
        return store.admit(
                candidate(owner, priority, Optional.empty()), checkpoint(0, "a", 1), draft("execution.queued"));
    }

    private Execution admit() {
        return admit(tenant, 0);
    }

    private Claim claim() {
        return claim("server-1");
    }

    private Claim claim(String owner) {
        List<Claim> claims = store.claim(owner, 1, LEASE);
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
        Execution admitted = store.admit(candidate, checkpoint(0, "a", 1), draft("execution.queued"));

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
        assertThat(store.claim("server-2", 10, LEASE)).isEmpty();
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
        List<ExecutionId> two = store.claim("s", 2, LEASE).stream()
                .map(one -> one.execution().id())
                .toList();
        assertThat(two).contains(only).containsAnyOf(loud.getFirst());
        assertThat(store.claim("s", 10, LEASE))
                .extracting(one -> one.execution().id())
                .hasSize(4)
                .containsAll(loud.subList(1, 5));
    }

    @Test
    void givesARunOutLeaseToAnotherServerAndRefusesTheFirstOne() {
        Execution execution = admit();
        Lease old = store.claim("server-1", 1, Duration.ofMillis(50)).getFirst().lease();
        List<Claim> taken = new ArrayList<>();
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            taken.addAll(store.claim("server-2", 1, LEASE));
            return !taken.isEmpty();
        });
        Claim second = taken.getFirst();
        assertThat(second.lease().epoch()).isEqualTo(old.epoch() + 1);
        assertThat(second.execution().progress().attempt()).isEqualTo(2);
        refusesEverything(old);
        assertThat(types(execution)).containsExactly("execution.queued");
        assertThat(store.renew(List.of(old, second.lease()), LEASE).stream()
                        .collect(toMap(ExecutionStore.Renewal::lease, ExecutionStore.Renewal::lost)))
                .isEqualTo(Map.of(old, true, second.lease(), false));
    }

    private void refusesEverything(Lease lease) {
        List<ExecutionEvent.Draft> events = List.of(draft("custom"));
        List<Runnable> writes = List.of(
                () -> store.load(lease),
                () -> store.handBack(lease),
                () -> store.appendEvents(lease, events),
                () -> store.savePending(lease, List.of(pending("0:x", 1)), events),
                () -> store.checkpoint(lease, checkpoint(1, "a", 2), Set.of("a"), events),
                () -> store.suspend(lease, checkpoint(1, "a", 2), Set.of("a"), events),
                () -> store.finish(
                        lease, new Outcome(ExecutionState.FAILED, Optional.empty(), Optional.of(STOPPED)), events));
        for (Runnable write : writes) {
            assertThatThrownBy(write::run).isInstanceOf(LeaseLostException.class);
        }
    }

    @Test
    void letsTheOwnerGoOnUntilItsLeaseIsTakenAway() {
        admit();
        Lease lease =
                store.claim("server-1", 1, Duration.ofMillis(1)).getFirst().lease();
        assertThat(store.release("server-1")).isEqualTo(1);
        store.appendEvents(lease, List.of(draft("custom")));
        Claim second = claim("server-2");
        assertThat(second.lease().epoch()).isEqualTo(lease.epoch() + 1);
        assertThatThrownBy(() -> store.appendEvents(lease, List.of(draft("custom"))))
                .isInstanceOf(LeaseLostException.class);
    }

    @Test
    void queuesWhatIsHandedBack() {
        Execution execution = admit();
        Claim claim = claim();
        store.savePending(claim.lease(), List.of(pending("0:x", 5)), List.of());
        store.handBack(claim.lease());

        assertThat(store.find(tenant, execution.id()).orElseThrow().state()).isEqualTo(ExecutionState.QUEUED);
        refusesEverything(claim.lease());
        Claim again = claim("server-2");
        assertThat(again.execution().progress().attempt()).isEqualTo(2);
        assertThat(store.load(again.lease()).pending()).containsExactly(pending("0:x", 5));
    }

    @Test
    void keepsPendingWritesUntilTheirCheckpointAndReplacesThemByTask() {
        Execution execution = admit();
        Lease lease = claim().lease();
        Interrupt interrupt = new Interrupt("0:y", "y", JsonObject.of("prompt", "ok?"));
        PendingWrite asked = new PendingWrite(
                "0:y", "y", JsonObject.EMPTY, List.of(interrupt), Optional.of(JsonObject.of("started", 1)));
        store.savePending(lease, List.of(pending("0:x", 1), asked), List.of(draft("task.finished")));
        store.savePending(lease, List.of(pending("0:x", 2)), List.of());

        assertThat(store.load(lease).pending()).containsExactlyInAnyOrder(pending("0:x", 2), asked);
        store.checkpoint(lease, checkpoint(1, "a", 2), Set.of("a"), List.of(draft("checkpoint")));
        Resumption after = store.load(lease);
        assertThat(after.pending()).isEmpty();
        assertThat(after.checkpoint().number()).isEqualTo(1);
        assertThat(store.find(tenant, execution.id()).orElseThrow().progress().step())
                .isEqualTo(1);
        assertThat(types(execution)).containsExactly("execution.queued", "task.finished", "checkpoint");
    }

    @Test
    void restoresEveryCheckpointFromItsChanges() {
        Execution execution = admit();
        Lease lease = claim().lease();
        List<JsonObject> states = new ArrayList<>(List.of(checkpoint(0, "a", 1).values()));
        for (int number = 1; number <= 25; number++) {
            String channel = number % 3 == 0 ? "a" : "b" + number % 4;
            JsonObject values = states.getLast().with(channel, JsonObject.of("n", number, "text", "é\n\"" + number));
            states.add(values);
            store.checkpoint(lease, checkpoint(number, values), Set.of(channel), List.of());
        }
        for (int number = 0; number <= 25; number++) {
            Checkpoint found = store.findCheckpoint(tenant, execution.id(), Optional.of(number))
                    .orElseThrow();
            assertThat(found.values()).as("checkpoint %d", number).isEqualTo(states.get(number));
            assertThat(found.next()).isEqualTo(checkpoint(number, "a", 1).next());
            assertThat(found.control()).isEqualTo(JsonObject.of("supersteps", number));
        }
        assertThat(store.load(lease).checkpoint().values()).isEqualTo(states.getLast());
        assertThat(store.findCheckpoint(tenant, execution.id(), Optional.of(26)))
                .isEmpty();

        var page = store.checkpoints(tenant, execution.id(), new PageRequest(10, Optional.empty()));
        assertThat(page.items())
                .extracting(Checkpoint::number)
                .startsWith(25, 24, 23)
                .hasSize(10);
        assertThat(page.items()).allSatisfy(one -> assertThat(one.values()).isEqualTo(JsonObject.EMPTY));
        var rest = store.checkpoints(tenant, execution.id(), new PageRequest(100, page.next()));
        assertThat(rest.items())
                .extracting(Checkpoint::number)
                .startsWith(15)
                .endsWith(0)
                .hasSize(16);
        assertThat(rest.next()).isEmpty();
    }

    @Test
    void waitsAndGoesOnWithTheCommand() {
        Execution execution = admit();
        Claim first = claim();
        store.savePending(first.lease(), List.of(pending("0:x", 1)), List.of());
        Checkpoint asked = new Checkpoint(
                1,
                Checkpoint.Source.LOOP,
                checkpoint(0, "a", 1).values(),
                checkpoint(0, "a", 1).next(),
                List.of(new Interrupt("0:y", "y", JsonObject.of("prompt", "ok?"))),
                JsonObject.EMPTY,
                Optional.empty());
        store.suspend(first.lease(), asked, Set.of(), List.of(draft("execution.waiting")));

        assertThat(store.find(tenant, execution.id()).orElseThrow().state()).isEqualTo(ExecutionState.WAITING);
        assertThat(store.claim("server-2", 10, Duration.ZERO)).isEmpty();
        assertThat(store.findCheckpoint(tenant, execution.id(), Optional.empty())
                        .orElseThrow()
                        .interrupts())
                .isEqualTo(asked.interrupts());
        refusesEverything(first.lease());

        Command command =
                new Command(Map.of("0:y", JsonNumber.of(1)), Optional.empty(), JsonObject.of("a", 9), List.of("x"));
        assertThat(store.resume(newTenant(), execution.id(), command, draft("execution.resumed")))
                .isFalse();
        assertThat(store.resume(tenant, execution.id(), command, draft("execution.resumed")))
                .isTrue();
        assertThat(store.resume(tenant, execution.id(), command, draft("execution.resumed")))
                .isFalse();

        Claim second = claim();
        Resumption resumption = store.load(second.lease());
        assertThat(resumption.command()).contains(command);
        assertThat(resumption.pending()).containsExactly(pending("0:x", 1));
        store.checkpoint(second.lease(), checkpoint(2, "a", 9), Set.of("a"), List.of());
        assertThat(store.load(second.lease()).command()).isEmpty();
        assertThat(types(execution)).containsExactly("execution.queued", "execution.waiting", "execution.resumed");
    }

    @Test
    void endsOnceAndForEver() {
        Execution execution = admit();
        Lease lease = claim().lease();
        JsonObject output = JsonObject.of("answer", 42);
        store.finish(
                lease,
                new Outcome(ExecutionState.SUCCEEDED, Optional.of(output), Optional.empty()),
                List.of(draft("execution.succeeded")));

        Execution ended = store.find(tenant, execution.id()).orElseThrow();
        assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(ended.output()).contains(output);
        assertThat(ended.times().finishedAt()).isPresent();
        refusesEverything(lease);
        assertThat(store.renew(List.of(lease), LEASE)).singleElement().matches(ExecutionStore.Renewal::lost);
        assertThat(store.cancel(tenant, execution.id(), STOPPED, draft("execution.cancelled")))
                .contains(ended);
        assertThat(store.resume(tenant, execution.id(), command(), draft("execution.resumed")))
                .isFalse();
        assertThat(store.claim("s", 10, LEASE)).isEmpty();
        assertThat(types(execution)).containsExactly("execution.queued", "execution.succeeded");
    }

    private static Command command() {
        return new Command(Map.of(), Optional.of(JsonNumber.of(1)), JsonObject.EMPTY, List.of());
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
        assertThat(store.claim("s", 10, LEASE)).isEmpty();
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
        Lease lease = claim().lease();
        for (int i = 0; i < 10; i++) {
            store.appendEvents(lease, List.of(draft("message"), draft("custom")));
        }
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
            all.addFirst(store.admit(candidate, checkpoint(0, "a", 1), draft("execution.queued"))
                    .id());
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
                List<Claim> batch = store.claim(owner, 3, LEASE);
                while (!batch.isEmpty()) {
                    claims.addAll(batch);
                    batch = store.claim(owner, 3, LEASE);
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
        won.addAll(store.claim("last", executions, LEASE));
        assertThat(won)
                .extracting(one -> one.execution().id())
                .doesNotHaveDuplicates()
                .hasSize(executions);
        assertThat(won)
                .allSatisfy(
                        one -> assertThat(one.execution().progress().attempt()).isEqualTo(1));
    }
}
