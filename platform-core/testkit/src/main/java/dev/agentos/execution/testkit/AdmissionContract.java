package dev.agentos.execution.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionFilter;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStore.Claim;
import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.ExecutionStore.Log;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.ExecutionStore.Outcome;
import dev.agentos.execution.Lease;
import dev.agentos.execution.Within;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.TenantId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** How every {@link ExecutionStore} admits, hands out, lists and ends executions. */
abstract class AdmissionContract extends StoreFixture {

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
        assertThat(store.history(other, execution.id(), PageRequest.FIRST).items())
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
    void claimsTenantsInTurnOfEachTheUrgentFirstThenTheOlder() {
        TenantId quiet = newTenant();
        List<ExecutionId> loud = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            loud.add(admit().id());
        }
        ExecutionId only = admit(quiet, 0).id();
        ExecutionId urgent = admit(tenant, 50).id();

        assertThat(claim("s", 2, LEASE))
                .as("what is urgent to one tenant does not keep another one waiting")
                .extracting(one -> one.execution().id())
                .containsExactly(only, urgent);
        assertThat(claim("s", 10, LEASE))
                .extracting(one -> one.execution().id())
                .hasSize(5)
                .containsAll(loud);
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
                Optional.of(stores().graphOf(tenant).graph()));
        assertThat(store.list(tenant, agent, PageRequest.FIRST).items()).hasSize(4);
        ExecutionFilter none =
                new ExecutionFilter(Optional.of(ExecutionState.FAILED), Optional.empty(), Optional.empty());
        assertThat(store.list(tenant, none, PageRequest.FIRST).items()).isEmpty();
    }

    @Test
    void listsWhatFailedForAReasonUntilItIsTriedAgain() {
        Execution poison = failed("graph:CRASHED_TOO_OFTEN");
        Execution slow = failed("openai:RATE_LIMITED");
        admit();
        assertThat(failures(Optional.of("graph:CRASHED_TOO_OFTEN"), Optional.empty()))
                .containsExactly(poison.id());
        assertThat(failures(Optional.of("graph:OTHER"), Optional.empty())).isEmpty();
        assertThat(failures(Optional.empty(), Optional.of(false))).containsExactly(slow.id(), poison.id());
        admit(candidate(tenant, slow.request().from(new ExecutionRequest.Origin(slow.id(), 0), Optional.empty())));
        assertThat(failures(Optional.empty(), Optional.of(false))).containsExactly(poison.id());
        assertThat(failures(Optional.of("openai:RATE_LIMITED"), Optional.of(true)))
                .containsExactly(slow.id());
    }

    private Execution failed(String code) {
        Execution execution = admit(tenant, 9);
        Failure failure = new Failure(code, ErrorType.EXTERNAL, true, "It broke.", "Try it again.");
        log(claim()).write(end(new Outcome(ExecutionState.FAILED, Optional.of(failure)), draft("execution.failed")));
        return execution;
    }

    private List<ExecutionId> failures(Optional<String> code, Optional<Boolean> retried) {
        ExecutionFilter filter = new ExecutionFilter(
                Optional.of(ExecutionState.FAILED),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                code,
                retried,
                Within.ALL);
        return store.list(tenant, filter, PageRequest.FIRST).items().stream()
                .map(Execution::id)
                .toList();
    }

    @Test
    void listsWhatIsOfTheAgentsAndGraphsOfAReach() {
        ExecutionId one = admit(candidate(tenant, 0, Optional.of("p/a"))).id();
        ExecutionId other = admit(candidate(tenant, 0, Optional.of("q/a"))).id();
        ExecutionId graph = admit(candidate(tenant, 0, Optional.empty())).id();
        String id = stores().graphOf(tenant).graph();
        assertThat(within(Set.of(), "p/a")).containsExactly(one);
        assertThat(within(Set.of(), "q/*", "p/other")).containsExactly(other);
        assertThat(within(Set.of(id), "p/*", "g")).containsExactlyInAnyOrder(one, graph);
        assertThat(within(Set.of("gra_other"))).isEmpty();
    }

    private List<ExecutionId> within(Set<String> graphs, String... names) {
        ExecutionFilter filter = new ExecutionFilter(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new Within(Reach.of(List.of(names)), graphs));
        return store.list(tenant, filter, PageRequest.FIRST).items().stream()
                .map(Execution::id)
                .toList();
    }

    @Test
    void claimsTheMostUrgentOfManyWhoseOwnersWereLost() {
        ExecutionId urgent = admit(tenant, 9).id();
        claim("server-1", 1, LEASE.multipliedBy(2));
        for (int i = 0; i < 30; i++) {
            admit();
        }
        claim("server-1", 30, LEASE);
        stores().pass(LEASE.multipliedBy(3));
        assertThat(claim("server-2").execution().id()).isEqualTo(urgent);
    }

    @Test
    void claimsTheMostUrgentOfManyThatAreDue() {
        ExecutionId urgent = admit(tenant, 9).id();
        for (int i = 0; i < 30; i++) {
            admit();
        }
        for (Claim claim : claim("server-1", 31, LEASE)) {
            boolean last = claim.execution().id().equals(urgent);
            Move due = new Move.Suspend(Optional.of(now().minusSeconds(last ? 1 : 60)));
            log(claim).write(entry(checkpoint(1, "a", 2), Set.of("a"), due, draft("execution.waiting")));
        }
        assertThat(claim("server-2").execution().id()).isEqualTo(urgent);
    }

    @Test
    void showsInputAndOutputOnlyToWhoAsksForOne() {
        Execution execution = admit();
        Claim claim = claim();
        Log log = log(claim);
        log.append(entry(checkpoint(1, "a", 42), Set.of("a"), Move.STAY, draft("checkpoint")));
        log.write(end(new Outcome(ExecutionState.SUCCEEDED, Optional.empty()), draft("execution.succeeded")));
        assertThat(claim.execution().request().input()).isEqualTo(JsonObject.EMPTY);
        assertThat(store.list(tenant, ExecutionFilter.ANY, PageRequest.FIRST).items())
                .singleElement()
                .satisfies(listed -> {
                    assertThat(listed.request().input()).isEqualTo(JsonObject.EMPTY);
                    assertThat(listed.output()).isEmpty();
                    assertThat(listed.state()).isEqualTo(ExecutionState.SUCCEEDED);
                });
        Execution found = store.find(tenant, execution.id()).orElseThrow();
        assertThat(found.request().input()).isEqualTo(JsonObject.of("question", "why?"));
        assertThat(found.output()).contains(JsonObject.of("a", 42));
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

    /** Whoever carries it on tells of the end of what is running. */
    @Test
    void tellsOfWhatItEndsItselfOnce() throws Exception {
        Failure reason = Failure.of(GraphErrorCode.CANCELLED, "By " + tenant, "Nothing.");
        List<Outcome> told = new CopyOnWriteArrayList<>();
        store.listenToEnds(outcome -> {
            if (outcome.failure().equals(Optional.of(reason))) {
                told.add(outcome);
            }
        });
        Execution running = admit();
        Claim claim = claim();
        store.cancel(tenant, running.id(), reason, draft("execution.cancelled"));
        Execution queued = admit();
        int many = 8;
        CyclicBarrier barrier = new CyclicBarrier(many);
        List<Callable<Optional<Execution>>> cancels = Collections.nCopies(many, () -> {
            barrier.await();
            return store.cancel(tenant, queued.id(), reason, draft("execution.cancelled"));
        });
        try (ExecutorService threads = Executors.newFixedThreadPool(many)) {
            for (Future<Optional<Execution>> cancelled : threads.invokeAll(cancels)) {
                assertThat(cancelled.get().orElseThrow().state()).isEqualTo(ExecutionState.CANCELLED);
            }
        }
        assertThat(told).containsExactly(new Outcome(ExecutionState.CANCELLED, Optional.of(reason)));
        log(claim).write(end(new Outcome(ExecutionState.CANCELLED, Optional.of(reason)), draft("execution.cancelled")));
        store.cancel(tenant, running.id(), reason, draft("execution.cancelled"));
        store.cancel(newTenant(), queued.id(), reason, draft("execution.cancelled"));
        assertThat(told).hasSize(1);
    }
}
