package dev.agentos.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.GraphBuilder;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.spi.NodeRules;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which graphs are refused, or warned of, because two of their nodes may write to one channel at once. */
class WriteConflictsTest {

    private static final NodeHandlers SILENT =
            type -> type.equals("code") ? Optional.of(new FakeHandler(call -> JsonObject.EMPTY)) : Optional.empty();

    private static final String CHANNELS = """
        metadata: {name: g}
        channels:
          n: {type: any, reducer: last}
          all: {type: array, reducer: append}
          done: {type: boolean, reducer: last}
          score: {type: number, reducer: last}
        """;

    private static final String A = "{id: a, type: transform, config: {set: {n: '1'}}}";
    private static final String B = "{id: b, type: transform, config: {set: {n: '2'}}}";

    /** What is refused, or else what is warned of, as {@code pointer: message}. */
    private record Findings(List<String> faults, List<String> warnings) {

        private static Findings of(GraphDefinition graph) {
            try {
                return new Findings(
                        List.of(), texts(GraphCompiler.compile(graph, SILENT).warnings()));
            } catch (InvalidInputException e) {
                return new Findings(texts(e.faults()), List.of());
            }
        }

        private static List<String> texts(List<Fault> found) {
            return found.stream()
                    .map(one -> one.pointer() + ": " + one.message())
                    .toList();
        }
    }

    private static Findings findings(List<String> nodes, String edges) {
        return Findings.of(GraphCodec.readYaml(CHANNELS + "nodes: [" + String.join(", ", nodes) + "]\nedges: ["
                + edges.replaceAll("(\\w+)-(\\w+)", "{source: $1, target: $2}")
                        .replaceAll("(\\w+)\\?([^?]+)\\?(\\w+)", "{source: $1, target: $3, condition: \"$2\"}")
                        .replaceAll("(\\w+)!(\\w+)", "{source: $1, target: $2, goto: true}")
                + "]\n"));
    }

    private static String pass(String id) {
        return "{id: " + id + ", type: transform, config: {set: {}}}";
    }

    private static String silent(String id) {
        return "{id: " + id + ", type: code}";
    }

    private static String says(String id, String writes) {
        return "{id: " + id + ", type: code, writes: [" + writes + "]}";
    }

    private static void assertSound(Findings findings) {
        assertThat(findings).isEqualTo(new Findings(List.of(), List.of()));
    }

    private static void assertRefused(Findings findings, String parted) {
        assertThat(findings.faults())
                .singleElement()
                .asString()
                .startsWith(
                        "/nodes/1: Node 'b' may run in the same superstep as 'a', since paths part behind " + parted)
                .endsWith("and both write to channel 'n', whose reducer takes only one.");
    }

    private static void assertWarned(Findings findings, String... texts) {
        assertThat(findings.faults()).isEmpty();
        assertThat(findings.warnings()).singleElement().asString().contains(texts);
    }

    @Test
    void twoThatCertainlyRunTogetherAreRefused() {
        assertRefused(findings(List.of(A, B), "START-a, START-b"), "'START' to 'a' and to 'b'");
        assertRefused(
                findings(List.of(A, B, pass("x"), pass("y")), "START-x, START-y, x-a, y-b"),
                "'START' to 'x' and to 'y'");
        assertSound(findings(List.of(A, B, pass("x")), "START-a, a-x, x-b"));
        assertSound(findings(List.of(A, B, pass("x")), "START-a, START-x, x-b"));
    }

    @Test
    void twoToWhichDifferentChoicesLeadAreRefused() {
        List<String> nodes = List.of(A, B, pass("x"), pass("y"), pass("z"));
        String choices = "START-x, START-y, x?score > 0.5?a, x?score <= 0.5?z, y?done?b, y?!done?z";
        assertRefused(findings(nodes, choices), "'START' to 'x' and to 'y'");
    }

    @Test
    void oneThatIsChosenBesideOneThatCertainlyRunsIsRefused() {
        assertRefused(
                findings(List.of(A, B, pass("x"), pass("y")), "START-x, START-y, x?done?a, x?!done?END, y-b"),
                "'START'");
    }

    @Test
    void branchesOfOneChoiceDoNotMeet() {
        for (String edges : List.of(
                "START-x, x?done?a, x?!done?b",
                "START-x, x?score > 0.8?a, x?score <= 0.8?b",
                "START-x, x?done?y, x?!done?z, y-a, z-b",
                // Both look at the same state.
                "START-x, START-y, x?done?a, x?!done?END, y?!done?b, y?done?END",
                // A loop whose exit is chosen.
                "START-x, x-a, a?done?x, a?!done?b, b-y")) {
            List<String> nodes = Stream.concat(
                            Stream.of(A, B),
                            Stream.of("x", "y", "z").filter(edges::contains).map(WriteConflictsTest::pass))
                    .toList();
            assertSound(findings(nodes, edges));
        }
        String route = "{id: x, type: condition, config: {cases: [{when: 'score > 0.1', goto: a},"
                + " {when: 'score > 0.2', goto: b}], default: END}}";
        assertSound(findings(List.of(A, B, route), "START-x"));
        // The second case holds only where the first does not, and that is where the other path goes.
        String late = route.replace("goto: a", "goto: END");
        assertSound(findings(
                List.of(A, B, late, pass("y")), "START-x, START-y, y?score > 0.1?a, y?score <= 0.1?END, a-END"));
    }

    @Test
    void conditionsThatMayBothHoldAreNoChoice() {
        assertRefused(
                findings(List.of(A, B, pass("x")), "START-x, x?score > 0.3?a, x?done?b"), "'x' to 'a' and to 'b'");
    }

