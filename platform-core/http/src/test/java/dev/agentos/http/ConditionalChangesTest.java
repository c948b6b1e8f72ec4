package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.spi.JsonObject;
import dev.agentos.testkit.SyntheticJar;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rules that several people may set: nobody overwrites what somebody else has just said. */
class ConditionalChangesTest {

    private static final TestServer APP = new TestServer();
    private static final int WRITERS = 4;

    /** What is set so. */
    enum Thing {
        ROLE("roles/{name}", "roles/reader", "{\"scopes\": [\"audit:read\"]}"),
        GROUP("groups/{name}", "groups/g", "{\"members\": []}"),
        RATE_LIMIT("rate-limits/{scope}", "rate-limits/key", "{\"requests\": 100000, \"window\": \"PT1M\"}"),
        PRICE("prices/{model}", "prices/shop/large", "{\"input\": \"1\", \"output\": \"2\", \"currency\": \"EUR\"}"),
        RETENTION("retention/{kind}", "retention/usage", "{\"keep\": \"P30D\"}"),
        CONCURRENCY_LIMIT("concurrency-limits/{scope}", "concurrency-limits/agent", "{\"running\": 1000}"),
        PLAN("plan", "plan", "{\"plan\": \"basic\"}");

        private final String template;
        private final String path;
        private final String body;

        Thing(String template, String path, String body) {
            this.template = "/api/v1/" + template;
            this.path = "/api/v1/" + path;
            this.body = body;
        }

        private HttpResponse<String> put(String ifMatch) {
            return APP.put(APP.adminKey, path, body, headers(ifMatch));
        }

        private HttpResponse<String> delete(String ifMatch) {
            return APP.delete(APP.adminKey, path, headers(ifMatch));
        }

        private static String[] headers(String ifMatch) {
            return ifMatch.isEmpty()
                    ? new String[] {"AgentOS-Tenant", "umbrella"}
                    : new String[] {"AgentOS-Tenant", "umbrella", "If-Match", ifMatch};
        }

        private HttpResponse<String> shown() {
            return APP.send(APP.request(APP.adminKey, path)
                    .header("AgentOS-Tenant", "umbrella")
                    .GET());
        }
    }

    @BeforeAll
    static void offer() {
        assertThat(APP.put(APP.adminKey, "/api/v1/plans/basic", "{\"features\": [\"sessions\", \"graphs\"]}")
                        .statusCode())
                .isEqualTo(200);
    }

    @AfterAll
    static void close() {
        APP.close();
    }

    private static String etag(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        String etag = TestServer.tag(answer);
        assertThat(answer.body()).as("what a list shows").contains("\"etag\":\"" + etag.replace("\"", "\\\"") + "\"");
        return etag;
    }

    /** Of prices the history stays. */
    private static String made(Thing thing) {
        HttpResponse<String> there = thing.shown();
        return etag(thing.put(there.statusCode() == 404 ? "" : etag(there)));
    }

    @ParameterizedTest
    @EnumSource
    void whoHasNotSeenWhatIsThereChangesNothing(Thing thing) {
        String first = made(thing);
        assertThat(etag(thing.shown())).isEqualTo(first);
        ApiTest.assertProblem(thing.put(""), 428, "server:PRECONDITION_REQUIRED");
        String second = etag(thing.put(first));
        assertThat(second).isNotEqualTo(first);
        ApiTest.assertProblem(thing.put(first), 412, "server:PRECONDITION_FAILED");
        ApiTest.assertProblem(thing.delete(first), 412, "server:PRECONDITION_FAILED");
        ApiTest.assertProblem(thing.delete(""), 428, "server:PRECONDITION_REQUIRED");
        assertThat(etag(thing.shown())).isEqualTo(second);
        assertThat(etag(thing.put("*"))).isNotEqualTo(second);
        assertThat(thing.delete("*").statusCode()).isEqualTo(204);
    }

