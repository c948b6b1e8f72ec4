package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.Scope;
import dev.agentos.testkit.SyntheticJar;
import dev.agentos.web.OpenApi;
import dev.agentos.web.resources.Difference;
import dev.agentos.web.resources.RecordsChanges;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.PUT;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What records say of changes, and of requests that were refused. */
class ChangeRecordsTest {

    private static final TestServer APP = new TestServer();

    /** Resources with something to change whose records say nothing of it: what people wrote, or what is not set. */
    private static final Set<String> WITHOUT = Set.of(
            "ExecutionsResource",
            "ExportsResource",
            "GraphsResource",
            "LoginResource",
            "LogoutResource",
            "SessionsResource");

    @AfterAll
    static void close() {
        APP.close();
    }

    private static JsonObject newest(String key, String action) {
        String page = APP.get(key, "/api/v1/audit?limit=1&action=" + action).body();
        return (JsonObject)
                Json.parseObject(page).array("items").orElseThrow().items().getFirst();
    }

    private static JsonObject details(String key, String action) {
        return newest(key, action).object("details").orElseThrow();
    }

    private static HttpResponse<String> send(String key, String method, String path, String body, String... headers) {
        HttpRequest.Builder request = APP.request(key, path).header("Content-Type", "application/json");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return APP.send(request.method(method, HttpRequest.BodyPublishers.ofString(body)));
    }

    @Test
    void everyResourceThatSetsSomethingSaysWhatWasAndIsOrIsNamedHere() {
        for (Class<?> resource : ApiApplication.RESOURCES) {
            boolean sets = OpenApi.routes(resource).stream()
                    .anyMatch(route -> route.isAnnotationPresent(PUT.class) || route.isAnnotationPresent(DELETE.class));
            if (sets) {
                assertThat(resource.isAnnotationPresent(RecordsChanges.class)
                                || WITHOUT.contains(resource.getSimpleName()))
                        .as(resource.getSimpleName())
                        .isTrue();
            }
        }
    }

