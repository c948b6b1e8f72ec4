package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.Corpus;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.Postgres;
import dev.agentos.faultlab.harness.Server;
import dev.agentos.faultlab.harness.Specimen;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What earlier releases have stored is carried on by this one. A release is recorded once, when it is made:
 * {@code -Dlab.record=0.1.0}.
 */
@ExtendWith(LabExtension.class)
@Tag("long")
class CorpusIT {

    private static final int STEPS = 400;
    private static final List<String> DURABILITIES = List.of("sync", "barrier", "async", "exit");
    private static final JsonObject DONE = JsonObject.of("state", "SUCCEEDED");

    private static final JsonObject COUNTING = Graphs.graph(
            "corpus-counting",
            JsonObject.of(
                    "n",
                    JsonObject.of("type", "integer", "reducer", "sum", "default", 0),
                    "log",
                    Graphs.channel("array", "append")),
            List.of(Graphs.node(
                    "count", "transform", JsonObject.of("set", JsonObject.of("n", "1", "log", "['step']")))),
            List.of(
                    Graphs.edge("START", "count"),
                    Graphs.with(Graphs.edge("count", "count"), "condition", "n < " + STEPS),
                    Graphs.with(Graphs.edge("count", "END"), "condition", "n >= " + STEPS)));

    private static final JsonObject ASKING = Graphs.line(
            "corpus-asking",
            JsonObject.of("answer", Graphs.channel("any", "last"), "text", Graphs.channel("string", "last")),
            Graphs.node("ask", "human", JsonObject.of("prompt", "Go on?", "output", "answer")),
            Graphs.node("use", "transform", JsonObject.of("set", JsonObject.of("text", "'answered ' + answer"))));

    /** Each item is a branch with a graph of two levels, which asks at the bottom. */
    private static final JsonObject LEVELS = Graphs.graph(
            "corpus-levels",
            JsonObject.of("items", Graphs.channel("array", "last"), "heard", Graphs.channel("array", "append")),
            List.of(
                    Graphs.node("fan", "dispatch", JsonObject.of("items", "items", "node", "each")),
                    around("each", around("lower", asking()), JsonObject.of("heard", "[answer]"))),
            List.of(Graphs.edge("START", "fan"), Graphs.edge("each", "END")));

    /** Its script computes for some seconds, so that the server ends in the middle of it. */
    private static final JsonObject COMPUTING = Graphs.line(
            "corpus-computing",
            JsonObject.of(
                    "n", Graphs.channel("integer", "sum"),
                    "total", Graphs.channel("number", "last"),
                    "text", Graphs.channel("string", "last")),
            Graphs.node("begin", "transform", JsonObject.of("set", JsonObject.of("n", "1"))),
            Graphs.node(
                    "compute",
                    "code",
                    JsonObject.of(
                            "source",
                            "let t = 0; for (let i = 0; i < 2000000; i++) t = (t + i) % 1000; return { total: t };",
                            "limits",
                            JsonObject.of("time", "PT60S"))),
            Graphs.node("end", "transform", JsonObject.of("set", JsonObject.of("text", "'computed ' + string(n)"))));

    private static JsonObject asking() {
        JsonObject schema = JsonObject.of("type", "string");
        return Graphs.node(
                "ask", "human", JsonObject.of("prompt", "What of it?", "schema", schema, "output", "answer"));
    }

    private static JsonObject around(String id, JsonObject node) {
        return around(id, node, JsonObject.of("answer", "answer"));
    }

    /** A node that contains a graph of that one node. */
    private static JsonObject around(String id, JsonObject node, JsonObject output) {
        JsonObject graph = Graphs.line("inside-" + id, JsonObject.of("answer", Graphs.channel("string", "last")), node);
        return Graphs.node(id, "subgraph", JsonObject.of("graph", graph, "output", output));
    }

