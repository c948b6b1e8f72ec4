package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.graph.AgentCatalog;
import dev.agentos.graph.FakeHandler;
import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.Pauses;
import dev.agentos.graph.StoredGraph;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SubgraphExecutionTest {

    private static final String REVIEW = """
        metadata: {name: review}
        channels:
          text: {type: string, reducer: last}
          verdict: {type: string, reducer: last}
          log: {type: array, reducer: append}
        nodes:
          - {id: read, type: work}
          - {id: ask, type: human, config: {prompt: 'Is it good', output: verdict}}
          - {id: note, type: work}
        edges: [{source: START, target: read}, {source: read, target: ask}, {source: ask, target: note}]
        """;

    private static final String PUBLISH = """
        metadata: {name: publish}
        channels:
          text: {type: string, reducer: last}
          left: {type: string, reducer: last}
          right: {type: string, reducer: last}
          log: {type: array, reducer: append}
        nodes:
          - {id: left, type: subgraph, config: {graph: review, input: {text: text}, output: {left: verdict, log: log}}}
          - {id: right, type: subgraph, config: {graph: review, input: {text: text}, output: {right: verdict, log: log}}}
          - {id: last, type: work, join: all}
        edges:
          - {source: START, target: left}
          - {source: START, target: right}
          - {source: left, target: last}
          - {source: right, target: last}
        """;

    private final Bench bench = new Bench();
    private final Graphs graphs = new Graphs(
            bench.graphs,
            type -> Optional.ofNullable(bench.handlers.get(type)),
            Catalog.INSTANCE,
            bench.ids,
            InstantSource.system());
    private final AtomicInteger worked = new AtomicInteger();

    SubgraphExecutionTest() {
        bench.handler("work", call -> {
            worked.incrementAndGet();
            return JsonObject.of("log", List.of(call.node().id()));
        });
        bench.handler("model", call -> JsonObject.of("answer", call.configuration()));
    }

    @AfterEach
    void close() {
        bench.close();
    }

    /** One agent, whose model is in its configuration. */
    private static final class Catalog implements AgentCatalog {
        static final Catalog INSTANCE = new Catalog();

        @Override
        public Optional<AgentGraph> find(TenantId tenant, String agent) {
            return agent.equals("pack/helper")
                    ? Optional.of(new AgentGraph(
                            "pack",
                            GraphDefinition.named("helper")
                                    .channel("question", "string", "last")
                                    .channel("answer", "object", "last")
                                    .node("think", "model", JsonObject.EMPTY)
                                    .edge("START", "think")
                                    .build(),
                            JsonObject.of("required", List.of("question"))))
                    : Optional.empty();
        }

        @Override
        public JsonObject configuration(TenantId tenant, String agent, JsonObject overrides) {
            return JsonObject.of("model", "own", "tone", "kind").overlaidBy(overrides);
        }
    }

    private StoredGraph save(String yaml) {
        return graphs.save(Bench.TENANT, GraphCodec.yamlObject(yaml));
    }

    private static ExecutionRequest request(StoredGraph graph, JsonObject input, JsonObject config, Pauses pauses) {
        return new ExecutionRequest(
                Optional.empty(), graph.reference(), input, config, 0, Optional.empty(), Durability.SYNC, pauses);
    }

    private Execution start(Executions executions, StoredGraph graph, JsonObject input) {
        return executions.start(Bench.TENANT, request(graph, input, JsonObject.EMPTY, Pauses.NONE));
    }

    private static Command answers(Map<String, JsonValue> answers) {
        return new Command(answers, Optional.empty(), JsonObject.EMPTY, List.of());
    }

    private static Command nothing(JsonObject update, List<String> jump) {
        return new Command(Map.of(), Optional.empty(), update, jump);
    }

    private List<String> asked(Execution execution) {
        return bench.latest(execution).interrupts().stream()
                .map(Interrupt::id)
                .sorted()
                .toList();
    }

    @Test
    void asksInsideAndGoesOnWithTheAnswers() {
        save(REVIEW);
        StoredGraph graph = save(PUBLISH);
        bench.engine("a");
        Execution waiting = bench.rest(start(bench.executions, graph, JsonObject.of("text", "draft")));
        assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
        assertThat(asked(waiting)).containsExactly("2:left/ask", "2:right/ask");
        assertThat(bench.latest(waiting).values().members().keySet())
                .contains("left/text", "left/log", "right/text", "right/log");

        bench.executions.resume(
                Bench.TENANT,
                waiting.id(),
                answers(Map.of("2:left/ask", new JsonString("good"), "2:right/ask", new JsonString("bad"))));
        Execution done = bench.rest(waiting);
        assertThat(done.output()).contains(Json.parseObject("""
            {"text":"draft","left":"good","right":"bad",
             "log":["left/read","left/note","right/read","right/note","last"]}
            """));
        assertThat(bench.events(done).stream()
                        .filter(event -> event.draft().type().equals(ExecutionEvent.TASK_FINISHED))
                        .map(event -> event.draft().node().orElseThrow()))
                .contains("left", "left/read", "left/ask", "left/END", "right/END", "last");
    }

    @Test
    void goesElsewhereInsideAndWithAnUpdateOfWhatIsInside() {
        save(REVIEW);
        StoredGraph graph = save(PUBLISH);
        bench.engine("a");
        Execution waiting = bench.rest(start(bench.executions, graph, JsonObject.EMPTY));
        bench.executions.resume(
                Bench.TENANT, waiting.id(), nothing(JsonObject.of("left/verdict", "set"), List.of("left/note")));
        Execution done = bench.rest(waiting);
        assertThat(done.output().orElseThrow().text("left")).contains("set");
        assertThat(done.output().orElseThrow().members().keySet()).containsExactlyInAnyOrder("left", "log");
        assertThatThrownBy(() -> bench.executions.start(
                        Bench.TENANT,
                        request(graph, JsonObject.of("left/verdict", "x"), JsonObject.EMPTY, Pauses.NONE)))
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void waitsBeforeAndAfterWhatIsInside() {
        save(REVIEW);
        StoredGraph graph = save(PUBLISH.replace("type: work, join", "type: work, interrupt: before, join"));
        bench.engine("a");
        Execution execution = bench.executions.start(
                Bench.TENANT,
                request(
                        graph,
                        JsonObject.EMPTY,
                        JsonObject.EMPTY,
                        new Pauses(Set.of("left/note"), Set.of("left", "right/read"))));
        List<String> pauses = new ArrayList<>();
        Execution now = bench.rest(execution);
        while (now.state() == ExecutionState.WAITING) {
            List<String> open = asked(now);
            pauses.addAll(open);
            Map<String, JsonValue> given = new HashMap<>();
            open.forEach(id -> given.put(id, new JsonString("yes")));
            bench.executions.resume(Bench.TENANT, now.id(), answers(given));
            now = bench.rest(now);
        }
        assertThat(now.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(pauses.stream().map(id -> id.substring(id.indexOf(':') + 1)))
                .containsExactly(
                        "right/read/after",
                        "left/ask",
                        "right/ask",
                        "left/note/before",
                        "last/before",
                        "left/END/after");
    }

    @Test
    void givesTheNodesOfAnAgentTheConfigurationOfTheAgent() {
        StoredGraph graph = save("""
            metadata: {name: asks}
            channels: {q: {type: string, reducer: last}, a: {type: object, reducer: last}, b: {type: object, reducer: last}, answer: {type: object, reducer: last}}
            nodes:
              - {id: own, type: model}
              - {id: one, type: agent, config: {agent: pack/helper, input: {question: q}, output: {a: answer}}}
              - id: deep
                type: subgraph
                config:
                  input: {q: q}
                  output: {b: b}
                  graph:
                    channels: {q: {type: string, reducer: last}, b: {type: object, reducer: last}}
                    nodes:
                      - id: two
                        type: agent
                        config: {agent: pack/helper, configuration: {model: node}, input: {question: q}, output: {b: answer}}
                    edges: [{source: START, target: two}]
            edges:
              - {source: START, target: own}
              - {source: own, target: one}
              - {source: one, target: deep}
            """);
        assertThat(graph.subgraphs()).containsOnlyKeys("one", "deep/two");
        bench.engine("a");
        Executions executions = withAgents(bench.store, Optional.empty());
        JsonObject config = Json.parseObject("{\"model\":\"theirs\",\"agents\":{\"one\":{\"tone\":\"stern\"}}}");
        Execution done = bench.rest(
                executions.start(Bench.TENANT, request(graph, JsonObject.of("q", "?"), config, Pauses.NONE)));
        assertThat(done.state()).isEqualTo(ExecutionState.SUCCEEDED);
        JsonObject output = done.output().orElseThrow();
        assertThat(output.object("a")).contains(JsonObject.of("model", "own", "tone", "stern"));
        assertThat(output.object("b")).contains(JsonObject.of("model", "node", "tone", "kind"));
        assertThat(output.object("answer").orElseThrow().text("model")).contains("theirs");
        assertThatThrownBy(() -> executions.start(
                        Bench.TENANT,
                        request(graph, JsonObject.EMPTY, Json.parseObject("{\"agents\":{\"three\":{}}}"), Pauses.NONE)))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(InvalidInputException.Fault::pointer)
                                .containsExactly("/config/agents/three"));
    }

    private Executions withAgents(ExecutionStore store, Optional<FakeHandler> work) {
        return new Executions(
                store,
                bench.graphs,
                type -> work.isPresent() && type.equals("work")
                        ? Optional.of(work.get())
                        : Optional.ofNullable(bench.handlers.get(type)),
                Catalog.INSTANCE,
                bench.ids,
                InstantSource.system(),
                Executions.AnswerCheck.NONE);
    }

    /** Crashes an engine at the n-th superstep, for each n: what has ended inside is not run again. */
    @Test
    void goesOnInsideAfterACrash() {
        save(REVIEW);
        StoredGraph graph = save(PUBLISH);
        for (int n = 1; n <= 12; n++) {
            int steps = n;
            AtomicInteger reached = new AtomicInteger();
            Failpoints failpoints = name -> {
                if (name.equals("afterTask") && reached.incrementAndGet() >= steps) {
                    throw new Crash();
                }
            };
            worked.set(0);
            Execution execution = start(bench.executions, graph, JsonObject.of("text", "t"));
            ExecutionEngine mortal = bench.engine(Bench.config("mortal-" + n), bench.executions, failpoints);
            waitFor(() -> reached.get() >= steps || settled(execution));
            answer(execution, reached, steps);
            mortal.close();
            bench.store.release("mortal-" + n);
            ExecutionEngine heir = bench.engine("heir-" + n);
            answer(execution, new AtomicInteger(), Integer.MAX_VALUE);
            Execution done = bench.rest(execution);
            assertThat(done.state()).as("crash at %d", n).isEqualTo(ExecutionState.SUCCEEDED);
            assertThat(done.output()
                            .orElseThrow()
                            .array("log")
                            .orElse(JsonArray.EMPTY)
                            .size())
                    .as("crash at %d", n)
                    .isEqualTo(5);
            assertThat(done.output().orElseThrow().members().keySet())
                    .containsExactlyInAnyOrder("text", "left", "right", "log");
            heir.close();
        }
    }

    private static final class Crash extends Error {
        private static final long serialVersionUID = 1L;
    }

    private boolean settled(Execution execution) {
        ExecutionState state =
                bench.store.find(Bench.TENANT, execution.id()).orElseThrow().state();
        return state == ExecutionState.WAITING || state.terminal();
    }

    /** Answers what is asked, until it ends or the engine has crashed. */
    private void answer(Execution execution, AtomicInteger reached, int crash) {
        waitFor(() -> {
            Execution now = bench.store.find(Bench.TENANT, execution.id()).orElseThrow();
            if (now.state() == ExecutionState.WAITING) {
                Map<String, JsonValue> given = new HashMap<>();
                bench.latest(now).interrupts().forEach(one -> given.put(one.id(), new JsonString("ok")));
                bench.executions.resume(Bench.TENANT, now.id(), answers(given));
            }
            return now.state().terminal() || reached.get() >= crash;
        });
    }

    private static void waitFor(BooleanSupplier condition) {
        await().dontCatchUncaughtExceptions()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(10, TimeUnit.MILLISECONDS)
                .until(condition::getAsBoolean);
    }
}
