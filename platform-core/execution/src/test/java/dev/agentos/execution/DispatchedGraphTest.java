package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.graph.Fork;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Graphs that are dispatched: a branch with channels of its own for each item. */
class DispatchedGraphTest {

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    private static GraphDefinition yaml(String text) {
        return GraphCodec.read(GraphCodec.yamlObject(text));
    }

    /** A list, a graph for each of its items that begins with its channel 'n', and a join. */
    private static GraphDefinition fan(String policies, String inside) {
        return yaml("""
            metadata: {name: fan}
            channels:
              items: {type: array, reducer: last}
              results: {type: array, reducer: append}
              joins: {type: integer, reducer: sum}
            nodes:
              - {id: fan, type: dispatch, config: {items: items, node: each}}
              - id: each
                type: subgraph
                %s
                config:
                  input: {n: input}
                  output: {results: '[n, left, log]'}
                  graph:
                    channels:
                      n: {type: integer, reducer: last}
                      left: {type: integer, reducer: last, default: 0}
                      log: {type: array, reducer: append}
                      flash: {type: integer, reducer: ephemeral}
                      good: {type: boolean, reducer: last}
            %s
              - {id: join, type: transform, config: {set: {joins: '1'}}}
            edges:
              - {source: START, target: fan}
              - {source: each, target: join}
            """.formatted(policies, inside.indent(8).stripTrailing()));
    }

    /** Goes round as often as its item says. */
    private static final String ROUNDS = """
        nodes:
          - {id: count, type: transform, config: {set: {left: left + 1, log: '[left]', flash: '1'}}}
        edges:
          - {source: START, target: count}
          - {source: count, target: count, condition: left < n}
          - {source: count, target: END, condition: left >= n}
        """;

    private static final String ASKS = """
        nodes:
          - {id: ask, type: human, config: {prompt: 'Is {{ n }} good?', schema: {type: boolean}, output: good}}
          - {id: note, type: transform, config: {set: {log: '[good ? n : -n]'}}}
        edges: [{source: START, target: ask}, {source: ask, target: note}]
        """;

    private static final String FAILS = """
        nodes:
          - {id: work, type: fails}
        edges: [{source: START, target: work}]
        """;

    private static JsonObject items(Integer... items) {
        return JsonObject.of("items", List.of(items));
    }

    private static JsonValue results(Execution done) {
        assertThat(done.failure()).isEmpty();
        JsonObject output = done.output().orElseThrow();
        assertThat(output.members().keySet()).containsExactlyInAnyOrder("items", "results", "joins");
        assertThat(output.member("joins")).contains(JsonNumber.of(1));
        return output.member("results").orElseThrow();
    }

    private List<String> nodes(Execution execution) {
        return bench.events(execution).stream()
                .filter(event -> event.draft().type().equals(ExecutionEvent.TASK_FINISHED))
                .map(event -> event.draft().node().orElseThrow())
                .toList();
    }

    private List<String> asked(Execution execution) {
        return bench.latest(execution).interrupts().stream().map(Interrupt::id).toList();
    }

    private static Command answers(Map<String, JsonValue> answers) {
        return new Command(answers, Optional.empty(), JsonObject.EMPTY, List.of());
    }

    private static Command change(JsonObject update, String... jump) {
        return new Command(Map.of(), Optional.empty(), update, List.of(jump));
    }

    @Test
    void givesEachItemItsOwnChannelsAndJoinsInTheOrderOfTheItems() {
        bench.engine("a");
        Execution done = bench.run(fan("", ROUNDS), items(3, 1, 2));
        assertThat(results(done)).isEqualTo(Json.parse("[3,3,[0,1,2], 1,1,[0], 2,2,[0,1]]"));
        assertThat(nodes(done)).filteredOn("each#1.00000/count"::equals).hasSize(3);
        assertThat(nodes(done)).containsOnlyOnce("each#1.00001", "each#1.00001/count", "each#1.00001/END", "join");
        assertThat(bench.store
                        .findCheckpoint(Bench.TENANT, done.id(), Optional.of(4))
                        .orElseThrow()
                        .values()
                        .members()
                        .keySet())
                .contains("each#1.00001/log", "each#1.00002/left")
                .doesNotContain("each/log", "each#1.00001/flash");
    }