    @Test
    @FaultCase(21)
    void whatEarlierReleasesStoredIsCarriedOn(Lab lab) {
        assumeTrue(!Corpus.all().isEmpty(), "no release has been recorded yet");
        for (Corpus corpus : Corpus.all()) {
            try (Postgres postgres = Postgres.create(lab.directory().resolve("corpus-" + corpus.release()))) {
                postgres.start();
                corpus.restore(postgres);
                Server server = lab.extra("heir-of-" + corpus.release(), postgres);
                server.start();
                Api api = lab.apiOf(server);
                corpus.ends().members().forEach((id, end) -> check(api, id, (JsonObject) end));
                lab.evidence(corpus.release() + ": " + corpus.ends().members().size() + " executions");
                server.close();
            }
        }
    }

    private static void check(Api api, String id, JsonObject end) {
        if (end.text("answer").isPresent()) {
            api.until(id, "WAITING");
            api.post(
                            "/api/v1/executions/" + id + "/resume",
                            JsonObject.of("answer", end.text("answer").orElseThrow()))
                    .expect(202);
        }
        answers(api, id, end.object("answers").orElse(JsonObject.EMPTY));
        JsonObject done = api.end(id);
        assertThat(done.text("state")).as(done.toString()).isEqualTo(end.text("state"));
        assertThat(done.object("failure").flatMap(failure -> failure.text("code")))
                .as(done.toString())
                .isEqualTo(end.text("failure")
                        .or(() -> end.text("state").filter("CANCELLED"::equals).map(state -> "graph:CANCELLED")));
        end.object("output")
                .orElse(JsonObject.EMPTY)
                .members()
                .forEach((channel, value) -> assertThat(
                                done.object("output").orElseThrow().member(channel))
                        .as(done.toString())
                        .contains(value));
        assertThat(api.events(id)).isNotEmpty();
    }

