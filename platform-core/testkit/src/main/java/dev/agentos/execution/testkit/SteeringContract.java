package dev.agentos.execution.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.execution.AdmissionTerms;
import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionFilter;
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
import dev.agentos.execution.LeaseLostException;
import dev.agentos.execution.RequestKey;
import dev.agentos.execution.RequestKeyReusedException;
import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
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
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What every store of executions keeps to while executions are paused, forked, tried again and asked for twice. */
abstract class SteeringContract extends StoreFixture {

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
    void letsWaitOnWhatWasClaimedForNothing() {
        Execution admitted = admit();
        Claim first = claim();
        log(first)
                .write(new Entry(
                        List.of(draft("execution.waiting")),
                        List.of(),
                        Optional.empty(),
                        Map.of(),
                        new Move.Suspend(Optional.of(now().plus(Duration.ofMinutes(1))))));
        stores().pass(Duration.ofMinutes(2));
        Execution waiting = store.find(tenant, admitted.id()).orElseThrow();
        Claim look = claim();
        store.waitOn(look.lease(), now().plus(Duration.ofMinutes(2)));
        assertThat(store.find(tenant, admitted.id())).contains(waiting);
        assertThat(types(admitted)).containsExactly("execution.queued", "execution.waiting");
        assertThat(claim("server-1", 10, LEASE)).isEmpty();
        assertThatThrownBy(() -> store.waitOn(look.lease(), now())).isInstanceOf(LeaseLostException.class);
        stores().pass(Duration.ofMinutes(3));
        Claim again = claim();
        assertThat(again.lease().epoch()).isGreaterThan(look.lease().epoch());
        store.cancel(tenant, admitted.id(), STOPPED, draft("execution.cancelled"));
        store.waitOn(again.lease(), now().plus(Duration.ofMinutes(2)));
        assertThat(claim().execution().progress().cancelRequested())
                .as("who is to stop is claimed to be ended")
                .isTrue();
    }

    private Execution until(Duration time) {
        Optional<Instant> deadline = Optional.of(now().plus(time));
        Execution plain = candidate(tenant, 0, Optional.empty());
        return admit(candidate(tenant, plain.request().within(deadline, Optional.empty())));
    }

    @Test
    void endsWhatIsInTheQueueBehindItsDeadline() {
        Execution later = until(Duration.ofHours(5));
        Execution second = until(Duration.ofHours(2));
        Execution first = until(Duration.ofHours(1));
        Execution paused = until(Duration.ofHours(1));
        store.pause(tenant, paused.id(), draft("execution.waiting"));
        Function<Execution, ExecutionStore.Ending> how =
                late -> new ExecutionStore.Ending(STOPPED, draft("execution.timed_out"));
        assertThat(mine(store.endOverdue(how, 1_000))).isEmpty();
        stores().pass(Duration.ofHours(3));
        assertThat(mine(store.endOverdue(how, 1_000))).containsExactly(first.id(), second.id());
        Execution ended = store.find(tenant, first.id()).orElseThrow();
        assertThat(ended.state()).isEqualTo(ExecutionState.TIMED_OUT);
        assertThat(ended.failure()).contains(STOPPED);
        assertThat(ended.times().finishedAt()).isPresent();
        assertThat(types(first)).containsExactly("execution.queued", "execution.timed_out");
        assertThat(mine(store.endOverdue(how, 1_000))).isEmpty();
        assertThat(claim("server-1", 10, LEASE))
                .extracting(claim -> claim.execution().id())
                .as("one that was paused is due at its deadline")
                .containsExactlyInAnyOrder(later.id(), paused.id());
    }

    private List<ExecutionId> mine(List<Execution> ended) {
        return ended.stream()
                .filter(one -> one.tenant().equals(tenant))
                .map(Execution::id)
                .toList();
    }

    private Execution waiting() {
        Execution execution = admit();
        log(claim())
                .write(entry(
                        checkpoint(1, "a", 2),
                        Set.of("a"),
                        new Move.Suspend(Optional.empty()),
                        draft("execution.waiting")));
        return execution;
    }

    /** What waits is asked to wait as well, and says no more than that. */
    @Test
    void pausesWhatWaitsAndAChangeKeepsThat() {
        for (Optional<Claimant> claimant :
                List.of(Optional.<Claimant>empty(), Optional.of(new Claimant("server-2", LEASE)))) {
            Execution waiting = waiting();
            Execution paused = store.pause(tenant, waiting.id(), draft("execution.waiting"))
                    .orElseThrow();
            assertThat(paused.state()).isEqualTo(ExecutionState.WAITING);
            assertThat(paused.progress().pauseRequested()).isTrue();
            assertThat(types(waiting)).containsExactly("execution.queued", "execution.waiting");

            Command change = Command.change(JsonObject.of("a", 9), Optional.empty());
            ExecutionStore.Resumed changed = store.resume(
                            tenant, waiting.id(), change, draft("execution.resumed"), claimant)
                    .orElseThrow();
            Claim claim = changed.running().map(ExecutionStore.Running::claim).orElseGet(this::claim);
            assertThat(claim.execution().progress().pauseRequested()).isTrue();
            assertThat(store.find(tenant, waiting.id()).orElseThrow().progress().pauseRequested())
                    .isTrue();
            Log log = changed.running().map(ExecutionStore.Running::log).orElseGet(() -> log(claim));
            log.write(entry(
                    checkpoint(2, "a", 9),
                    Set.of("a"),
                    new Move.Suspend(Optional.empty()),
                    draft("execution.waiting")));
            store.resume(tenant, waiting.id(), command(), draft("execution.resumed"), claimant);
            assertThat(store.find(tenant, waiting.id()).orElseThrow().progress().pauseRequested())
                    .isFalse();
            store.cancel(tenant, waiting.id(), STOPPED, draft("execution.cancelled"));
        }
    }

