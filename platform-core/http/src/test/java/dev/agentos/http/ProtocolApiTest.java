package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.ExecutionFilter;
import dev.agentos.execution.ExecutionState;
import dev.agentos.invocation.CallMeter;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.testkit.SyntheticJar;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Protocols of plugins, from a socket to an execution and back. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProtocolApiTest {

    private static final String ROOT = "/protocols/probe/";
    private static final String ENABLED = "/api/v1/tenants/%s/plugins/probe";

    private TestServer app;

    @BeforeAll
    void start() {
        app = new TestServer(TestServer.config(), Duration.ofSeconds(3));
        install("/api/v1/plugins?acceptAll=true", ProbeProtocol.pack());
        install("/api/v1/plugins?acceptAll=true", ProbeProtocol.plugin("1.0.0"));
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            HttpResponse<String> enabled = app.send(app.request(app.acmeKey, "/api/v1/tenants/self/packs/probe-pack")
                    .header("Content-Type", "application/json")
                    .PUT(BodyPublishers.ofString("{\"configuration\":{}}")));
            assertThat(enabled.statusCode()).as(enabled.body()).isEqualTo(200);
        });
        await().atMost(Duration.ofSeconds(60))
                .until(() -> get(app.acmeKey, "echo").statusCode() == 200);
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private void install(String path, SyntheticJar jar) {
        HttpResponse<String> accepted = app.send(app.request(app.adminKey, path)
                .header("Content-Type", PluginsResource.JAR)
                .POST(BodyPublishers.ofByteArray(jar.bytes())));
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
    }

    private HttpResponse<String> get(String key, String path) {
        return app.get(key, ROOT + path);
    }

    private static String state(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return TestServer.json(response).text("state").orElseThrow();
    }

    @Test
    void thePluginSeesTheRequestAndNotTheCredential() {
        HttpResponse<String> response = app.post(
                app.acmeKey, ROOT + "echo/a%20b/c+d?x=1&x=%26&y", "{\"z\":2}", "Cookie", "k=v", "X-Own", "mine");
        JsonObject seen = TestServer.json(response);
        assertThat(seen.member("path").orElseThrow()).hasToString("[\"echo\",\"a b\",\"c+d\"]");
        assertThat(seen.member("query").orElseThrow()).hasToString("{\"x\":[\"1\",\"&\"],\"y\":[\"\"]}");
        assertThat(seen.text("method")).contains("POST");
        assertThat(seen.text("body")).contains("{\"z\":2}");
        assertThat(seen.text("tenant")).contains(app.acme.id().value());
        assertThat(seen.object("headers").orElseThrow().members())
                .containsKeys("x-own", "content-type")
                .doesNotContainKeys("authorization", "cookie");
        assertThat(response.body()).doesNotContain(app.acmeKey);
        assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(app.calls)
                .anySatisfy(call -> assertThat(call.target()).isEqualTo("protocol probe"))
                .extracting(CallMeter.Call::tenant)
                .contains(app.acme.id().value());
    }

    @Test
    void nobodyComesInWithoutACredentialOrATenant() throws Exception {
        HttpResponse<String> anonymous = app.client.send(
                HttpRequest.newBuilder(URI.create(app.server.address() + ROOT + "echo"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        ApiTest.assertProblem(anonymous, 401, "tenancy:UNAUTHENTICATED");
        assertThat(anonymous.headers().firstValue("WWW-Authenticate")).isPresent();
        ApiTest.assertProblem(get("aos_nonsense", "echo"), 401, "tenancy:UNAUTHENTICATED");
        ApiTest.assertProblem(get("aos_nonsense", "../nowhere"), 401, "tenancy:UNAUTHENTICATED");
        ApiTest.assertProblem(get(app.adminKey, "echo"), 400, "tenancy:TENANT_REQUIRED");
        HttpResponse<String> named = app.send(app.request(app.adminKey, ROOT + "echo")
                .header("AgentOS-Tenant", "umbrella")
                .GET());
        assertThat(TestServer.json(named).text("tenant"))
                .contains(app.umbrella.id().value());
    }

    @Test
    void aTenantSeesItsOwnAgentsAndExecutionsAlone() {
        assertThat(get(app.acmeKey, "agents").body())
                .isEqualTo("{\"agents\":[\"probe-pack/quick\",\"probe-pack/slow\"]}");
        assertThat(get(app.umbrellaKey, "agents").body()).isEqualTo("{\"agents\":[]}");
        ApiTest.assertProblem(get(app.umbrellaKey, "execute"), 404, "agent:UNKNOWN_AGENT");

        JsonObject executed = TestServer.json(get(app.acmeKey, "execute"));
        assertThat(executed.text("state")).contains("SUCCEEDED");
        assertThat(executed.object("output").flatMap(output -> output.object("settings")))
                .contains(JsonObject.of("colour", "red"));
        String id = executed.text("id").orElseThrow();
        assertThat(state(get(app.acmeKey, "find?id=" + id))).isEqualTo("SUCCEEDED");
        assertThat(get(app.acmeKey, "follow?id=" + id).body())
                .contains("[\"execution.queued\"", "\"execution.succeeded\"]");
        for (String path : List.of("find", "follow", "cancel")) {
            ApiTest.assertProblem(get(app.umbrellaKey, path + "?id=" + id), 404, "graph:UNKNOWN_EXECUTION");
            ApiTest.assertProblem(get(app.umbrellaKey, path + "?id=exe_none"), 404, "graph:UNKNOWN_EXECUTION");
        }
        ApiTest.assertProblem(get(app.acmeKey, "cancel?id=" + id), 409, "graph:ALREADY_FINISHED");
        assertThat(app.get(app.acmeKey, "/api/v1/executions/" + id).statusCode())
                .isEqualTo(200);
    }

    @Test
    void aCredentialCanDoNoMoreThanByTheApi() {
        String reader = key(Scope.AGENTS_READ);
        assertThat(get(reader, "agents").statusCode()).isEqualTo(200);
        ApiTest.assertProblem(get(reader, "execute"), 403, "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(get(reader, "find?id=exe_none"), 403, "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(get(reader, "cancel?id=exe_none"), 403, "tenancy:SCOPE_MISSING");
        String writer = key(Scope.EXECUTIONS_WRITE);
        ApiTest.assertProblem(get(writer, "agents"), 403, "tenancy:SCOPE_MISSING");
        assertThat(state(get(writer, "execute"))).isEqualTo("SUCCEEDED");
    }

    @Test
    void whoIsConfinedReachesSomeAgentsOnly() {
        String quick = confined("probe-pack/quick");
        String pack = confined("probe-pack/*");
        String slow = confined("probe-pack/slow");
        assertThat(get(quick, "agents").body()).isEqualTo("{\"agents\":[\"probe-pack/quick\"]}");
        assertThat(get(pack, "agents").body()).contains("probe-pack/quick", "probe-pack/slow");
        ApiTest.assertProblem(get(slow, "execute"), 404, "agent:UNKNOWN_AGENT");
        String id = TestServer.json(get(quick, "execute")).text("id").orElseThrow();
        assertThat(state(get(pack, "find?id=" + id))).isEqualTo("SUCCEEDED");
        for (String path : List.of("find", "follow", "cancel")) {
            ApiTest.assertProblem(get(slow, path + "?id=" + id), 404, "graph:UNKNOWN_EXECUTION");
        }
        String agents = "/api/v1/agents";
        assertThat(app.get(slow, agents).body()).contains("probe-pack/slow").doesNotContain("quick");
        assertThat(app.get(pack, agents + "/probe-pack/quick").statusCode()).isEqualTo(200);
        ApiTest.assertProblem(app.get(slow, agents + "/probe-pack/quick"), 404, "agent:UNKNOWN_AGENT");
        ApiTest.assertProblem(
                app.post(slow, agents + "/probe-pack/quick/executions", "{\"input\":{}}"), 404, "agent:UNKNOWN_AGENT");
        ApiTest.assertProblem(
                app.post(slow, "/api/v1/executions", "{\"graph\":\"probe-pack/quick\",\"input\":{}}"),
                404,
                "graph:UNKNOWN_GRAPH");
        assertThat(app.post(quick, agents + "/probe-pack/quick/executions", "{\"input\":{}}")
                        .statusCode())
                .isEqualTo(202);
        ApiTest.assertProblem(app.get(slow, "/api/v1/executions/" + id), 404, "graph:UNKNOWN_EXECUTION");
        assertThat(app.get(slow, "/api/v1/executions").body()).doesNotContain(id);
        assertThat(app.get(quick, "/api/v1/executions").body()).contains(id);
    }

    @Test
    void anAgentOutOfReachIsNotReachedThroughAGraph() {
        String graph = "{\"metadata\":{\"name\":\"around\"},\"channels\":{},\"nodes\":[{\"id\":\"inner\","
                + "\"type\":\"agent\",\"config\":{\"agent\":\"probe-pack/quick\"}}],\"edges\":[{\"source\":\"START\","
                + "\"target\":\"inner\"},{\"source\":\"inner\",\"target\":\"END\"}]}";
        String start = "{\"graph\":\"around\",\"input\":{}}";
        String one = confined("around");
        ApiTest.assertProblem(app.post(one, "/api/v1/graphs", graph), 400, "graph:INVALID_GRAPH");
        HttpResponse<String> stored = app.post(app.acmeKey, "/api/v1/graphs", graph);
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        HttpResponse<String> refused = app.post(one, "/api/v1/executions", start);
        ApiTest.assertProblem(refused, 404, "graph:UNKNOWN_GRAPH");
        assertThat(refused.body()).contains("'probe-pack/quick'");
        String both = confined("around", "probe-pack/quick");
        assertThat(app.post(both, "/api/v1/graphs", graph).statusCode()).isEqualTo(201);
        assertThat(app.post(both, "/api/v1/executions", start).statusCode()).isEqualTo(202);
    }

    private String confined(String... agents) {
        return app.apiKeys
                .create(
                        Optional.of(app.acme.id()),
                        "confined",
                        EnumSet.of(
                                Scope.AGENTS_READ, Scope.EXECUTIONS_READ, Scope.EXECUTIONS_WRITE, Scope.GRAPHS_WRITE),
                        Reach.read(Set.of(agents)),
                        Optional.empty(),
                        Optional.empty())
                .secret();
    }

    private String key(Scope scope) {
        return app.apiKeys
                .create(Optional.of(app.acme.id()), "one", EnumSet.of(scope), Optional.empty())
                .secret();
    }

    @Test
    void theSameRequestAgainFindsItsExecution() {
        String first = post("once", "{}").text("id").orElseThrow();
        assertThat(post("once", "{}").text("id")).contains(first);
        assertThat(post("twice", "{}").text("id").orElseThrow()).isNotEqualTo(first);
        HttpResponse<String> other =
                app.post(app.acmeKey, ROOT + "execute", "{\"other\":1}", "Idempotency-Key", "once");
        assertThat(other.statusCode()).as(other.body()).isEqualTo(400);
        assertThat(other.body()).contains("server:IDEMPOTENCY_KEY_REUSED");
    }

    private JsonObject post(String key, String body) {
        HttpResponse<String> response = app.post(app.acmeKey, ROOT + "execute", body, "Idempotency-Key", key);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return TestServer.json(response);
    }

    @Test
    void whatIsNotThereOrNotAllowedIsSaid() {
        JsonObject unknown =
                ApiTest.assertProblem(app.get(app.acmeKey, "/protocols/nobody/v1"), 404, "plugin:UNKNOWN_PROTOCOL");
        assertThat(unknown.text("action").orElse("")).contains("GET /api/v1/plugins");
        assertThat(get(app.acmeKey, "unheard").body()).isEqualTo("{\"error\":\"unknown\"}");
        ApiTest.assertProblem(app.get(app.acmeKey, "/protocols/"), 404, "server:NOT_FOUND");
        for (String ambiguous : List.of("a//b", "a%2Fb", "%2e%2e/x")) {
            ApiTest.assertProblem(app.get(app.acmeKey, ROOT + ambiguous), 400, "server:BAD_REQUEST");
        }
        assertThat(app.get(app.acmeKey, "/protocols/agents").body()).contains("plugin:UNKNOWN_PROTOCOL");

        String path = ENABLED.formatted("umbrella");
        enable(path, false);
        ApiTest.assertProblem(get(app.umbrellaKey, "echo"), 403, "plugin:NOT_ENABLED");
        assertThat(get(app.acmeKey, "echo").statusCode()).isEqualTo(200);
        enable(path, true);
        assertThat(get(app.umbrellaKey, "echo").statusCode()).isEqualTo(200);
    }

    private void enable(String path, boolean enabled) {
        HttpResponse<String> set = app.send(app.request(app.adminKey, path)
                .header("Content-Type", "application/json")
                .header("If-Match", "*")
                .PUT(BodyPublishers.ofString("{\"enabled\":" + enabled + "}")));
        assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
    }

    @Test
    void aBodyHasABound() throws Exception {
        HttpResponse<String> most = app.post(app.acmeKey, ROOT + "nowhere", "x".repeat(8 << 20));
        assertThat(most.statusCode()).isEqualTo(404);
        ApiTest.assertProblem(
                app.post(app.acmeKey, ROOT + "nowhere", "x".repeat((8 << 20) + 1)), 413, "server:BODY_TOO_LARGE");
        HttpResponse<String> chunked = app.send(app.request(app.acmeKey, ROOT + "nowhere")
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrays((8 << 20) + 1))));
        ApiTest.assertProblem(chunked, 413, "server:BODY_TOO_LARGE");
        ApiTest.assertProblem(
                app.post(app.acmeKey, ROOT + "echo", "{}", "Content-Encoding", "gzip"),
                415,
                "server:UNSUPPORTED_MEDIA_TYPE");
    }

    private Socket send(String key, String path, int declared, int sent) throws IOException {
        Socket socket = new Socket("127.0.0.1", app.server.address().getPort());
        socket.setSoTimeout(3_000);
        String head = "POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key + "\r\nContent-Length: "
                + declared + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        try {
            socket.getOutputStream().write(new byte[sent]);
        } catch (SocketException e) {
            // It was refused before it was written.
        }
        return socket;
    }

    private static String answer(Socket socket) throws IOException {
        return new String(socket.getInputStream().readNBytes(2_000), StandardCharsets.UTF_8);
    }

    @Test
    void aBodyIsReadOnlyForWhoTakesIt() throws Exception {
        try (Socket nobody = send(app.acmeKey, "/protocols/nobody/v1", 8 << 20, 0)) {
            assertThat(answer(nobody)).contains("404", "plugin:UNKNOWN_PROTOCOL");
        }
        enable(ENABLED.formatted("umbrella"), false);
        try (Socket disabled = send(app.umbrellaKey, ROOT + "echo", 8 << 20, 0)) {
            assertThat(answer(disabled)).contains("403", "plugin:NOT_ENABLED");
        } finally {
            enable(ENABLED.formatted("umbrella"), true);
        }
    }

    @Test
    void manyLargeBodiesTakeNoMoreThanTheirRoom() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                slow.add(send(app.acmeKey, ROOT + "nowhere", 8 << 20, (8 << 20) - 1));
            }
            Optional<Socket> refused = await().atMost(Duration.ofSeconds(20))
                    .until(
                            () -> {
                                for (Socket socket : slow) {
                                    if (socket.getInputStream().available() > 0) {
                                        return Optional.of(socket);
                                    }
                                }
                                return Optional.<Socket>empty();
                            },
                            Optional::isPresent);
            assertThat(answer(refused.orElseThrow())).contains("503", "server:TOO_BUSY");
            assertThat(get(app.acmeKey, "echo").statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
        for (int i = 0; i < 6; i++) {
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> app.post(app.acmeKey, ROOT + "nowhere", "x".repeat(8 << 20))
                                    .statusCode()
                            == 404);
        }
    }

    /** So many zeros, of a length that is not known before. */
    private static final class ByteArrays extends InputStream {
        private int left;

        ByteArrays(int bytes) {
            left = bytes;
        }

        @Override
        public int read() {
            return left-- > 0 ? 0 : -1;
        }
    }

    @Test
    void whatAPluginDoesWrongIsAnsweredWithoutItsInside() {
        HttpResponse<String> thrown = get(app.acmeKey, "throw");
        ApiTest.assertProblem(thrown, 500, "plugin:FAILED");
        assertThat(thrown.body()).doesNotContain("\tat ", "synthetic.Probe.answer", "Probe.java");
        ApiTest.assertProblem(get(app.acmeKey, "nothing"), 500, "plugin:INVALID_RESULT");
        HttpResponse<String> refused = get(app.acmeKey, "refuse");
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("probe:REFUSED", "Ask otherwise.");
        ApiTest.assertProblem(get(app.acmeKey, "block"), 503, "server:DEADLINE_EXCEEDED");
        assertThat(get(app.acmeKey, "echo").statusCode()).isEqualTo(200);
    }

    @Test
    void aStreamComesInOrderAndWhileItIsWritten() throws Exception {
        HttpResponse<InputStream> response = app.client.send(
                app.request(app.acmeKey, ROOT + "stream").build(), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        List<String> lines = new ArrayList<>();
        int insideAtTheFirst = -1;
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (lines.isEmpty()) {
                    insideAtTheFirst = app.plugins.require("probe").callsInFlight();
                }
                if (!line.isEmpty()) {
                    lines.add(line);
                }
            }
        }
        assertThat(lines)
                .isEqualTo(IntStream.range(0, 20).mapToObj(i -> "data: " + i).toList());
        assertThat(insideAtTheFirst).as("calls in the plugin at the first line").isPositive();
    }

    @Test
    void anAnswerThatCannotBeFinishedIsCut() {
        for (String path : List.of("cut", "both")) {
            assertThatThrownBy(() -> app.client.send(
                            app.request(app.acmeKey, ROOT + path).build(), HttpResponse.BodyHandlers.ofString()))
                    .as(path)
                    .isInstanceOf(IOException.class);
        }
        assertThat(get(app.acmeKey, "echo").statusCode()).isEqualTo(200);
    }

    @Test
    void aClientThatGoesAwayEndsTheCallAndItsExecution() throws Exception {
        int before = gone();
        URI address = app.server.address();
        String execution;
        try (Socket socket = new Socket(address.getHost(), address.getPort())) {
            String head = "GET " + ROOT + "forever?agent=probe-pack/slow HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                    + app.acmeKey + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            String line = reader.readLine();
            while (!line.startsWith("data: ")) {
                line = reader.readLine();
            }
            execution = line.substring(6);
            assertThat(TestServer.json(app.get(app.acmeKey, "/api/v1/executions/" + execution))
                            .text("state"))
                    .contains("RUNNING");
        }
        // Before its three seconds are over, or else the deadline would have ended it.
        await().atMost(Duration.ofMillis(2_500)).until(() -> gone() > before);
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(TestServer.json(app.get(app.acmeKey, "/api/v1/executions/" + execution))
                                .text("state"))
                        .contains("CANCELLED"));
    }

    private int gone() {
        return TestServer.json(get(app.acmeKey, "gone"))
                .number("gone")
                .map(number -> number.value().intValueExact())
                .orElseThrow();
    }

    @Test
    void timeThatIsUpEndsTheStreamAndTheExecution() {
        assertThatThrownBy(() -> app.client.send(
                        app.request(app.acmeKey, ROOT + "forever?agent=probe-pack/slow")
                                .build(),
                        HttpResponse.BodyHandlers.ofString()))
                .isInstanceOf(IOException.class);
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(running(app.acme.id())).isZero());
    }

    private int running(TenantId tenant) {
        return (int)
                app
                        .executions
                        .list(tenant, ExecutionFilter.ANY, new PageRequest(100, Optional.empty()))
                        .items()
                        .stream()
                        .filter(execution -> execution.state() == ExecutionState.RUNNING)
                        .count();
    }
}
