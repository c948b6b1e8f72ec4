package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SteeringApiTest {

    private TestServer app;

    @BeforeAll
    void start() {
        app = new TestServer();
        for (String graph : List.of(ExecutionApiTest.GREET, ExecutionApiTest.ASK)) {
            assertThat(app.post(app.acmeKey, "/api/v1/graphs", graph).statusCode())
                    .isEqualTo(201);
        }
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private JsonObject run(String body) {
        return TestServer.json(app.post(app.acmeKey, "/api/v1/executions", body, "Prefer", "wait=20"));
    }

    private static String path(JsonObject execution) {
        return "/api/v1/executions/" + execution.text("id").orElseThrow();
    }

    private JsonObject rest(HttpResponse<String> accepted) {
        assertThat(accepted.statusCode()).as(accepted.body()).isIn(200, 202);
        JsonObject execution = TestServer.json(accepted);
        app.executions
                .awaitRest(
                        app.acme.id(),
                        new dev.agentos.graph.ExecutionId(execution.text("id").orElseThrow()),
                        java.time.Duration.ofSeconds(20))
                .join();
        return TestServer.json(app.get(app.acmeKey, path(execution)));
    }

    @Test
    void goesOnInACorrectedVersion() {
        String graph = """
            {"metadata": {"name": "priced"},
             "channels": {"paid": {"type": "string", "reducer": "last"}, "total": {"type": "integer", "reducer": "last"}},
             "nodes": [{"id": "pay", "type": "transform", "config": {"set": {"paid": "'12'"}}},
                       {"id": "sum", "type": "transform", "config": {"set": {"total": "%s"}}}],
             "edges": [{"source": "START", "target": "pay"}, {"source": "pay", "target": "sum"}]}
            """;
        assertThat(app.post(app.acmeKey, "/api/v1/graphs", graph.formatted("int('x' + paid)"))
                        .statusCode())
                .isEqualTo(201);
        JsonObject failed = run("{\"graph\":\"priced\",\"input\":{}}");
        assertThat(failed.text("state")).contains("FAILED");
        assertThat(app.post(app.acmeKey, "/api/v1/graphs", graph.formatted("int(paid)"))
                        .statusCode())
                .isEqualTo(201);
        String migration = path(failed) + "/migration";
        assertThat(TestServer.json(app.post(app.acmeKey, migration, "{\"version\":2,\"dryRun\":true}")))
                .hasToString("{\"from\":1,\"to\":2,\"channels\":{\"paid\":\"kept\",\"total\":\"default\"},"
                        + "\"dryRun\":true}");
        JsonObject mended = rest(app.post(app.acmeKey, migration, "{\"version\":2}", "Idempotency-Key", "moved"));
        assertThat(mended.object("output").orElseThrow()).hasToString("{\"paid\":\"12\",\"total\":12}");
        assertThat(mended.object("origin"))
                .contains(JsonObject.of("execution", failed.text("id").orElseThrow(), "checkpoint", 1));
        assertThat(TestServer.json(app.post(app.acmeKey, migration, "{\"version\":2}", "Idempotency-Key", "moved"))
                        .text("id"))
                .isEqualTo(mended.text("id"));
        JsonObject problem = ApiTest.assertProblem(
                app.post(app.acmeKey, migration, "{\"version\":2,\"values\":{\"total\":\"paid\"}}"),
                409,
                "graph:MIGRATION_CONFLICT");
        assertThat(problem.array("errors").orElseThrow().toString()).contains("/values/total");
        ApiTest.assertProblem(app.post(app.acmeKey, migration, "{\"version\":3}"), 404, "graph:UNKNOWN_GRAPH");
        ApiTest.assertProblem(app.post(app.acmeKey, migration, "{}"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(app.post(app.umbrellaKey, migration, "{\"version\":2}"), 404, "graph:UNKNOWN_EXECUTION");
    }

    @Test
    void forksAtACheckpointAndReplays() {
        JsonObject done = run("{\"graph\":\"greet\",\"input\":{\"name\":\"Ada\"}}");
        HttpResponse<String> accepted =
                app.post(app.acmeKey, path(done) + "/fork", "{\"checkpoint\":0,\"update\":{\"name\":\"Bea\"}}");
        assertThat(accepted.headers().firstValue("Location")).contains(path(TestServer.json(accepted)));
        JsonObject fork = rest(accepted);
        assertThat(fork.object("output").orElseThrow().text("text")).contains("hello Bea");
        assertThat(fork.object("origin"))
                .contains(JsonObject.of("execution", done.text("id").orElseThrow(), "checkpoint", 0));
        JsonObject first = TestServer.json(app.get(app.acmeKey, path(fork) + "/checkpoints/0"));
        assertThat(first.text("source")).contains("FORK");
        JsonObject replay = rest(app.post(app.acmeKey, path(done) + "/fork", "{\"checkpoint\":0}"));
        assertThat(replay.object("output")).isEqualTo(done.object("output"));
        assertThat(TestServer.json(app.get(app.acmeKey, path(done)))).isEqualTo(done);

        HttpResponse<String> stream = app.post(app.acmeKey, path(done) + "/fork", "{}", "Accept", "text/event-stream");
        assertThat(stream.body()).contains("event: execution.queued", "event: execution.succeeded");
        JsonObject problem = ApiTest.assertProblem(
                app.post(app.acmeKey, path(done) + "/fork", "{\"asNode\":\"nobody\",\"update\":{\"name\":1}}"),
                400,
                "graph:INVALID_COMMAND");
        assertThat(problem.array("errors").orElse(JsonArray.EMPTY).size()).isEqualTo(2);
        ApiTest.assertProblem(
                app.post(app.acmeKey, path(done) + "/fork", "{\"checkpoint\":77}"), 404, "graph:UNKNOWN_CHECKPOINT");
        ApiTest.assertProblem(
                app.post(app.acmeKey, path(done) + "/fork", "{\"checkpoint\":-1}"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(app.post(app.umbrellaKey, path(done) + "/fork", "{}"), 404, "graph:UNKNOWN_EXECUTION");
    }

    /** The server remembers what it stored of one that waits; what was done to it since is in the list as well. */
    @Test
    void listsWhatBecameOfOneThatWaited() {
        String asks = """
            {"metadata":{"name":"asks"}, "channels":{"word":{"type":"string","reducer":"last"}},
             "nodes":[{"id":"ask","type":"human","config":{"prompt":"Well?","output":"word"}}],
             "edges":[{"source":"START","target":"ask"}]}
            """;
        assertThat(app.post(app.acmeKey, "/api/v1/graphs", asks).statusCode()).isEqualTo(201);
        String execution = path(run("{\"graph\":\"asks\",\"input\":{}}"));
        assertThat(app.post(app.acmeKey, execution + "/cancel", "{}").statusCode())
                .isEqualTo(202);
        JsonObject events = TestServer.json(
                app.send(app.request(app.acmeKey, execution + "/events").header("Accept", "application/json")));
        assertThat(events.array("items").orElseThrow().items().getLast().toString())
                .contains("execution.cancelled");
    }

    /** Whoever answers wrongly is told what is asked, and how it is answered. */
    @Test
    void tellsWhoAnswersAmissWhatIsAsked() {
        String judged = """
            {"metadata":{"name":"judged"}, "channels":{"grade":{"type":"integer","reducer":"last"}},
             "nodes":[{"id":"grade","type":"human","config":{"prompt":"How good?","output":"grade",
                       "schema":{"type":"integer","maximum":10}}}],
             "edges":[{"source":"START","target":"grade"}]}
            """;
        assertThat(app.post(app.acmeKey, "/api/v1/graphs", judged).statusCode()).isEqualTo(201);
        String execution = path(run("{\"graph\":\"judged\",\"input\":{}}"));
        JsonObject amiss = ApiTest.assertProblem(
                app.post(app.acmeKey, execution + "/resume", "{\"resume\":5}"), 400, "server:INVALID_FIELD");
        assertThat(amiss.text("detail"))
                .contains("The field 'resume' is not an object with answers by the ids of what they answer. Asked is"
                        + " '0:grade' of node 'grade', whose answer is to fit {\"type\":\"integer\",\"maximum\":10}.");
        assertThat(amiss.text("action")).contains("Send {\"resume\": {\"0:grade\": 5}}, or {\"answer\": 5}.");
        assertThat(amiss.array("errors").orElseThrow().toString()).contains("\"/resume\"");
        assertThat(ApiTest.assertProblem(
                                app.post(app.acmeKey, execution + "/resume", "{\"resume\":50}"),
                                400,
                                "server:INVALID_FIELD")
                        .text("action"))
                .as("what would be refused is no example")
                .contains("Send {\"resume\": {\"0:grade\": 10}}, or {\"answer\": 10}.");
        for (String way : List.of("/resume", "/fork")) {
            assertThat(ApiTest.assertProblem(
                                    app.post(app.acmeKey, execution + way, "{\"goto\":\"grade\"}"),
                                    400,
                                    "server:INVALID_FIELD")
                            .text("detail"))
                    .contains("The field 'goto' is not a list of the ids of the nodes to go on with.");
            JsonObject nowhere = ApiTest.assertProblem(
                    app.post(app.acmeKey, execution + way, "{\"goto\":[\"nobody\"]}"), 400, "graph:INVALID_COMMAND");
            assertThat(nowhere.array("errors").orElseThrow().toString())
                    .contains("/goto/0", "There is no node 'nobody'; there are grade.");
        }
        for (String way : List.of("/resume", "/fork", "/state")) {
            assertThat(ApiTest.assertProblem(
                                    app.post(app.acmeKey, execution + way, "{\"update\":[1]}"),
                                    400,
                                    "server:INVALID_FIELD")
                            .text("detail"))
                    .contains("The field 'update' is not an object with values by the names of the channels that are"
                            + " to hold them.");
        }
        rest(app.post(app.acmeKey, execution + "/resume", "{\"answer\":5}"));
        assertThat(ApiTest.assertProblem(
                                app.post(app.acmeKey, execution + "/resume", "{\"resume\":5}"),
                                400,
                                "server:INVALID_FIELD")
                        .text("detail")
                        .orElseThrow())
                .endsWith("Nothing is asked.");
    }

    @Test
    void changesTheStateOfWhatWaitsAndTellsWhoWroteWhat() {
        JsonObject waiting = run("{\"graph\":\"ask\",\"input\":{}}");
        JsonObject state = TestServer.json(app.get(app.acmeKey, path(waiting) + "/state"));
        assertThat(state.array("interrupts").orElseThrow().size()).isEqualTo(1);
        JsonObject still =
                rest(app.post(app.acmeKey, path(waiting) + "/state", "{\"update\":{\"answer\":\"perhaps\"}}"));
        assertThat(still.text("state")).contains("WAITING");
        assertThat(TestServer.json(app.get(app.acmeKey, path(waiting) + "/state"))
                        .object("values"))
                .contains(JsonObject.of("answer", "perhaps"));
        JsonObject done = rest(app.post(
                app.acmeKey, path(waiting) + "/state", "{\"update\":{\"answer\":\"yes\"},\"asNode\":\"ask\"}"));
        assertThat(done.text("state")).contains("SUCCEEDED");
        assertThat(done.object("output")).contains(JsonObject.of("answer", "yes"));
        JsonArray history = TestServer.json(app.get(app.acmeKey, path(waiting) + "/checkpoints"))
                .array("items")
                .orElseThrow();
        assertThat(((JsonObject) history.items().getFirst()).array("writes").orElseThrow())
                .hasToString("[{\"node\":\"ask\",\"channels\":[\"answer\"]}]");
        ApiTest.assertProblem(
                app.post(app.acmeKey, path(waiting) + "/state", "{\"update\":{}}"), 409, "graph:NOT_WAITING");
    }

    @Test
    void pausesAndGoesOn() {
        JsonObject waiting = run("{\"graph\":\"ask\",\"input\":{}}");
        JsonObject paused = rest(app.post(app.acmeKey, path(waiting) + "/pause", ""));
        assertThat(paused.text("state")).contains("WAITING");
        JsonObject done = rest(app.post(app.acmeKey, path(waiting) + "/resume", "{\"answer\":\"yes\"}"));
        assertThat(done.text("state")).contains("SUCCEEDED");
        ApiTest.assertProblem(app.post(app.acmeKey, path(done) + "/pause", ""), 409, "graph:ALREADY_FINISHED");
        ApiTest.assertProblem(app.post(app.umbrellaKey, path(done) + "/pause", ""), 404, "graph:UNKNOWN_EXECUTION");
    }

    @Test
    void startsOneExecutionForManyRequestsWithOneKey() {
        String body = "{\"graph\":\"greet\",\"input\":{\"name\":\"key\"}}";
        List<CompletableFuture<HttpResponse<String>>> requests = IntStream.range(0, 50)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> app.post(app.acmeKey, "/api/v1/executions", body, "Idempotency-Key", "stampede"),
                        Thread::startVirtualThread))
                .toList();
        List<HttpResponse<String>> answers =
                requests.stream().map(CompletableFuture::join).toList();
        assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(202);
        assertThat(answers.stream().map(one -> path(TestServer.json(one))).distinct())
                .hasSize(1);
        assertThat(answers)
                .filteredOn(
                        one -> one.headers().firstValue("Idempotency-Replayed").isEmpty())
                .hasSize(1);
        ApiTest.assertProblem(
                app.post(
                        app.acmeKey,
                        "/api/v1/executions",
                        "{\"graph\":\"greet\",\"input\":{\"name\":\"other\"}}",
                        "Idempotency-Key",
                        "stampede"),
                422,
                "server:IDEMPOTENCY_KEY_REUSED");
        ApiTest.assertProblem(
                app.post(app.acmeKey, "/api/v1/executions", body, "Idempotency-Key", "a b"),
                400,
                "server:INVALID_FIELD");
    }

    /** A branch is an execution, too: of many requests for one with one key there comes one. */
    @Test
    void branchesOnceForManyRequestsWithOneKey() {
        JsonObject cancelled = run("{\"graph\":\"ask\",\"input\":{}}");
        app.post(app.acmeKey, path(cancelled) + "/cancel", "");
        for (String way : List.of("/fork", "/retry")) {
            String body = way.equals("/fork") ? "{\"checkpoint\":0}" : "";
            String before = listed("/api/v1/executions?limit=200");
            List<CompletableFuture<HttpResponse<String>>> requests = IntStream.range(0, 50)
                    .mapToObj(i -> CompletableFuture.supplyAsync(
                            () -> app.post(app.acmeKey, path(cancelled) + way, body, "Idempotency-Key", "branch"),
                            Thread::startVirtualThread))
                    .toList();
            List<HttpResponse<String>> answers =
                    requests.stream().map(CompletableFuture::join).toList();
            assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(202);
            assertThat(answers.stream()
                            .map(one -> path(TestServer.json(one)))
                            .distinct()
                            .toList())
                    .singleElement()
                    .satisfies(one -> assertThat(before).doesNotContain(one.substring(one.lastIndexOf('/') + 1)));
            assertThat(answers)
                    .filteredOn(one ->
                            one.headers().firstValue("Idempotency-Replayed").isEmpty())
                    .hasSize(1);
            assertThat(branches(cancelled)).isEqualTo(way.equals("/fork") ? 1 : 2);
        }
        ApiTest.assertProblem(
                app.post(app.acmeKey, path(cancelled) + "/fork", "{}", "Idempotency-Key", "branch"),
                422,
                "server:IDEMPOTENCY_KEY_REUSED");
    }

    /** How many executions have begun at checkpoints of another one. */
    private long branches(JsonObject other) {
        return TestServer.json(app.get(app.acmeKey, "/api/v1/executions?limit=200"))
                .array("items")
                .orElseThrow()
                .items()
                .stream()
                .map(JsonObject.class::cast)
                .filter(one -> one.object("origin")
                        .flatMap(origin -> origin.text("execution"))
                        .equals(other.text("id")))
                .count();
    }

    @Test
    void retriesWhatWasCancelledAndNothingElse() {
        JsonObject waiting = run("{\"graph\":\"ask\",\"input\":{}}");
        ApiTest.assertProblem(app.post(app.acmeKey, path(waiting) + "/retry", ""), 409, "graph:NOT_FAILED");
        ApiTest.assertProblem(
                app.post(app.acmeKey, path(waiting) + "/migration", "{\"version\":1,\"dryRun\":true}"),
                409,
                "graph:NOT_ENDED");
        assertThat(app.post(app.acmeKey, path(waiting) + "/cancel", "").statusCode())
                .isEqualTo(202);
        String deadLetters = "/api/v1/executions?failure=graph:CANCELLED&retried=";
        assertThat(listed(deadLetters + "false")).contains(waiting.text("id").orElseThrow());
        assertThat(listed("/api/v1/executions?failure=graph:CRASHED_TOO_OFTEN")).isEqualTo("[]");
        JsonObject again = rest(app.post(app.acmeKey, path(waiting) + "/retry", ""));
        assertThat(listed(deadLetters + "false"))
                .doesNotContain(waiting.text("id").orElseThrow());
        assertThat(listed(deadLetters + "true")).contains(waiting.text("id").orElseThrow());
        assertThat(again.text("state")).contains("WAITING");
        assertThat(again.object("origin").orElseThrow().text("execution")).isEqualTo(waiting.text("id"));
        JsonObject answered = rest(app.post(app.acmeKey, path(again) + "/resume", "{\"answer\":\"yes\"}"));
        assertThat(answered.text("state")).contains("SUCCEEDED");
        assertThat(TestServer.json(app.get(app.acmeKey, path(waiting))).text("state"))
                .contains("CANCELLED");
    }

    private String listed(String path) {
        return TestServer.json(app.get(app.acmeKey, path))
                .array("items")
                .orElseThrow()
                .toString();
    }

    @Test
    void saysHowACodeIsWritten() {
        for (String code : List.of("CRASHED_TOO_OFTEN", "graph:crashed", "graph:", "%20:A", "")) {
            JsonObject problem = ApiTest.assertProblem(
                    app.get(app.acmeKey, "/api/v1/executions?failure=" + code), 400, "server:INVALID_FIELD");
            assertThat(problem.text("detail").orElseThrow()).contains("graph:CRASHED_TOO_OFTEN");
        }
        ApiTest.assertProblem(app.get(app.acmeKey, "/api/v1/executions?retried=maybe"), 400, "server:INVALID_FIELD");
    }
}
