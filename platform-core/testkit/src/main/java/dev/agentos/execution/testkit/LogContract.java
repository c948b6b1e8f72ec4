package dev.agentos.execution.testkit;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStore.Claim;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.execution.ExecutionStore.Log;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.ExecutionStore.Outcome;
import dev.agentos.execution.ExecutionStore.Resumption;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What every {@link ExecutionStore} does with the logs of executions, and for whom. */
abstract class LogContract extends StoreFixture {

    @Test
    void givesARunOutLeaseToAnotherServerAndRefusesTheFirstOne() {
        Execution execution = admit();
        Claim old = claim("server-1", 1, LEASE).getFirst();
        Log log = log(old);
        stores().pass(LEASE.dividedBy(2));
        assertThat(claim("server-2", 1, LEASE)).as("it still holds").isEmpty();
        stores().pass(LEASE);
        Claim second = claim("server-2");
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

        var page = store.history(tenant, execution.id(), new PageRequest(10, Optional.empty()));
        assertThat(page.items())
                .extracting(one -> one.checkpoint().number())
                .startsWith(60, 59, 58)
                .hasSize(10);
        assertThat(page.items())
                .allSatisfy(one -> assertThat(one.checkpoint().values()).isEqualTo(JsonObject.EMPTY));
        var rest = store.history(tenant, execution.id(), new PageRequest(100, page.next()));
        assertThat(rest.items())
                .extracting(one -> one.checkpoint().number())
                .startsWith(50)
                .endsWith(0)
                .hasSize(51);
        assertThat(rest.next()).isEmpty();
    }