    @ParameterizedTest
    @EnumSource
    void ofThoseWhoHaveSeenTheSameOneChangesIt(Thing thing) throws Exception {
        String seen = made(thing);
        CyclicBarrier start = new CyclicBarrier(WRITERS);
        List<Integer> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(WRITERS)) {
            List<Future<Integer>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                writers.add(threads.submit(() -> {
                    start.await();
                    return thing.put(seen).statusCode();
                }));
            }
            for (Future<Integer> writer : writers) {
                answers.add(writer.get());
            }
        }
        assertThat(answers).containsExactlyInAnyOrder(200, 412, 412, 412);
        assertThat(thing.delete("*").statusCode()).isEqualTo(204);
    }

    /** The states of a user that its roles are a part of. */
    @Test
    void aUsersRolesAreReplacedAsTheyWereSeen() throws Exception {
        JsonObject robot = TestServer.json(
                APP.post(APP.acmeKey, "/api/v1/users", "{\"name\":\"r\",\"kind\":\"SERVICE\",\"roles\":[\"viewer\"]}"));
        String user = "/api/v1/users/" + robot.text("id").orElseThrow();
        String seen = etag(APP.get(APP.acmeKey, user));
        assertThat(robot.text("etag")).contains(seen);
        ApiTest.assertProblem(
                APP.put(APP.acmeKey, user + "/roles", "{\"roles\":[\"admin\"]}"), 428, "server:PRECONDITION_REQUIRED");
        CyclicBarrier start = new CyclicBarrier(WRITERS);
        List<Integer> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(WRITERS)) {
            List<Future<Integer>> writers = new ArrayList<>();
            for (String role : List.of("admin", "builder", "operator", "approver")) {
                writers.add(threads.submit(() -> {
                    start.await();
                    return APP.put(APP.acmeKey, user + "/roles", "{\"roles\":[\"" + role + "\"]}", "If-Match", seen)
                            .statusCode();
                }));
            }
            for (Future<Integer> writer : writers) {
                answers.add(writer.get());
            }
        }
        assertThat(answers).containsExactlyInAnyOrder(200, 412, 412, 412);
        String then = etag(APP.get(APP.acmeKey, user));
        assertThat(then).isNotEqualTo(seen);
        APP.post(APP.acmeKey, user + "/disable", "");
        ApiTest.assertProblem(
                APP.put(APP.acmeKey, user + "/roles", "{\"roles\":[\"admin\"]}", "If-Match", then),
                412,
                "server:PRECONDITION_FAILED");
        assertThat(etag(APP.put(APP.acmeKey, user + "/roles", "{\"roles\":[\"admin\"]}", "If-Match", "*")))
                .isNotEqualTo(then);
    }

    @Test
    void whatAPluginIsGrantedAndWhereItRunsIsReplacedAsItWasSeen() {
        APP.install("seen", SyntheticJar.toolPlugin("seen", "1.0.0", "seen", "ok"));
        String plugin = "/api/v1/plugins/seen";
        for (String[] part : new String[][] {
            {"/permissions", "/permissions", "{\"granted\": []}"},
            {"", "/isolation", "{\"isolated\": false}"},
            {"", "/configuration", "{\"depth\": 3}"}
        }) {
            String body = part[2];
            String seen = TestServer.tag(APP.get(APP.adminKey, plugin + part[0]));
            ApiTest.assertProblem(APP.put(APP.adminKey, plugin + part[1], body), 428, "server:PRECONDITION_REQUIRED");
            ApiTest.assertProblem(
                    APP.put(APP.adminKey, plugin + part[1], body, "If-Match", "\"other\""),
                    412,
                    "server:PRECONDITION_FAILED");
            HttpResponse<String> accepted = APP.put(APP.adminKey, plugin + part[1], body, "If-Match", seen);
            assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> APP.get(
                                    APP.adminKey,
                                    accepted.headers().firstValue("Location").orElseThrow())
                            .body()
                            .contains("\"SUCCEEDED\""));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theDescriptionTellsOfIt(Thing thing) {
        JsonObject path = TestServer.json(APP.get(APP.adminKey, "/openapi.json"))
                .object("paths")
                .flatMap(paths -> paths.object(thing.template))
                .orElseThrow();
        for (String verb : List.of("put", "delete")) {
            assertThat(responses(path, verb).members()).containsKeys("412", "428");
        }
        for (String verb : List.of("get", "put")) {
            assertThat(responses(path, verb)
                            .object("200")
                            .orElseThrow()
                            .object("headers")
                            .orElseThrow()
                            .members())
                    .containsKey("ETag");
        }
    }

    private static JsonObject responses(JsonObject path, String verb) {
        return path.object(verb)
                .flatMap(operation -> operation.object("responses"))
                .orElseThrow();
    }
}
