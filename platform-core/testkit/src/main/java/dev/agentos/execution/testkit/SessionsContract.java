package dev.agentos.execution.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionFilter;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.Executions;
import dev.agentos.execution.Migration;
import dev.agentos.execution.RequestKey;
import dev.agentos.execution.RequestKeyReusedException;
import dev.agentos.execution.Session;
import dev.agentos.execution.Sessions;
import dev.agentos.execution.WhenBusy;
import dev.agentos.execution.Within;
import dev.agentos.graph.Fork;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Reach;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What sessions promise, over any store. */
@Timeout(90)
public abstract class SessionsContract extends OverdueContract {
    private static final Optional<String> MOVER = Optional.of("key_mover");

    @Test
    void whatOneLeavesTheNextBeginsWith() {
        engine("a", executions);
        Execution first = succeeds(say("hello", WhenBusy.REJECT));
        assertThat(first.request().session()).contains("s");
        assertThat(first.output().orElseThrow().member("mood")).isEmpty();
        Execution second = succeeds(say("again", WhenBusy.REJECT));
        assertThat(messages()).containsExactly("hello", "answer hello of 1", "again", "answer again of 3");
        assertThat(state().number("turns")).hasToString("Optional[2]");
        assertThat(session().position()).contains(new Session.Position(second.id(), 3));
        assertThat(session().busy()).isFalse();
        assertThat(executions
                        .list(tenant, ExecutionFilter.ofSession("s"), PageRequest.FIRST)
                        .items())
                .extracting(Execution::id)
                .containsExactly(second.id(), first.id());
        Execution apart = succeeds(say("other", says("hello"), WhenBusy.REJECT));
        assertThat(apart.output().orElseThrow().array("messages").orElseThrow().size())
                .isEqualTo(2);
        Page<Session> newest = sessions.list(tenant, Within.ALL, new PageRequest(1, Optional.empty()));
        assertThat(newest.items()).extracting(Session::id).containsExactly("other");
        assertThat(sessions.list(tenant, Within.ALL, new PageRequest(1, newest.next()))
                        .items())
                .extracting(Session::id)
                .containsExactly("s");
        assertThat(executions.start(tenant, says("alone")).request().session()).isEmpty();
        assertThat(sessions.list(tenant, Within.ALL, PageRequest.FIRST).items()).hasSize(2);
        Reach some = Reach.of(List.of("p/a", "g"));
        Within graph = new Within(some, Set.of(session().graph().graph()));
        assertThat(sessions.list(tenant, graph, PageRequest.FIRST).items()).hasSize(2);
        Within elsewhere = new Within(some, Set.of("gra_other"));
        assertThat(sessions.list(tenant, elsewhere, PageRequest.FIRST).items()).isEmpty();
    }

    @Test
    void whoChangedAStateIsKnownToThoseThatBeginWithIt() throws InterruptedException {
        engine("a", executions);
        Execution first = say("stay", WhenBusy.ENQUEUE);
        arrived("stay");
        store.edited(tenant, first.id(), "key_editor");
        letGo("stay");
        succeeds(first);
        Execution second = succeeds(say("again", WhenBusy.REJECT));
        assertThat(store.editors(tenant, second.id())).containsExactly("key_editor");
        Execution apart = succeeds(say("other", says("hello"), WhenBusy.REJECT));
        assertThat(store.editors(tenant, apart.id())).isEmpty();
        store.edited(tenant, second.id(), "key_late");
        assertThat(store.editors(tenant, first.id())).containsExactly("key_editor");
    }

