package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.Command;
import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.Executions;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.graph.StoredGraph;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Graphs inside of nodes, pinned and executed on a real PostgreSQL. */
class SubgraphStoreIT {

    private static final String INNER = """
        metadata: {name: inner}
        channels: {n: {type: integer, reducer: last}, word: {type: string, reducer: last}}
        nodes:
          - {id: ask, type: human, config: {prompt: 'Which word', output: word}}
          - {id: next, type: transform, config: {set: {n: n + 1}}}
        edges: [{source: START, target: ask}, {source: ask, target: next}]
        """;
    private static final String OUTER = """
        metadata: {name: outer}
        channels: {n: {type: integer, reducer: last, default: 1}, words: {type: array, reducer: append}}
        nodes: [{id: sub, type: subgraph, config: {graph: inner, input: {n: n}, output: {n: n, words: "[word]"}}}]
        edges: [{source: START, target: sub}]
        """;

    private final Database database = PostgresFixture.open();
    private final TenantId tenant = ExecutionFixture.newTenant(database);
    private final Graphs graphs =
            new Graphs(database.graphStore(), NodeHandlers.NONE, Ids.system(), InstantSource.system());

    @AfterEach
    void close() {
        database.close();
    }

    private StoredGraph save(String yaml) {
        return graphs.save(tenant, GraphCodec.yamlObject(yaml));
    }

    @Test
    void keepsWhatNodesContainWithTheVersion() {
        StoredGraph inner = save(INNER);
        StoredGraph outer = save(OUTER);
        assertThat(outer.subgraphs()).containsExactly(Map.entry("sub", inner.reference()));
        StoredGraph newer = save(INNER.replace("n + 1", "n + 2"));
        StoredGraph again = save(OUTER);
        assertThat(again.reference().version()).isEqualTo(2);
        assertThat(save(OUTER).reference()).isEqualTo(again.reference());
        assertThat(graphs.require(tenant, "outer", Optional.of(1)).subgraphs()).containsEntry("sub", inner.reference());
        assertThat(graphs.require(tenant, "outer", Optional.empty()).subgraphs())
                .containsEntry("sub", newer.reference());
        assertThat(inner.subgraphs()).isEmpty();
    }

    @Test
    void tellsWhatAGraphIsCalledWithoutReadingIt() {
        StoredGraph first = save(INNER);
        StoredGraph second = save(INNER.replace("n + 1", "n + 2"));
        assertThat(graphs.reference(tenant, "inner", Optional.empty())).isEqualTo(second.reference());
        assertThat(graphs.reference(tenant, "inner", Optional.of(1))).isEqualTo(first.reference());
        assertThat(graphs.reference(tenant, first.reference().graph(), Optional.empty()))
                .isEqualTo(second.reference());
        for (Optional<Integer> missing : List.of(Optional.of(3), Optional.of(0))) {
            assertThatThrownBy(() -> graphs.reference(tenant, "inner", missing)).isInstanceOf(AgentOsException.class);
        }
        TenantId other = ExecutionFixture.newTenant(database);
        assertThatThrownBy(() -> graphs.reference(other, "inner", Optional.empty()))
                .isInstanceOf(AgentOsException.class);
        database.graphStore().delete(tenant, first.reference().graph());
        assertThatThrownBy(() -> graphs.reference(tenant, "inner", Optional.empty()))
                .isInstanceOf(AgentOsException.class);
    }

