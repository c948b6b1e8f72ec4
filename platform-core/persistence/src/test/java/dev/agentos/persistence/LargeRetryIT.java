package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.Executions;
import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a retry takes over is in the row that admits it, also when that is larger than rows usually are. */
@Timeout(120)
class LargeRetryIT {

    private static final String GRAPH = """
        metadata: {name: two}
        channels: {text: {type: string, reducer: last}, done: {type: string, reducer: last}}
        nodes: [{id: works, type: works}, {id: fails, type: fails}]
        edges: [{source: START, target: works}, {source: START, target: fails}]
        """;
    private static final Map<String, NodeHandler> TYPES =
            Map.of("works", new FakeHandler(call -> JsonObject.of("done", "yes")), "fails", new FakeHandler(call -> {
                Thread.sleep(500);
                throw new IllegalStateException("It does.");
            }));

    @Test
    void isAdmittedWithWhatItTakesOver() {
        NodeHandlers types = type -> Optional.ofNullable(TYPES.get(type));
        try (Database database = PostgresFixture.open()) {
            TenantId tenant = ExecutionFixture.newTenant(database);
            Executions executions = new Executions(
                    database.executionStore(), database.graphStore(), types, Ids.system(), InstantSource.system());
            var graph = new Graphs(database.graphStore(), types, Ids.system(), InstantSource.system())
                    .save(tenant, GraphCodec.yamlObject(GRAPH))
                    .reference();
            try (ExecutionEngine engine = new ExecutionEngine(
                    EngineConfig.of("one"), executions, InstantSource.system(), new Random(), Failpoints.NONE)) {
                engine.start();
                Execution failed = rest(
                        executions,
                        executions.start(
                                tenant,
                                new ExecutionRequest(
                                        Optional.empty(),
                                        graph,
                                        JsonObject.of("text", "x".repeat(3 << 20)),
                                        JsonObject.EMPTY,
                                        0,
                                        Optional.empty(),
                                        ExecutionRequest.Durability.SYNC)));
                assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
                Execution again = rest(
                        executions,
                        executions
                                .retry(tenant, failed.id(), Optional.empty(), Optional.empty())
                                .execution());
                String first = database.platform()
                        .query(handle -> handle.select("""
                            SELECT body FROM execution_log
                             WHERE execution = (SELECT number FROM executions WHERE id = ?) ORDER BY sequence LIMIT 1
                            """, again.id().value())
                                .map((row, context) -> new String(row.getBytes(1), StandardCharsets.UTF_8))
                                .one());
                assertThat(first.contains("carried")).isTrue();
            }
        }
    }

    private static Execution rest(Executions executions, Execution begun) {
        return executions
                .awaitRest(begun.tenant(), begun.id(), Duration.ofSeconds(60))
                .join();
    }
}
