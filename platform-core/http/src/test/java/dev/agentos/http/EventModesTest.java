package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Sessions;
import dev.agentos.graph.ExecutionId;
import dev.agentos.http.internal.EventModes;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.web.events.EventLog;
import dev.agentos.web.events.EventStreams;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EventModesTest {

    private TestServer app;
    private String path;

    @BeforeAll
    void start() {
        app = new TestServer();
        assertThat(app.post(app.acmeKey, "/api/v1/graphs", ExecutionApiTest.GREET)
                        .statusCode())
                .isEqualTo(201);
        JsonObject done = TestServer.json(app.post(
                app.acmeKey,
                "/api/v1/executions",
                "{\"graph\":\"greet\",\"input\":{\"name\":\"Ada\"}}",
                "Prefer",
                "wait=20"));
        assertThat(done.text("state")).contains("SUCCEEDED");
        path = "/api/v1/executions/" + done.text("id").orElseThrow();
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private HttpResponse<String> get(String accept, String query) {
        return app.send(app.request(app.acmeKey, path + "/events" + query).header("Accept", accept));
    }

    private List<String> streamed(String modes) {
        return get("text/event-stream", "?modes=" + modes)
                .body()
                .lines()
                .filter(line -> line.startsWith("event: "))
                .map(line -> line.substring("event: ".length()))
                .toList();
    }

    @Test
    void showsWhatIsWantedAndAlwaysTheEnd() {
        assertThat(streamed("tasks"))
                .containsExactly(
                        "execution.queued",
                        "execution.started",
                        "task.started",
                        "task.finished",
                        "execution.succeeded");
        assertThat(streamed("messages,custom"))
                .containsExactly("execution.queued", "execution.started", "execution.succeeded");
        assertThat(streamed("checkpoints"))
                .containsExactly("execution.queued", "execution.started", "checkpoint", "execution.succeeded");
        assertThat(streamed("debug")).hasSize(6);
    }

    @Test
    void passesOverWhatIsNotWantedWithoutAGap() {
        HttpResponse<String> stream = app.send(app.request(app.acmeKey, path + "/events?modes=tasks")
                .header("Accept", "text/event-stream")
                .header("Last-Event-ID", "3"));
        assertThat(stream.body())
                .doesNotContain("event: gap")
                .contains("id: 4\n")
                .contains("id: 6\n");
        assertThat(stream.body()).doesNotContain("id: 5\n");
    }

    @Test
    void showsValuesAndWhoWroteThem() {
        JsonArray items = TestServer.json(get("application/json", "?modes=values,updates"))
                .array("items")
                .orElseThrow();
        JsonObject data = items.items().stream()
                .map(JsonObject.class::cast)
                .filter(event -> event.text("type").orElseThrow().equals("checkpoint"))
                .reduce((first, second) -> second)
                .orElseThrow()
                .object("data")
                .orElseThrow();
        assertThat(data.object("values").orElseThrow().text("name")).contains("Ada");
        JsonObject write =
                (JsonObject) data.array("writes").orElseThrow().items().getLast();
        assertThat(write.text("node")).isPresent();
        assertThat(write.object("values").orElseThrow().isEmpty()).isFalse();
    }

    /** With the durability exit the checkpoints between are not kept; a state that is empty was never theirs. */
    @Test
    void showsNoStateOfACheckpointThatWasNotKept() {
        assertThat(app.post(app.acmeKey, "/api/v1/graphs", """
            {"metadata":{"name":"steps"},"channels":{"n":{"type":"integer","reducer":"sum"}},
             "nodes":[{"id":"one","type":"transform","config":{"set":{"n":"1"}}},
                      {"id":"two","type":"transform","config":{"set":{"n":"1"}}}],
             "edges":[{"source":"START","target":"one"},{"source":"one","target":"two"}]}\
            """).statusCode()).isEqualTo(201);
        JsonObject done = TestServer.json(app.post(
                app.acmeKey,
                "/api/v1/executions",
                "{\"graph\":\"steps\",\"durability\":\"exit\"}",
                "Prefer",
                "wait=20"));
        assertThat(done.text("state")).contains("SUCCEEDED");
        List<JsonObject> checkpoints =
                items("/api/v1/executions/" + done.text("id").orElseThrow() + "/events?modes=values,updates").stream()
                        .filter(event -> event.text("type").equals(Optional.of("checkpoint")))
                        .map(event -> event.object("data").orElseThrow())
                        .toList();
        assertThat(checkpoints).hasSize(2);
        assertThat(checkpoints.getFirst().members()).doesNotContainKeys("values", "writes");
        assertThat(checkpoints.getLast().object("values")).contains(JsonObject.of("n", 2));
        assertThat(checkpoints.getLast().array("writes").orElseThrow().size()).isPositive();
    }

    @Test
    void holdsForWhatIsInsideASubgraph() {
        assertThat(app.post(app.acmeKey, "/api/v1/graphs", """
            {"metadata":{"name":"outer"},"channels":{"text":{"type":"string","reducer":"last"}},
             "nodes":[{"id":"loud","type":"subgraph","config":{"input":{"text":"text"},"output":{"text":"text"},
              "graph":{"channels":{"text":{"type":"string","reducer":"last"}},
               "nodes":[{"id":"shout","type":"transform","config":{"set":{"text":"text + '!'"}}}],
               "edges":[{"source":"START","target":"shout"}]}}}],
             "edges":[{"source":"START","target":"loud"}]}\
            """).statusCode()).isEqualTo(201);
        JsonObject done = TestServer.json(app.post(
                app.acmeKey,
                "/api/v1/executions",
                "{\"graph\":\"outer\",\"input\":{\"text\":\"hi\"}}",
                "Prefer",
                "wait=20"));
        String events = "/api/v1/executions/" + done.text("id").orElseThrow() + "/events?modes=";
        assertThat(typesInside(events + "tasks"))
                .contains("task.started", "task.finished")
                .doesNotContain("checkpoint");
        assertThat(typesInside(events + "checkpoints")).isEmpty();
        assertThat(typesInside(events + "messages,custom")).isEmpty();
        assertThat(items(events + "updates").stream()
                        .filter(event -> event.text("type").equals(Optional.of("checkpoint")))
                        .flatMap(event ->
                                event.object("data").orElseThrow().array("writes").orElseThrow().items().stream())
                        .map(JsonObject.class::cast)
                        .map(write -> write.text("node").orElseThrow()))
                .contains("loud/shout");
    }

    private List<JsonObject> items(String events) {
        return TestServer.json(app.send(app.request(app.acmeKey, events).header("Accept", "application/json")))
                .array("items")
                .orElseThrow()
                .items()
                .stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    /** The types of the events of the node inside. */
    private List<String> typesInside(String events) {
        return items(events).stream()
                .filter(event -> event.text("node").equals(Optional.of("loud/shout")))
                .map(event -> event.text("type").orElseThrow())
                .toList();
    }

    /** An execution of 20 supersteps, whose state has that many characters. */
    private String large(String name, int characters) {
        HttpResponse<String> stored = app.post(app.acmeKey, "/api/v1/graphs", """
            {"metadata":{"name":"%s"},
             "channels":{"n":{"type":"integer","reducer":"sum","default":0},
                         "text":{"type":"string","reducer":"last"}},
             "nodes":[{"id":"more","type":"transform","config":{"set":{"n":"1"}}}],
             "edges":[{"source":"START","target":"more"},{"source":"more","target":"more","condition":"n < 20"},
                      {"source":"more","target":"END","condition":"n >= 20"}]}\
            """.formatted(name));
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        JsonObject done = TestServer.json(app.post(
                app.acmeKey,
                "/api/v1/executions",
                "{\"graph\":\"" + name + "\",\"input\":{\"text\":\"" + "x".repeat(characters) + "\"}}",
                "Prefer",
                "wait=20"));
        assertThat(done.text("state")).contains("SUCCEEDED");
        return done.text("id").orElseThrow();
    }

    @Test
    void aPageOfLargeStatesEndsBeforeItIsTooLarge() {
        String events = "/api/v1/executions/" + large("pages", 600_000) + "/events";
        List<JsonValue> shown = new ArrayList<>();
        Optional<String> next = Optional.of("0");
        int pages = 0;
        while (next.isPresent()) {
            HttpResponse<String> answer =
                    app.send(app.request(app.acmeKey, events + "?modes=values&after=" + next.get())
                            .header("Accept", "application/json"));
            assertThat(answer.body().length()).isLessThan((4 << 20) + 700_000);
            JsonObject page = TestServer.json(answer);
            shown.addAll(page.array("items").orElseThrow().items());
            next = page.text("next");
            pages++;
        }
        assertThat(pages).isBetween(3, 5);
        assertThat(shown.stream()
                        .map(JsonObject.class::cast)
                        .filter(event -> event.text("type").equals(Optional.of("checkpoint"))))
                .hasSize(20)
                .allSatisfy(event -> assertThat(event.object("data")
                                .orElseThrow()
                                .object("values")
                                .orElseThrow()
                                .text("text")
                                .orElseThrow())
                        .hasSize(600_000));
        assertThat(items(events + "?modes=checkpoints")).hasSize(shown.size());
    }

    @Test
    void aStreamOfLargeStatesIsMadeReadyAFewAtATime() {
        String id = large("stream", 300_000);
        long last = 0;
        try (EventStreams streams = new EventStreams(Duration.ofSeconds(1), Duration.ofSeconds(1))) {
            EventLog log = new ExecutionStarts(
                            app.services,
                            new Sessions(app.executions, InstantSource.system()),
                            new Streaming(streams, app.tenants))
                    .log(app.acme.id(), new ExecutionId(id), 0, false, EventModes.of("values"));
            List<EventLog.Entry> read = log.after(last, 100);
            while (!read.isEmpty()) {
                assertThat(read.stream()
                                .mapToLong(entry -> Json.size(entry.data()))
                                .sum())
                        .isLessThan(512 * 1024 + 301_000);
                last = read.getLast().sequence();
                read = read.getLast().last() ? List.of() : log.after(last, 100);
            }
        }
        HttpResponse<String> stream =
                app.send(app.request(app.acmeKey, "/api/v1/executions/" + id + "/events?modes=debug")
                        .header("Accept", "text/event-stream"));
        assertThat(stream.body().lines().filter(line -> line.startsWith("id: ")))
                .containsExactlyElementsOf(LongStream.rangeClosed(1, last)
                        .mapToObj(sequence -> "id: " + sequence)
                        .toList());
    }

    @Test
    void refusesAModeThatThereIsNot() {
        ApiTest.assertProblem(get("application/json", "?modes=everything"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(
                app.post(
                        app.acmeKey,
                        "/api/v1/executions?modes=nothing",
                        "{\"graph\":\"greet\",\"input\":{\"name\":\"Ada\"}}",
                        "Accept",
                        "text/event-stream"),
                400,
                "server:INVALID_FIELD");
    }
}
