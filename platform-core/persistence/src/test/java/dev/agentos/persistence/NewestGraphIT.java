package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionFilter;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.Executions;
import dev.agentos.execution.OutdatedGraphException;
import dev.agentos.execution.RequestKey;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.graph.StoredGraph;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A server begins what its requests call the newest version, though another one has deployed a newer meanwhile. */
class NewestGraphIT {

    private static final int DEPLOYMENTS = 40;
    private static final String LINE = """
        metadata: {name: line}
        channels: {n: {type: integer, reducer: last, default: 1}}
        nodes: [{id: next, type: transform, config: {set: {n: n + %d}}}]
        edges: [{source: START, target: next}]
        """;

    private final Database database = PostgresFixture.open();
    private final TenantId tenant = ExecutionFixture.newTenant(database);
    private final Graphs here = graphs();
    private final Graphs elsewhere = graphs();
    private final Executions executions = new Executions(
            database.executionStore(), database.graphStore(), NodeHandlers.NONE, Ids.system(), InstantSource.system());

    @AfterEach
    void close() {
        database.close();
    }

    private Graphs graphs() {
        return new Graphs(database.graphStore(), NodeHandlers.NONE, Ids.system(), InstantSource.system());
    }

    private StoredGraph deploy(int step) {
        return elsewhere.save(tenant, GraphCodec.yamlObject(LINE.formatted(step)));
    }

    private Executions.Started start(GraphReference graph, Optional<RequestKey> key) {
        ExecutionRequest request = new ExecutionRequest(
                Optional.empty(),
                graph,
                JsonObject.EMPTY,
                JsonObject.EMPTY,
                0,
                Optional.empty(),
                ExecutionRequest.Durability.SYNC);
        return executions.startNewest(tenant, request, key);
    }

    private ExecutionEngine engine() {
        ExecutionEngine engine = new ExecutionEngine(
                EngineConfig.of("here"), executions, InstantSource.system(), new Random(1), Failpoints.NONE);
        engine.start();
        return engine;
    }

    @Test
    void admitsTheVersionThatWasSeenLastAsLongAsItIsTheNewest() {
        GraphReference first = deploy(1).reference();
        assertThat(here.lastSeen(tenant, "line")).isEqualTo(first);
        assertThat(start(first, Optional.empty()).execution().request().graph()).isEqualTo(first);
        GraphReference second = deploy(2).reference();
        assertThat(here.lastSeen(tenant, "line")).isEqualTo(first);
        assertThatThrownBy(() -> start(first, Optional.empty())).isInstanceOf(OutdatedGraphException.class);
        assertThat(executions
                        .list(tenant, ExecutionFilter.ANY, PageRequest.FIRST)
                        .items())
                .hasSize(1);
        here.forget(tenant);
        assertThat(here.lastSeen(tenant, "line")).isEqualTo(second);
        assertThat(start(second, Optional.empty()).execution().request().graph())
                .isEqualTo(second);
    }

    @Test
    void leavesNothingOfAnOutdatedOneThatAnEngineHasBegun() {
        GraphReference first = deploy(1).reference();
        try (ExecutionEngine ignored = engine()) {
            start(first, Optional.empty());
            deploy(2);
            assertThatThrownBy(() -> start(first, Optional.empty())).isInstanceOf(OutdatedGraphException.class);
            assertThat(executions
                            .list(tenant, ExecutionFilter.ANY, PageRequest.FIRST)
                            .items())
                    .hasSize(1);
        }
    }

    @Test
    void tellsWhatAGraphIsCalledAfterItWasTakenOffAsWell() {
        String graph = deploy(1).reference().graph();
        assertThat(here.names(tenant, Set.of(graph, "gra_none"))).isEqualTo(Map.of(graph, "line"));
        here.delete(tenant, graph);
        assertThat(here.names(tenant, Set.of(graph))).isEqualTo(Map.of(graph, "line"));
        assertThat(here.names(ExecutionFixture.newTenant(database), Set.of(graph)))
                .isEmpty();
    }

    @Test
    void knowsNoGraphThatWasTakenOff() {
        GraphReference first = deploy(1).reference();
        here.lastSeen(tenant, "line");
        elsewhere.delete(tenant, first.graph());
        assertThatThrownBy(() -> start(first, Optional.empty())).isInstanceOf(OutdatedGraphException.class);
        here.forget(tenant);
        assertThatThrownBy(() -> here.lastSeen(tenant, "line")).isInstanceOf(AgentOsException.class);
    }

    @Test
    void answersAKeyWithTheExecutionOfThen() {
        GraphReference first = deploy(1).reference();
        Optional<RequestKey> key = Optional.of(new RequestKey("key_1", "POST /executions", "once", "same"));
        Execution begun = start(first, key).execution();
        deploy(2);
        Executions.Started again = start(first, key);
        assertThat(again.replayed()).isTrue();
        assertThat(again.execution().id()).isEqualTo(begun.id());
    }

    @Test
    void neverBeginsAnOlderVersionThanOneThatWasAcknowledgedBefore() {
        AtomicInteger acknowledged = new AtomicInteger(deploy(0).reference().version());
        here.lastSeen(tenant, "line");
        try (ExecutionEngine ignored = engine();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletableFuture<Void> deployments = CompletableFuture.runAsync(
                    () -> {
                        for (int step = 1; step <= DEPLOYMENTS; step++) {
                            acknowledged.set(deploy(step).reference().version());
                        }
                    },
                    threads);
            int refused = 0;
            while (!deployments.isDone() || refused == 0) {
                int known = acknowledged.get();
                try {
                    GraphReference begun = start(here.lastSeen(tenant, "line"), Optional.empty())
                            .execution()
                            .request()
                            .graph();
                    assertThat(begun.version()).isGreaterThanOrEqualTo(known);
                } catch (OutdatedGraphException e) {
                    refused++;
                    here.forget(tenant);
                }
            }
            deployments.join();
        }
        assertThat(acknowledged).hasValue(DEPLOYMENTS + 1);
    }
}