    @Test
    void whoSaysWhatItWritesIsHeldToThat() {
        List<String> refused = List.of("{id: a, type: code, writes: [n]}", "{id: b, type: code, writes: [all, n]}");
        assertRefused(findings(refused, "START-a, START-b"), "'START'");
        assertSound(findings(List.of(says("a", "n"), says("b", "all")), "START-a, START-b"));
        assertSound(findings(List.of(A, says("b", "")), "START-a, START-b"));
    }

    @Test
    void whoDoesNotSayWhatItWritesIsWarnedOf() {
        assertWarned(
                findings(List.of(A, silent("b")), "START-a, START-b"),
                "/nodes/1: Node 'b' may run in the same superstep as 'a'",
                "does not say what it writes",
                "\"writes\"");
        assertThat(findings(List.of(silent("a"), silent("b")), "START-a, START-b")
                        .warnings())
                .hasSize(2);
        assertWarned(
                findings(List.of("{id: f, type: dispatch, config: {items: '[1]', node: b}}", silent("b")), "START-f"),
                "/nodes/1: Node 'b' is dispatched",
                "does not say what it writes");
        assertSound(findings(List.of(A, silent("b")), "START-a, a-b"));
        assertSound(findings(List.of(pass("a"), silent("b")), "START-a, START-b"));
        assertSound(findings(
                List.of("{id: f, type: dispatch, config: {items: '[1]', node: b}}", says("b", "all")), "START-f"));
    }

    @Test
    void aDeclarationIsChecked() {
        Findings wrong = findings(
                List.of(
                        "{id: a, type: transform, config: {set: {n: '1'}}, writes: [all, nn]}",
                        "{id: s, type: subgraph, writes: [n], config: {graph: {channels: {}, nodes: [" + pass("i")
                                + "], edges: [{source: START, target: i}]}}}"),
                "START-a, a-s");
        assertThat(wrong.faults())
                .satisfiesExactly(
                        one -> assertThat(one).startsWith("/nodes/0/writes/1: There is no channel 'nn'"),
                        one -> assertThat(one)
                                .isEqualTo("/nodes/0/writes: Node 'a' writes to channel 'n' by its"
                                        + " settings, and does not say so here."),
                        one -> assertThat(one).startsWith("/nodes/1/writes: Node 's' contains a graph"));
    }

    @Test
    void whoWaitsForAllIsNotBesideThoseItWaitsFor() {
        String join = "{id: b, type: transform, join: all, config: {set: {n: '2'}}}";
        List<String> nodes = List.of(A, join, pass("x"), pass("y"));
        assertSound(findings(nodes, "START-x, START-y, y-a, x-b, a-b"));
        assertSound(findings(nodes, "START-x, START-y, x-b, y-b, b-a"));
        // All have come when the third path is still under way.
        assertRefused(findings(nodes, "START-x, START-y, x-b, y-b, y-a"), "'y' to 'b' and to 'a'");
    }

    @Test
    void branchesOfWhichOneIsNotTakenAreWaitedForToTheEnd() {
        String join = "{id: b, type: transform, join: all, config: {set: {n: '2'}}}";
        assertSound(findings(
                List.of(A, join, pass("r"), pass("x"), pass("y"), pass("c"), pass("d"), pass("e")),
                "START-r, START-c, r?done?x, r?!done?y, x-b, y-b, c-d, d-e, e-a"));
    }

    @Test
    void whatTakesNobodyKnowsHowLongIsWarnedOf() {
        String inside = "{id: x, type: subgraph, config: {output: {done: d}, graph: {channels: {d: {type: boolean,"
                + " reducer: last}}, nodes: [" + pass("i") + "], edges: [{source: START, target: i}]}}}";
        assertWarned(
                findings(List.of(A, B, inside, pass("y")), "START-x, START-y, x-a, y?!done?y, y?done?b"),
                "/nodes/1: ",
                "'n'",
                "Whether they meet depends on");
        assertSound(findings(List.of(A, B, inside), "START-a, a-x, x-b"));
        // What the graph inside writes outside, it writes some supersteps later.
        String whole = inside.replace("{done: d}", "{n: d}");
        assertWarned(
                findings(List.of(A, whole, pass("y")), "START-x, START-y, y-a"), "/nodes/1: ", "'x'", "'a'", "'n'");
    }

    @Test
    void whatANodeNamesIsWarnedOf() {
        assertWarned(
                findings(List.of(A, B, says("x", "")), "START-x, x!a, x!b"),
                "/nodes/1: ",
                "behind 'x' to 'a' and to 'b'",
                "depends on");
    }

    @Test
    void behindADispatchItIsKnownToo() {
        String fan = "{id: f, type: dispatch, config: {items: '[1]', node: w}}";
        String work = "{id: w, type: transform, config: {set: {all: '[1]'}}}";
        assertRefused(findings(List.of(A, B, fan, work, pass("x")), "START-f, f-x, x-a, w-b"), "'f' to 'w' and to 'x'");
        assertSound(findings(List.of(A, fan, work), "START-f, w-a"));
    }

    @Test
    void aVeryWideGraphIsLookedAtAsFarAsThatGoes() {
        GraphBuilder graph =
                GraphDefinition.named("wide").channel("n", "any", "last").channel("all", "array", "append");
        for (int i = 0; i < 6_000; i++) {
            graph.node("w" + i, "transform", JsonObject.of("set", JsonObject.of("all", "[1]")))
                    .edge("START", "w" + i)
                    .edge("w" + i, "end");
        }
        graph.node(NodeDefinition.of(
                "end", "transform", JsonObject.of("set", JsonObject.of("n", "1")), NodeRules.JOIN_ALL));
        graph.node("other", "transform", JsonObject.of("set", JsonObject.of("n", "1")))
                .edge("end", "other");
        assertWarned(Findings.of(graph.build()), "The graph is too wide to be looked at whole");
    }
}
