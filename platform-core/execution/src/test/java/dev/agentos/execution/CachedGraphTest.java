package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.graph.AgentCatalog;
import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.Fork;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.Pauses;
import dev.agentos.graph.StoredGraph;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Effect;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Results of nodes that contain a graph, used again. */
class CachedGraphTest {

    private static final String WORK = """
        nodes: [{id: work, type: work}]
        edges: [{source: START, target: work}]
        """;

    private final Bench bench = new Bench();
    private final AtomicInteger runs = new AtomicInteger();

    CachedGraphTest() {
        bench.handler("work", call -> {
            runs.incrementAndGet();
            return JsonObject.of("out", 10 * n(call.state()));
        });
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static int n(JsonObject state) {
        return state.number("n").orElseThrow().value().intValue();
    }

    private static GraphDefinition yaml(String text) {
        return GraphCodec.read(GraphCodec.yamlObject(text));
    }

    /** A node with a graph, whose channel 'n' is the outer one's and whose 'out' goes to the outer log. */
    private static String around(String id, String policies, String inside) {
        return """
            - id: %s
              type: subgraph
              %s
              config:
                input: {n: n}
                output: {log: '[out]', out: out}
                graph:
                  channels:
                    n: {type: integer, reducer: last}
                    out: {type: integer, reducer: last}
                    log: {type: array, reducer: append}
                    good: {type: boolean, reducer: last}
            %s
            """.formatted(id, policies, inside.indent(6));
    }

    /** Four rounds of that node, with n from 1 to 0 and back. */
    private static GraphDefinition loop(String node) {
        return yaml("""
            metadata: {name: loop}
            channels:
              n: {type: integer, reducer: last, default: 0}
              out: {type: integer, reducer: last}
              turn: {type: integer, reducer: sum, default: 0}
              log: {type: array, reducer: append}
            nodes:
              - {id: next, type: transform, config: {set: {turn: '1', n: '(turn + 1) %% 2'}}}
            %s
            edges:
              - {source: START, target: next}
              - {source: next, target: sub}
              - {source: sub, target: next, condition: turn < 4}
              - {source: sub, target: END, condition: turn >= 4}
            """.formatted(node.indent(2)));
    }

    /** That node alone. */
    private static GraphDefinition once(String node) {
        return yaml("""
            metadata: {name: once}
            channels:
              n: {type: integer, reducer: last}
              out: {type: integer, reducer: last}
              log: {type: array, reducer: append}
            nodes:
            %s
            edges: [{source: START, target: sub}]
            """.formatted(node.indent(2)));
    }

    private JsonValue log(Execution done) {
        assertThat(done.failure()).isEmpty();
        JsonObject output = done.output().orElseThrow();
        assertThat(output.members().keySet()).allMatch(name -> name.matches("[a-z]+"));
        return output.member("log").orElseThrow();
    }

    private List<String> finished(Execution execution, boolean cached) {
        return bench.events(execution).stream()
                .map(ExecutionEvent::draft)
                .filter(event -> event.type().equals(ExecutionEvent.TASK_FINISHED))
                .filter(event -> event.data().member("cached").isPresent() == cached)
                .map(event -> event.node().orElseThrow())
                .toList();
    }

    private JsonValue run(int n, String node) {
        return log(bench.run(once(node), JsonObject.of("n", n)));
    }

    private static Command answer(String id) {
        return new Command(Map.of(id, JsonValue.of(true)), Optional.empty(), JsonObject.EMPTY, List.of());
    }

    @Test
    void usesARoundAgainThatBeginsAlike() {
        bench.engine("a");
        Execution done = bench.run(loop(around("sub", "cache: {ttl: PT1M}", WORK)), JsonObject.EMPTY);
        assertThat(log(done)).isEqualTo(Json.parse("[10,0,10,0]"));
        assertThat(finished(done, true)).containsExactly("sub", "sub");
        assertThat(finished(done, false))
                .containsExactly(
                        "next",
                        "sub",
                        "sub/work",
                        "sub/END",
                        "next",
                        "sub",
                        "sub/work",
                        "sub/END",
                        "next",
                        "sub/END",
                        "next",
                        "sub/END");
    }

    @Test
    void takesTheKeyThatTheNodeGives() {
        bench.engine("a");
        Execution done = bench.run(loop(around("sub", "cache: {key: turn > 2, ttl: PT1M}", WORK)), JsonObject.EMPTY);
        assertThat(log(done)).isEqualTo(Json.parse("[10,10,10,10]"));
        assertThat(runs).hasValue(2);
        Execution wrong = bench.run(loop(around("sub", "cache: {key: 1 / n, ttl: PT1M}", WORK)), JsonObject.EMPTY);
        assertThat(wrong.failure().orElseThrow().message()).startsWith("Node 'sub' failed");
    }

    @Test
    void forgetsWhenItsTimeIsOver() throws InterruptedException {
        bench.engine("a");
        String node = around("sub", "cache: {ttl: PT0.5S}", WORK);
        assertThat(run(1, node)).isEqualTo(Json.parse("[10]"));
        assertThat(run(1, node)).isEqualTo(Json.parse("[10]"));
        assertThat(runs).hasValue(1);
        Thread.sleep(550);
        assertThat(run(1, node)).isEqualTo(Json.parse("[10]"));
        assertThat(runs).hasValue(2);
    }

    @Test
    void keepsNoRoundWithAnEffectHoweverDeep() {
        FakeHandler effect = new FakeHandler(call -> {
            runs.incrementAndGet();
            return JsonObject.of("out", n(call.state()));
        });
        bench.handlers.put("work", effect.with(Effect.IDEMPOTENT));
        bench.engine("a");
        String deep = around("deep", "cache: {ttl: PT1M}", WORK);
        String all = "nodes:\n" + deep.indent(2) + "edges: [{source: START, target: deep}]\n";
        Execution done = bench.run(loop(around("sub", "cache: {ttl: PT1M}", all)), JsonObject.EMPTY);
        assertThat(log(done)).isEqualTo(Json.parse("[1,0,1,0]"));
        assertThat(finished(done, true)).isEmpty();
        assertThat(runs).hasValue(4);
    }

    @Test
    void keepsNoRoundInWhichAPersonWasAsked() {
        String asks = """
            nodes: [{id: ask, type: human, config: {prompt: 'Is it good', output: good}}, {id: work, type: work}]
            edges: [{source: START, target: ask}, {source: ask, target: work}]
            """;
        bench.engine("a");
        String node = around("sub", "cache: {ttl: PT1M}", asks);
        for (int i = 1; i <= 2; i++) {
            Execution waiting = bench.run(once(node), JsonObject.of("n", 1));
            assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
            bench.executions.resume(Bench.TENANT, waiting.id(), answer("1:sub/ask"));
            assertThat(log(bench.rest(waiting))).isEqualTo(Json.parse("[10]"));
            assertThat(runs).hasValue(i);
        }
        String paused = around("sub", "cache: {ttl: PT1M}\n  interrupt: after", WORK);
        for (int i = 1; i <= 2; i++) {
            Execution waiting = bench.run(once(paused), JsonObject.of("n", 1));
            assertThat(bench.latest(waiting).interrupts().getFirst().id()).endsWith(":sub/END/after");
            bench.executions.resume(
                    Bench.TENANT,
                    waiting.id(),
                    answer(bench.latest(waiting).interrupts().getFirst().id()));
            assertThat(log(bench.rest(waiting))).isEqualTo(Json.parse("[10]"));
            assertThat(runs).as("what is asked behind the end is not inside").hasValue(3);
        }
    }

    @Test
    void keepsTheRoundThatSucceedsAtLast() {
        bench.handler("work", call -> {
            if (runs.incrementAndGet() == 1) {
                throw new AgentOsException(GraphErrorCode.GATE_CLOSED, "Not yet.", "Wait.");
            }
            return JsonObject.of("out", runs.get());
        });
        bench.engine("a");
        String policies = "cache: {ttl: PT1M}\n  retry: {maxAttempts: 2, initial: PT0.01S, errors: [USER]}";
        String node = around("sub", policies, WORK);
        assertThat(run(1, node)).isEqualTo(Json.parse("[2]"));
        assertThat(run(1, node)).isEqualTo(Json.parse("[2]"));
        assertThat(runs).hasValue(2);
    }

    /** What begins anew may find another key, under which the result of the first one must not be kept. */
    @Test
    void forgetsTheKeyOfARoundThatIsGivenUp() {
        Deque<Integer> picks = new ArrayDeque<>(List.of(2, 1, 2, 1));
        bench.handler("pick", call -> JsonObject.of("n", picks.removeFirst()));
        bench.handler("work", call -> {
            if (runs.incrementAndGet() == 2) {
                throw new AgentOsException(GraphErrorCode.GATE_CLOSED, "Not yet.", "Wait.");
            }
            return JsonObject.of("out", 10 * n(call.state()));
        });
        bench.engine("a");
        String picking = "nodes:\n  - {id: pick, type: pick}\n"
                + around("deep", "cache: {ttl: PT1M}", WORK).indent(2)
                + "edges: [{source: START, target: pick}, {source: pick, target: deep}]\n";
        String node = around("sub", "retry: {maxAttempts: 2, initial: PT0.01S, errors: [USER]}", picking);
        assertThat(run(0, node)).isEqualTo(Json.parse("[20]"));
        Execution anew = bench.run(once(node), JsonObject.of("n", 0));
        assertThat(log(anew)).isEqualTo(Json.parse("[20]"));
        assertThat(finished(anew, true)).containsExactly("sub/deep");
        assertThat(run(0, node)).isEqualTo(Json.parse("[10]"));
        assertThat(runs).hasValue(3);
    }

    @Test
    void usesRoundsOfEachLevelAgain() {
        String deep = around("deep", "cache: {key: n > 0, ttl: PT1M}", WORK);
        String all = "nodes:\n" + deep.indent(2) + "edges: [{source: START, target: deep}]\n";
        bench.engine("a");
        String node = around("sub", "cache: {ttl: PT1M}", all);
        assertThat(run(1, node)).isEqualTo(Json.parse("[10]"));
        Execution other = bench.run(once(node), JsonObject.of("n", 2));
        assertThat(log(other)).isEqualTo(Json.parse("[10]"));
        assertThat(finished(other, true)).containsExactly("sub/deep");
        Execution known = bench.run(once(node), JsonObject.of("n", 2));
        assertThat(log(known)).isEqualTo(Json.parse("[10]"));
        assertThat(finished(known, true)).containsExactly("sub");
        assertThat(finished(known, false)).containsExactly("sub/END");
        assertThat(runs).hasValue(1);
    }

    private static GraphDefinition fan(String policies, String inside) {
        String each = around("each", policies, inside)
                .replace("input: {n: n}", "input: {n: input}")
                .replace("output: {log: '[out]', out: out}", "output: {log: '[[n, out]]'}");
        return yaml("""
            metadata: {name: fan}
            channels:
              items: {type: array, reducer: last}
              log: {type: array, reducer: append}
              joins: {type: integer, reducer: sum}
            nodes:
              - {id: fan, type: dispatch, config: {items: items, node: each}}
            %s
              - {id: join, type: transform, config: {set: {joins: '1'}}}
            edges:
              - {source: START, target: fan}
              - {source: each, target: join}
            """.formatted(each.indent(2)));
    }

    @Test
    void branchesShareWhatTheyCameToInTheOrderOfTheirItems() {
        bench.engine("a");
        GraphDefinition graph = fan("cache: {ttl: PT1M}", """
            nodes: [{id: more, type: transform, config: {set: {good: 'true'}}}, {id: work, type: work}]
            edges: [{source: START, target: more}, {source: more, target: work}]
            """);
        assertThat(log(bench.run(graph, JsonObject.of("items", List.of(1, 2)))))
                .isEqualTo(Json.parse("[[1,10],[2,20]]"));
        Execution some = bench.run(graph, JsonObject.of("items", List.of(3, 2, 1, 4, 1)));
        assertThat(log(some)).isEqualTo(Json.parse("[[3,30],[2,20],[1,10],[4,40],[1,10]]"));
        assertThat(finished(some, true)).containsExactly("each#1.00001", "each#1.00002", "each#1.00004");
        assertThat(some.output().orElseThrow().member("joins")).contains(JsonNumber.of(1));
        Execution all = bench.run(graph, JsonObject.of("items", List.of(4, 4)));
        assertThat(log(all)).isEqualTo(Json.parse("[[4,40],[4,40]]"));
        assertThat(runs).hasValue(4);
    }

    /** What was kept in one branch is written to the channels of the other. */
    @Test
    void nodesByThemselvesShareBetweenBranches() {
        bench.engine("a");
        GraphDefinition graph = fan("", """
            nodes: [{id: work, type: work, cache: {ttl: PT1M}}]
            edges: [{source: START, target: work}]
            """);
        assertThat(log(bench.run(graph, JsonObject.of("items", List.of(1, 2)))))
                .isEqualTo(Json.parse("[[1,10],[2,20]]"));
        Execution done = bench.run(graph, JsonObject.of("items", List.of(2, 1)));
        assertThat(log(done)).isEqualTo(Json.parse("[[2,20],[1,10]]"));
        assertThat(finished(done, true)).containsExactly("each#1.00000/work", "each#1.00001/work");
    }

    private Execution start(TenantId tenant, GraphDefinition graph, JsonObject input, JsonObject configuration) {
        StoredGraph stored = graphs().save(tenant, GraphCodec.write(graph));
        return bench.executions.start(
                tenant,
                new ExecutionRequest(
                        Optional.empty(),
                        stored.reference(),
                        input,
                        configuration,
                        0,
                        Optional.empty(),
                        Durability.BARRIER,
                        Pauses.NONE));
    }

    private Graphs graphs() {
        return new Graphs(bench.graphs, bench.types, AgentCatalog.NONE, bench.ids, InstantSource.system());
    }

    private Execution ran(TenantId tenant, GraphDefinition graph, JsonObject configuration) {
        Execution execution = start(tenant, graph, JsonObject.of("n", 1), configuration);
        Execution done = bench.executions
                .awaitRest(tenant, execution.id(), Duration.ofSeconds(30))
                .join();
        assertThat(done.output().orElseThrow().member("log")).contains(Json.parse("[10]"));
        return done;
    }

    @Test
    void sharesWithNoOtherTenantConfigurationOrVersion() {
        bench.engine("a");
        TenantId other = new TenantId("tnt_other");
        GraphDefinition graph = once(around("sub", "cache: {ttl: PT1M}", WORK));
        for (int i = 0; i < 2; i++) {
            ran(Bench.TENANT, graph, JsonObject.EMPTY);
            ran(other, graph, JsonObject.EMPTY);
            ran(other, graph, JsonObject.of("tone", "kind"));
        }
        assertThat(runs).hasValue(3);

        String inner = """
            metadata: {name: inner}
            channels: {n: {type: integer, reducer: last}, out: {type: integer, reducer: last}}
            """;
        GraphDefinition outer = once("""
            - {id: sub, type: subgraph, cache: {ttl: PT1M}, config: {graph: inner, input: {n: n}, output: {log: '[out]'}}}
            """);
        graphs().save(Bench.TENANT, GraphCodec.yamlObject(inner + WORK));
        ran(Bench.TENANT, outer, JsonObject.EMPTY);
        ran(Bench.TENANT, outer, JsonObject.EMPTY);
        assertThat(runs).hasValue(4);
        graphs().save(
                        Bench.TENANT,
                        GraphCodec.yamlObject(inner
                                + WORK.replace("id: work", "id: other").replace("target: work", "target: other")));
        ran(Bench.TENANT, outer, JsonObject.EMPTY);
        assertThat(runs).as("the same node contains another version").hasValue(5);
    }

    private static final class Crash extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** Everything is known under one key, so that whoever runs what is inside comes to something else. */
    @Test
    void comesToTheSameAfterACrashBetweenItsEntryAndItsEnd() {
        AtomicBoolean armed = new AtomicBoolean();
        AtomicInteger reached = new AtomicInteger();
        Failpoints failpoints = name -> {
            if (armed.get() && name.equals("afterTask") && reached.incrementAndGet() >= 2) {
                throw new Crash();
            }
        };
        ExecutionEngine mortal = bench.engine(Bench.config("mortal"), bench.executions, failpoints);
        GraphDefinition graph = once(around("sub", "cache: {key: '1', ttl: PT1M}", WORK));
        ran(Bench.TENANT, graph, JsonObject.EMPTY);
        armed.set(true);
        Execution execution = start(Bench.TENANT, graph, JsonObject.of("n", 2), JsonObject.EMPTY);
        await().dontCatchUncaughtExceptions().atMost(Duration.ofSeconds(20)).until(() -> reached.get() >= 2);
        mortal.abandon();
        bench.store.release("mortal");
        bench.engine("heir");
        Execution done = bench.rest(execution);
        assertThat(done.progress().attempt()).isEqualTo(2);
        assertThat(log(done)).isEqualTo(Json.parse("[10]"));
        assertThat(finished(done, true)).containsExactly("sub");
        assertThat(runs).hasValue(1);
    }

    /** As one entry of several is stored before its checkpoint is, a crash there finds it, too. */
    @Test
    void comesToTheSameAfterACrashBesideOtherEntries() {
        for (int crash = 2; crash <= 7; crash++) {
            int at = crash;
            AtomicBoolean armed = new AtomicBoolean();
            AtomicInteger reached = new AtomicInteger();
            Failpoints failpoints = name -> {
                if (armed.get() && name.equals("afterTask") && reached.incrementAndGet() >= at) {
                    throw new Crash();
                }
            };
            ExecutionEngine mortal = bench.engine(Bench.config("mortal-" + at), bench.executions, failpoints);
            GraphDefinition graph = fan("cache: {ttl: PT1M}", WORK);
            assertThat(log(bench.run(graph, JsonObject.of("items", List.of(1, 2)))))
                    .isEqualTo(Json.parse("[[1,10],[2,20]]"));
            armed.set(true);
            Execution execution =
                    start(Bench.TENANT, graph, JsonObject.of("items", List.of(2, 3, 1)), JsonObject.EMPTY);
            await().dontCatchUncaughtExceptions().atMost(Duration.ofSeconds(20)).until(() -> reached.get() >= at);
            mortal.abandon();
            bench.store.release("mortal-" + at);
            ExecutionEngine heir = bench.engine("heir-" + at);
            assertThat(log(bench.rest(execution)))
                    .as("crash at %d", at)
                    .isEqualTo(Json.parse("[[2,20],[3,30],[1,10]]"));
            heir.close();
        }
    }

    private JsonValue forked(Execution execution, Fork fork) {
        Execution branch = bench.executions.fork(Bench.TENANT, execution.id(), Optional.of(1), fork, Optional.empty());
        return log(bench.rest(branch));
    }

    @Test
    void aForkBetweenItsEntryAndItsEndGoesOnThere() {
        bench.engine("a");
        String node = around("sub", "cache: {key: '1', ttl: PT1M}", WORK);
        run(1, node);
        Execution known = bench.run(once(node), JsonObject.of("n", 2));
        assertThat(log(known)).isEqualTo(Json.parse("[10]"));
        assertThat(forked(known, Fork.REPLAY)).isEqualTo(Json.parse("[10]"));
        assertThat(forked(known, new Fork(JsonObject.of("sub/out", 7), Optional.empty(), List.of())))
                .as("what is changed inside does not change what came out before")
                .isEqualTo(Json.parse("[10]"));
        assertThat(forked(known, new Fork(JsonObject.EMPTY, Optional.empty(), List.of("sub/work"))))
                .as("what goes on inside begins with what came in")
                .isEqualTo(Json.parse("[20]"));
        assertThat(forked(known, new Fork(JsonObject.of("sub/out", 7), Optional.of("sub/work"), List.of())))
                .as("what is written as a node inside comes out")
                .isEqualTo(Json.parse("[7]"));
        assertThat(forked(known, new Fork(JsonObject.of("log", List.of(8)), Optional.of("sub/END"), List.of())))
                .isEqualTo(Json.parse("[8]"));
        assertThat(run(3, node)).as("nothing of this was kept").isEqualTo(Json.parse("[10]"));
    }
}
