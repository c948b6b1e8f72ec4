package dev.agentos.execution.testkit;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
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
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.Pauses;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Ids;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;

/**
 * What the contracts of execution stores are written with. A subclass brings a store that is empty when a test begins.
 */
public abstract class StoreFixture {

    protected static final Duration LEASE = Duration.ofMinutes(1);
    static final Failure STOPPED = Failure.of(GraphErrorCode.CANCELLED, "It was cancelled.", "Start it anew.");

    final Ids ids = Ids.system();
    protected ExecutionStore store;
    protected TenantId tenant;

    /** Where the stores of these tests come from. */
    protected abstract Stores stores();

    TenantId newTenant() {
        return stores().newTenant();
    }

    @BeforeEach
    void begin() {
        store = stores().empty();
        tenant = newTenant();
    }

    Execution candidate(TenantId owner, int priority, Optional<String> agent) {
        Optional<Instant> deadline = Optional.of(now().plus(1, ChronoUnit.DAYS));
        ExecutionRequest request = new ExecutionRequest(
                        agent,
                        stores().graphOf(owner),
                        JsonObject.of("question", "why?"),
                        JsonObject.of("model", "m"),
                        priority,
                        deadline,
                        ExecutionRequest.Durability.SYNC,
                        new Pauses(Set.of("x"), Set.of("y", "z")))
                .within(deadline, Optional.of(500))
                .by("key_of_somebody");
        return candidate(owner, request);
    }

    /** What is admitted for a request. */
    Execution candidate(TenantId owner, ExecutionRequest request) {
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

    /** An execution that is to be admitted. */
    protected Execution unadmitted() {
        return candidate(tenant, 0, Optional.empty());
    }

    /** The checkpoint that an execution begins with. */
    protected static Checkpoint start() {
        return checkpoint(0, "a", 1);
    }

    /** Something that is said of an execution. */
    protected static ExecutionEvent.Draft said(String type) {
        return draft(type);
    }

    static Instant now() {
        return InstantSource.system().instant().truncatedTo(ChronoUnit.MICROS);
    }

    Execution admit(Execution candidate) {
        return store.admit(candidate, checkpoint(0, "a", 1), List.of(draft("execution.queued")), Optional.empty())
                .execution();
    }

    Execution admit(TenantId owner, int priority) {
        return admit(candidate(owner, priority, Optional.empty()));
    }

    protected Execution admit() {
        return admit(tenant, 0);
    }

    Claim claim() {
        return claim("server-1");
    }

    protected List<Claim> claim(String owner, int most, Duration lease) {
        return store.claim(new Claimant(owner, lease), most);
    }

    static Command command() {
        return new Command(Map.of(), Optional.of(JsonNumber.of(1)), JsonObject.EMPTY, List.of());
    }

    static Entry entry(List<PendingWrite> writes, ExecutionEvent.Draft... events) {
        return new Entry(List.of(events), writes, Optional.empty(), Map.of(), Move.STAY);
    }

    static Entry entry(Checkpoint checkpoint, Set<String> changed, Move move, ExecutionEvent.Draft... events) {
        Map<String, Change> changes = changed.stream()
                .collect(toMap(
                        name -> name,
                        name -> new Change.Set(checkpoint.values().member(name).orElseThrow())));
        return new Entry(List.of(events), List.of(), Optional.of(checkpoint), changes, move);
    }

    static Entry end(Outcome outcome, ExecutionEvent.Draft... events) {
        return new Entry(List.of(events), List.of(), Optional.empty(), Map.of(), new Move.Finish(outcome));
    }

    Log log(Claim claim) {
        return store.open(claim).log();
    }

    Resumption resumption(Claim claim) {
        return store.open(claim).resumption();
    }

    Claim claim(String owner) {
        List<Claim> claims = claim(owner, 1, LEASE);
        assertThat(claims).hasSize(1);
        return claims.getFirst();
    }

    static Checkpoint checkpoint(int number, String channel, long value) {
        return checkpoint(number, new JsonObject(Map.of(channel, JsonNumber.of(value))));
    }

    static Checkpoint checkpoint(int number, JsonObject values) {
        return new Checkpoint(
                number,
                number == 0 ? Checkpoint.Source.INPUT : Checkpoint.Source.LOOP,
                values,
                List.of(
                        new NodeTask(number + ":x", "x", Optional.empty()),
                        new NodeTask(number + ":y", "y", Optional.of(JsonObject.of("input", "own")))),
                List.of(),
                JsonObject.of("supersteps", number),
                Optional.empty());
    }

    static ExecutionEvent.Draft draft(String type) {
        return new ExecutionEvent.Draft(type, 0, Optional.of("x"), JsonObject.of("of", type));
    }

    List<String> types(Execution execution) {
        return store.events(tenant, execution.id(), 0, 100).stream()
                .map(event -> event.draft().type())
                .toList();
    }

    static PendingWrite pending(String task, long value) {
        return new PendingWrite(task, "x", JsonObject.of("a", value), List.of(), Optional.empty());
    }
}
