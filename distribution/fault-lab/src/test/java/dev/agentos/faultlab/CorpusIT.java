package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.Corpus;
import dev.agentos.faultlab.harness.Failpoint;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.Postgres;
import dev.agentos.faultlab.harness.Server;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
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

    private static final int STEPS = 9;
    private static final JsonObject DONE = JsonObject.of("state", "SUCCEEDED");

    private static final JsonObject COUNTING = Graphs.graph(
            "corpus-counting",
            JsonObject.of(
                    "n",
                    JsonObject.of("type", "integer", "reducer", "sum", "default", 0),
                    "log",
                    Graphs.channel("array", "append")),
            java.util.List.of(Graphs.node(
                    "count", "transform", JsonObject.of("set", JsonObject.of("n", "1", "log", "['step']")))),
            java.util.List.of(
                    Graphs.edge("START", "count"),
                    Graphs.with(Graphs.edge("count", "count"), "condition", "n < " + STEPS),
                    Graphs.with(Graphs.edge("count", "END"), "condition", "n >= " + STEPS)));

    private static final JsonObject ASKING = Graphs.line(
            "corpus-asking",
            JsonObject.of("answer", Graphs.channel("any", "last"), "text", Graphs.channel("string", "last")),
            Graphs.node("ask", "human", JsonObject.of("prompt", "Go on?", "output", "answer")),
            Graphs.node("use", "transform", JsonObject.of("set", JsonObject.of("text", "'answered ' + answer"))));

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
        JsonObject done = api.end(id);
        assertThat(done.text("state")).as(done.toString()).isEqualTo(end.text("state"));
        end.object("output")
                .orElse(JsonObject.EMPTY)
                .members()
                .forEach((channel, value) -> assertThat(
                                done.object("output").orElseThrow().member(channel))
                        .as(done.toString())
                        .contains(value));
        assertThat(api.events(id)).isNotEmpty();
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
            String counting = api.deploy(COUNTING);
            String asking = api.deploy(ASKING);
            JsonObject counted = DONE.with("output", JsonObject.of("n", STEPS));
            String finished = start(api, counting, JsonObject.EMPTY);
            api.end(finished);
            ends.put(finished, counted);
            String cancelled = start(api, asking, JsonObject.EMPTY);
            api.until(cancelled, "WAITING");
            api.post("/api/v1/executions/" + cancelled + "/cancel", JsonObject.EMPTY)
                    .expect(202);
            ends.put(cancelled, JsonObject.of("state", "CANCELLED"));
            String waiting = start(api, asking, JsonObject.EMPTY);
            api.until(waiting, "WAITING");
            ends.put(waiting, DONE.with("answer", "late").with("output", JsonObject.of("text", "answered late")));
            // In the middle: each step is durable before the next begins, and the server ends at the fifth.
            server.arm(Failpoint.BEFORE_WRITE, Failpoint.Action.HALT, 0, STEPS / 2);
            long before = postgres.sql().number("SELECT max(number) FROM agentos.executions");
            lab.later(() -> api.post("/api/v1/executions", JsonObject.of("graph", counting, "durability", "barrier")));
            server.awaitEnd();
            postgres.sql()
                    .rows("SELECT id FROM agentos.executions WHERE number > ?", before)
                    .forEach(id -> ends.put(id, counted));
            assertThat(ends).hasSize(4);
            Corpus.of(release, postgres.sql(), ends).write(Path.of("src/test/resources/corpus"));
            lab.evidence("recorded " + ends.size() + " executions");
        }
    }

    private static String start(Api api, String graph, JsonObject input) {
        JsonValue id = api.post("/api/v1/executions", JsonObject.of("graph", graph, "input", input))
                .expect(202)
                .member("id")
                .orElseThrow();
        return ((dev.agentos.spi.JsonString) id).value();
    }
}