    /** Answers what an execution asks until there are no answers left: those of each node, or of any node, in order. */
    private static void answers(Api api, String id, JsonObject answers) {
        Map<String, Integer> given = new HashMap<>();
        Set<String> seen = new HashSet<>();
        long wanted = answers.members().values().stream()
                .mapToLong(one -> ((JsonArray) one).size())
                .sum();
        Awaitility.await("answers to " + id)
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    JsonArray open = api.execution(id).array("interrupts").orElse(JsonArray.EMPTY);
                    for (JsonValue item : open) {
                        JsonObject interrupt = (JsonObject) item;
                        String node = interrupt.text("node").orElseThrow();
                        String key = answers.member(node).isPresent() ? node : "*";
                        if (seen.size() < wanted
                                && seen.add(interrupt.text("id").orElseThrow())) {
                            JsonValue answer =
                                    answers.array(key).orElseThrow().items().get(given.merge(key, 1, Integer::sum) - 1);
                            api.post(
                                            "/api/v1/executions/" + id + "/resume",
                                            JsonObject.of(
                                                    "resume",
                                                    JsonObject.of(
                                                            interrupt.text("id").orElseThrow(), answer)))
                                    .expect(202);
                        }
                    }
                    return seen.size() == wanted;
                });
    }

    @Test
    void recordsThisRelease(Lab lab) {
        String release = System.getProperty("lab.record", "");
        assumeTrue(!release.isEmpty(), "-Dlab.record names the release to be recorded");
        try (Postgres postgres = Postgres.create(lab.directory().resolve("recorded"))) {
            postgres.start();
            Server server = lab.extra("recorder", postgres);
            server.start();
            Api api = lab.apiOf(server);
            Map<String, JsonObject> ends = new LinkedHashMap<>();
            recordZoo(api, ends);
            recordWaiting(api, ends);
            recordInTheMiddle(api, server, ends);
            Map<String, Long> states = postgres.sql().rows("SELECT state FROM agentos.executions").stream()
                    .collect(Collectors.groupingBy(state -> state, TreeMap::new, Collectors.counting()));
            assertThat(states).containsOnlyKeys("CANCELLED", "FAILED", "HELD", "RUNNING", "SUCCEEDED", "WAITING");
            assertThat(states.get("RUNNING")).as("executions in the middle").isEqualTo(5);
            Corpus.of(release, postgres.sql(), ends).write(Path.of("src/test/resources/corpus"));
            lab.evidence("recorded " + states);
        }
    }

    /** All of the zoo that needs no plugin, each with another durability: at its end, or where it waits. */
    private static void recordZoo(Api api, Map<String, JsonObject> ends) {
        List<Specimen> zoo = Specimen.all().stream()
                .filter(one -> api.post("/api/v1/graphs/validate", one.graph()).status() == 200)
                .filter(one -> !one.graph().toString().contains("\"llm\"")
                        && one.before().isEmpty())
                .toList();
        assertThat(zoo).hasSizeGreaterThan(20);
        for (int i = 0; i < zoo.size(); i++) {
            Specimen one = zoo.get(i);
            String id = start(
                    api,
                    JsonObject.of(
                            "graph",
                            api.deploy(one.graph()),
                            "input",
                            one.input(),
                            "config",
                            one.configuration(),
                            "durability",
                            DURABILITIES.get(i % DURABILITIES.size())));
            JsonObject rests = api.untilItRests(id);
            if (Api.ended(rests.text("state").orElseThrow())) {
                one.check(rests);
            }
            ends.put(id, one.end().with("answers", one.answers()));
        }
    }

    private static void recordWaiting(Api api, Map<String, JsonObject> ends) {
        String asking = api.deploy(ASKING);
        String cancelled = start(api, JsonObject.of("graph", asking));
        api.until(cancelled, "WAITING");
        api.post("/api/v1/executions/" + cancelled + "/cancel", JsonObject.EMPTY)
                .expect(202);
        api.end(cancelled);
        ends.put(cancelled, JsonObject.of("state", "CANCELLED"));
        JsonObject turn = JsonObject.of("graph", asking, "session", "desk", "whenBusy", "enqueue");
        for (String answer : List.of("first", "second", "third")) {
            ends.put(
                    start(api, turn),
                    DONE.with("answers", JsonObject.of("ask", List.of(answer)))
                            .with("output", JsonObject.of("text", "answered " + answer)));
        }
        String levels = api.deploy(LEVELS);
        for (int given = 0; given < 2; given++) {
            String id = start(api, JsonObject.of("graph", levels, "input", JsonObject.of("items", List.of(1, 2, 3))));
            JsonObject waiting = api.until(id, "WAITING");
            assertThat(waiting.array("interrupts").orElseThrow().items()).hasSize(3);
            List<String> left = new ArrayList<>(List.of("a", "a", "a"));
            if (given == 1) {
                answers(api, id, JsonObject.of("*", List.of(left.removeLast())));
                Awaitility.await("two open questions")
                        .until(() -> api.until(id, "WAITING")
                                        .array("interrupts")
                                        .orElseThrow()
                                        .size()
                                == 2);
            }
            ends.put(
                    id,
                    DONE.with("answers", JsonObject.of("*", left))
                            .with("output", JsonObject.of("heard", List.of("a", "a", "a"))));
        }
    }

    /** Killed while they run: one whose steps are durable each, and one of each durability in the midst of a script. */
    private static void recordInTheMiddle(Api api, Server server, Map<String, JsonObject> ends) {
        String counting = api.deploy(COUNTING);
        String computing = api.deploy(COMPUTING);
        for (String durability : DURABILITIES) {
            ends.put(
                    start(api, JsonObject.of("graph", computing, "durability", durability)),
                    DONE.with("output", JsonObject.of("text", "computed 1", "n", 1)));
        }
        ends.put(
                start(api, JsonObject.of("graph", counting, "durability", "barrier")),
                DONE.with("output", JsonObject.of("n", STEPS)));
        server.kill();
    }

    private static String start(Api api, JsonObject request) {
        return api.post("/api/v1/executions", request).expect(202).text("id").orElseThrow();
    }
}
