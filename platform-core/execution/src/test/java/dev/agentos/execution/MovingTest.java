package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.Onward;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MovingTest {

    private final Bench bench = new Bench();
    private final AtomicInteger paid = new AtomicInteger();
    private final AtomicInteger beside = new AtomicInteger();

    @BeforeEach
    void offer() {
        bench.handler("pay", call -> {
            paid.incrementAndGet();
            return JsonObject.of("receipt", "r1", "note", "soon");
        });
        bench.handler("beside", call -> {
            beside.incrementAndGet();
            return JsonObject.of("side", 1);
        });
        bench.handler("calculate", call -> {
            // What is beside it has finished when it fails.
            for (int i = 0; beside.get() == 0 && i < 500; i++) {
                Thread.sleep(10);
            }
            Thread.sleep(20);
            String expression = call.node().config().text("total").orElseThrow();
            return JsonObject.of("total", call.expressions().evaluate(expression, call.state()));
        });
        bench.engine("a");
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static GraphBuilder order(String expression) {
        return GraphDefinition.named("order")
                .channel("receipt", "string", "last")
                .channel("side", "integer", "last")
                .channel("note", "string", "ephemeral")
                .channel("total", "integer", "last")
                .node("pay", "pay", JsonObject.EMPTY)
                .node("beside", "beside", JsonObject.EMPTY)
                .node("sum", "calculate", JsonObject.of("total", expression))
                .edge("START", "pay")
                .edge("pay", "sum")
                .edge("pay", "beside");
    }

    /** Fails beside a node that has finished, because of what its graph says. */
    private Execution failed() {
        Execution failed = bench.run(order("int(receipt)").build(), JsonObject.EMPTY);
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        return failed;
    }

    private static Moving to(GraphReference version, Map<String, String> values) {
        return new Moving(version.version(), Optional.empty(), values, false);
    }

    private Execution moved(Execution failed, Moving moving) {
        return bench.rest(bench.executions
                .migrate(Bench.TENANT, failed.id(), moving, Optional.empty(), Optional.empty())
                .started()
                .orElseThrow()
                .execution());
    }

    @Test
    void goesOnWhereItFailedInACorrectedVersion() {
        Execution failed = failed();
        GraphReference corrected = bench.deploy(
                failed.request().graph(),
                order("size(receipt) + size(state.note) + bonus")
                        .channel("bonus", "integer", "last", JsonNumber.of(40))
                        .build());
        Execution mended = moved(failed, to(corrected, Map.of()));
        assertThat(mended.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(mended.request().graph()).isEqualTo(corrected);
        assertThat(mended.request().origin()).contains(new ExecutionRequest.Origin(failed.id(), 1));
        assertThat(mended.output().orElseThrow().member("total")).contains(JsonNumber.of(46));
        assertThat(paid).as("what was done before is not done again").hasValue(1);
        assertThat(beside).as("nor is what was done beside").hasValue(1);
        assertThat(bench.events(mended)
                        .getFirst()
                        .draft()
                        .data()
                        .object("migration")
                        .orElseThrow())
                .hasToString("{\"from\":1,\"to\":2,\"channels\":{\"bonus\":\"default\",\"note\":\"kept\","
                        + "\"receipt\":\"kept\",\"side\":\"default\",\"total\":\"default\"}}");
        assertThat(bench.executions.find(Bench.TENANT, failed.id())).contains(failed);
    }

    @Test
    void convertsTheStateAndSaysBeforehandWhatBecomesOfIt() {
        Execution failed = failed();
        GraphDefinition other = GraphDefinition.named("order")
                .channel("receipt", "integer", "last")
                .channel("side", "integer", "last")
                .channel("total", "integer", "last")
                .node("sum", "transform", JsonObject.of("set", JsonObject.of("total", "receipt")))
                .node("beside", "beside", JsonObject.EMPTY)
                .edge("START", "sum")
                .edge("sum", "beside")
                .build();
        GraphReference corrected = bench.deploy(failed.request().graph(), other);
        assertThatThrownBy(() -> moved(failed, to(corrected, Map.of())))
                .isInstanceOfSatisfying(InvalidInputException.class, e -> {
                    assertThat(e.errorCode()).isEqualTo(GraphErrorCode.MIGRATION_CONFLICT);
                    assertThat(e.faults())
                            .extracting(InvalidInputException.Fault::pointer)
                            .containsExactly("/values/receipt");
                });
        Moving moving = to(corrected, Map.of("receipt", "size(receipt)"));
        Moving tried = new Moving(moving.version(), Optional.empty(), moving.values(), true);
        Moving.Moved plan =
                bench.executions.migrate(Bench.TENANT, failed.id(), tried, Optional.empty(), Optional.empty());
        assertThat(plan.started()).isEmpty();
        assertThat(plan.migration().channels())
                .containsEntry("receipt", Migration.Fate.CONVERTED)
                .containsEntry("note", Migration.Fate.DROPPED);
        Execution mended = moved(failed, moving);
        assertThat(mended.output().orElseThrow().member("total")).contains(JsonNumber.of(2));
    }

    @Test
    void refusesAVersionThatCannotGoOnFromThereAndSaysWhy() {
        Execution failed = failed();
        GraphReference other = bench.deploy(
                failed.request().graph(),
                GraphDefinition.named("order")
                        .channel("receipt", "string", "last")
                        .channel("side", "string", "last")
                        .node("pay", "pay", JsonObject.EMPTY)
                        .node("beside", "beside", JsonObject.EMPTY)
                        .edge("START", "pay")
                        .edge("pay", "beside")
                        .build());
        assertThatThrownBy(() -> moved(failed, to(other, Map.of())))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(InvalidInputException.Fault::message)
                                .satisfiesExactly(
                                        missing -> assertThat(missing)
                                                .isEqualTo("The execution is to go on with node 'sum', which version 2"
                                                        + " does not have."),
                                        written -> assertThat(written)
                                                .contains("Node 'beside' has finished, and what it wrote to channel"
                                                        + " 'side'")));
        assertThatThrownBy(() -> moved(failed, new Moving(9, Optional.empty(), Map.of(), false)))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.UNKNOWN_GRAPH));
        // From an earlier checkpoint that version goes on, and does again what was done behind it.
        Execution anew = moved(failed, new Moving(other.version(), Optional.of(0), Map.of(), false));
        assertThat(anew.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(anew.failure().orElseThrow().message()).contains("There is no channel 'note'");
        assertThat(paid).hasValue(2);
    }

    private static GraphDefinition both(int version) {
        return GraphDefinition.named("both")
                .channel("receipt", "string", "last")
                .channel("side", "integer", "last")
                .channel("version", "integer", "last", JsonNumber.of(version))
                .node("charge", "charge", JsonObject.EMPTY)
                .node("beside", "beside", JsonObject.EMPTY)
                .edge("START", "charge")
                .edge("START", "beside")
                .build();
    }

    @Test
    void leavesAloneWhatHasNotEndedAndTakesAlongWhatACancelledOneHasDone() {
        AtomicInteger charged = new AtomicInteger();
        bench.handlers.put(
                "charge",
                new FakeHandler(call -> {
                            charged.incrementAndGet();
                            new CountDownLatch(1).await();
                            return JsonObject.EMPTY;
                        })
                        .with(Effect.NON_IDEMPOTENT));
        bench.close();
        ExecutionEngine first = bench.engine("first");
        Execution execution = bench.start(both(1), JsonObject.EMPTY);
        await().until(() -> charged.get() == 1 && bench.types(execution).contains("task.finished"));
        GraphReference other = bench.deploy(execution.request().graph(), both(2));
        assertRefused(execution, other);
        first.abandon();
        bench.store.release("first");
        bench.engine("second");
        assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.WAITING);
        assertRefused(execution, other);
        assertThat(bench.executions
                        .find(Bench.TENANT, execution.id())
                        .orElseThrow()
                        .state())
                .isEqualTo(ExecutionState.WAITING);

        bench.executions.cancel(Bench.TENANT, execution.id());
        Execution moved = moved(execution, to(other, Map.of()));
        assertThat(moved.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(bench.latest(moved).interrupts())
                .singleElement()
                .satisfies(question -> assertThat(question.id()).isEqualTo("0:charge/review/0"));
        assertThat(charged).as("nobody has said yet whether that happened").hasValue(1);
        assertThat(beside).as("what was done beside is kept").hasValue(1);
        bench.executions.resume(
                Bench.TENANT,
                moved.id(),
                new Command(
                        Map.of(),
                        Optional.of(JsonObject.of("skip", JsonObject.of("receipt", "r7"))),
                        JsonObject.EMPTY,
                        List.of()));
        assertThat(bench.rest(moved).output().orElseThrow())
                .isEqualTo(JsonObject.of("receipt", "r7", "side", 1, "version", 1));
    }

    private void assertRefused(Execution execution, GraphReference other) {
        for (boolean dryRun : new boolean[] {true, false}) {
            Moving moving = new Moving(other.version(), Optional.empty(), Map.of(), dryRun);
            assertThatThrownBy(() -> moved(execution, moving)).isInstanceOfSatisfying(AgentOsException.class, e -> {
                assertThat(e.errorCode()).isEqualTo(GraphErrorCode.NOT_ENDED);
                assertThat(e.action()).startsWith("Cancel it first");
            });
        }
    }

    /** Fails beside nodes that have finished and said where their paths go on. */
    private static GraphBuilder ways() {
        return GraphDefinition.named("ways")
                .channel("side", "integer", "last")
                .channel("total", "integer", "last")
                .channel("item", "integer", "last")
                .node("fail", "broken", JsonObject.EMPTY)
                .edge("START", "fail");
    }

    private void handleWays() {
        bench.handlers.put("way", new FakeHandler(call -> JsonObject.EMPTY) {
            @Override
            public Result run(NodeCall call) {
                return new Result.Writes(
                        JsonObject.EMPTY,
                        Optional.of(
                                call.node().id().equals("chooses")
                                        ? new Onward.Goto(List.of("chosen"))
                                        : new Onward.Dispatch("worker", "item", JsonArray.of(1))));
            }
        });
    }

    private static GraphDefinition inner() {
        return GraphDefinition.named("inner")
                .channel("x", "integer", "last")
                .node("one", "transform", JsonObject.of("set", JsonObject.of("x", "1")))
                .edge("START", "one")
                .build();
    }

    @Test
    void refusesWhereFinishedNodesCannotGoOnAsTheySaid() {
        CountDownLatch others = new CountDownLatch(1);
        bench.handler("broken", call -> {
            others.await();
            throw new IllegalStateException("broken");
        });
        handleWays();
        bench.handler("beside", call -> JsonObject.of("side", 1));
        Execution begun = bench.start(
                ways().node("chooses", "way", JsonObject.EMPTY)
                        .node("hands", "way", JsonObject.EMPTY)
                        .node("whole", "beside", JsonObject.EMPTY)
                        .node("chosen", "beside", JsonObject.EMPTY)
                        .node("worker", "beside", JsonObject.EMPTY)
                        .edge("START", "chooses")
                        .edge("START", "hands")
                        .edge("START", "whole")
                        .edge("chooses", "chosen")
                        .edge("hands", "worker")
                        .build(),
                JsonObject.EMPTY);
        await().until(() ->
                bench.types(begun).stream().filter("task.finished"::equals).count() == 3);
        others.countDown();
        Execution failed = bench.rest(begun);
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        GraphReference other = bench.deploy(
                failed.request().graph(),
                ways().node("chooses", "way", JsonObject.EMPTY)
                        .node("hands", "way", JsonObject.EMPTY)
                        .node("whole", "subgraph", JsonObject.of("graph", GraphCodec.write(inner())))
                        .edge("START", "chooses")
                        .edge("START", "hands")
                        .edge("START", "whole")
                        .build());
        Moving tried = new Moving(other.version(), Optional.empty(), Map.of(), true);
        assertThatThrownBy(() ->
                        bench.executions.migrate(Bench.TENANT, failed.id(), tried, Optional.empty(), Optional.empty()))
                .isInstanceOfSatisfying(InvalidInputException.class, e -> {
                    assertThat(e.errorCode()).isEqualTo(GraphErrorCode.MIGRATION_CONFLICT);
                    assertThat(e.faults())
                            .allMatch(fault -> fault.pointer().equals("/version"))
                            .extracting(InvalidInputException.Fault::message)
                            .satisfiesExactlyInAnyOrder(
                                    one -> assertThat(one)
                                            .contains("Node 'chooses' has finished, and goes on with 'chosen', to"
                                                    + " which no edge leads from it in version 2."),
                                    one -> assertThat(one)
                                            .contains("Node 'hands' has finished, and hands items to node 'worker',"
                                                    + " which version 2 does not have."),
                                    one -> assertThat(one)
                                            .contains("Node 'whole' has finished, and contains a graph in one of both"
                                                    + " versions only."));
                });
    }

    @Test
    void saysBeforehandThatANodeTypeIsMissing() {
        Execution failed = failed();
        GraphReference other = bench.deploy(
                failed.request().graph(),
                order("1")
                        .node("absent", "nowhere", JsonObject.EMPTY)
                        .edge("sum", "absent")
                        .build());
        Moving tried = new Moving(other.version(), Optional.empty(), Map.of(), true);
        assertThatThrownBy(() ->
                        bench.executions.migrate(Bench.TENANT, failed.id(), tried, Optional.empty(), Optional.empty()))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.NODE_TYPE_MISSING));
    }
}
