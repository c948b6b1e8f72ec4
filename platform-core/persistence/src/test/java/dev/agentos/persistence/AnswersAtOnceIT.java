package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Command;
import dev.agentos.execution.EngineConfig;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.Executions;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Of those who answer one question at once one is taken, and told so; those who say different things all are. */
@Timeout(120)
class AnswersAtOnceIT {

    private static final int QUESTIONS = 20;
    private static final String ASK = """
        metadata: {name: ask}
        channels: {said: {type: string, reducer: last}}
        nodes: [{id: ask, type: human, config: {output: said, prompt: "Well?"}}]
        edges: [{source: START, target: ask}]
        """;
    private static final String ASK_THREE = """
        metadata: {name: three}
        channels:
          a: {type: string, reducer: last}
          b: {type: string, reducer: last}
          c: {type: string, reducer: last}
          n: {type: integer, reducer: sum, default: 0}
        nodes:
          - {id: a, type: human, config: {output: a, prompt: "A?"}}
          - {id: b, type: human, config: {output: b, prompt: "B?"}}
          - {id: c, type: human, config: {output: c, prompt: "C?"}}
        edges: [{source: START, target: a}, {source: START, target: b}, {source: START, target: c}]
        """;

    private final Database database = PostgresFixture.open();
    private final TenantId tenant = ExecutionFixture.newTenant(database);
    private final Executions executions = new Executions(
            database.executionStore(), database.graphStore(), NodeHandlers.NONE, Ids.system(), InstantSource.system());

    @AfterEach
    void close() {
        database.close();
    }

    private Execution rest(ExecutionId id) {
        return executions.awaitRest(tenant, id, Duration.ofSeconds(20)).join();
    }

    private GraphReference graph(String yaml) {
        return new Graphs(database.graphStore(), NodeHandlers.NONE, Ids.system(), InstantSource.system())
                .save(tenant, GraphCodec.yamlObject(yaml))
                .reference();
    }

    private Execution waiting(GraphReference graph) {
        ExecutionRequest request = new ExecutionRequest(
                Optional.empty(),
                graph,
                JsonObject.EMPTY,
                JsonObject.EMPTY,
                0,
                Optional.empty(),
                ExecutionRequest.Durability.SYNC);
        Execution waiting = rest(executions.start(tenant, request).id());
        assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
        return waiting;
    }

    private ExecutionEngine engine() {
        ExecutionEngine engine = new ExecutionEngine(
                EngineConfig.of("here"), executions, InstantSource.system(), new Random(1), Failpoints.NONE);
        engine.start();
        return engine;
    }

    /** Gives all of them at once, and says which of them were taken. */
    private List<Integer> atOnce(ExecutionId id, List<Command> commands) throws Exception {
        List<Callable<Boolean>> calls = new ArrayList<>();
        for (Command command : commands) {
            calls.add(() -> {
                try {
                    executions.resume(tenant, id, command);
                    return true;
                } catch (AgentOsException e) {
                    assertThat(e.errorCode()).isEqualTo(GraphErrorCode.NOT_WAITING);
                    return false;
                }
            });
        }
        List<Integer> taken = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> told = threads.invokeAll(calls);
            for (int call = 0; call < told.size(); call++) {
                if (told.get(call).get()) {
                    taken.add(call);
                }
            }
        }
        return taken;
    }

    private static Command answer(String said) {
        return new Command(Map.of(), Optional.of(new JsonString(said)), JsonObject.EMPTY, List.of());
    }

    private static Command answer(String interrupt, String said) {
        return new Command(Map.of(interrupt, new JsonString(said)), Optional.empty(), JsonObject.EMPTY, List.of());
    }

    @Test
    void oneIsTakenAndToldSo() throws Exception {
        GraphReference graph = graph(ASK);
        try (ExecutionEngine ignored = engine()) {
            for (int question = 0; question < QUESTIONS; question++) {
                ExecutionId id = waiting(graph).id();
                List<Integer> taken = atOnce(
                        id,
                        IntStream.range(0, 2 + question % 7)
                                .mapToObj(person -> answer("person " + person))
                                .toList());
                assertThat(taken).as("question %s", question).hasSize(1);
                Execution ended = rest(id);
                assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
                assertThat(ended.output().orElseThrow().text("said")).contains("person " + taken.getFirst());
            }
        }
    }

    @Test
    void answersToDifferentQuestionsAreAllTaken() throws Exception {
        GraphReference graph = graph(ASK_THREE);
        try (ExecutionEngine ignored = engine()) {
            for (int question = 0; question < QUESTIONS; question++) {
                ExecutionId id = waiting(graph).id();
                List<Command> answers = Stream.of("a", "b", "c")
                        .map(node -> answer("0:" + node, node.repeat(2)))
                        .toList();
                assertThat(atOnce(id, answers)).as("question %s", question).containsExactly(0, 1, 2);
                assertThat(rest(id).output()).contains(JsonObject.of("a", "aa", "b", "bb", "c", "cc", "n", 0));
            }
        }
    }

    @Test
    void additionsToTheStateAreAllTaken() throws Exception {
        GraphReference graph = graph(ASK_THREE);
        try (ExecutionEngine ignored = engine()) {
            ExecutionId id = waiting(graph).id();
            Command one = Command.change(JsonObject.of("n", 1), Optional.empty());
            assertThat(atOnce(id, Collections.nCopies(10, one))).hasSize(10);
            assertThat(rest(id).state()).isEqualTo(ExecutionState.WAITING);
            assertThat(executions
                            .findCheckpoint(tenant, id, Optional.empty())
                            .orElseThrow()
                            .values()
                            .member("n"))
                    .contains(JsonNumber.of(10));
        }
    }
}