    @Test
    void ofManyAtOnceOneIsAdmitted() throws InterruptedException {
        engine("a", executions);
        List<CompletableFuture<Optional<Execution>>> all = IntStream.range(0, 24)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return Optional.of(say("stay", WhenBusy.REJECT));
                            } catch (dev.agentos.spi.AgentOsException e) {
                                assertThat(e.errorCode()).isEqualTo(GraphErrorCode.SESSION_BUSY);
                                return Optional.<Execution>empty();
                            }
                        },
                        Thread::startVirtualThread))
                .toList();
        List<Execution> admitted = all.stream()
                .map(CompletableFuture::join)
                .flatMap(Optional::stream)
                .toList();
        assertThat(admitted).hasSize(1);
        arrived("stay");
        assertThat(session().line().active()).contains(admitted.getFirst().id());
        letGo("stay");
        succeeds(admitted.getFirst());
        assertThat(messages()).hasSize(2);
    }

    @Test
    void thoseInLineBeginInTheOrderInWhichTheyCame() throws InterruptedException {
        engine("a", executions);
        Execution first = say("stay", WhenBusy.ENQUEUE);
        arrived("stay");
        List<Execution> line = new ArrayList<>();
        for (int i = 1; i <= 5; i++) {
            line.add(say("m" + i, WhenBusy.ENQUEUE));
        }
        assertThat(session().line().held())
                .containsExactlyElementsOf(line.stream().map(Execution::id).toList());
        assertThat(executions
                        .list(
                                tenant,
                                new ExecutionFilter(
                                        Optional.of(ExecutionState.QUEUED), Optional.empty(), Optional.empty()),
                                PageRequest.FIRST)
                        .items())
                .hasSize(5);
        refused(GraphErrorCode.SESSION_BUSY, () -> say("no", WhenBusy.REJECT));
        assertThat(messages()).isEmpty();
        letGo("stay");
        succeeds(first);
        line.forEach(this::succeeds);
        assertThat(messages())
                .containsExactly(
                        "stay",
                        "answer stay of 1",
                        "m1",
                        "answer m1 of 3",
                        "m2",
                        "answer m2 of 5",
                        "m3",
                        "answer m3 of 7",
                        "m4",
                        "answer m4 of 9",
                        "m5",
                        "answer m5 of 11");
        assertThat(session().line()).isEqualTo(new Session.Line(Optional.empty(), List.of()));
    }

    @Test
    void manyThatComeAtOnceRunOneAfterTheOther() {
        engine("a", executions);
        List<Execution> all = IntStream.range(0, 30)
                .mapToObj(i ->
                        CompletableFuture.supplyAsync(() -> say("m" + i, WhenBusy.ENQUEUE), Thread::startVirtualThread))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
        all.forEach(this::succeeds);
        assertThat(messages()).hasSize(60);
        assertThat(state().number("turns")).hasToString("Optional[30]");
    }

    @Test
    void anInterruptedOneLeavesWhatItHasDone() throws InterruptedException {
        engine("a", executions);
        succeeds(say("hello", WhenBusy.REJECT));
        Execution first = say("stay", WhenBusy.REJECT);
        arrived("stay");
        Execution second = say("now", WhenBusy.INTERRUPT);
        assertStopped(first, GraphErrorCode.INTERRUPTED, WhenBusy.INTERRUPT);
        succeeds(second);
        assertThat(messages()).containsExactly("hello", "answer hello of 1", "stay", "now", "answer now of 4");
        assertThat(state().number("turns")).hasToString("Optional[2]");
    }

    private void assertStopped(Execution execution, GraphErrorCode code, WhenBusy how) {
        Execution stopped = ends(execution, ExecutionState.CANCELLED);
        assertThat(stopped.failure().map(Failure::code)).contains(code.code());
        assertThat(stopped.progress().superseded()).contains(how);
        ExecutionEvent last = store.events(tenant, execution.id(), 0, 100).getLast();
        assertThat(last.draft().type()).isEqualTo(ExecutionEvent.CANCELLED);
        assertThat(last.draft().data().object("failure").orElseThrow().text("code"))
                .contains(code.code());
    }

    @Test
    void aRolledBackOneLeavesNothing() throws InterruptedException {
        engine("a", executions);
        succeeds(say("hello", WhenBusy.REJECT));
        JsonObject before = state();
        Execution first = say("stay", WhenBusy.REJECT);
        arrived("stay");
        Execution second = say("stay2", WhenBusy.ROLLBACK);
        assertStopped(first, GraphErrorCode.ROLLED_BACK, WhenBusy.ROLLBACK);
        arrived("stay2");
        assertThat(state()).isEqualTo(before);
        letGo("stay2");
        succeeds(second);
        assertThat(messages()).containsExactly("hello", "answer hello of 1", "stay2", "answer stay2 of 3");
        assertThat(store.findCheckpoint(tenant, first.id(), Optional.of(2))).isPresent();
    }

    @Test
    void oneThatWaitsForAPersonHasItsSession() {
        engine("a", executions);
        Execution waiting = ends(say("ask", WhenBusy.REJECT), ExecutionState.WAITING);
        refused(GraphErrorCode.SESSION_BUSY, () -> say("no", WhenBusy.REJECT));
        refused(GraphErrorCode.SESSION_BUSY, () -> sessions.delete(tenant, "s"));
        Execution next = say("then", WhenBusy.ENQUEUE);
        executions.resume(
                tenant,
                waiting.id(),
                new Command(Map.of(), Optional.of(new dev.agentos.spi.JsonString("yes")), JsonObject.EMPTY, List.of()));
        succeeds(waiting);
        succeeds(next);
        assertThat(messages()).containsExactly("ask", "answer ask of 1", "then", "answer then of 3");

        Execution again = ends(say("ask", WhenBusy.REJECT), ExecutionState.WAITING);
        Execution after = say("after", WhenBusy.INTERRUPT);
        assertStopped(again, GraphErrorCode.INTERRUPTED, WhenBusy.INTERRUPT);
        succeeds(after);
        assertThat(messages()).endsWith("ask", "after", "answer after of 6");

        Execution third = ends(say("ask", WhenBusy.REJECT), ExecutionState.WAITING);
        Execution last = say("last", WhenBusy.ROLLBACK);
        assertStopped(third, GraphErrorCode.ROLLED_BACK, WhenBusy.ROLLBACK);
        succeeds(last);
        assertThat(messages()).endsWith("answer after of 6", "last", "answer last of 8");
    }

    @Test
    void oneThatInterruptsGoesInFrontOfTheLineAndTakesThePlaceOfAnEarlierOne() throws InterruptedException {
        engine("a", executions);
        Execution first = say("stay", WhenBusy.REJECT);
        arrived("stay");
        Execution inLine = say("line", WhenBusy.ENQUEUE);
        // The engine's thread is held by nobody, so what comes now may find the first one stopped already or not.
        Execution earlier = say("stay2", WhenBusy.INTERRUPT);
        Execution later = say("later", WhenBusy.ROLLBACK);
        assertStopped(first, GraphErrorCode.INTERRUPTED, WhenBusy.INTERRUPT);
        assertStopped(earlier, GraphErrorCode.ROLLED_BACK, WhenBusy.ROLLBACK);
        succeeds(later);
        succeeds(inLine);
        assertThat(messages()).containsExactly("stay", "later", "answer later of 2", "line", "answer line of 4");
    }

    @Test
    void beforeAnyServerHasBegunOneTakesThePlaceOfAnother() {
        Execution first = say("first", WhenBusy.REJECT);
        Execution inLine = say("line", WhenBusy.ENQUEUE);
        Execution second = say("second", WhenBusy.INTERRUPT);
        assertStopped(first, GraphErrorCode.INTERRUPTED, WhenBusy.INTERRUPT);
        assertThat(session().line()).isEqualTo(new Session.Line(Optional.of(second.id()), List.of(inLine.id())));
        executions.cancel(tenant, second.id());
        assertThat(session().line()).isEqualTo(new Session.Line(Optional.of(inLine.id()), List.of()));
        engine("a", executions);
        succeeds(inLine);
        assertThat(messages()).containsExactly("line", "answer line of 1");
    }

    @Test
    void oneInLineCanBeCancelledAndPaused() throws InterruptedException {
        engine("a", executions);
        Execution first = say("stay", WhenBusy.REJECT);
        arrived("stay");
        Execution second = say("second", WhenBusy.ENQUEUE);
        Execution third = say("third", WhenBusy.ENQUEUE);
        assertThat(executions.cancel(tenant, second.id()).state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(executions.pause(tenant, third.id()).progress().pauseRequested())
                .isTrue();
        letGo("stay");
        succeeds(first);
        ends(third, ExecutionState.WAITING);
        assertThat(store.findCheckpoint(tenant, third.id(), Optional.empty())
                        .orElseThrow()
                        .values()
                        .array("messages")
                        .orElseThrow()
                        .size())
                .isEqualTo(3);
        executions.resume(tenant, third.id(), new Command(Map.of(), Optional.empty(), JsonObject.EMPTY, List.of()));
        succeeds(third);
        assertThat(messages()).containsExactly("stay", "answer stay of 1", "third", "answer third of 3");
    }

    @Test
    void oneThatFailsOrIsCancelledLeavesItsLastCheckpoint() throws InterruptedException {
        engine("a", executions);
        ends(say("fail", WhenBusy.REJECT), ExecutionState.FAILED);
        assertThat(messages()).containsExactly("fail");
        assertThat(state().text("note")).contains("heard fail");
        Execution staying = say("stay", WhenBusy.REJECT);
        arrived("stay");
        executions.cancel(tenant, staying.id());
        Execution cancelled = ends(staying, ExecutionState.CANCELLED);
        assertThat(cancelled.failure().map(Failure::code)).contains(GraphErrorCode.CANCELLED.code());
        assertThat(cancelled.progress().superseded()).isEmpty();
        succeeds(say("go on", WhenBusy.REJECT));
        assertThat(messages()).containsExactly("fail", "stay", "go on", "answer go on of 3");
    }

    @Test
    void aKeyHoldsWhateverTheSessionDoes() throws InterruptedException {
        engine("a", executions);
        Optional<RequestKey> key = Optional.of(new RequestKey("me", "POST /x", "k", "f"));
        Sessions.Turn turn = new Sessions.Turn("s", WhenBusy.REJECT, Optional.empty());
        List<Executions.Started> started = IntStream.range(0, 12)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> sessions.start(tenant, says("stay"), turn, key), Thread::startVirtualThread))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
        assertThat(started)
                .extracting(one -> one.execution().id())
                .containsOnly(started.getFirst().execution().id());
        assertThat(started).filteredOn(one -> !one.replayed()).hasSize(1);
        assertThatThrownBy(() -> sessions.start(
                        tenant, says("x"), turn, Optional.of(new RequestKey("me", "POST /x", "k", "other"))))
                .isInstanceOf(RequestKeyReusedException.class);
        arrived("stay");
        letGo("stay");
        succeeds(started.getFirst().execution());
        assertThat(sessions.start(tenant, says("stay"), turn, key).replayed()).isTrue();
        assertThat(messages()).hasSize(2);
    }

    @Test
    void anotherServerGoesOnWithTheLine() throws InterruptedException {
        ExecutionEngine first = engine("a", executions);
        Execution staying = say("stay", WhenBusy.REJECT);
        arrived("stay");
        List<Execution> line = IntStream.range(0, 5)
                .mapToObj(i -> say("m" + i, WhenBusy.ENQUEUE))
                .toList();
        first.abandon();
        letGo("stay");
        store.release("a");
        engine("b", executions);
        executions.hintQueued();
        succeeds(staying);
        line.forEach(this::succeeds);
        assertThat(messages()).hasSize(12);
        assertThat(store.events(tenant, staying.id(), 0, 100))
                .extracting(event -> event.draft().type())
                .contains(ExecutionEvent.RESUMED);
        for (Execution one : line) {
            assertThat(store.events(tenant, one.id(), 0, 100))
                    .filteredOn(event -> event.draft().type().equals(ExecutionEvent.STARTED))
                    .hasSize(1);
        }
    }

    @Test
    void forksStandForThemselves() {
        engine("a", executions);
        succeeds(say("hello", WhenBusy.REJECT));
        Execution second = succeeds(say("again", WhenBusy.REJECT));
        refused(
                GraphErrorCode.UNKNOWN_CHECKPOINT,
                () -> executions.fork(tenant, second.id(), Optional.of(0), Fork.REPLAY, Optional.empty()));
        Execution fork = succeeds(executions.fork(tenant, second.id(), Optional.of(1), Fork.REPLAY, Optional.empty()));
        assertThat(fork.output()).isEqualTo(second.output());
        assertThat(fork.request().session()).isEmpty();
        assertThat(messages()).hasSize(4);
    }

    @Test
    void theGraphAndItsVersionStay() {
        engine("a", executions);
        Execution first = succeeds(say("hello", WhenBusy.REJECT));
        save(CHAT.replace("prompt: 'Go on'", "prompt: 'Really go on'"));
        assertThat(says("x").graph().version()).isEqualTo(2);
        Execution second = succeeds(say("again", WhenBusy.REJECT));
        assertThat(second.request().graph()).isEqualTo(first.request().graph());
        refused(
                GraphErrorCode.SESSION_CONFLICT,
                () -> sessions.start(
                        tenant, says("x"), new Sessions.Turn("s", WhenBusy.REJECT, Optional.of(2)), Optional.empty()));
        save(CHAT.replace("name: chat", "name: other"));
        ExecutionRequest other = request("other", Optional.empty(), JsonObject.EMPTY);
        refused(GraphErrorCode.SESSION_CONFLICT, () -> say("s", other, WhenBusy.REJECT));
        for (String bad : List.of("", "a b", "-x", "x".repeat(129), "ä")) {
            refused(GraphErrorCode.INVALID_INPUT, () -> say(bad, says("x"), WhenBusy.REJECT));
        }
    }

    @Test
    void deletingTakesTheExecutionsAlong() {
        engine("a", executions);
        Execution first = succeeds(say("hello", WhenBusy.REJECT));
        sessions.delete(tenant, "s");
        assertThat(executions.find(tenant, first.id())).isEmpty();
        refused(GraphErrorCode.UNKNOWN_SESSION, () -> sessions.require(tenant, "s"));
        refused(GraphErrorCode.UNKNOWN_SESSION, () -> sessions.delete(tenant, "s"));
        succeeds(say("anew", WhenBusy.REJECT));
        assertThat(messages()).containsExactly("anew", "answer anew of 1");
        assertThat(sessions.find(newTenant(), "s")).isEmpty();
    }

    @Test
    void migratesThereAndBack() throws InterruptedException {
        engine("a", executions);
        succeeds(say("hello", WhenBusy.REJECT));
        JsonObject before = state();
        save(CHAT.replace("note: {type: string, reducer: last}", "size: {type: integer, reducer: last, default: 7}")
                .replace("output: note", "output: size")
                .replace("turns: {type: integer, reducer: sum}", "turns: {type: string, reducer: last}"));
        assertThatThrownBy(() -> sessions.migrate(tenant, "s", 2, Map.of("nope", "1", "size", "oops("), false, MOVER))
                .isInstanceOfSatisfying(dev.agentos.kernel.InvalidInputException.class, e -> {
                    assertThat(e.errorCode()).isEqualTo(GraphErrorCode.MIGRATION_CONFLICT);
                    assertThat(e.faults())
                            .extracting(one -> one.pointer())
                            .containsExactlyInAnyOrder("/values/turns", "/values/nope", "/values/size");
                });
        Map<String, String> values = Map.of("turns", "'after ' + string(turns)");
        Migration trial = sessions.migrate(tenant, "s", 2, values, true, MOVER);
        assertThat(session().graph().version()).isEqualTo(1);
        Migration done = sessions.migrate(tenant, "s", 2, values, false, MOVER);
        assertThat(done).isEqualTo(trial);
        assertThat(done.channels())
                .isEqualTo(Map.of(
                        "messages", Migration.Fate.KEPT,
                        "turns", Migration.Fate.CONVERTED,
                        "size", Migration.Fate.DEFAULT,
                        "mood", Migration.Fate.DEFAULT,
                        "note", Migration.Fate.DROPPED));
        assertThat(state().text("turns")).contains("after 1");
        assertThat(session().previous()).contains(1);
        assertThat(session().migrations()).hasSize(1);

        Migration back = sessions.migrate(tenant, "s", 1, Map.of(), false, MOVER);
        assertThat(back.channels()).containsEntry("note", Migration.Fate.RESTORED);
        assertThat(state()).isEqualTo(before);
        assertThat(session().previous()).isEmpty();
        Execution staying = say("stay", WhenBusy.REJECT);
        arrived("stay");
        refused(GraphErrorCode.SESSION_BUSY, () -> sessions.migrate(tenant, "s", 2, values, true, MOVER));
        refused(GraphErrorCode.SESSION_BUSY, () -> sessions.migrate(tenant, "s", 2, values, false, MOVER));
        letGo("stay");
        succeeds(staying);
        refused(GraphErrorCode.UNKNOWN_GRAPH, () -> sessions.migrate(tenant, "s", 9, values, false, MOVER));
        refused(GraphErrorCode.UNKNOWN_SESSION, () -> sessions.migrate(tenant, "t", 2, values, false, MOVER));
        assertThat(messages()).hasSize(4);
    }

    @Test
    void executionsRunTheVersionToWhichTheirSessionWasMigrated() {
        engine("a", executions);
        succeeds(say("hello", WhenBusy.REJECT));
        save(CHAT.replace(
                "turns: {type: integer, reducer: sum}",
                "turns: {type: integer, reducer: sum}\n" + "  tags: {type: array, reducer: append, default: [x]}"));
        sessions.migrate(tenant, "s", 2, Map.of("turns", "turns + 10"), false, MOVER);
        Execution second = succeeds(say("again", WhenBusy.REJECT));
        assertThat(second.request().graph().version()).isEqualTo(2);
        assertThat(store.editors(tenant, second.id())).isEqualTo(Set.of("key_mover"));
        assertThat(state().number("turns")).hasToString("Optional[12]");
        assertThat(state().array("tags")).hasToString("Optional[[\"x\"]]");
        assertThat(session().previous()).isEmpty();
        // An execution has ended since: the way back is a migration as any other.
        Migration back = sessions.migrate(tenant, "s", 1, Map.of(), false, MOVER);
        assertThat(back.channels())
                .containsEntry("tags", Migration.Fate.DROPPED)
                .containsEntry("turns", Migration.Fate.KEPT);
        assertThat(state().number("turns")).hasToString("Optional[12]");
        assertThat(session().migrations())
                .extracting(one -> one.number("to").orElseThrow().toString())
                .containsExactly("2", "1");
    }
}
