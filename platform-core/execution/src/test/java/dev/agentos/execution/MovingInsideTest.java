package dev.agentos.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What stands in the middle of a graph that a node contains goes on in another version that has that graph too. */
@Timeout(60)
class MovingInsideTest {

    private final Bench bench = new Bench();
    private final AtomicInteger paid = new AtomicInteger();

    @BeforeEach
    void offer() {
        bench.handler("pay", call -> {
            paid.incrementAndGet();
            return JsonObject.of("receipt", "r1");
        });
        bench.engine("a");
    }

    @AfterEach
    void close() {
        bench.close();
    }

    /** Pays, and calculates with what is not there yet. */
    private static GraphBuilder inner(String total) {
        return GraphDefinition.named("inner")
                .channel("receipt", "string", "last")
                .channel("total", "string", "last")
                .node("pay", "pay", JsonObject.EMPTY)
                .node("sum", "transform", JsonObject.of("set", JsonObject.of("total", total)))
                .edge("START", "pay")
                .edge("pay", "sum");
    }

    private static GraphDefinition outer(GraphDefinition inner) {
        return outer("whole", inner);
    }

    private static GraphDefinition outer(String node, GraphDefinition inner) {
        return GraphDefinition.named("outer")
                .channel("result", "string", "last")
                .node(
                        node,
                        "subgraph",
                        JsonObject.of("graph", GraphCodec.write(inner), "output", JsonObject.of("result", "total")))
                .edge("START", node)
                .build();
    }

    /** Fails inside, behind a node inside that has finished. */
    private Execution failed() {
        Execution failed = bench.run(outer(inner("string(int(receipt))").build()), JsonObject.EMPTY);
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        return failed;
    }

    private Moving.Moved migrate(Execution failed, GraphReference version, boolean dryRun) {
        return bench.executions.migrate(
                Bench.TENANT,
                failed.id(),
                new Moving(version.version(), Optional.empty(), Map.of(), dryRun),
                Optional.empty(),
                Optional.empty());
    }

    private List<Fault> faults(Execution failed, GraphReference version, boolean dryRun) {
        List<Fault> all = new ArrayList<>();
        assertThatThrownBy(() -> migrate(failed, version, dryRun))
                .isInstanceOfSatisfying(InvalidInputException.class, e -> {
                    assertThat(e.errorCode()).isEqualTo(GraphErrorCode.MIGRATION_CONFLICT);
                    all.addAll(e.faults());
                });
        return all;
    }

    private void refuses(Execution failed, GraphDefinition other, String pointer, String message) {
        GraphReference version = bench.deploy(failed.request().graph(), other);
        List<Fault> tried = faults(failed, version, true);
        assertThat(tried).singleElement().satisfies(fault -> {
            assertThat(fault.pointer()).isEqualTo(pointer);
            assertThat(fault.message()).isEqualTo(message.formatted(version.version()));
        });
        assertThat(faults(failed, version, false)).isEqualTo(tried);
    }

    @Test
    void goesOnInsideOfANodeAndRunsNothingInsideAgain() {
        Execution failed = failed();
        GraphReference corrected = bench.deploy(
                failed.request().graph(),
                outer(inner("receipt + word")
                        .channel("word", "string", "last", new JsonString("!"))
                        .build()));
        Migration tried = migrate(failed, corrected, true).migration();
        assertThat(tried.channels())
                .isEqualTo(Map.of(
                        "result", Migration.Fate.DEFAULT,
                        "whole/receipt", Migration.Fate.KEPT,
                        "whole/word", Migration.Fate.DEFAULT));
        Moving.Moved moved = migrate(failed, corrected, false);
        assertThat(moved.migration()).isEqualTo(tried);
        Execution mended = bench.rest(moved.started().orElseThrow().execution());
        assertThat(mended.output()).contains(JsonObject.of("result", "r1!"));
        assertThat(paid).hasValue(1);
        assertThat(bench.executions.find(Bench.TENANT, failed.id())).contains(failed);
    }

    @Test
    void saysWhichPartInsideDoesNotFit() {
        Execution failed = failed();
        refuses(
                failed,
                outer("other", inner("receipt").build()),
                "/version",
                "At checkpoint 2 the graph in node 'whole' is under way, and version %d does not have that node.");
        refuses(
                failed,
                GraphDefinition.named("outer")
                        .channel("result", "string", "last")
                        .channel("receipt", "string", "last")
                        .node("whole", "pay", JsonObject.EMPTY)
                        .edge("START", "whole")
                        .build(),
                "/version",
                "At checkpoint 2 the graph in node 'whole' is under way, and version %d has that node with the type"
                        + " 'pay', not 'subgraph'.");
        refuses(
                failed,
                outer(GraphDefinition.named("inner")
                        .channel("receipt", "string", "last")
                        .channel("total", "string", "last")
                        .node("pay", "pay", JsonObject.EMPTY)
                        .edge("START", "pay")
                        .build()),
                "/version",
                "The execution is to go on with node 'whole/sum', which version %d does not have.");
        refuses(
                failed,
                outer(GraphDefinition.named("inner")
                        .channel("total", "string", "last")
                        .node("sum", "transform", JsonObject.of("set", JsonObject.of("total", "'none'")))
                        .edge("START", "sum")
                        .build()),
                "/values/whole~1receipt",
                "Version %d has no channel 'receipt' in the graph of node 'whole', and what it holds would be lost.");
        refuses(
                failed,
                outer(GraphDefinition.named("inner")
                        .channel("receipt", "integer", "last")
                        .channel("total", "string", "last")
                        .node("sum", "transform", JsonObject.of("set", JsonObject.of("total", "string(receipt)")))
                        .edge("START", "sum")
                        .build()),
                "/values/whole~1receipt",
                "The channel 'whole/receipt' is of the type integer with the reducer 'last' and cannot hold a string.");
    }

