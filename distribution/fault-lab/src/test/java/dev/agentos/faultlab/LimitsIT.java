package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.Events;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Graphs that would not end, and data that would rather be code. */
@ExtendWith(LabExtension.class)
class LimitsIT {

    private static final int WIDE = 400;
    private static final int MOST_ITEMS = 10_000;
    private static final int TOO_WIDE = MOST_ITEMS + 1;

    private static JsonObject transform(String id, String channel, String expression) {
        return Graphs.node(id, "transform", JsonObject.of("set", JsonObject.of(channel, expression)));
    }

    private static String failure(JsonObject execution) {
        return execution.object("failure").orElseThrow().text("code").orElseThrow();
    }

    @Test
    @FaultCase(96)
    void aGraphThatGoesRoundForEverReachesItsStepLimit(Lab lab) {
        JsonObject pingPong = Graphs.graph(
                "ping-pong",
                JsonObject.of("n", Graphs.channel("integer", "last")),
                List.of(transform("ping", "n", "n + 1"), transform("pong", "n", "n - 1")),
                List.of(
                        Graphs.edge("START", "ping"),
                        Graphs.edge("ping", "pong"),
                        Graphs.with(Graphs.edge("pong", "ping"), "condition", "n > -1"),
                        Graphs.with(Graphs.edge("pong", "END"), "condition", "n < 0")));
        String id = lab.start(lab.a(), pingPong, JsonObject.of("n", 1));
        assertThat(failure(lab.a1().end(id))).isEqualTo("graph:STEP_LIMIT");
    }

    @Test
    @FaultCase(96)
    void toolsThatCallEachOtherForEverReachTheNestingLimit(Lab lab) {
        for (String tool : List.of("lab.recurse", "lab.ping")) {
            JsonObject graph = Graphs.line(
                    "calls-" + tool.replace('.', '-'), Graphs.log(), Graphs.tool("call", tool, JsonObject.EMPTY));
            String id = lab.start(lab.a(), graph, JsonObject.EMPTY);
            assertThat(failure(lab.a1().end(id))).as(tool).isEqualTo("plugin:NESTING_TOO_DEEP");
        }
        String after = lab.start(lab.a(), Graphs.effects(1), JsonObject.EMPTY);
        assertThat(lab.a1().end(after).text("state")).contains("SUCCEEDED");
    }

    @Test
    @FaultCase(96)
    void aGraphThatFansOutWidelyEndsAndOneThatIsTooWideIsRefused(Lab lab) {
        String id = lab.start(lab.a(), wide(WIDE), JsonObject.EMPTY);
        JsonObject done = lab.a1().end(id);
        assertThat(done.object("output")
                        .orElseThrow()
                        .array("log")
                        .orElseThrow()
                        .size())
                .isEqualTo(WIDE);
        assertThat(lab.a1().post("/api/v1/graphs", wide(TOO_WIDE)).status()).isEqualTo(400);
    }

