package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeLayout;
import dev.agentos.spi.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An effect that cannot be repeated is not repeated by whoever goes on in the middle of the graph that had it. */
@Timeout(60)
class MovingOnceTest {

    private static final RetryPolicy OFTEN =
            new RetryPolicy(5, Duration.ofMillis(1), 1, Duration.ofMillis(1), List.of("graph:GATE_CLOSED"));

    private final Bench bench = new Bench();
    private final AtomicInteger paid = new AtomicInteger();
    private final AtomicInteger tried = new AtomicInteger();

    @BeforeEach
    void offer() {
        bench.handlers.put(
                "pay",
                new FakeHandler(call -> {
                            paid.incrementAndGet();
                            return JsonObject.of("receipt", "r1");
                        })
                        .with(Effect.NON_IDEMPOTENT));
        bench.handler("ship", call -> {
            if (tried.incrementAndGet() <= 2) {
                throw new AgentOsException(GraphErrorCode.GATE_CLOSED, "Not today.", "Try again.");
            }
            return JsonObject.of("receipt", "r2");
        });
        bench.engine("a");
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static GraphDefinition order(Optional<RetryPolicy> retry) {
        GraphDefinition inner = GraphDefinition.named("inner")
                .channel("receipt", "string", "last")
                .node("pay", "pay", JsonObject.EMPTY)
                .node("ship", "ship", JsonObject.EMPTY)
                .edge("START", "pay")
                .edge("pay", "ship")
                .build();
        return GraphDefinition.named("order")
                .channel("result", "string", "last")
                .node(new NodeDefinition(
                        "whole",
                        "subgraph",
                        JsonObject.of("graph", GraphCodec.write(inner), "output", JsonObject.of("result", "receipt")),
                        NodeLayout.NONE,
                        retry,
                        Optional.empty()))
                .edge("START", "whole")
                .build();
    }

    private Moving to(GraphReference version) {
        return new Moving(version.version(), Optional.empty(), Map.of(), false);
    }

    /** Has paid, and does not ship. */
    private Execution failed(Optional<RetryPolicy> retry) {
        Execution failed = bench.run(order(retry), JsonObject.EMPTY);
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(paid).hasValue(1);
        return failed;
    }

    private void failsOnceMoreAndPaysNothing(Execution begun) {
        assertThat(bench.rest(begun).state()).isEqualTo(ExecutionState.FAILED);
        assertThat(tried).hasValue(2);
        assertThat(paid).hasValue(1);
    }

    @Test
    void aRetryKnowsWhatCannotBeRepeated() {
        Execution failed = failed(Optional.of(OFTEN));
        failsOnceMoreAndPaysNothing(bench.executions
                .retry(Bench.TENANT, failed.id(), Optional.empty(), Optional.empty())
                .execution());
    }

    @Test
    void soDoesAMigration() {
        Execution failed = failed(Optional.of(OFTEN));
        GraphReference same = bench.deploy(failed.request().graph(), order(Optional.of(OFTEN)));
        failsOnceMoreAndPaysNothing(bench.executions
                .migrate(Bench.TENANT, failed.id(), to(same), Optional.empty(), Optional.empty())
                .started()
                .orElseThrow()
                .execution());
    }

    @Test
    void andOneToAVersionThatRepeatsWhatTheOneBeforeDidNot() {
        Execution failed = failed(Optional.empty());
        GraphReference repeating = bench.deploy(failed.request().graph(), order(Optional.of(OFTEN)));
        failsOnceMoreAndPaysNothing(bench.executions
                .migrate(Bench.TENANT, failed.id(), to(repeating), Optional.empty(), Optional.empty())
                .started()
                .orElseThrow()
                .execution());
    }

    @Test
    void whatIsToBeginAnewDoesSoOrIsRefused() {
        Execution failed = failed(Optional.of(OFTEN));
        GraphReference once = bench.deploy(failed.request().graph(), order(Optional.empty()));
        CompiledGraph before =
                bench.executions.graphs().find(Bench.TENANT, failed.request().graph());
        CompiledGraph after = bench.executions.graphs().find(Bench.TENANT, once);
        Checkpoint at = bench.executions
                .findCheckpoint(Bench.TENANT, failed.id(), Optional.empty())
                .orElseThrow();
        NodeTask task = at.next().getFirst();
        PendingWrite anew = new Planner.Again("whole", Instant.now()).insteadOf(task);
        assertThatThrownBy(() ->
                        to(once).place(new Migration.Side(1, before), new Migration.Side(2, after), at, List.of(anew)))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(Fault::message)
                                .containsExactly("Node 'whole' is to begin anew, and version 2 does not repeat it."
                                        + " Name the checkpoint " + at.number() + " to run again what is inside."));
        assertThat(to(once).place(new Migration.Side(1, before), new Migration.Side(2, before), at, List.of(anew))
                        .checkpoint()
                        .next())
                .isEqualTo(at.next());
    }
}