    @Test
    void failsWhenBranchesDispatchMoreThanASuperstepMayHave() {
        bench.engine("a");
        GraphDefinition bomb = fan("", """
            nodes:
              - {id: again, type: dispatch, config: {items: '[%s0]', node: one}}
              - {id: one, type: transform, config: {set: {log: '[1]'}}}
            edges: [{source: START, target: again}]
            """.formatted("0,".repeat(999)));
        assertThat(bench.run(bomb, items(1, 2)).state()).isEqualTo(ExecutionState.SUCCEEDED);
        Integer[] many = IntStream.rangeClosed(1, 51).boxed().toArray(Integer[]::new);
        assertThat(bench.run(bomb, items(many)).failure().orElseThrow().code())
                .isEqualTo(GraphErrorCode.TOO_MANY_TASKS.code());
    }

    @Test
    void failsWhenBranchesGoOnToMoreThanASuperstepMayHave() {
        bench.engine("a");
        String nodes = IntStream.range(0, 600)
                .mapToObj(i -> "  - {id: n" + i + ", type: transform, config: {set: {log: '[1]'}}}\n")
                .collect(Collectors.joining());
        String edges = IntStream.range(0, 600)
                .mapToObj(i -> "  - {source: begin, target: n" + i + "}\n")
                .collect(Collectors.joining());
        GraphDefinition wide = fan(
                "",
                "nodes:\n  - {id: begin, type: transform, config: {set: {log: '[0]'}}}\n" + nodes
                        + "edges:\n  - {source: START, target: begin}\n" + edges);
        Integer[] many = IntStream.rangeClosed(1, 100).boxed().toArray(Integer[]::new);
        assertThat(bench.run(wide, items(many)).failure().orElseThrow().code())
                .isEqualTo(GraphErrorCode.TOO_MANY_TASKS.code());
    }

    @Test
    void goesOnBehindAnEmptyList() {
        bench.engine("a");
        Execution done = bench.run(fan("", ROUNDS), items());
        assertThat(done.failure()).isEmpty();
        assertThat(nodes(done)).containsExactly("fan", "join");
    }

    @Test
    void manyBranchesEndTogether() {
        bench.engine("a");
        Integer[] items = IntStream.range(0, 1_000).map(i -> 1 + i % 3).boxed().toArray(Integer[]::new);
        Execution done = bench.run(fan("retry: {maxAttempts: 2}\n    timeout: PT1M", ROUNDS), items(items));
        assertThat(((JsonArray) results(done)).items())
                .hasSize(3_000)
                .element(2_997)
                .isEqualTo(JsonNumber.of(1));
        assertThat(nodes(done)).containsOnlyOnce("join");
    }

    @Test
    void asksInEachBranchAndWaitsForAllAnswers() {
        bench.engine("a");
        Execution waiting = bench.run(fan("", ASKS), items(1, 2, 3));
        assertThat(asked(waiting)).containsExactly("2:each#1.00000/ask", "2:each#1.00001/ask", "2:each#1.00002/ask");
        assertThat(bench.latest(waiting).interrupts())
                .extracting(one -> ((JsonObject) one.payload()).text("prompt").orElseThrow())
                .containsExactly("Is 1 good?", "Is 2 good?", "Is 3 good?");
        bench.executions.resume(Bench.TENANT, waiting.id(), answers(Map.of("2:each#1.00001/ask", JsonValue.of(false))));
        Execution again = bench.rest(waiting);
        assertThat(asked(again)).containsExactly("2:each#1.00000/ask", "2:each#1.00002/ask");
        bench.executions.resume(
                Bench.TENANT,
                waiting.id(),
                answers(Map.of("2:each#1.00000/ask", JsonValue.of(true), "2:each#1.00002/ask", JsonValue.of(true))));
        assertThat(results(bench.rest(waiting))).isEqualTo(Json.parse("[1,0,[1], 2,0,[-2], 3,0,[3]]"));
    }