    /** Who reads the records must not take a question for a deed. */
    @Test
    void aRecordSaysThatItWasADryRun() {
        String budget = "{\"scope\": \"tenant\", \"limit\": {\"tokens\": 10}, \"period\": \"month\", \"%s\": %s}";
        String path = "/api/v1/budgets/tried";
        for (String name : List.of("dryRun", "dry\\u0052un")) {
            assertThat(send(APP.acmeKey, "PUT", path, budget.formatted(name, "true"), "If-None-Match", "*")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(details(APP.acmeKey, "putBudget").members())
                    .containsEntry("dryRun", new JsonString("true"))
                    .doesNotContainKeys("before", "after");
        }
        send(APP.acmeKey, "PUT", path, budget.formatted("dryRun", "7"));
        assertThat(details(APP.acmeKey, "putBudget").text("status")).contains("400");
        assertThat(details(APP.acmeKey, "putBudget").members()).doesNotContainKey("dryRun");
        assertThat(send(APP.acmeKey, "PUT", path, budget.formatted("dryRun", "false"), "If-None-Match", "*")
                        .statusCode())
                .isEqualTo(200);
        assertThat(details(APP.acmeKey, "putBudget").members())
                .doesNotContainKey("dryRun")
                .containsKey("after");

        send(APP.acmeKey, "PUT", "/api/v1/kill-switches/tool/mail.send?dryRun=true", "{\"reason\": \"r\"}");
        await().untilAsserted(() ->
                assertThat(newest(APP.acmeKey, "engageKillSwitch").toString()).contains("\"dryRun\":\"true\""));
        assertThat(APP.get(APP.acmeKey, "/api/v1/audit/export?action=engageKillSwitch&format=csv")
                        .body())
                .contains("\"\"dryRun\"\":\"\"true\"\"");
        // Where nobody looks at it in the query, it makes nothing a dry run.
        send(APP.acmeKey, "PUT", "/api/v1/roles/tried?dryRun=true", "{\"scopes\": [\"agents:read\"]}");
        assertThat(newest(APP.acmeKey, "putRole").toString())
                .contains("server:UNKNOWN_FIELD")
                .doesNotContain("\"dryRun\"");
    }

    @Test
    void aRecordHasOnlyTheMembersThatChanged() {
        String path = "/api/v1/budgets/month";
        String body = "{\"scope\": \"tenant\", \"limit\": {\"tokens\": %s}, \"period\": \"month\"}";
        HttpResponse<String> made = send(APP.acmeKey, "PUT", path, body.formatted("10"), "If-None-Match", "*");
        assertThat(made.statusCode()).as(made.body()).isBetween(200, 201);
        JsonObject first = details(APP.acmeKey, "putBudget");
        assertThat(first.object("before")).isEmpty();
        assertThat(first.object("after").orElseThrow().members()).containsKeys("limit", "scope", "period");
        String etag = TestServer.tag(APP.get(APP.acmeKey, path));
        HttpResponse<String> changed = send(APP.acmeKey, "PUT", path, body.formatted("25"), "If-Match", etag);
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        JsonObject second = details(APP.acmeKey, "putBudget");
        assertThat(second.object("before").orElseThrow().members())
                .containsKey("limit")
                .doesNotContainKey("scope");
        assertThat(second.object("before").orElseThrow().toString()).contains("{\"tokens\":10}");
        assertThat(second.object("after").orElseThrow().toString()).contains("{\"tokens\":25}");
        etag = TestServer.tag(APP.get(APP.acmeKey, path));
        assertThat(send(APP.acmeKey, "DELETE", path, "", "If-Match", etag).statusCode())
                .isEqualTo(204);
        JsonObject third = details(APP.acmeKey, "deleteBudget");
        assertThat(third.object("before").orElseThrow().members()).containsKeys("limit", "scope");
        assertThat(third.object("after")).isEmpty();
        // A list stands for the thing in it that the path names.
        send(
                APP.adminKey,
                "PUT",
                "/api/v1/rate-limits/tenant",
                "{\"requests\": 5000, \"window\": \"PT1M\"}",
                "AgentOS-Tenant",
                "acme");
        String shown = records(APP.acmeKey, "/api/v1/audit?action=putRateLimit");
        assertThat(shown).contains("\"after\"", "5000");
        assertThat(records(APP.acmeKey, "/api/v1/audit/export?action=putBudget"))
                .contains("\\\"before\\\"");
        assertThat(records(APP.acmeKey, "/api/v1/audit/export?format=csv&action=putBudget"))
                .contains("\"\"before\"\"");
        assertThat(records(APP.acmeKey, "/api/v1/audit/verify")).contains("\"sound\":true");
        assertThat(records(APP.umbrellaKey, "/api/v1/audit")).doesNotContain("putBudget");
    }

    private static String records(String key, String path) {
        return APP.get(key, path).body();
    }

    @Test
    void whatAnOperationHasChangedIsInARecordOfItsOwn() throws Exception {
        HttpResponse<String> installed = APP.upload(SyntheticJar.toolPlugin("recorded", "1.0.0", "recorded", "ok"));
        JsonObject made = ended("installPlugin", installed);
        assertThat(made.object("before")).isEmpty();
        assertThat(made.object("after").orElseThrow().text("version")).contains("1.0.0");
        assertThat(made.text("state")).contains("SUCCEEDED");

        String path = "/api/v1/plugins/recorded";
        String etag = TestServer.tag(APP.get(APP.adminKey, path));
        JsonObject configured = ended(
                "configurePlugin",
                send(APP.adminKey, "PUT", path + "/configuration", "{\"depth\": 3}", "If-Match", etag));
        assertThat(configured.object("after").orElseThrow().toString()).contains("\"depth\":3");
        assertThat(configured.toString()).doesNotContain("\"version\"");

        JsonObject gone = ended("uninstallPlugin", send(APP.adminKey, "DELETE", path, ""));
        assertThat(gone.object("before").orElseThrow().text("version")).contains("1.0.0");
        assertThat(gone.object("after")).isEmpty();
        assertThat(records(APP.acmeKey, "/api/v1/audit")).doesNotContain("recorded");
    }

    /** The details of the second record of what was accepted. */
    private static JsonObject ended(String action, HttpResponse<String> accepted) {
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        String operation = Json.parseObject(accepted.body()).text("id").orElseThrow();
        await().untilAsserted(() -> assertThat(records(APP.adminKey, "/api/v1/audit?action=" + action))
                .contains("\"" + operation + "\""));
        return details(APP.adminKey, action);
    }

    @Test
    void namesOfPeopleAndSecretsAreInNoRecord() {
        HttpResponse<String> user = send(
                APP.acmeKey,
                "POST",
                "/api/v1/users",
                "{\"name\": \"Ada Lovelace\", \"email\": \"ada.lovelace@example.org\", \"roles\": [\"viewer\"]}");
        assertThat(user.statusCode()).as(user.body()).isEqualTo(201);
        String id = Json.parseObject(user.body())
                .object("user")
                .orElse(Json.parseObject(user.body()))
                .text("id")
                .orElseThrow();
        send(APP.acmeKey, "PUT", "/api/v1/users/" + id + "/roles", "{\"roles\": [\"approver\"]}", "If-Match", "*");
        JsonObject roles = details(APP.acmeKey, "putUserRoles");
        assertThat(roles.object("before").orElseThrow().toString()).contains("viewer");
        assertThat(roles.object("after").orElseThrow().toString()).contains("approver");
        HttpResponse<String> key = send(
                APP.acmeKey, "POST", "/api/v1/api-keys", "{\"name\": \"of Grace\", \"scopes\": [\"executions:read\"]}");
        assertThat(key.statusCode()).isEqualTo(201);
        String secret = key.body().replaceAll(".*\"(?:key|secret)\":\"([^\"]+)\".*", "$1");
        assertThat(details(APP.acmeKey, "createApiKey")
                        .object("after")
                        .orElseThrow()
                        .toString())
                .contains("executions:read", "not recorded");
        assertThat(records(APP.acmeKey, "/api/v1/audit?limit=200"))
                .doesNotContain("Lovelace", "lovelace", "Grace", secret);
    }

    @Test
    void whatIsLongIsToldByItsDigest() {
        Optional<JsonObject> before =
                Optional.of(JsonObject.of("a", List.of("x".repeat(5_000)), "b", "y".repeat(5_000)));
        JsonObject json = Difference.between(before, Optional.empty(), Set.of()).toJson();
        assertThat(json.toString()).contains("sha256").hasSizeLessThan(1_200);
        JsonObject many = Json.parseObject("{"
                + String.join(
                        ",",
                        IntStream.range(0, 500)
                                .mapToObj(i -> "\"m" + i + "\": " + i)
                                .toList()) + "}");
        assertThat(Difference.between(Optional.of(many), Optional.of(JsonObject.EMPTY), Set.of())
                        .toJson()
                        .toString())
                .contains("more was changed")
                .hasSizeLessThan(2_000);
        assertThat(Difference.between(before, before, Set.of()).toJson()).isEqualTo(JsonObject.EMPTY);
    }

    @Test
    void requestsWithoutAValidCredentialAreCountedInThePlatformsChain() {
        String wrong = "aos_canary_wrong_credential";
        for (int i = 0; i < 50; i++) {
            assertThat(APP.get(wrong, "/api/v1/executions").statusCode()).isEqualTo(401);
            assertThat(APP.get(wrong, "/metrics").statusCode()).isEqualTo(401);
        }
        String reader = APP.apiKeys
                .create(Optional.of(APP.acme.id()), "reader", EnumSet.of(Scope.EXECUTIONS_READ), Optional.empty())
                .secret();
        assertThat(APP.get(reader, "/api/v1/audit").statusCode()).isEqualTo(403);
        await().untilAsserted(() -> assertThat(records(APP.adminKey, "/api/v1/audit?action=refusedRequest"))
                .contains("\"401\"", "\"403\"", "127.0.0.1", "\"nobody\""));
        String all = records(APP.adminKey, "/api/v1/audit?action=refusedRequest&limit=200");
        assertThat(all).doesNotContain(wrong);
        assertThat(Json.parseObject(all).array("items").orElseThrow().items()).hasSizeLessThan(5);
        assertThat(records(APP.acmeKey, "/api/v1/audit")).doesNotContain("refusedRequest");
        // What is recorded of the change itself is not counted once more.
        assertThat(send(reader, "PUT", "/api/v1/budgets/x", "{}").statusCode()).isEqualTo(403);
        assertThat(newest(APP.acmeKey, "putBudget").text("outcome")).contains("REFUSED");
    }
}
