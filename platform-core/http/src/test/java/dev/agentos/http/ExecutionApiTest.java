package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Yaml;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExecutionApiTest {

    static final String GREET = """
        {"metadata":{"name":"greet"},
         "channels":{"name":{"type":"string","reducer":"last"},"text":{"type":"string","reducer":"last"}},
         "nodes":[{"id":"greet","type":"transform","config":{"set":{"text":"'hello ' + state.name"}}}],
         "edges":[{"source":"START","target":"greet"},{"source":"greet","target":"END"}]}
        """;
    static final String ASK = """
        {"metadata":{"name":"ask"},
         "channels":{"answer":{"type":"string","reducer":"last"}},
         "nodes":[{"id":"ask","type":"human","config":{"prompt":"Yes or no?","output":"answer"}}],
         "edges":[{"source":"START","target":"ask"},{"source":"ask","target":"END"}]}
        """;

    private TestServer app;

    @BeforeAll
    void start() {
        app = new TestServer();
        for (String graph : List.of(GREET, ASK)) {
            HttpResponse<String> stored = app.post(app.acmeKey, "/api/v1/graphs", graph);
            assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        }
    }

    @AfterAll
    void stop() {
        app.close();
    }

    @Test
    void storesChecksDrawsAndRemovesGraphs() {
        String yaml = """
            metadata: {name: yaml}
            nodes: [{id: a, type: transform, config: {set: {}}}]
            edges: [{source: START, target: a}, {source: a, target: END}]
            """;
        HttpResponse<String> stored = app.send(app.request(app.acmeKey, "/api/v1/graphs")
                .header("Content-Type", "application/yaml")
                .POST(HttpRequest.BodyPublishers.ofString(yaml)));
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        String id = TestServer.json(stored).text("id").orElseThrow();
        assertThat(TestServer.json(app.get(app.acmeKey, "/api/v1/graphs/" + id)).object("definition"))
                .isPresent();
        HttpResponse<String> drawing = app.get(app.acmeKey, "/api/v1/graphs/" + id + "/mermaid");
        assertThat(drawing.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
        assertThat(TestServer.json(app.get(app.acmeKey, "/api/v1/graphs/" + id + "/versions"))
                        .array("items")
                        .orElseThrow()
                        .size())
                .isEqualTo(1);
        JsonObject problem = ApiTest.assertProblem(
                app.post(
                        app.acmeKey,
                        "/api/v1/graphs/validate",
                        "{\"metadata\":{\"name\":\"x\"},\"nodes\":[{\"id\":\"a\",\"type\":\"nonsense\"}],\"edges\":[]}"),
                400,
                "graph:INVALID_GRAPH");
        assertThat(problem.array("errors").orElse(JsonArray.EMPTY).size()).isPositive();
        tellsOfWritersThatMayConflict();
        assertThat(app.delete(app.acmeKey, "/api/v1/graphs/" + id).statusCode()).isEqualTo(204);
        ApiTest.assertProblem(app.get(app.umbrellaKey, "/api/v1/graphs/greet"), 404, "graph:UNKNOWN_GRAPH");
        ApiTest.assertProblem(app.get(app.adminKey, "/api/v1/graphs"), 400, "tenancy:TENANT_REQUIRED");
    }

    private void tellsOfWritersThatMayConflict() {
        String nodes =
                "{\"metadata\":{\"name\":\"meeting\"},\"channels\":{\"n\":{\"type\":\"any\",\"reducer\":\"last\"}},"
                    + "\"nodes\":[{\"id\":\"a\",\"type\":\"transform\",\"config\":{\"set\":{\"n\":\"1\"}}},"
                    + "{\"id\":\"b\",\"type\":\"settings\"%s}],"
                    + "\"edges\":[{\"source\":\"START\",\"target\":\"a\"},{\"source\":\"START\",\"target\":\"b\"}]}";
        for (String path : List.of("/api/v1/graphs/validate", "/api/v1/graphs")) {
            JsonObject silent = TestServer.json(app.post(app.acmeKey, path, nodes.formatted("")));
            assertThat(silent.array("warnings").orElseThrow()).singleElement().satisfies(one -> {
                JsonObject warning = (JsonObject) one;
                assertThat(warning.text("pointer")).contains("/nodes/1");
                assertThat(warning.text("code")).contains("graph:INVALID_WRITE");
                assertThat(warning.text("message").orElseThrow()).contains("does not say what it writes");
            });
            JsonObject apart = TestServer.json(app.post(app.acmeKey, path, nodes.formatted(",\"writes\":[]")));
            assertThat(apart.array("warnings").orElseThrow().size()).isZero();
            JsonObject refused = ApiTest.assertProblem(
                    app.post(app.acmeKey, path, nodes.formatted(",\"writes\":[\"n\"]")), 400, "graph:INVALID_GRAPH");
            assertThat(((JsonObject) refused.array("errors")
                                    .orElseThrow()
                                    .items()
                                    .getFirst())
                            .text("pointer"))
                    .contains("/nodes/1");
        }
        String stored = "/api/v1/graphs/meeting/validity";
        assertThat(app.get(app.acmeKey, stored + "?version=1").body())
                .contains("\"valid\":true", "does not say what it writes");
        assertThat(app.get(app.acmeKey, stored).body()).isEqualTo("{\"valid\":true,\"errors\":[],\"warnings\":[]}");
        ApiTest.assertProblem(app.get(app.umbrellaKey, stored), 404, "graph:UNKNOWN_GRAPH");
        assertThat(app.delete(app.acmeKey, "/api/v1/graphs/meeting").statusCode())
                .isEqualTo(204);
    }

    @Test
    void writesAGraphAsAFileThatIsStoredAsTheSameVersion() {
        HttpResponse<String> yaml = app.get(app.acmeKey, "/api/v1/graphs/greet/yaml");
        assertThat(yaml.headers().firstValue("Content-Type").orElse("")).startsWith("application/yaml");
        JsonObject known = TestServer.json(app.get(app.acmeKey, "/api/v1/graphs/greet"));
        assertThat(Yaml.parse(yaml.body())).isEqualTo(known.object("definition").orElseThrow());
        HttpResponse<String> again = app.send(app.request(app.acmeKey, "/api/v1/graphs")
                .header("Content-Type", "application/yaml")
                .POST(HttpRequest.BodyPublishers.ofString(yaml.body())));
        assertThat(again.statusCode()).as(again.body()).isEqualTo(201);
        assertThat(TestServer.json(again).member("version")).isEqualTo(known.member("version"));
        assertThat(app.get(app.acmeKey, "/api/v1/graphs/greet/java").body())
                .contains("final class GreetGraph", "GraphDefinition.named(\"greet\")");
        for (String form : List.of("yaml", "java")) {
            ApiTest.assertProblem(app.get(app.umbrellaKey, "/api/v1/graphs/greet/" + form), 404, "graph:UNKNOWN_GRAPH");
        }
    }

    @Test
    void waitsForTheEndWhenThatIsPreferred() {
        HttpResponse<String> response =
                app.post(app.acmeKey, "/api/v1/executions", greet("wait"), "Prefer", "respond-async, wait=20");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Preference-Applied")).contains("wait=20");
        assertThat(TestServer.json(response).object("output").orElseThrow().text("text"))
                .contains("hello wait");
    }

    @Test
    void acceptsAndStreamsTheSameExecution() {
        HttpResponse<String> accepted = app.post(app.acmeKey, "/api/v1/executions", greet("later"));
        assertThat(accepted.statusCode()).isEqualTo(202);
        String location = accepted.headers().firstValue("Location").orElseThrow();
        String events = app.send(app.request(app.acmeKey, location + "/events").header("Accept", "text/event-stream"))
                .body();
        assertThat(events).contains("event: execution.queued", "event: execution.succeeded");
        assertThat(TestServer.json(app.get(app.acmeKey, location)).text("state"))
                .contains("SUCCEEDED");
        assertThat(TestServer.json(app.get(app.acmeKey, location + "/state"))
                        .object("values")
                        .orElseThrow()
                        .text("text"))
                .contains("hello later");
        assertThat(app.get(app.acmeKey, location + "/checkpoints/0").statusCode())
                .isEqualTo(200);
        assertThat(TestServer.json(app.get(app.acmeKey, location + "/checkpoints"))
                        .array("items")
                        .orElseThrow()
                        .size())
                .isPositive();
        ApiTest.assertProblem(app.get(app.acmeKey, location + "/checkpoints/99"), 404, "graph:UNKNOWN_CHECKPOINT");
        ApiTest.assertProblem(app.get(app.umbrellaKey, location + "/events"), 404, "graph:UNKNOWN_EXECUTION");
        assertThat(app.get(app.acmeKey, "/api/v1/executions").body())
                .as("a list says what graphs are called")
                .contains("\"version\":1,\"name\":\"greet\"");
        JsonObject page = TestServer.json(
                app.send(app.request(app.acmeKey, location + "/events").header("Accept", "application/json")));
        assertThat(page.array("items").orElseThrow().size()).isGreaterThan(2);
    }

    @Test
    void streamsAtOnceWhatIsStarted() {
        HttpResponse<String> stream = app.post(
                app.acmeKey,
                "/api/v1/executions",
                greet("stream"),
                "Accept",
                "text/event-stream",
                "Idempotency-Key",
                "stream-1");
        assertThat(stream.statusCode()).isEqualTo(200);
        assertThat(stream.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        assertThat(stream.body()).contains("id: 1\nevent: execution.queued", "event: execution.succeeded");
        String location = stream.headers().firstValue("Location").orElseThrow();
        HttpResponse<String> again = app.post(
                app.acmeKey,
                "/api/v1/executions",
                greet("stream"),
                "Accept",
                "text/event-stream",
                "Idempotency-Key",
                "stream-1");
        assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
        assertThat(again.headers().firstValue("Location")).contains(location);
        assertThat(again.body()).isEqualTo(stream.body());
        HttpResponse<String> plain =
                app.post(app.acmeKey, "/api/v1/executions", greet("stream"), "Idempotency-Key", "stream-1");
        assertThat(plain.statusCode()).isEqualTo(202);
        assertThat("/api/v1/executions/" + TestServer.json(plain).text("id").orElseThrow())
                .isEqualTo(location);
    }

    /** Its place is taken before it begins: who gets none is told of an execution that can be followed later. */
    @Test
    void ofManyThatBeginAtOnceNoneIsRefusedForWantOfAStream() {
        app.server.boundStreams(4);
        try {
            List<HttpResponse<Stream<String>>> answers = Stream.generate(() -> app.client.sendAsync(
                            app.request(app.acmeKey, "/api/v1/executions")
                                    .header("Content-Type", "application/json")
                                    .header("Accept", "text/event-stream")
                                    .POST(HttpRequest.BodyPublishers.ofString("{\"graph\":\"ask\",\"input\":{}}"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofLines()))
                    .limit(40)
                    .toList()
                    .stream()
                    .map(CompletableFuture::join)
                    .toList();
            List<Integer> statuses =
                    answers.stream().map(HttpResponse::statusCode).toList();
            answers.forEach(answer -> {
                answer.headers()
                        .firstValue("Location")
                        .ifPresent(location -> app.post(app.acmeKey, location + "/cancel", "{}"));
                answer.body().close();
            });
            assertThat(statuses)
                    .containsOnly(200, 202)
                    .filteredOn(Integer.valueOf(200)::equals)
                    .hasSize(4);
        } finally {
            app.server.boundStreams(1_000);
        }
    }

    @Test
    void asksAnswersAndGoesOn() {
        JsonObject started = TestServer.json(
                app.post(app.acmeKey, "/api/v1/executions", "{\"graph\":\"ask\",\"input\":{}}", "Prefer", "wait=20"));
        assertThat(started.text("state")).contains("WAITING");
        String path = "/api/v1/executions/" + started.text("id").orElseThrow();
        JsonObject interrupt =
                (JsonObject) started.array("interrupts").orElseThrow().items().getFirst();
        assertThat(interrupt.text("node")).contains("ask");
        String untilWaiting = app.send(
                        app.request(app.acmeKey, path + "/events?until=waiting").header("Accept", "text/event-stream"))
                .body();
        assertThat(untilWaiting).contains("event: execution.waiting");
        assertThat(app.post(app.acmeKey, path + "/resume", "{\"answer\":\"yes\"}")
                        .statusCode())
                .isEqualTo(202);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(
                                TestServer.json(app.get(app.acmeKey, path)).text("state"))
                        .contains("SUCCEEDED"));
        ApiTest.assertProblem(
                app.post(app.acmeKey, path + "/resume", "{\"answer\":\"yes\"}"), 409, "graph:NOT_WAITING");
        ApiTest.assertProblem(app.post(app.acmeKey, path + "/cancel", ""), 409, "graph:ALREADY_FINISHED");
    }

    @Test
    void whatHasBegunIsShownAlsoWhenItsStateCannotBeRead() {
        app.faults.without("findCheckpoint", () -> {
            HttpResponse<String> answer = app.post(
                    app.acmeKey, "/api/v1/executions", "{\"graph\":\"ask\",\"input\":{}}", "Prefer", "wait=20");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        });
    }

    @Test
    void hasTheStepLimitOfItsRequest() {
        app.post(app.acmeKey, "/api/v1/graphs", """
            {"metadata":{"name":"round"},"channels":{"n":{"type":"integer","reducer":"sum","default":0}},
             "nodes":[{"id":"more","type":"transform","config":{"set":{"n":"1"}}}],
             "edges":[{"source":"START","target":"more"},{"source":"more","target":"more","condition":"n < 9"},
                      {"source":"more","target":"END","condition":"n >= 9"}]}\
            """);
        JsonObject bounded = TestServer.json(app.post(
                app.acmeKey, "/api/v1/executions", "{\"graph\":\"round\",\"maxSupersteps\":4}", "Prefer", "wait=20"));
        assertThat(bounded.text("state")).contains("FAILED");
        assertThat(bounded.member("maxSupersteps")).contains(JsonNumber.of(4));
        assertThat(bounded.member("step")).contains(JsonNumber.of(4));
        assertThat(bounded.object("failure").orElseThrow().text("code")).contains("graph:STEP_LIMIT");
        JsonObject said = TestServer.json(app.post(
                app.acmeKey,
                "/api/v1/executions",
                "{\"graph\":\"round\",\"maxSupersteps\":8,\"session\":\"round-1\"}",
                "Prefer",
                "wait=20"));
        assertThat(said.text("state")).contains("FAILED");
        JsonObject enough = TestServer.json(app.post(
                app.acmeKey, "/api/v1/executions", "{\"graph\":\"round\",\"maxSupersteps\":9}", "Prefer", "wait=20"));
        assertThat(enough.text("state")).contains("SUCCEEDED");
    }

    @Test
    void executesAWorkflowInTheOrderOfItsDependencies() {
        String half = """
            {"metadata":{"name":"half-%s"},
             "channels":{"given":{"type":"string","reducer":"last"},"text":{"type":"string","reducer":"last"}},
             "nodes":[{"id":"say","type":"transform","config":{"set":{"text":"given + '-%s'"}}}],
             "edges":[{"source":"START","target":"say"}]}
            """;
        for (String name : List.of("north", "south", "total")) {
            assertThat(app.post(app.acmeKey, "/api/v1/graphs", half.formatted(name, name))
                            .statusCode())
                    .isEqualTo(201);
        }
        HttpResponse<String> stored = app.post(app.acmeKey, "/api/v1/graphs", """
            {"name":"report","steps":[
             {"id":"total","graph":"half-total","input":{"given":"north.text + ' and ' + south.text"},
              "dependsOn":["north","south"]},
             {"id":"north","graph":"half-north","input":{"given":"input.year"}},
             {"id":"south","graph":"half-south","input":{"given":"input.year"}}]}\
            """);
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        JsonObject done = TestServer.json(app.post(
                app.acmeKey,
                "/api/v1/executions",
                "{\"graph\":\"report\",\"input\":{\"input\":{\"year\":\"2026\"}}}",
                "Prefer",
                "wait=20"));
        assertThat(done.text("state")).as(done.toString()).contains("SUCCEEDED");
        assertThat(done.object("output")
                        .orElseThrow()
                        .object("total")
                        .orElseThrow()
                        .text("text"))
                .contains("2026-north and 2026-south-total");
    }

    @Test
    void refusesGraphsThatAreHugeHostileOrWrongWhileExecutionsGoOn() {
        assertThat(app.post(
                                app.acmeKey,
                                "/api/v1/graphs",
                                GREET.replace("greet", "long")
                                        .replace(
                                                "\"transform\",\"config\":{\"set\":{\"text\":\"'hello ' +"
                                                        + " state.name\"}}",
                                                "\"slow\""))
                        .statusCode())
                .isEqualTo(201);
        String beside = "/api/v1/executions/"
                + TestServer.json(app.post(app.acmeKey, "/api/v1/executions", "{\"graph\":\"long\"}"))
                        .text("id")
                        .orElseThrow();
        await().until(() ->
                TestServer.json(app.get(app.acmeKey, beside)).text("state").equals(Optional.of("RUNNING")));
        String graphs = app.get(app.acmeKey, "/api/v1/graphs?limit=100").body();

        for (String graph : List.of(
                bad(10_001, "1", "END"),
                bad(10_000, "1", "nowhere"),
                bad(1, "1 + ".repeat(250_000) + "1", "END"),
                bad(1, "(".repeat(100) + "1" + ")".repeat(100), "END"),
                bad(1, "1", "a\\\"];\\n click n2 call alert()\u202e/~<script>"),
                bad(1, "1", "END").replace("\"transform\"", "\"subgraph\""),
                bad(1, "1", "END").replace("{\"set\":", "{\"sett\":"))) {
            JsonObject problem =
                    ApiTest.assertProblem(app.post(app.acmeKey, "/api/v1/graphs", graph), 400, "graph:INVALID_GRAPH");
            assertThat(problem.toString().length()).isLessThan(100_000);
            assertThat(TestServer.json(app.post(
                                    app.acmeKey,
                                    "/api/v1/executions",
                                    "{\"graph\":\"greet\",\"input\":{\"name\":\"Ada\"}}",
                                    "Prefer",
                                    "wait=20"))
                            .text("state"))
                    .contains("SUCCEEDED");
        }
        ApiTest.assertProblem(
                app.post(app.acmeKey, "/api/v1/graphs", "{\"nodes\":" + "[".repeat(10_000)),
                413,
                "server:DOCUMENT_TOO_LARGE");

        assertThat(app.get(app.acmeKey, "/api/v1/graphs?limit=100").body()).isEqualTo(graphs);
        assertThat(TestServer.json(app.get(app.acmeKey, beside)).text("state")).contains("RUNNING");
        assertThat(app.post(app.acmeKey, beside + "/cancel", "{}").statusCode()).isIn(200, 202);
    }

    /** A line of that many nodes which calculate that, each of which leads also to that one. */
    private static String bad(int nodes, String expression, String target) {
        return "{\"metadata\":{\"name\":\"bad\"},\"channels\":{\"n\":{\"type\":\"integer\",\"reducer\":\"last\"}},\"nodes\":["
                + IntStream.range(0, nodes)
                        .mapToObj(i -> "{\"id\":\"n" + i + "\",\"type\":\"transform\",\"config\":{\"set\":{\"n\":\""
                                + expression + "\"}}}")
                        .collect(Collectors.joining(","))
                + "],\"edges\":[{\"source\":\"START\",\"target\":\"n0\"},"
                + IntStream.range(0, nodes)
                        .mapToObj(i -> "{\"source\":\"n" + i + "\",\"target\":\""
                                + (i + 1 < nodes ? "n" + (i + 1) + "\"},{\"source\":\"n" + i + "\",\"target\":\"" : "")
                                + target + "\"}")
                        .collect(Collectors.joining(","))
                + "]}";
    }

    @Test
    void refusesWhatIsNoExecution() {
        for (String body : List.of(
                "{}",
                "{\"graph\":\"greet\",\"agent\":\"a/b\"}",
                "{\"graph\":7}",
                "{\"graph\":\"greet\",\"input\":[]}",
                "{\"graph\":\"greet\",\"priority\":101}",
                "{\"graph\":\"greet\",\"priority\":1.5}",
                "{\"graph\":\"greet\",\"maxSupersteps\":0}",
                "{\"graph\":\"greet\",\"maxSupersteps\":100001}",
                "{\"graph\":\"greet\",\"deadline\":\"soon\"}",
                "{\"agent\":\"a/b\",\"version\":1}")) {
            ApiTest.assertProblem(app.post(app.acmeKey, "/api/v1/executions", body), 400, "server:INVALID_FIELD");
        }
        ApiTest.assertProblem(
                app.post(app.acmeKey, "/api/v1/executions", "{\"graph\":\"greet\",\"input\":{\"name\":7}}"),
                400,
                "graph:INVALID_INPUT");
        String large = "x".repeat(9 << 20);
        ApiTest.assertProblem(
                app.post(
                        app.acmeKey,
                        "/api/v1/executions",
                        "{\"graph\":\"greet\",\"input\":{\"name\":\"" + large + "\",\"text\":\"" + large + "\"}}"),
                413,
                "graph:RESULT_TOO_LARGE");
        ApiTest.assertProblem(
                app.post(app.acmeKey, "/api/v1/executions", "{\"agent\":\"no/such\"}"), 404, "agent:UNKNOWN_AGENT");
        ApiTest.assertProblem(app.get(app.acmeKey, "/api/v1/executions?state=nonsense"), 400, "server:INVALID_FIELD");
    }

    /** It is read again with each claim, and shown in lists. */
    @Test
    void refusesALargeConfiguration() {
        HttpResponse<String> refused = app.post(
                app.acmeKey,
                "/api/v1/executions",
                "{\"graph\":\"greet\",\"input\":{\"name\":\"x\"},\"config\":{\"a\":\"" + "x".repeat(1 << 20) + "\"}}");
        ApiTest.assertProblem(refused, 400, "graph:INVALID_INPUT");
        assertThat(refused.body()).contains("\"/config\"");
    }

    @Test
    void listsByState() {
        app.post(app.acmeKey, "/api/v1/executions", greet("listed"), "Prefer", "wait=20");
        JsonObject page = TestServer.json(app.get(app.acmeKey, "/api/v1/executions?state=SUCCEEDED&limit=1"));
        assertThat(page.array("items").orElseThrow().size()).isEqualTo(1);
        JsonObject named = TestServer.json(app.get(app.acmeKey, "/api/v1/executions?graph=greet"));
        assertThat(named.array("items").orElseThrow().items())
                .isNotEmpty()
                .allSatisfy(one -> assertThat(
                                ((JsonObject) one).object("graph").orElseThrow().text("name"))
                        .contains("greet"));
        assertThat(TestServer.json(app.get(app.acmeKey, "/api/v1/executions?graph=none"))
                        .array("items"))
                .contains(JsonArray.EMPTY);
        assertThat(TestServer.json(app.get(app.umbrellaKey, "/api/v1/executions"))
                        .array("items")
                        .orElseThrow()
                        .size())
                .isZero();
    }

    @Test
    void listsWhatPluginsOfferAndKnowsNoUnknownOnes() {
        for (String path : List.of("/tools", "/models", "/providers", "/agents", "/tenants/self/packs")) {
            assertThat(app.get(app.acmeKey, "/api/v1" + path).statusCode())
                    .as(path)
                    .isEqualTo(200);
        }
        ApiTest.assertProblem(app.get(app.acmeKey, "/api/v1/plugins"), 403, "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(app.get(app.adminKey, "/api/v1/plugins/none"), 404, "plugin:UNKNOWN_PLUGIN");
        ApiTest.assertProblem(app.get(app.acmeKey, "/api/v1/tenants/umbrella/packs"), 404, "tenancy:UNKNOWN_TENANT");
        HttpResponse<String> upload = app.send(app.request(app.adminKey, "/api/v1/plugins?acceptAll=true")
                .header("Content-Type", "application/java-archive")
                .POST(HttpRequest.BodyPublishers.ofString("no archive")));
        assertThat(upload.statusCode()).as(upload.body()).isEqualTo(400);
        assertThat(TestServer.json(upload).text("code").orElse("")).startsWith("plugin:");
    }

    private static String greet(String name) {
        return "{\"graph\":\"greet\",\"input\":{\"name\":\"" + name + "\"}}";
    }
}