    @Test
    void waitsInsideAndGoesOnWithAnotherServer() {
        save(INNER);
        StoredGraph outer = save(OUTER);
        Executions executions = executions();
        Execution execution = executions.start(
                tenant,
                new ExecutionRequest(
                        Optional.empty(),
                        outer.reference(),
                        JsonObject.EMPTY,
                        JsonObject.EMPTY,
                        0,
                        Optional.empty(),
                        ExecutionRequest.Durability.SYNC));
        try (ExecutionEngine ignored = engine("first", executions)) {
            assertThat(rest(executions, execution).state()).isEqualTo(ExecutionState.WAITING);
        }
        Executions others = executions();
        assertThat(others.findCheckpoint(tenant, execution.id(), Optional.empty())
                        .orElseThrow()
                        .values())
                .isEqualTo(Json.parseObject("{\"n\":1,\"sub/n\":1}"));
        others.resume(
                tenant,
                execution.id(),
                new Command(Map.of("1:sub/ask", new JsonString("yes")), Optional.empty(), JsonObject.EMPTY, List.of()));
        try (ExecutionEngine ignored = engine("second", others)) {
            Execution done = rest(others, execution);
            assertThat(done.state()).isEqualTo(ExecutionState.SUCCEEDED);
            assertThat(done.output()).contains(Json.parseObject("{\"n\":2,\"words\":[\"yes\"]}"));
        }
    }

    @Test
    void beginsAnewOnAnotherServerWhenTheTimeForAnAnswerIsOver() {
        save(INNER);
        StoredGraph outer = save("""
            metadata: {name: patient}
            channels: {words: {type: array, reducer: append}, kept: {type: string, reducer: last}}
            nodes:
              - {id: early, type: transform, config: {set: {words: "['early']"}}}
              - {id: keep, type: human, config: {prompt: 'Which word', output: kept}}
              - id: sub
                type: subgraph
                timeout: PT6S
                retry: {maxAttempts: 2, initial: PT0.01S, errors: [graph:NODE_TIMEOUT]}
                config: {graph: inner, input: {n: '1'}, output: {words: "[word]"}}
            edges:
              - {source: START, target: early}
              - {source: START, target: sub}
              - {source: early, target: keep}
            """);
        Executions executions = executions();
        Execution execution = executions.start(
                tenant,
                new ExecutionRequest(
                        Optional.empty(),
                        outer.reference(),
                        JsonObject.EMPTY,
                        JsonObject.EMPTY,
                        0,
                        Optional.empty(),
                        ExecutionRequest.Durability.SYNC));
        try (ExecutionEngine ignored = engine("first", executions)) {
            assertThat(rest(executions, execution).state()).isEqualTo(ExecutionState.WAITING);
            assertThat(asked(executions, execution)).containsExactly("1:keep", "1:sub/ask");
        }
        Executions others = executions();
        try (ExecutionEngine ignored = engine("second", others)) {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(asked(others, execution)).containsExactly("1:keep"));
            answer(others, execution, "1:keep", "kept");
            assertThat(rest(others, execution).state()).isEqualTo(ExecutionState.WAITING);
            String again = asked(others, execution).getFirst();
            assertThat(again).endsWith(":sub/ask").isNotEqualTo("1:sub/ask");
            answer(others, execution, again, "yes");
            Execution done = rest(others, execution);
            assertThat(done.state()).isEqualTo(ExecutionState.SUCCEEDED);
            assertThat(done.output()).contains(Json.parseObject("{\"kept\":\"kept\",\"words\":[\"early\",\"yes\"]}"));
        }
    }

    private List<String> asked(Executions executions, Execution execution) {
        return executions.findCheckpoint(tenant, execution.id(), Optional.empty()).orElseThrow().interrupts().stream()
                .map(Interrupt::id)
                .toList();
    }

    private void answer(Executions executions, Execution execution, String interrupt, String word) {
        executions.resume(
                tenant,
                execution.id(),
                new Command(Map.of(interrupt, new JsonString(word)), Optional.empty(), JsonObject.EMPTY, List.of()));
    }

    private Executions executions() {
        return new Executions(
                database.executionStore(),
                database.graphStore(),
                NodeHandlers.NONE,
                Ids.system(),
                InstantSource.system());
    }

    private static ExecutionEngine engine(String owner, Executions executions) {
        ExecutionEngine engine = new ExecutionEngine(
                EngineConfig.of(owner), executions, InstantSource.system(), new Random(1), Failpoints.NONE);
        engine.start();
        return engine;
    }

    private Execution rest(Executions executions, Execution execution) {
        return executions
                .awaitRest(tenant, execution.id(), Duration.ofSeconds(30))
                .orTimeout(40, TimeUnit.SECONDS)
                .join();
    }
}