    @Test
    void refusesWhatIsTooLargeToRememberAndGoesOn() {
        Execution execution = admit();
        Log log = log(claim());
        Checkpoint large = checkpoint(1, JsonObject.of("a", "x".repeat(17 << 20)));
        assertThatThrownBy(() -> log.write(List.of(
                        entry(List.of(), draft("custom")), entry(large, Set.of("a"), Move.STAY, draft("checkpoint")))))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.RESULT_TOO_LARGE));
        log.write(entry(List.of(), draft("message")));
        assertThat(types(execution)).containsExactly("execution.queued", "custom", "message");
    }

    @Test
    void writesNothingMoreOnceItWasAbandoned() {
        Execution execution = admit();
        Log log = log(claim());
        log.write(entry(List.of(), draft("custom")));
        assertThat(log.unopened()).isFalse();
        log.abandon();
        log.append(entry(List.of(), draft("message")));
        assertThatThrownBy(log::settle).isInstanceOf(LeaseLostException.class);
        assertThat(types(execution)).containsExactly("execution.queued", "custom");
    }

    @Test
    void tellsItsListenersWhatHasBecomeDurableInOrder() {
        List<ExecutionStore.Stored> heard = new CopyOnWriteArrayList<>();
        store.listen(heard::add);
        admit();
        Claim claim = claim();
        Log log = log(claim);
        log.append(entry(List.of(), draft("custom"), draft("message")));
        log.append(entry(checkpoint(1, "a", 2), Set.of("a"), Move.STAY, draft("checkpoint")));
        log.write(end(new Outcome(ExecutionState.SUCCEEDED, Optional.empty()), draft("execution.succeeded")));
        assertThat(heard).allSatisfy(one -> {
            assertThat(one.lease()).isEqualTo(claim.lease());
            assertThat(one.bytes()).isPositive();
        });
        assertThat(heard.stream().flatMap(one -> one.events().stream()).map(ExecutionEvent::sequence))
                .containsExactly(2L, 3L, 4L, 5L);
        assertThat(heard.stream().flatMap(one -> one.checkpoint().stream()).map(Checkpoint::number))
                .containsExactly(1);
        assertThat(heard.getLast().move()).isInstanceOf(Move.Finish.class);
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

    private static Checkpoint goingOn(int number, List<Interrupt> asked) {
        Checkpoint before = checkpoint(0, "a", 1);
        return new Checkpoint(
                number,
                Checkpoint.Source.LOOP,
                before.values(),
                before.next(),
                asked,
                JsonObject.EMPTY,
                Optional.empty());
    }

    /** However large it is: a store may write a checkpoint whole, behind which it need not look. */
    @Test
    void keepsWhatIsLargeBesideAQuestion() {
        Execution execution = admit();
        Log log = log(claim());
        PendingWrite large =
                new PendingWrite("0:x", "x", JsonObject.of("b", "x".repeat(200_000)), List.of(), Optional.empty());
        log.write(entry(List.of(large), draft("task.finished")));
        Checkpoint asked = goingOn(1, List.of(new Interrupt("0:y", "y", JsonObject.of("prompt", "ok?"))));
        log.write(entry(asked, Set.of(), new Move.Suspend(), draft("execution.waiting")));
        store.resume(tenant, execution.id(), command(), draft("execution.resumed"));
        assertThat(resumption(claim("server-2")).pending()).containsExactly(large);
    }

    /** Although nothing is asked any more, as where a person has changed the state of what is paused. */
    @Test
    void keepsWhatTasksProducedThatAreStillToEnd() {
        Execution execution = admit();
        Claim claim = claim();
        Log log = log(claim);
        PendingWrite large =
                new PendingWrite("0:x", "x", JsonObject.of("b", "x".repeat(200_000)), List.of(), Optional.empty());
        PendingWrite other = pending("0:z", 3);
        log.write(entry(List.of(large, other), draft("task.finished")));
        log.write(entry(goingOn(1, List.of()), Set.of(), Move.STAY, draft("checkpoint")));
        assertThat(resumption(claim).pending()).containsExactly(large);
        assertThat(store.remainder(tenant, execution.id()).orElseThrow().pending())
                .containsExactly(large);
        log.write(entry(checkpoint(2, "a", 2), Set.of("a"), Move.STAY, draft("checkpoint")));
        assertThat(resumption(claim).pending()).isEmpty();
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
        assertThat(ended.times().finishedAt())
                .contains(store.events(tenant, execution.id(), 0, 10).getLast().time());
        refuses(claim, log);
        assertThat(store.renew(List.of(claim.lease()), LEASE)).singleElement().matches(ExecutionStore.Renewal::lost);
        assertThat(store.cancel(tenant, execution.id(), STOPPED, draft("execution.cancelled")))
                .contains(ended);
        assertThat(store.resume(tenant, execution.id(), command(), draft("execution.resumed")))
                .isFalse();
        assertThat(claim("s", 10, LEASE)).isEmpty();
        assertThat(types(execution)).containsExactly("execution.queued", "checkpoint", "custom", "execution.succeeded");
    }

    @Test
    void isClaimedWhenWhatItWaitsForIsDue() {
        Execution later = admit();
        log(claim())
                .write(entry(
                        checkpoint(1, "a", 2),
                        Set.of("a"),
                        new Move.Suspend(Optional.of(now().plusSeconds(3_600))),
                        draft("execution.waiting")));
        assertThat(claim("server-2", 10, LEASE)).isEmpty();
        Execution due = admit();
        log(claim())
                .write(entry(
                        checkpoint(1, "a", 2),
                        Set.of("a"),
                        new Move.Suspend(Optional.of(now().minusSeconds(60))),
                        draft("execution.waiting")));
        assertThat(store.find(tenant, due.id()).orElseThrow().state()).isEqualTo(ExecutionState.WAITING);
        Claim again = claim("server-2");
        assertThat(again.execution().id()).isEqualTo(due.id());
        assertThat(again.crashes()).isZero();
        assertThat(resumption(again).command()).isEmpty();
        assertThat(store.resume(tenant, due.id(), command(), draft("execution.resumed")))
                .isFalse();

        // One that was answered in time does not come again when it would have been due.
        log(again).write(entry(checkpoint(2, "a", 3), Set.of("a"), new Move.Suspend(), draft("execution.waiting")));
        assertThat(claim("server-2", 10, LEASE)).isEmpty();
        assertThat(store.resume(tenant, later.id(), command(), draft("execution.resumed")))
                .isTrue();
        assertThat(claim("server-2").execution().id()).isEqualTo(later.id());
    }

    private static ExecutionEvent.Draft failed(String task, boolean unclear) {
        JsonObject said = JsonObject.of("task", task, "attempt", 1);
        return new ExecutionEvent.Draft(
                ExecutionEvent.TASK_FAILED,
                0,
                Optional.of("x"),
                unclear ? said.with(ExecutionEvent.UNCLEAR, JsonValue.of(true)) : said);
    }

    private static PendingWrite pending(JsonObject detail) {
        return new PendingWrite("0:x", "x", JsonObject.EMPTY, List.of(), Optional.of(detail));
    }

    /** Whoever tries again runs what is known to have failed, and asks of what may have happened. */
    @Test
    void knowsWhichTasksHaveFailed() {
        Execution execution = admit();
        Log log = log(claim());
        JsonObject again = JsonObject.of("again", JsonObject.of("node", "x", "begins", now().toString()));
        log.write(entry(List.of(pending(JsonObject.of("started", 0))), draft("task.started")));
        log.write(entry(List.of(), failed("0:x", true), failed("0:y", false)));
        assertThat(failed(execution)).containsExactly("0:y");
        log.write(entry(List.of(), failed("0:x", false)));
        assertThat(failed(execution)).containsExactlyInAnyOrder("0:x", "0:y");
        for (JsonObject inItsPlace : List.of(JsonObject.of("started", 1), again)) {
            log.write(entry(List.of(pending(inItsPlace)), draft("custom")));
            assertThat(failed(execution)).contains("0:x");
        }
        for (JsonObject written : List.of(
                JsonObject.of("goto", List.of("y")),
                JsonObject.of("dispatch", JsonObject.of("node", "y", "items", List.of())),
                JsonObject.of("kept", JsonObject.EMPTY))) {
            log.write(entry(List.of(), failed("0:x", false)));
            log.write(entry(List.of(pending(written)), draft("task.finished")));
            assertThat(failed(execution)).as(written.toString()).containsExactly("0:y");
        }
        log.write(entry(List.of(pending("0:y", 1)), draft("task.finished")));
        assertThat(failed(execution)).isEmpty();
    }

    private Set<String> failed(Execution execution) {
        return store.remainder(tenant, execution.id()).orElseThrow().failed();
    }
}
