package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.Fork;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ForkTest {

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    private static GraphDefinition line() {
        return GraphDefinition.named("line")
                .channel("total", "integer", "sum")
                .channel("seen", "array", "append")
                .node("one", "count", JsonObject.EMPTY)
                .node("two", "count", JsonObject.EMPTY)
                .node("three", "count", JsonObject.EMPTY)
                .edge("START", "one")
                .edge("one", "two")
                .edge("two", "three")
                .edge("three", "END")
                .build();
    }

    private static GraphDefinition asking() {
        return GraphDefinition.named("asking")
                .channel("answer", "string", "last")
                .channel("total", "integer", "sum")
                .channel("seen", "array", "append")
                .node("work", "count", JsonObject.EMPTY)
                .node("ask", "human", JsonObject.of("prompt", "Well?", "output", "answer"))
                .node("then", "count", JsonObject.EMPTY)
                .edge("START", "work")
                .edge("START", "ask")
                .edge("work", "then")
                .edge("ask", "then")
                .build();
    }

    private AtomicInteger counting() {
        AtomicInteger calls = new AtomicInteger();
        bench.handler("count", call -> {
            calls.incrementAndGet();
            return JsonObject.of("total", 1, "seen", List.of(call.node().id()));
        });
        return calls;
    }

    private Execution fork(Execution execution, int checkpoint, Fork fork) {
        return bench.rest(
                bench.executions.fork(Bench.TENANT, execution.id(), Optional.of(checkpoint), fork, Optional.empty()));
    }

    private List<Checkpoint> all(Execution execution) {
        int last = bench.latest(execution).number();
        return java.util.stream.IntStream.rangeClosed(0, last)
                .mapToObj(number -> bench.store
                        .findCheckpoint(Bench.TENANT, execution.id(), Optional.of(number))
                        .orElseThrow())
                .toList();
    }

    @Test
    void replaysFromEveryCheckpointAndLeavesTheOtherBranchAsItWas() {
        AtomicInteger calls = counting();
        bench.engine("a");
        Execution done = bench.run(line(), JsonObject.EMPTY);
        List<Checkpoint> before = all(done);
        List<ExecutionEvent> events = bench.events(done);
        for (int number = 0; number < before.size(); number++) {
            calls.set(0);
            Execution again = fork(done, number, Fork.REPLAY);
            assertThat(again.state()).isEqualTo(ExecutionState.SUCCEEDED);
            assertThat(again.output()).isEqualTo(done.output());
            assertThat(again.request().origin()).contains(new ExecutionRequest.Origin(done.id(), number));
            Checkpoint first = all(again).getFirst();
            assertThat(first.source()).isEqualTo(Checkpoint.Source.FORK);
            assertThat(first.values()).isEqualTo(before.get(number).values());
            assertThat(calls).as("nodes behind checkpoint %d", number).hasValue(3 - number);
        }
        assertThat(all(done)).isEqualTo(before);
        assertThat(bench.events(done)).isEqualTo(events);
    }

    @Test
    void mergesAnUpdateAsIfANodeHadWrittenItOrGoesOnElsewhere() {
        counting();
        bench.engine("a");
        Execution done = bench.run(line(), JsonObject.EMPTY);
        JsonObject update = JsonObject.of("total", 10, "seen", List.of("x"));

        Execution plain = fork(done, 1, new Fork(update, Optional.empty(), List.of()));
        assertThat(plain.output())
                .contains(Json.parseObject("{\"total\":13,\"seen\":[\"one\",\"x\",\"two\",\"three\"]}"));
        Execution asTwo = fork(done, 1, new Fork(update, Optional.of("two"), List.of()));
        assertThat(asTwo.output()).contains(Json.parseObject("{\"total\":12,\"seen\":[\"one\",\"x\",\"three\"]}"));
        Execution back = fork(done, 3, new Fork(JsonObject.EMPTY, Optional.empty(), List.of("two")));
        assertThat(back.output())
                .contains(Json.parseObject("{\"total\":5,\"seen\":[\"one\",\"two\",\"three\",\"two\",\"three\"]}"));
    }

    @Test
    void asksAgainWhatWasOpenOrAnsweredBefore() {
        counting();
        bench.engine("a");
        Execution waiting = bench.run(asking(), JsonObject.EMPTY);
        Execution early = fork(waiting, 1, Fork.REPLAY);
        assertThat(early.state()).isEqualTo(ExecutionState.WAITING);
        Interrupt open = bench.latest(early).interrupts().getFirst();

        answer(waiting, "no");
        assertThat(bench.rest(waiting).output().orElseThrow().text("answer")).contains("no");
        assertThat(bench.latest(early).interrupts()).containsExactly(open);
        Execution late = fork(waiting, 1, Fork.REPLAY);
        assertThat(late.state()).as("an answer to the other is none to this").isEqualTo(ExecutionState.WAITING);
        answer(late, "yes");
        answer(early, "maybe");
        assertThat(bench.rest(late).output().orElseThrow().text("answer")).contains("yes");
        assertThat(bench.rest(early).output().orElseThrow().text("answer")).contains("maybe");
        assertThat(bench.rest(waiting).output().orElseThrow().text("answer")).contains("no");
    }

    private void answer(Execution execution, String text) {
        bench.executions.resume(
                Bench.TENANT,
                execution.id(),
                new Command(Map.of(), Optional.of(new JsonString(text)), JsonObject.EMPTY, List.of()));
    }

    @Test
    void refusesWhatDoesNotFit() {
        counting();
        bench.engine("a");
        Execution done = bench.run(line(), JsonObject.EMPTY);
        assertThatThrownBy(() -> fork(
                        done,
                        1,
                        new Fork(JsonObject.of("total", "x", "none", 1), Optional.of("nobody"), List.of("nowhere"))))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(InvalidInputException.Fault::pointer)
                                .containsExactlyInAnyOrder("/update/total", "/update/none", "/asNode", "/goto/0"));
        assertThatThrownBy(() -> fork(done, 9, Fork.REPLAY))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.UNKNOWN_CHECKPOINT));
        assertThatThrownBy(() -> bench.executions.retry(Bench.TENANT, done.id(), Optional.empty()))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.NOT_FAILED));
    }

    private GraphDefinition mending(AtomicInteger worked, AtomicInteger beside, AtomicBoolean broken) {
        bench.handler("work", call -> {
            worked.incrementAndGet();
            return JsonObject.of("a", 1);
        });
        bench.handler("beside", call -> {
            beside.incrementAndGet();
            return JsonObject.of("b", 1);
        });
        bench.handler("fails", call -> {
            for (int i = 0; beside.get() == 0 && i < 500; i++) {
                sleep();
            }
            sleep();
            if (broken.get()) {
                throw new IllegalStateException("broken");
            }
            return JsonObject.of("c", 1);
        });
        return GraphDefinition.named("mends")
                .channel("a", "integer", "last")
                .channel("b", "integer", "last")
                .channel("c", "integer", "last")
                .node("work", "work", JsonObject.EMPTY)
                .node("beside", "beside", JsonObject.EMPTY)
                .node("fails", "fails", JsonObject.EMPTY)
                .edge("START", "work")
                .edge("work", "beside")
                .edge("work", "fails")
                .build();
    }

    private void tellsWhoWrote(Execution mended) {
        List<ExecutionStore.Written> written = bench.executions
                .history(Bench.TENANT, mended.id(), new PageRequest(10, Optional.empty()))
                .items()
                .getFirst()
                .writes();
        assertThat(written)
                .extracting(ExecutionStore.Written::node, ExecutionStore.Written::channels)
                .containsExactlyInAnyOrder(tuple("beside", List.of("b")), tuple("fails", List.of("c")));
        assertThat(bench.events(mended))
                .filteredOn(event -> event.draft().data().member("carried").isPresent())
                .singleElement()
                .matches(event -> event.draft().node().equals(Optional.of("beside")));
    }

    @Test
    void tellsWhoWroteWhatWasTakenOverAlsoWhenTheFirstServerWasLost() {
        AtomicBoolean broken = new AtomicBoolean(true);
        ExecutionEngine engine = bench.engine("a");
        GraphDefinition graph = mending(new AtomicInteger(), new AtomicInteger(), broken);
        Execution failed = bench.run(graph, JsonObject.EMPTY);
        engine.close();
        broken.set(false);
        Execution retried = bench.executions.retry(Bench.TENANT, failed.id(), Optional.empty());
        assertThat(bench.store.claim(new ExecutionStore.Claimant("lost", Duration.ofMinutes(1)), 1))
                .hasSize(1);
        bench.store.release("lost");
        bench.engine("b");
        Execution mended = bench.rest(retried);
        assertThat(mended.progress().attempt()).isEqualTo(2);
        tellsWhoWrote(mended);
    }

    @Test
    void retriesWhereItFailedAndRunsNothingBeforeAgain() {
        AtomicInteger worked = new AtomicInteger();
        AtomicInteger beside = new AtomicInteger();
        AtomicBoolean broken = new AtomicBoolean(true);
        bench.engine("a");
        Execution failed = bench.run(mending(worked, beside, broken), JsonObject.EMPTY);
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        broken.set(false);
        Execution mended = bench.rest(bench.executions.retry(Bench.TENANT, failed.id(), Optional.of("key_of_another")));
        assertThat(mended.state()).isEqualTo(ExecutionState.SUCCEEDED);
        Map<String, JsonValue> all = Map.of("a", JsonNumber.of(1), "b", JsonNumber.of(1), "c", JsonNumber.of(1));
        assertThat(mended.output().orElseThrow().members()).containsExactlyInAnyOrderEntriesOf(all);
        assertThat(mended.request().origin()).contains(new ExecutionRequest.Origin(failed.id(), 1));
        assertThat(mended.request().startedBy()).contains("key_of_another");
        assertThat(worked).hasValue(1);
        assertThat(beside).as("it had finished beside the one that failed").hasValue(1);
        tellsWhoWrote(mended);
        assertThat(bench.executions.find(Bench.TENANT, failed.id())).contains(failed);
    }

    private static void sleep() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void pausesAtTheNextBoundaryUntilResumedEvenFromAnotherServer() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        bench.handler("count", call -> {
            calls.incrementAndGet();
            begun.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return JsonObject.of("total", 1, "seen", List.of(call.node().id()));
        });
        bench.engine("a");
        Execution execution = bench.start(line(), JsonObject.EMPTY);
        begun.await();
        // As the other server's API does; this one hears of it by a hint.
        Executions elsewhere = bench.over(bench.store);
        assertThat(elsewhere.pause(Bench.TENANT, execution.id()).state()).isEqualTo(ExecutionState.RUNNING);
        bench.executions.hintSteered(execution.tenant(), execution.id());
        Thread.sleep(200);
        released.countDown();
        Execution paused = bench.rest(execution);
        assertThat(paused.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(bench.latest(paused).number()).isEqualTo(1);
        assertThat(bench.events(paused).getLast().draft().data().member("paused"))
                .contains(JsonValue.of(true));
        assertThat(calls).hasValue(1);

        elsewhere.resume(
                Bench.TENANT, execution.id(), new Command(Map.of(), Optional.empty(), JsonObject.EMPTY, List.of()));
        Execution done = bench.rest(execution);
        assertThat(done.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.progress().pauseRequested()).isFalse();
        assertThat(calls).hasValue(3);
        assertThatThrownBy(() -> elsewhere.pause(Bench.TENANT, execution.id()))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.ALREADY_FINISHED));
    }

    @Test
    void cancelsTheRunningNodeOfAnotherServerWithoutWaitingForARenewal() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        bench.handler("count", call -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return JsonObject.EMPTY;
        });
        bench.engine("a");
        Execution execution = bench.start(line(), JsonObject.EMPTY);
        begun.await();
        bench.over(bench.store).cancel(Bench.TENANT, execution.id());
        bench.executions.hintSteered(execution.tenant(), execution.id());
        interrupted.await();
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.CANCELLED);
    }

    @Test
    void goesOnBehindANodeThatIsTakenToHaveWritten() {
        AtomicInteger calls = counting();
        bench.engine("a");
        Execution waiting = bench.run(asking(), JsonObject.EMPTY);
        bench.executions.resume(
                Bench.TENANT,
                waiting.id(),
                new Command(Map.of(), Optional.empty(), JsonObject.of("total", 5), List.of()));
        Execution still = bench.rest(waiting);
        assertThat(still.state()).as("an update answers nothing").isEqualTo(ExecutionState.WAITING);
        assertThat(bench.latest(still).values().number("total").orElseThrow().value())
                .isEqualByComparingTo("5");
        bench.executions.resume(
                Bench.TENANT,
                waiting.id(),
                new Command(
                        Map.of(), Optional.empty(), JsonObject.of("answer", "by hand"), List.of(), Optional.of("ask")));
        Execution done = bench.rest(waiting);
        assertThat(done.output().orElseThrow().text("answer")).contains("by hand");
        assertThat(bench.store
                        .history(Bench.TENANT, done.id(), dev.agentos.kernel.PageRequest.FIRST)
                        .items()
                        .reversed())
                .extracting(passage -> passage.writes().stream()
                        .map(one -> one.node() + one.channels())
                        .toList())
                .containsExactly(
                        List.of("START[]"),
                        List.of(),
                        List.of("update[total]"),
                        List.of("ask[answer]"),
                        List.of("then[total, seen]"));
        assertThat(done.output().orElseThrow().array("seen").orElseThrow().toString())
                .contains("then");
        assertThat(calls).hasValue(2);
    }
}