    /** While an answer is checked against a question, somebody else may answer it, and another question be asked. */
    @Test
    void givesAnAnswerToNoOtherQuestionThanThatWithWhichItWasChecked() {
        for (Optional<Claimant> claimant :
                List.of(Optional.<Claimant>empty(), Optional.of(new Claimant("server-2", LEASE)))) {
            Execution execution = waiting();
            ExecutionStore.Decision slow = (found, checkpoint) -> {
                assertThat(checkpoint.number()).isEqualTo(1);
                assertThat(store.resume(tenant, execution.id(), command(), draft("execution.resumed")))
                        .isTrue();
                log(claim())
                        .write(entry(
                                checkpoint(2, "a", 3),
                                Set.of("a"),
                                new Move.Suspend(Optional.empty()),
                                draft("execution.waiting")));
                return new ExecutionStore.Answer(command(), draft("execution.resumed"));
            };
            Optional<Execution> resumed = store.resume(tenant, execution.id(), slow, claimant)
                    .flatMap(resuming -> {
                        resuming.running()
                                .map(ExecutionStore.Running::log)
                                .ifPresent(late -> assertThatThrownBy(() -> late.write(entry(List.of(), draft("late"))))
                                        .isInstanceOf(LeaseLostException.class));
                        return resuming.resumed().get();
                    });
            assertThat(resumed).isEmpty();
            assertThat(store.find(tenant, execution.id()).orElseThrow().state()).isEqualTo(ExecutionState.WAITING);
            assertThat(types(execution))
                    .containsExactly("execution.queued", "execution.waiting", "execution.resumed", "execution.waiting");
        }
    }

    @Test
    void knowsWhoHasChangedAState() {
        Execution execution = admit();
        assertThat(store.editors(tenant, execution.id())).isEmpty();
        store.edited(tenant, execution.id(), "key_a");
        store.edited(tenant, execution.id(), "key_b");
        store.edited(tenant, execution.id(), "key_a");
        assertThat(store.editors(tenant, execution.id())).containsExactlyInAnyOrder("key_a", "key_b");
        TenantId other = newTenant();
        store.edited(other, execution.id(), "key_c");
        assertThat(store.editors(other, execution.id())).isEmpty();
        assertThat(store.editors(tenant, execution.id())).doesNotContain("key_c");
    }

    @Test
    void notesNobodyWhoComesBehindTheEnd() {
        Execution execution = admit();
        store.cancel(tenant, execution.id(), STOPPED, draft("execution.cancelled"));
        assertThat(store.find(tenant, execution.id()).orElseThrow().state().terminal())
                .isTrue();
        store.edited(tenant, execution.id(), "key_a");
        assertThat(store.editors(tenant, execution.id())).isEmpty();
    }

    @Test
    void givesAResumedExecutionToItsClaimantAtOnce() {
        Execution execution = admit();
        Claim first = claim();
        log(first)
                .write(entry(
                        checkpoint(1, "a", 2),
                        Set.of("a"),
                        new Move.Suspend(Optional.empty()),
                        draft("execution.waiting")));
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

        stores().pass(Duration.ofHours(23));
        assertThat(keyed(tenant, key, Optional.empty()).replayed()).isTrue();
        stores().pass(Duration.ofHours(2));
        assertThat(keyed(tenant, key, Optional.empty()).replayed())
                .as("a key is kept for a day")
                .isFalse();
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
                    claimant,
                    Optional.empty(),
                    AdmissionTerms.FREE,
                    List.of(finished(0, "x", "a"))));
            assertThat(types(fork)).containsExactly("execution.queued", "task.finished");
            assertThat(writes(fork, PageRequest.FIRST))
                    .as("it is written behind the first checkpoint")
                    .containsExactly("0 [START[question]{\"question\":\"why?\"}]");
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
            admission.running().map(ExecutionStore.Running::log).ifPresent(log -> {
                log.write(entry(checkpoint(1, "a", 5), Set.of("a"), Move.STAY, draft("checkpoint")));
                assertThat(writes(fork, PageRequest.FIRST)).startsWith("1 [x[a]{\"a\":5}]");
            });
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
}
