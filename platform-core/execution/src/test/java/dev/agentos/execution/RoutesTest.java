package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.Onward;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.spi.Effect;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeRules;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Joins that wait for all, nodes that name where to go, and values that pass. */
class RoutesTest {

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    private static NodeDefinition joining(String id) {
        return NodeDefinition.of(id, "transform", ExecutionEngineTest.set("log", "['" + id + "']"), NodeRules.JOIN_ALL);
    }

    private static GraphBuilder logging(String... nodes) {
        GraphBuilder graph = GraphDefinition.named("logging")
                .channel("log", "array", "append")
                .channel("n", "integer", "last");
        for (String node : nodes) {
            graph.node(node, "transform", ExecutionEngineTest.set("log", "['" + node + "']"));
        }
        return graph;
    }

    private Object log(GraphDefinition graph) {
        Execution done = bench.run(graph, JsonObject.EMPTY);
        assertThat(done.failure()).isEmpty();
        return Objects.requireNonNull(
                done.output().orElseThrow().member("log").orElseThrow().toJava());
    }

    @Test
    void runsAJoinOnceWhenBranchesOfDifferentLengthsHaveArrived() {
        bench.engine("a");
        GraphDefinition graph = logging("a", "b", "b2", "b3", "last")
                .node(joining("join"))
                .edge("START", "a")
                .edge("START", "b")
                .edge("a", "join")
                .edge("b", "b2")
                .edge("b2", "b3")
                .edge("b3", "join")
                .edge("join", "last")
                .build();
        assertThat(log(graph)).isEqualTo(List.of("a", "b", "b2", "b3", "join", "last"));
    }

    @Test
    void doesNotWaitForABranchThatWasNotTaken() {
        bench.engine("a");
        GraphDefinition graph = logging("a", "b", "c")
                .node(joining("join"))
                .node(joining("outer"))
                .edge("START", "a")
                .edge("START", "b")
                .edge("a", "join")
                .edge("b", "c", "size(log) > 99")
                .edge("b", "END", "size(log) <= 99")
                .edge("c", "join")
                .edge("a", "outer")
                .edge("join", "outer")
                .build();
        assertThat(log(graph)).isEqualTo(List.of("a", "b", "join", "outer"));
    }

    @Test
    void remembersWhoHasArrivedWhileAPersonIsAsked() {
        bench.engine("a");
        GraphDefinition graph = logging("a")
                .channel("answer", "string", "last")
                .node("ask", "human", JsonObject.of("prompt", "?", "output", "answer"))
                .node("again", "human", JsonObject.of("prompt", "?", "output", "answer"))
                .node(joining("join"))
                .edge("START", "a")
                .edge("START", "ask")
                .edge("a", "join")
                .edge("ask", "again")
                .edge("again", "join")
                .build();
        Execution execution = bench.run(graph, JsonObject.EMPTY);
        for (String answer : List.of("x", "y")) {
            assertThat(bench.rest(execution).state()).isEqualTo(ExecutionState.WAITING);
            bench.executions.resume(
                    Bench.TENANT,
                    execution.id(),
                    new Command(Map.of(), Optional.of(new JsonString(answer)), JsonObject.EMPTY, List.of()));
        }
        assertThat(bench.rest(execution).output().orElseThrow().member("log")).contains(Json.parse("[\"a\",\"join\"]"));
    }

    private static NodeHandler going(String... nodes) {
        return new NodeHandler() {
            @Override
            public Effect effect(NodeDefinition node) {
                return Effect.PURE;
            }

            @Override
            public List<Fault> check(NodeDefinition node, Expressions expressions) {
                return List.of();
            }

            @Override
            public Result run(NodeCall call) {
                return new Result.Writes(JsonObject.of("n", 1), Optional.of(new Onward.Goto(List.of(nodes))));
            }
        };
    }

    @Test
    void goesWhereANodeSaysAmongItsEdges() {
        bench.handlers.put("go", going("b", "c"));
        bench.engine("a");
        GraphBuilder graph = logging("a", "b", "c")
                .node("go", "go", JsonObject.EMPTY)
                .edge("START", "go")
                .edge("go", "a")
                .gotoEdge("go", "b")
                .gotoEdge("go", "c");
        assertThat(log(graph.build())).isEqualTo(List.of("b", "c"));
        bench.handlers.put("go", going("END"));
        assertThat(bench.run(graph.build(), JsonObject.EMPTY).output()).contains(JsonObject.of("n", 1));
        bench.handlers.put("go", going("nowhere"));
        Execution failed = bench.run(graph.build(), JsonObject.EMPTY);
        assertThat(failed.failure().orElseThrow().code()).isEqualTo(GraphErrorCode.INVALID_GOTO.code());
        assertThat(failed.failure().orElseThrow().message()).contains("'go'").contains("'nowhere'");
    }

    @Test
    void showsAnEphemeralValueInTheNextSuperstepOnly() {
        bench.engine("a");
        GraphDefinition graph = GraphDefinition.named("passing")
                .channel("passing", "integer", "ephemeral")
                .channel("seen", "array", "append")
                .node("give", "transform", ExecutionEngineTest.set("passing", "7"))
                .node("one", "transform", ExecutionEngineTest.set("seen", "[has(state.passing)]"))
                .node("two", "transform", ExecutionEngineTest.set("seen", "[has(state.passing)]"))
                .edge("START", "give")
                .edge("give", "one")
                .edge("one", "two")
                .build();
        Execution done = bench.run(graph, JsonObject.EMPTY);
        assertThat(done.output()).contains(Json.parseObject("{\"seen\":[true,false]}"));
        assertThat(bench.store
                        .findCheckpoint(Bench.TENANT, done.id(), Optional.of(1))
                        .orElseThrow()
                        .values()
                        .member("passing"))
                .contains(JsonNumber.of(7));
    }
}