    @Test
    void pausesOnceBeforeAndAfterAGroup() {
        bench.engine("a");
        Execution waiting = bench.run(fan("interrupt: before", ROUNDS), items(1, 2));
        assertThat(asked(waiting)).containsExactly("1:each/before");
        bench.executions.resume(Bench.TENANT, waiting.id(), answers(Map.of("1:each/before", new JsonString("yes"))));
        assertThat(results(bench.rest(waiting))).isEqualTo(Json.parse("[1,1,[0], 2,2,[0,1]]"));
        Execution behind = bench.run(fan("interrupt: after", ROUNDS), items(1, 2));
        assertThat(asked(behind)).containsExactly("5:each/END/after");
    }

    @Test
    void changesWhatIsInABranchAndGoesElsewhereInIt() {
        bench.engine("a");
        Execution waiting = bench.run(fan("", ASKS), items(1, 2));
        assertThatThrownBy(() -> bench.executions.resume(
                        Bench.TENANT,
                        waiting.id(),
                        change(JsonObject.of("each#1.00007/good", true), "each#9.00000/note")))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(InvalidInputException.Fault::pointer)
                                .containsExactly("/update/each#1.00007~1good", "/goto/0"));
        bench.executions.resume(
                Bench.TENANT,
                waiting.id(),
                change(
                        JsonObject.of("each#1.00000/good", true, "each#1.00001/good", false),
                        "each#1.00000/note",
                        "each#1.00001/note"));
        assertThat(results(bench.rest(waiting))).isEqualTo(Json.parse("[1,0,[1], 2,0,[-2]]"));
    }

    /** What is planned elsewhere is given up; who has come to the end of a branch waits on. */
    @Test
    void goesToTheBeginningOfABranchWithItsItem() {
        bench.engine("a");
        String inside = """
            nodes:
              - {id: first, type: transform, config: {set: {left: n * 10, log: '[n]'}}}
              - {id: ask, type: human, config: {prompt: 'Is it good', schema: {type: boolean}, output: good}}
            edges:
              - {source: START, target: first}
              - {source: first, target: ask, condition: n > 1}
              - {source: first, target: END, condition: n <= 1}
            """;
        Execution waiting = bench.run(fan("retry: {maxAttempts: 2}", inside), items(1, 2));
        assertThat(asked(waiting)).containsExactly("3:each#1.00001/ask");
        bench.executions.resume(Bench.TENANT, waiting.id(), change(JsonObject.EMPTY, "each#1.00001"));
        Execution again = bench.rest(waiting);
        assertThat(asked(again)).hasSize(1).allMatch(id -> id.endsWith(":each#1.00001/ask"));
        bench.executions.resume(
                Bench.TENANT, waiting.id(), answers(Map.of(asked(again).getFirst(), JsonValue.of(true))));
        assertThat(results(bench.rest(waiting))).isEqualTo(Json.parse("[1,10,[1], 2,20,[2]]"));
    }

    @Test
    void takesNoNamesOfBranchesFromOutside() {
        bench.handler("fails", call -> JsonObject.of("log#1.00000", List.of(1)));
        bench.engine("a");
        for (String name : List.of("results#x", "each#1.00000", "each#1.00000/n")) {
            assertThatThrownBy(() -> bench.start(fan("", ROUNDS), items(1).with(name, List.of())))
                    .as(name)
                    .isInstanceOf(InvalidInputException.class);
        }
        Execution failed = bench.run(fan("", FAILS), items(1));
        assertThat(failed.failure().orElseThrow().code()).isEqualTo("graph:INVALID_WRITE");
    }

    /** All of them fail at once, and each begins anew by itself. */
    @Test
    void manyBranchesBeginAnewAtOnce() {
        Map<Integer, AtomicInteger> calls = new ConcurrentHashMap<>();
        bench.handler("fails", call -> {
            int item = call.state().number("n").orElseThrow().value().intValue();
            if (calls.computeIfAbsent(item, any -> new AtomicInteger()).incrementAndGet() == 1) {
                throw new AgentOsException(GraphErrorCode.GATE_CLOSED, "Not yet.", "Wait.");
            }
            return JsonObject.of("log", List.of(item));
        });
        bench.engine("a");
        Integer[] items = IntStream.range(0, 500).boxed().toArray(Integer[]::new);
        String policies = "retry: {maxAttempts: 2, initial: PT0.01S, errors: [USER]}\n    timeout: PT1M";
        Execution done = bench.run(fan(policies, FAILS), items(items));
        assertThat(((JsonArray) results(done)).size()).isEqualTo(1_500);
        assertThat(calls.values()).hasSize(500).allMatch(count -> count.get() == 2);
    }

    @Test
    void aForkGoesOnInItsBranches() {
        bench.engine("a");
        Execution waiting = bench.run(fan("", ASKS), items(1, 2));
        Execution fork = bench.rest(bench.executions.fork(
                Bench.TENANT,
                waiting.id(),
                Optional.empty(),
                new Fork(JsonObject.of("each#1.00001/n", 5), Optional.empty(), List.of()),
                Optional.empty()));
        Map<String, JsonValue> given = new HashMap<>();
        asked(fork).forEach(id -> given.put(id, JsonValue.of(true)));
        assertThat(given).hasSize(2);
        bench.executions.resume(Bench.TENANT, fork.id(), answers(given));
        assertThat(results(bench.rest(fork))).isEqualTo(Json.parse("[1,0,[1], 5,0,[5]]"));
        assertThat(asked(waiting)).hasSize(2);
    }

    @Test
    void beginsOneBranchAnewWithItsItem() {
        Map<Integer, AtomicInteger> calls = new ConcurrentHashMap<>();
        bench.handler("fails", call -> {
            int item = call.state().number("n").orElseThrow().value().intValue();
            if (calls.computeIfAbsent(item, any -> new AtomicInteger()).incrementAndGet() < item) {
                throw new AgentOsException(GraphErrorCode.GATE_CLOSED, "Not yet.", "Wait.");
            }
            return JsonObject.of("log", List.of(item));
        });
        bench.engine("a");
        Execution done =
                bench.run(fan("retry: {maxAttempts: 3, initial: PT0.01S, errors: [USER]}", FAILS), items(1, 3, 2));
        assertThat(results(done)).isEqualTo(Json.parse("[1,0,[1], 3,0,[3], 2,0,[2]]"));
        assertThat(calls.get(1)).hasValue(1);
        assertThat(calls.get(3)).hasValue(3);
        assertThat(bench.latest(done).control().member("rounds")).isEmpty();
    }

    @Test
    void endsABranchWhoseTimeIsOverAndNotOneThatWaitsForIt() {
        bench.handler("fails", call -> {
            int item = call.state().number("n").orElseThrow().value().intValue();
            if (item > 1) {
                try {
                    Thread.sleep(60_000);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return JsonObject.EMPTY;
        });
        bench.engine("a");
        Execution done = bench.run(fan("timeout: PT0.3S", FAILS), items(1, 2));
        assertThat(done.failure().orElseThrow().message()).startsWith("Node 'each#1.00001' did not end within PT0.3S");

        bench.handler("fails", call -> {
            int item = call.state().number("n").orElseThrow().value().intValue();
            return JsonObject.of("log", List.of(item));
        });
        String waits = """
            nodes:
              - {id: work, type: fails}
              - {id: more, type: wait, config: {for: PT0.7S}}
            edges:
              - {source: START, target: work}
              - {source: work, target: more, condition: n > 1}
              - {source: work, target: END, condition: n <= 1}
            """;
        assertThat(results(bench.run(fan("timeout: PT20S", waits), items(1, 2))))
                .isEqualTo(Json.parse("[1,0,[1], 2,0,[2]]"));
    }

    @Test
    void dispatchesInsideOfWhatIsDispatched() {
        bench.engine("a");
        String inside = """
            nodes:
              - {id: fan, type: dispatch, config: {items: 'n == 0 ? [] : [n, n + 1]', node: deep, as: left}}
              - id: deep
                type: subgraph
                config:
                  input: {m: left}
                  output: {log: 'm'}
                  graph:
                    channels: {m: {type: integer, reducer: last}}
                    nodes:
                      - {id: one, type: transform, config: {set: {m: m * 10}}}
                      - {id: two, type: transform, config: {set: {m: m + 1}}}
                      - {id: both, type: transform, join: all, config: {set: {m: m + 2}}}
                    edges:
                      - {source: START, target: one}
                      - {source: one, target: two, condition: m > 20}
                      - {source: one, target: both}
                      - {source: two, target: both}
              - {id: last, type: transform, join: all, config: {set: {log: '[n]'}}}
            edges:
              - {source: START, target: fan}
              - {source: deep, target: last}
            """;
        Execution done = bench.run(fan("", inside.replace("'m'", "'[m]'")), items(1, 0, 2));
        assertThat(results(done)).isEqualTo(Json.parse("[1,0,[12,22,1], 0,0,[0], 2,0,[22,33,2]]"));
        assertThat(nodes(done)).contains("each#1.00002/deep#3.00001/two", "each#1.00000/last");
    }

    @Test
    void goesRoundWithAGroupForEachRound() {
        bench.engine("a");
        Execution done = bench.run(yaml("""
            metadata: {name: round}
            channels: {results: {type: array, reducer: append, default: []}}
            nodes:
              - {id: fan, type: dispatch, config: {items: '[size(results), size(results) + 1]', node: each}}
              - id: each
                type: subgraph
                config:
                  input: {n: input}
                  output: {results: '[n]'}
                  graph:
                    channels: {n: {type: integer, reducer: last}}
                    nodes: [{id: add, type: transform, config: {set: {n: n + 1}}}]
                    edges: [{source: START, target: add}]
            edges:
              - {source: START, target: fan}
              - {source: each, target: fan, condition: size(results) < 6}
              - {source: each, target: END, condition: size(results) >= 6}
            """), JsonObject.EMPTY);
        assertThat(done.output()).contains(Json.parseObject("{\"results\":[1,2,3,4,5,6]}"));
        assertThat(nodes(done))
                .filteredOn(node -> node.endsWith("/add"))
                .doesNotHaveDuplicates()
                .hasSize(6);
    }

    /** Crashes an engine behind the n-th task, for each n: what has ended in a branch is not run again. */
    @Test
    void goesOnInItsBranchesAfterACrash() {
        for (int n = 1; n <= 11; n++) {
            int steps = n;
            AtomicInteger reached = new AtomicInteger();
            Failpoints failpoints = name -> {
                if (name.equals("afterTask") && reached.incrementAndGet() >= steps) {
                    throw new Crash();
                }
            };
            Execution execution = bench.start(fan("retry: {maxAttempts: 2}", ROUNDS), items(2, 1, 3));
            ExecutionEngine mortal = bench.engine(Bench.config("mortal-" + n), bench.executions, failpoints);
            await().dontCatchUncaughtExceptions().atMost(Duration.ofSeconds(20)).until(() -> reached.get() >= steps);
            mortal.close();
            bench.store.release("mortal-" + n);
            ExecutionEngine heir = bench.engine("heir-" + n);
            Execution done = bench.rest(execution);
            assertThat(results(done)).as("crash at %d", n).isEqualTo(Json.parse("[2,2,[0,1], 1,1,[0], 3,3,[0,1,2]]"));
            heir.close();
        }
    }

    private static final class Crash extends Error {
        private static final long serialVersionUID = 1L;
    }
}