    private static JsonObject wide(int count) {
        List<JsonObject> nodes = new ArrayList<>();
        List<JsonObject> edges = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(transform("n" + i, "log", "[" + i + "]"));
            edges.add(Graphs.edge("START", "n" + i));
        }
        return Graphs.graph("wide-" + count, Graphs.log(), nodes, edges);
    }

    @Test
    @FaultCase(96)
    void aDispatchOfTooManyItemsEndsWithItsCodeAndNothingElse(Lab lab) {
        JsonObject graph = Graphs.graph(
                "too-many-items",
                JsonObject.of("items", Graphs.channel("array", "last"), "log", Graphs.channel("array", "append")),
                List.of(dispatch("fan", "items", "each"), transform("each", "log", "[input]")),
                List.of(Graphs.edge("START", "fan")));
        List<Integer> items = IntStream.range(0, TOO_WIDE).boxed().toList();
        endsBeside(lab, graph, JsonObject.of("items", items), "graph:INVALID_DISPATCH");
    }

    @Test
    @FaultCase(96)
    void dispatchesWithinADispatchEndWithTheirCodeAndNothingElse(Lab lab) {
        // An expression has no room for more.
        String many = "[" + "0,".repeat(2_000) + "0]";
        JsonObject inside = Graphs.graph(
                "bomb",
                Graphs.log(),
                List.of(dispatch("again", many, "one"), transform("one", "log", "[1]")),
                List.of(Graphs.edge("START", "again")));
        JsonObject bomb = Graphs.graph(
                "bomb",
                JsonObject.of("items", Graphs.channel("array", "last"), "log", Graphs.channel("array", "append")),
                List.of(
                        dispatch("fan", "items", "each"),
                        Graphs.node(
                                "each",
                                "subgraph",
                                JsonObject.of("graph", inside, "output", JsonObject.of("log", "log")))),
                List.of(Graphs.edge("START", "fan")));
        List<Integer> items = IntStream.range(0, MOST_ITEMS).boxed().toList();
        endsBeside(lab, bomb, JsonObject.of("items", items), "graph:TOO_MANY_TASKS");
    }

    private static JsonObject dispatch(String id, String items, String node) {
        return Graphs.node(id, "dispatch", JsonObject.of("items", items, "node", node));
    }

    /** Ends with that code, while executions that have begun before it, and meanwhile, go on on the same server. */
    private static void endsBeside(Lab lab, JsonObject graph, JsonObject input, String code) {
        String gate =
                "beside-" + graph.object("metadata").orElseThrow().text("name").orElseThrow();
        String before = lab.startOnA(
                Graphs.line(gate, Graphs.log(), Graphs.gate("gate", gate), Graphs.gate("last", gate)),
                JsonObject.EMPTY);
        lab.ledger().awaitCalls(before, "gate", 1);
        String id = lab.start(lab.a(), graph, input);
        String meanwhile = lab.start(lab.a(), Graphs.effects(1), JsonObject.EMPTY);
        assertThat(lab.a1().end(meanwhile).text("state")).contains("SUCCEEDED");
        JsonObject ended = lab.a1().end(id);
        assertThat(failure(ended)).as(ended.toString()).isEqualTo(code);
        lab.ledger().open(gate);
        assertThat(lab.a1().end(before).text("state")).contains("SUCCEEDED");
        for (String one : List.of(before, id, meanwhile)) {
            assertThat(Events.ofType(lab.a1().events(one), "execution.resumed"))
                    .as(one)
                    .isEmpty();
        }
        assertThat(lab.a().running()).isTrue();
    }

    @Test
    @FaultCase(32)
    void aResultOf200MegabytesFailsItsExecutionAndNothingElse(Lab lab) {
        JsonObject large = Graphs.line(
                "large",
                JsonObject.of("text", Graphs.channel("string", "last")),
                Graphs.node(
                        "fetch",
                        "tool",
                        JsonObject.of(
                                "tool",
                                "lab.large",
                                "arguments",
                                JsonObject.of("characters", "200000000"),
                                "output",
                                "text")));
        for (int i = 0; i < 5; i++) {
            String id = lab.start(lab.a(), large, JsonObject.EMPTY);
            String beside = lab.start(lab.a(), Graphs.effects(1), JsonObject.EMPTY);
            JsonObject ended = lab.a1().end(id);
            assertThat(failure(ended)).as(ended.toString()).isEqualTo("graph:RESULT_TOO_LARGE");
            assertThat(ended.toString().length()).isLessThan(5_000);
            assertThat(lab.a1().end(beside).text("state")).contains("SUCCEEDED");
        }
        // The server's own bound on its memory is 512 MiB, and it ends when that is used up.
        assertThat(lab.a().running()).isTrue();
        assertThat(lab.a().output()).doesNotContain("OutOfMemoryError");
    }

    @Test
    void aReducerThatThrowsBlocksOrSpoilsItsInputFailsItsExecutionAndNothingElse(Lab lab) {
        for (String reducer : List.of("lab.thrower", "lab.sleeper", "lab.mutator")) {
            JsonObject graph = reduced("spoiled-" + reducer.replace('.', '-'), reducer);
            String id = lab.start(lab.a(), graph, JsonObject.EMPTY);
            String beside = lab.start(lab.a(), reduced("kept", "lab.keeper"), JsonObject.EMPTY);
            JsonObject ended = lab.a1().end(id);
            assertThat(failure(ended)).as(ended.toString()).isEqualTo("graph:REDUCER_FAILED");
            assertThat(ended.toString()).contains(reducer, "'c'").doesNotContain("\tat ");
            JsonObject kept = lab.a1().end(beside);
            assertThat(kept.text("state")).as(kept.toString()).contains("SUCCEEDED");
            assertThat(kept.object("output").orElseThrow().object("c")).contains(JsonObject.of("n", 1));
        }
    }

    private static JsonObject reduced(String name, String reducer) {
        return Graphs.line(
                name, JsonObject.of("c", Graphs.channel("object", reducer)), transform("write", "c", "{'n': 1}"));
    }

    @Test
    @FaultCase(99)
    void anExpressionThatWouldEscapeIsAnErrorOfTheGraph(Lab lab) {
        for (String expression : List.of(
                "java.lang.Runtime.getRuntime().exec('id')",
                "T(java.lang.Runtime).getRuntime()",
                "''.getClass().forName('java.lang.System')",
                "${7*7}",
                "#{7*7}",
                "{{7*7}}",
                "n; DROP TABLE executions",
                "google.protobuf.Any{type_url: 'x'}",
                "__import__('os')",
                "process.env",
                "constructor.constructor('return 1')()")) {
            JsonObject graph = Graphs.line(
                    "escape",
                    JsonObject.of("n", Graphs.channel("any", "last")),
                    transform("evaluate", "n", expression));
            Api.Answer answer = lab.a1().post("/api/v1/graphs", graph);
            assertThat(answer.status()).as(expression + ": " + answer.text()).isEqualTo(400);
        }
    }

    @Test
    @FaultCase(99)
    void typeInformationInStoredStateStaysData(Lab lab) {
        JsonObject hostile = Json.parseObject("""
            {"@class": "java.lang.ProcessBuilder", "@type": "javax.sql.RowSet", "$type": "System.Object",
             "!!javax.script.ScriptEngineManager": ["x"], "__proto__": {"polluted": true}, "type": "human",
             "deep": [["java.util.ArrayList", [{"@class": "x", "val": 1.50}]]], "'; DROP TABLE executions; --": null}
            """);
        JsonObject graph = Graphs.line(
                "typed",
                JsonObject.of(
                        "given", Graphs.channel("any", "last"),
                        "out", Graphs.channel("any", "last"),
                        "kept", Graphs.channel("boolean", "last")),
                Graphs.node("wait", "human", JsonObject.of("prompt", "?", "output", "out")),
                transform("look", "kept", "given.deep[0][1][0]['@class'] == 'x' && given == out"));
        String id = lab.start(lab.a(), graph, JsonObject.of("given", hostile));
        lab.a1().until(id, "WAITING");
        lab.a1()
                .post("/api/v1/executions/" + id + "/resume", JsonObject.of("answer", hostile))
                .expect(202);
        JsonObject output = lab.b1().end(id).object("output").orElseThrow();
        assertThat(output.object("given")).contains(hostile);
        assertThat(output.object("out")).contains(hostile);
        assertThat(output.bool("kept")).contains(true);
    }

    @Test
    @FaultCase(99)
    void sqlInAnIdOrAFilterIsAValueLikeAnyOther(Lab lab) {
        lab.a1().end(lab.start(lab.a(), Graphs.effects(1), JsonObject.EMPTY));
        long before = lab.postgres().sql().number("SELECT count(*) FROM agentos.executions");
        for (String text :
                List.of("' OR '1'='1", "x'; DELETE FROM executions; --", "\\' OR 1=1 --", "%", "exe_%", "$1")) {
            String value = URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
            for (String filter : List.of("state", "agent", "graph", "cursor", "limit")) {
                Api.Answer answer = lab.a1().get("/api/v1/executions?" + filter + "=" + value);
                assertThat(answer.status())
                        .as(filter + "=" + text + ": " + answer.text())
                        .isIn(200, 400, 404);
                if (answer.status() == 200) {
                    assertThat(answer.json().array("items").orElseThrow().size())
                            .as(filter + "=" + text)
                            .isZero();
                }
            }
            assertThat(lab.a1().get("/api/v1/executions/" + value).status()).isIn(400, 404);
        }
        assertThat(lab.postgres().sql().number("SELECT count(*) FROM agentos.executions"))
                .isEqualTo(before);
    }
}