    @Test
    void takesNoExpressionForAChannelInside() {
        Execution failed = failed();
        GraphReference version =
                bench.deploy(failed.request().graph(), outer(inner("receipt").build()));
        Moving moving = new Moving(version.version(), Optional.empty(), Map.of("whole/receipt", "'r2'"), true);
        assertThatThrownBy(() ->
                        bench.executions.migrate(Bench.TENANT, failed.id(), moving, Optional.empty(), Optional.empty()))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(Fault::pointer)
                                .containsExactly("/values/whole~1receipt"));
    }

    private static GraphDefinition each(String answer) {
        return each("one", answer);
    }

    private static GraphDefinition each(String node, String answer) {
        return each(node, answer, "integer", "item * 10");
    }

    private static GraphDefinition each(String node, String answer, String type, String seen) {
        GraphDefinition one = GraphDefinition.named("one")
                .channel("item", "integer", "last")
                .channel("seen", type, "last")
                .channel("answer", type, "last")
                .node("see", "transform", JsonObject.of("set", JsonObject.of("seen", seen)))
                .node("say", "transform", JsonObject.of("set", JsonObject.of("answer", answer)))
                .edge("START", "see")
                .edge("see", "say")
                .build();
        return GraphDefinition.named("each")
                .channel("list", "array", "last")
                .channel("item", "integer", "last")
                .channel("all", "array", "append")
                .node("split", "dispatch", JsonObject.of("items", "list", "node", node, "as", "item"))
                .node(
                        node,
                        "subgraph",
                        JsonObject.of(
                                "graph",
                                GraphCodec.write(one),
                                "input",
                                JsonObject.of("item", "item"),
                                "output",
                                JsonObject.of("all", "[answer]")))
                .edge("START", "split")
                .build();
    }

    @Test
    void goesOnInEachBranch() {
        Execution failed = bench.run(each("seen / (item - item)"), JsonObject.of("list", List.of(1, 2, 3)));
        assertThat(failed.state()).as("%s", failed.failure()).isEqualTo(ExecutionState.FAILED);
        GraphReference corrected = bench.deploy(failed.request().graph(), each("seen + 1"));
        Migration tried = migrate(failed, corrected, true).migration();
        assertThat(tried.channels().keySet())
                .as("each once, by the name in the definition")
                .containsExactlyInAnyOrder("all", "item", "list", "one/item", "one/seen");
        assertThat(tried.values().members().keySet())
                .as("where branches meet there are no channels")
                .noneMatch(name -> name.startsWith("one#1/"));
        Execution mended = bench.rest(
                migrate(failed, corrected, false).started().orElseThrow().execution());
        assertThat(mended.output().orElseThrow().member("all"))
                .as("%s %s", tried, mended.failure())
                .contains(new JsonArray(List.of(JsonNumber.of(11), JsonNumber.of(21), JsonNumber.of(31))));
    }

    @Test
    void saysOnceWhatEachBranchLacks() {
        Execution failed = bench.run(each("seen / (item - item)"), JsonObject.of("list", List.of(1, 2, 3)));
        GraphReference other = bench.deploy(failed.request().graph(), each("other", "seen + 1"));
        assertThat(faults(failed, other, true))
                .singleElement()
                .satisfies(fault ->
                        assertThat(fault.message()).startsWith("At checkpoint 3 the graph in node 'one' is under way"));
        GraphReference typed =
                bench.deploy(failed.request().graph(), each("one", "'' + seen", "string", "string(item)"));
        assertThat(faults(failed, typed, true)).singleElement().satisfies(fault -> {
            assertThat(fault.pointer()).isEqualTo("/values/one~1seen");
            assertThat(fault.message()).startsWith("The channel 'one/seen' is of the type string");
        });
    }

    @Test
    void triesWhatTheDeedRefuses() {
        Sessions sessions = new Sessions(bench.executions, InstantSource.system());
        Execution plain = bench.run(outer(inner("string(int(receipt))").build()), JsonObject.EMPTY);
        Execution failed = bench.rest(sessions.start(
                        Bench.TENANT,
                        new ExecutionRequest(
                                Optional.empty(),
                                plain.request().graph(),
                                JsonObject.EMPTY,
                                JsonObject.EMPTY,
                                0,
                                Optional.empty(),
                                ExecutionRequest.Durability.SYNC),
                        new Sessions.Turn("s", WhenBusy.ENQUEUE, Optional.empty()),
                        Optional.empty())
                .execution());
        assertThat(failed.state()).isEqualTo(ExecutionState.FAILED);
        for (boolean dryRun : new boolean[] {true, false}) {
            Moving moving = new Moving(1, Optional.of(0), Map.of(), dryRun);
            assertThatThrownBy(() -> bench.executions.migrate(
                            Bench.TENANT, failed.id(), moving, Optional.empty(), Optional.empty()))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.UNKNOWN_CHECKPOINT));
        }
    }
}
