package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.policy.Approval;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** For whoever is confined to some agents and graphs the others are not there, whichever route is tried. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConfinementSweepTest {

    private static final Set<Scope> ALL = Arrays.stream(Scope.values())
            .filter(scope -> !scope.platform() && scope.confinable())
            .collect(Collectors.toSet());

    private final TestServer app = new TestServer();
    private String inside = "";
    private String outside = "";
    private Approval approval;
    private String key = "";

    @BeforeAll
    void start() {
        for (String graph : List.of(
                ExecutionApiTest.GREET,
                ExecutionApiTest.ASK,
                ExecutionApiTest.GREET.replace("{\"name\":\"greet\"}", "{\"name\":\"mine\"}"))) {
            assertThat(app.post(app.acmeKey, "/api/v1/graphs", graph).statusCode())
                    .isEqualTo(201);
        }
        inside = execution("mine", "{\"name\":\"x\"}", "my-session");
        outside = execution("greet", "{\"name\":\"x\"}", "their-session");
        approval = ApprovalApiTest.ask(app, outside);
        key = app.apiKeys
                .create(
                        Optional.of(app.acme.id()),
                        "confined",
                        ALL,
                        Reach.read(Set.of("mine", "support/*", "new")),
                        Optional.empty(),
                        Optional.empty())
                .secret();
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private String execution(String graph, String input, String session) {
        return id(app.post(
                app.acmeKey,
                "/api/v1/executions",
                "{\"graph\":\"" + graph + "\",\"session\":\"" + session + "\",\"input\":" + input + "}",
                "Prefer",
                "wait=20"));
    }

    private static String id(HttpResponse<String> answer) {
        return TestServer.json(answer).text("id").orElseThrow();
    }

    private String graph(String name) {
        return id(app.get(app.acmeKey, "/api/v1/graphs/" + name));
    }

    private List<TenantSweep.Finding> sweep(String graph, String execution, String session) throws Exception {
        return new TenantSweep(
                        app.server.address(),
                        key,
                        Map.of(
                                "/api/v1/graphs",
                                graph,
                                "/api/v1/executions",
                                execution,
                                "/api/v1/executions/{id}/checkpoints",
                                "0",
                                "/api/v1/sessions",
                                session,
                                "/api/v1/approvals",
                                approval.id(),
                                "/api/v1/api-keys",
                                app.apiKeys
                                        .authenticate(app.acmeKey)
                                        .orElseThrow()
                                        .id()))
                .run().stream().filter(finding -> !finding.platform()).toList();
    }

    @Test
    void noRouteTellsOfWhatIsOutOfReach() throws Exception {
        List<TenantSweep.Finding> findings = sweep(graph("greet"), outside, "their-session");
        assertThat(findings)
                .hasSizeGreaterThan(25)
                .filteredOn(finding -> !finding.route().equals("POST /api/v1/sessions/{id}/messages"))
                .as("a message begins a session where there is none, and none can begin where one is")
                .allMatch(TenantSweep.Finding::tight);
        assertThat(findings)
                .filteredOn(finding -> !finding.foreign().startsWith("404 "))
                .extracting(TenantSweep.Finding::route)
                .as("a scope that nobody confined holds")
                .containsExactly("GET /api/v1/executions/{id}/cost");
        assertThat(app.get(app.acmeKey, "/api/v1/executions/" + outside).statusCode())
                .isEqualTo(200);
        assertThat(app.get(app.acmeKey, "/api/v1/sessions/their-session").statusCode())
                .isEqualTo(200);
        assertThat(app.approvals
                        .require(Optional.of(app.acme.id()), approval.id())
                        .state())
                .isEqualTo(Approval.State.PENDING);
    }

    @Test
    void whatIsWithinReachAnswers() {
        for (String path : List.of("", "/events", "/checkpoints", "/checkpoints/0", "/state", "/gates")) {
            assertThat(app.get(key, "/api/v1/executions/" + inside + path).statusCode())
                    .as(path)
                    .isEqualTo(200);
        }
        for (String path : List.of("", "/executions")) {
            assertThat(app.get(key, "/api/v1/sessions/my-session" + path).statusCode())
                    .isEqualTo(200);
        }
        assertThat(app.get(key, "/api/v1/graphs/mine/mermaid").statusCode()).isEqualTo(200);
        assertThat(app.post(key, "/api/v1/executions/" + inside + "/fork", "{\"checkpoint\":1}")
                        .statusCode())
                .isEqualTo(202);
    }

    @Test
    void listsShowOnlyWhatIsWithinReach() {
        for (String path : List.of("executions", "sessions", "graphs", "approvals", "agents", "api-keys")) {
            HttpResponse<String> listed = app.get(key, "/api/v1/" + path + "?limit=1".substring(0, limit(path)));
            assertThat(listed.statusCode()).as(path).isEqualTo(200);
            assertThat(listed.body())
                    .as(path)
                    .doesNotContain(outside, "their-session", "\"greet\"", approval.id(), "\"acme\"");
        }
        assertThat(app.get(key, "/api/v1/executions").body()).contains(inside);
        assertThat(app.get(key, "/api/v1/sessions").body()).contains("my-session");
        assertThat(app.get(key, "/api/v1/graphs").body()).contains("\"mine\"");
        assertThat(app.get(key, "/api/v1/executions?graph=" + graph("greet")).body())
                .contains("\"items\":[]");
    }

    private static int limit(String path) {
        return path.equals("agents") ? 0 : "?limit=1".length();
    }

    @Test
    void nothingOutOfReachIsStarted() {
        String started = "{\"graph\":\"%s\",\"input\":{\"name\":\"x\"}%s}";
        ApiTest.assertProblem(
                app.post(key, "/api/v1/executions", started.formatted("greet", "")), 404, "graph:UNKNOWN_GRAPH");
        ApiTest.assertProblem(
                app.post(key, "/api/v1/executions", started.formatted(graph("greet"), ",\"dryRun\":true")),
                404,
                "graph:UNKNOWN_GRAPH");
        ApiTest.assertProblem(
                app.post(key, "/api/v1/executions", "{\"agent\":\"billing/refund\",\"input\":{}}"),
                404,
                "agent:UNKNOWN_AGENT");
        ApiTest.assertProblem(
                app.post(key, "/api/v1/executions", started.formatted("mine", ",\"session\":\"their-session\"")),
                404,
                "graph:UNKNOWN_SESSION");
        ApiTest.assertProblem(
                app.post(key, "/api/v1/sessions/their-session/messages", "{\"message\":\"x\"}"),
                404,
                "graph:UNKNOWN_SESSION");
        assertThat(app.post(key, "/api/v1/executions", started.formatted("mine", ""))
                        .statusCode())
                .isEqualTo(202);
    }

    @Test
    void aGraphOutOfReachIsNotReachedThroughAnother() {
        String around =
                "{\"metadata\":{\"name\":\"%s\"},\"channels\":{\"name\":{\"type\":\"string\",\"reducer\":\"last\"}},\"nodes\":[{\"id\":\"inner\","
                    + "\"type\":\"subgraph\",\"config\":{\"graph\":\"greet\"}}],\"edges\":[{\"source\":\"START\","
                    + "\"target\":\"inner\"},{\"source\":\"inner\",\"target\":\"END\"}]}";
        ApiTest.assertProblem(app.post(key, "/api/v1/graphs", around.formatted("new")), 400, "graph:INVALID_GRAPH");
        ApiTest.assertProblem(
                app.post(key, "/api/v1/graphs/validate", around.formatted("new")), 400, "graph:INVALID_GRAPH");
        ApiTest.assertProblem(app.post(key, "/api/v1/graphs", ExecutionApiTest.ASK), 403, "tenancy:OUT_OF_REACH");
        HttpResponse<String> stored = app.post(app.acmeKey, "/api/v1/graphs", around.formatted("new"));
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        HttpResponse<String> refused =
                app.post(key, "/api/v1/executions", "{\"graph\":\"new\",\"input\":{\"name\":\"x\"}}");
        ApiTest.assertProblem(refused, 404, "graph:UNKNOWN_GRAPH");
        assertThat(refused.body()).contains("'greet'");
        String theirs = id(app.post(
                app.acmeKey,
                "/api/v1/executions",
                "{\"graph\":\"new\",\"input\":{\"name\":\"x\"}}",
                "Prefer",
                "wait=20"));
        assertThat(app.get(key, "/api/v1/executions/" + theirs).statusCode())
                .as("it is of a graph within reach")
                .isEqualTo(200);
        ApiTest.assertProblem(
                app.post(key, "/api/v1/executions/" + theirs + "/fork", "{\"checkpoint\":1}"),
                404,
                "graph:UNKNOWN_GRAPH");
    }

    @Test
    void aKeyMakesNoWiderKey() {
        String body = "{\"name\":\"k\",\"scopes\":[\"executions:write\"]%s}";
        ApiTest.assertProblem(app.post(key, "/api/v1/api-keys", body.formatted("")), 403, "tenancy:OUT_OF_REACH");
        ApiTest.assertProblem(
                app.post(key, "/api/v1/api-keys", body.formatted(",\"agents\":[\"*\"]")), 403, "tenancy:OUT_OF_REACH");
        ApiTest.assertProblem(
                app.post(key, "/api/v1/api-keys", body.formatted(",\"agents\":[\"mine\",\"greet\"]")),
                403,
                "tenancy:OUT_OF_REACH");
        HttpResponse<String> made =
                app.post(key, "/api/v1/api-keys", body.formatted(",\"agents\":[\"support/triage\"]"));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(made.body()).contains("\"agents\":[\"support/triage\"]");
        JsonObject permissions = TestServer.json(app.get(key, "/api/v1/api-keys/" + id(made) + "/permissions"));
        assertThat(Json.write(permissions.object("agents").orElseThrow()))
                .isEqualTo("{\"executions:write\":[\"support/triage\"]}");
        assertThat(app.post(key, "/api/v1/api-keys/" + id(made) + "/rotate", "{}")
                        .body())
                .contains("\"agents\":[\"support/triage\"]");
        ApiTest.assertProblem(
                app.post(
                        app.acmeKey,
                        "/api/v1/api-keys",
                        "{\"name\":\"k\",\"scopes\":[\"audit:read\"],\"agents\":[\"mine\"]}"),
                400,
                "server:INVALID_FIELD");
        ApiTest.assertProblem(
                app.post(
                        app.adminKey,
                        "/api/v1/api-keys",
                        "{\"name\":\"k\",\"scopes\":[\"executions:read\"],\"agents\":[\"mine\"]}"),
                400,
                "server:INVALID_FIELD");
    }

    @Test
    void usersAndGroupsShowToWhatTheyAreConfined() {
        HttpResponse<String> robot = app.post(
                app.acmeKey,
                "/api/v1/users",
                "{\"name\":\"r\",\"kind\":\"SERVICE\",\"roles\":[\"viewer\"],\"agents\":[\"mine\"]}");
        assertThat(robot.statusCode()).as(robot.body()).isEqualTo(201);
        assertThat(robot.body()).contains("\"agents\":[\"mine\"]");
        String path = "/api/v1/users/" + id(robot);
        HttpResponse<String> group = app.put(
                app.acmeKey,
                "/api/v1/groups/support",
                "{\"roles\":[\"operator\"],\"agents\":[\"support/*\"],\"members\":[\"" + id(robot) + "\"]}");
        assertThat(group.body()).contains("\"agents\":[\"support/*\"]");
        JsonObject agents = TestServer.json(app.get(app.acmeKey, path + "/permissions"))
                .object("agents")
                .orElseThrow();
        assertThat(Json.write(agents.member("executions:read").orElseThrow())).isEqualTo("[\"mine\",\"support/*\"]");
        assertThat(Json.write(agents.member("executions:write").orElseThrow())).isEqualTo("[\"support/*\"]");
        assertThat(app.put(app.acmeKey, path + "/roles", "{\"roles\":[\"operator\"]}", "If-Match", "*")
                        .body())
                .as("kept when nothing is said")
                .contains("\"agents\":[\"mine\"]");
        assertThat(app.put(
                                app.acmeKey,
                                path + "/roles",
                                "{\"roles\":[\"operator\"],\"agents\":[\"*\"]}",
                                "If-Match",
                                "*")
                        .body())
                .doesNotContain("\"agents\"");
        ApiTest.assertProblem(
                app.put(app.acmeKey, path + "/roles", "{\"roles\":[\"viewer\"],\"agents\":[\"*/x\"]}", "If-Match", "*"),
                400,
                "server:INVALID_FIELD");
    }
}
