package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SessionApiTest {

    static final String CHAT = """
        {"metadata":{"name":"chat"},
         "channels":{"messages":{"type":"array","reducer":"messages"},"count":{"type":"integer","reducer":"sum"}},
         "nodes":[{"id":"reply","type":"transform",
                   "config":{"set":{"messages":"[{'role': 'assistant', 'content': string(size(messages))}]","count":"1"}}}],
         "edges":[{"source":"START","target":"reply"},{"source":"reply","target":"END"}]}
        """;

    private static final String SESSIONS = "/api/v1/sessions";

    private TestServer app;

    @BeforeAll
    void start() {
        app = new TestServer();
        for (String graph : List.of(CHAT, ExecutionApiTest.ASK)) {
            assertThat(app.post(app.acmeKey, "/api/v1/graphs", graph).statusCode())
                    .isEqualTo(201);
        }
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private JsonObject say(String session, String body) {
        HttpResponse<String> done =
                app.post(app.acmeKey, SESSIONS + "/" + session + "/messages", body, "Prefer", "wait=20");
        assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
        return TestServer.json(done);
    }

    private JsonObject get(String path) {
        HttpResponse<String> found = app.get(app.acmeKey, path);
        assertThat(found.statusCode()).as(found.body()).isEqualTo(200);
        return TestServer.json(found);
    }

    private HttpResponse<String> ask(String session, String more, String... headers) {
        return app.post(
                app.acmeKey,
                "/api/v1/executions",
                "{\"graph\":\"ask\",\"session\":\"" + session + "\"" + more + "}",
                headers);
    }

    @Test
    void talksInASession() {
        JsonObject first = say("talk", "{\"message\":\"Hello\",\"graph\":\"chat\"}");
        assertThat(first.text("session")).contains("talk");
        JsonObject second = say("talk", "{\"message\":{\"id\":\"m\",\"role\":\"user\",\"content\":\"And?\"}}");
        assertThat(second.object("graph")).isEqualTo(first.object("graph"));
        JsonArray messages = get(SESSIONS + "/talk/messages").array("items").orElseThrow();
        assertThat(messages)
                .hasToString("[{\"role\":\"user\",\"content\":\"Hello\"},{\"role\":\"assistant\",\"content\":\"1\"},"
                        + "{\"id\":\"m\",\"role\":\"user\",\"content\":\"And?\"},"
                        + "{\"role\":\"assistant\",\"content\":\"3\"}]");
        JsonObject page = get(SESSIONS + "/talk/messages?limit=3");
        JsonObject rest = get(
                SESSIONS + "/talk/messages?limit=3&cursor=" + page.text("next").orElseThrow());
        assertThat(page.array("items")
                        .orElseThrow()
                        .appended(rest.array("items").orElseThrow().items()))
                .isEqualTo(messages);
        assertThat(rest.member("next")).hasToString("Optional[null]");

        JsonObject session = get(SESSIONS + "/talk");
        assertThat(session.object("state").orElseThrow().number("count")).hasToString("Optional[2]");
        assertThat(session.object("position").orElseThrow().text("execution")).isEqualTo(second.text("id"));
        assertThat(session.bool("busy")).contains(false);
        assertThat(get(SESSIONS + "/talk/executions")
                        .array("items")
                        .orElseThrow()
                        .size())
                .isEqualTo(2);
        assertThat(get("/api/v1/executions?session=talk")
                        .array("items")
                        .orElseThrow()
                        .size())
                .isEqualTo(2);
        assertThat(get("/api/v1/executions?session=none")
                        .array("items")
                        .orElseThrow()
                        .size())
                .isZero();
    }

    @Test
    void saysWhatIsToBeDoneWhenASessionIsBusy() {
        JsonObject waiting = TestServer.json(ask("busy", "", "Prefer", "wait=20", "Idempotency-Key", "busy-1"));
        assertThat(waiting.text("state")).contains("WAITING");
        JsonObject problem = ApiTest.assertProblem(ask("busy", ""), 409, "graph:SESSION_BUSY");
        assertThat(problem.text("detail").orElseThrow())
                .contains(waiting.text("id").orElseThrow());
        assertThat(problem.text("action").orElseThrow()).contains("enqueue", "interrupt", "rollback");
        HttpResponse<String> replayed = ask("busy", "", "Idempotency-Key", "busy-1");
        assertThat(replayed.headers().firstValue("Idempotency-Replayed")).contains("true");
        assertThat(TestServer.json(replayed).text("id")).isEqualTo(waiting.text("id"));

        JsonObject inLine = TestServer.json(ask("busy", ",\"whenBusy\":\"enqueue\""));
        assertThat(inLine.text("state")).contains("QUEUED");
        JsonObject session = get(SESSIONS + "/busy");
        assertThat(session.text("active")).isEqualTo(waiting.text("id"));
        assertThat(session.array("queued"))
                .contains(JsonArray.of(inLine.text("id").orElseThrow()));
        for (HttpResponse<String> refused : List.of(
                app.delete(app.acmeKey, SESSIONS + "/busy"),
                app.post(app.acmeKey, SESSIONS + "/busy/migration", "{\"version\":1}"))) {
            ApiTest.assertProblem(refused, 409, "graph:SESSION_BUSY");
        }
        JsonObject next = TestServer.json(ask("busy", ",\"whenBusy\":\"rollback\"", "Prefer", "wait=20"));
        assertThat(next.text("state")).contains("WAITING");
        JsonObject gone = get("/api/v1/executions/" + waiting.text("id").orElseThrow());
        assertThat(gone.text("state")).contains("CANCELLED");
        assertThat(gone.text("superseded")).contains("rollback");
        assertThat(gone.object("failure").orElseThrow().text("code")).contains("graph:ROLLED_BACK");
        for (JsonObject one : List.of(next, inLine)) {
            app.post(app.acmeKey, "/api/v1/executions/" + one.text("id").orElseThrow() + "/cancel", "");
        }
        await().until(() -> app.delete(app.acmeKey, SESSIONS + "/busy").statusCode() == 204);
        ApiTest.assertProblem(app.get(app.acmeKey, SESSIONS + "/busy"), 404, "graph:UNKNOWN_SESSION");
    }

    @Test
    void migratesAndTellsChannelByChannel() {
        say("moved", "{\"message\":\"Hello\",\"graph\":\"chat\"}");
        assertThat(app.post(
                                app.acmeKey,
                                "/api/v1/graphs",
                                CHAT.replace(
                                                "\"count\":{\"type\":\"integer\",\"reducer\":\"sum\"}",
                                                "\"count\":{\"type\":\"string\",\"reducer\":\"last\"}")
                                        .replace("\"count\":\"1\"", "\"count\":\"'more'\""))
                        .statusCode())
                .isEqualTo(201);
        String path = SESSIONS + "/moved/migration";
        JsonObject problem = ApiTest.assertProblem(
                app.post(app.acmeKey, path, "{\"version\":2,\"dryRun\":true}"), 409, "graph:MIGRATION_CONFLICT");
        assertThat(((JsonObject) problem.array("errors").orElseThrow().items().getFirst()).text("pointer"))
                .contains("/values/count");
        String body = "{\"version\":2,\"values\":{\"count\":\"string(count)\"}";
        JsonObject trial = TestServer.json(app.post(app.acmeKey, path, body + ",\"dryRun\":true}"));
        assertThat(trial.object("channels")).contains(JsonObject.of("count", "converted", "messages", "kept"));
        assertThat(get(SESSIONS + "/moved").object("graph").orElseThrow().number("version"))
                .hasToString("Optional[1]");
        assertThat(app.post(app.acmeKey, path, body + "}").statusCode()).isEqualTo(200);
        JsonObject moved = get(SESSIONS + "/moved");
        assertThat(moved.object("state").orElseThrow().text("count")).contains("1");
        assertThat(moved.array("migrations").orElseThrow().size()).isEqualTo(1);
        JsonObject next = say("moved", "{\"message\":\"Hello\"}");
        assertThat(next.object("graph").orElseThrow().number("version")).hasToString("Optional[2]");
        ApiTest.assertProblem(
                app.post(
                        app.acmeKey,
                        SESSIONS + "/moved/messages",
                        "{\"message\":\"x\",\"graph\":\"chat\",\"version\":1}"),
                409,
                "graph:SESSION_CONFLICT");
    }

    @Test
    void refusesWhatIsNotSound() {
        ApiTest.assertProblem(ask("a b", ""), 400, "graph:INVALID_INPUT");
        ApiTest.assertProblem(ask("x".repeat(129), ""), 400, "graph:INVALID_INPUT");
        ApiTest.assertProblem(ask("ok", ",\"whenBusy\":\"wait\""), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(
                app.post(app.acmeKey, "/api/v1/executions", "{\"graph\":\"ask\",\"whenBusy\":\"reject\"}"),
                400,
                "server:INVALID_FIELD");
        ApiTest.assertProblem(
                app.post(app.acmeKey, "/api/v1/executions", "{\"session\":\"none\"}"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(app.post(app.acmeKey, SESSIONS + "/t/messages", "{}"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(
                app.post(app.acmeKey, SESSIONS + "/t/messages", "{\"graph\":\"chat\",\"message\":7}"),
                400,
                "server:INVALID_FIELD");
        ApiTest.assertProblem(
                app.post(app.acmeKey, SESSIONS + "/t/messages", "{\"graph\":\"ask\",\"message\":\"x\"}"),
                400,
                "graph:NO_MESSAGES");
        say("sound", "{\"message\":\"Hello\",\"graph\":\"chat\"}");
        ApiTest.assertProblem(ask("sound", ""), 409, "graph:SESSION_CONFLICT");
        String migration = SESSIONS + "/sound/migration";
        ApiTest.assertProblem(app.post(app.acmeKey, migration, "{}"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(
                app.post(app.acmeKey, migration, "{\"version\":1,\"values\":{\"count\":1}}"),
                400,
                "server:INVALID_FIELD");
        ApiTest.assertProblem(app.post(app.acmeKey, migration, "{\"version\":77}"), 404, "graph:UNKNOWN_GRAPH");
        ApiTest.assertProblem(app.get(app.acmeKey, SESSIONS + "?cursor=x"), 400, "server:INVALID_CURSOR");
    }

    @Test
    void keepsTenantsApartAndAsksForScopes() {
        say("apart", "{\"message\":\"Hello\",\"graph\":\"chat\"}");
        for (String part : List.of("", "/executions", "/messages")) {
            ApiTest.assertProblem(app.get(app.umbrellaKey, SESSIONS + "/apart" + part), 404, "graph:UNKNOWN_SESSION");
        }
        ApiTest.assertProblem(app.delete(app.umbrellaKey, SESSIONS + "/apart"), 404, "graph:UNKNOWN_SESSION");
        ApiTest.assertProblem(
                app.post(app.umbrellaKey, SESSIONS + "/apart/migration", "{\"version\":1}"),
                404,
                "graph:UNKNOWN_SESSION");
        assertThat(TestServer.json(app.get(app.umbrellaKey, SESSIONS))
                        .array("items")
                        .orElseThrow()
                        .size())
                .isZero();
        String reader = app.apiKeys
                .create(Optional.of(app.acme.id()), "reader", EnumSet.of(Scope.EXECUTIONS_READ), Optional.empty())
                .secret();
        assertThat(app.get(reader, SESSIONS + "/apart").statusCode()).isEqualTo(200);
        ApiTest.assertProblem(app.delete(reader, SESSIONS + "/apart"), 403, "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(
                app.post(reader, SESSIONS + "/apart/messages", "{\"message\":\"x\"}"), 403, "tenancy:SCOPE_MISSING");
    }
}
