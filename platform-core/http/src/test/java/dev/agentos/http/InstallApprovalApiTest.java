package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Json;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.testkit.SyntheticJar;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Installations that wait for a second administrator, as clients see them. */
@Timeout(120)
class InstallApprovalApiTest {

    private static JsonObject state(TestServer app, String operation, String wanted) {
        return await().until(
                        () -> TestServer.json(app.get(app.adminKey, "/api/v1/operations/" + operation)),
                        found -> found.text("state").filter(wanted::equals).isPresent());
    }

    private static String install(TestServer app) throws Exception {
        app.policies.put(
                Optional.empty(),
                "four-eyes",
                PolicyDocument.read(Json.parseObject("""
                    {"rules": [{"id": "look", "point": "install", "effect": "REQUIRE_APPROVAL", "reason": "Look twice.",
                                "approval": {"risk": "HIGH"}}]}\
                    """)),
                0,
                new Policies.Author("key_0", Optional.empty()),
                false);
        byte[] jar = SyntheticJar.toolPlugin("seen", "1.0.0", "seen", "ok").bytes();
        HttpResponse<String> accepted = app.send(app.request(app.adminKey, "/api/v1/plugins?acceptAll=true")
                .header("Content-Type", "application/java-archive")
                .POST(HttpRequest.BodyPublishers.ofByteArray(jar)));
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        String operation = TestServer.json(accepted).text("id").orElseThrow();
        state(app, operation, "WAITING");
        return operation;
    }

    private static JsonObject only(HttpResponse<String> page) {
        return (JsonObject)
                TestServer.json(page).array("items").orElseThrow().items().getFirst();
    }

    @Test
    void anotherAdministratorAgreesAndTenantsKnowNothing() throws Exception {
        try (TestServer app = new TestServer()) {
            String operation = install(app);
            String second = app.apiKeys
                    .create(
                            Optional.empty(),
                            "second",
                            EnumSet.of(Scope.APPROVALS_READ, Scope.APPROVALS_DECIDE),
                            Optional.empty())
                    .secret();
            JsonObject asked = only(app.get(second, "/api/v1/approvals?state=PENDING"));
            assertThat(asked.text("operation")).contains(operation);
            assertThat(asked.text("kind")).contains("plugin");
            assertThat(asked.text("execution")).isEmpty();
            String id = asked.text("id").orElseThrow();
            assertThat(app.send(app.request(app.adminKey, "/api/v1/approvals")
                                    .header("AgentOS-Tenant", "acme")
                                    .GET())
                            .body())
                    .as("one inbox")
                    .contains(id);
            String path = "/api/v1/approvals/" + id;
            String agree = Json.write(JsonObject.of("nonce", asked.text("nonce").orElseThrow()));
            assertThat(app.get(app.acmeKey, "/api/v1/approvals").body()).doesNotContain(id);
            ApiTest.assertProblem(app.get(app.acmeKey, path), 404, "policy:UNKNOWN_APPROVAL");
            for (String act : new String[] {"/approve", "/reject", "/escalate"}) {
                ApiTest.assertProblem(app.post(app.acmeKey, path + act, agree), 404, "policy:UNKNOWN_APPROVAL");
            }
            ApiTest.assertProblem(app.post(app.adminKey, path + "/approve", agree), 403, "policy:SELF_APPROVAL");
            for (String to : new String[] {
                "group:finance",
                app.apiKeys.authenticate(app.acmeKey).orElseThrow().id()
            }) {
                ApiTest.assertProblem(
                        app.post(
                                second,
                                path + "/delegate",
                                Json.write(JsonObject.of(
                                        "nonce", asked.text("nonce").orElseThrow(), "to", to))),
                        400,
                        "server:INVALID_FIELD");
            }
            HttpResponse<String> agreed = app.post(second, path + "/approve", agree);
            assertThat(agreed.statusCode()).as(agreed.body()).isEqualTo(200);
            state(app, operation, "SUCCEEDED");
            assertThat(app.get(app.adminKey, "/api/v1/plugins/seen").statusCode())
                    .isEqualTo(200);
            ApiTest.assertProblem(app.post(second, path + "/approve", agree), 409, "policy:APPROVAL_OVER");
            String end = await().until(
                            () -> app.get(app.adminKey, "/api/v1/audit?action=installPlugin")
                                    .body(),
                            records -> records.contains("\"state\":\"SUCCEEDED\""));
            assertThat(end).contains("\"after\"", operation);
            String events = app.get(app.adminKey, "/api/v1/operations/" + operation + "/events")
                    .body();
            assertThat(events).contains("\"WAITING\"", "succeeded");
        }
    }

    @Test
    void itIsRefusedOrCancelled() throws Exception {
        try (TestServer app = new TestServer()) {
            String operation = install(app);
            JsonObject asked = only(app.get(app.adminKey, "/api/v1/approvals"));
            HttpResponse<String> refused = app.post(
                    app.adminKey,
                    "/api/v1/approvals/" + asked.text("id").orElseThrow() + "/reject",
                    Json.write(JsonObject.of("nonce", asked.text("nonce").orElseThrow(), "reason", "Not now")));
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(200);
            JsonObject failed = state(app, operation, "FAILED");
            assertThat(Json.write(failed)).contains("policy:REJECTED", "Not now");
            ApiTest.assertProblem(
                    app.post(app.adminKey, "/api/v1/operations/" + operation + "/cancel", ""), 409, "server:CONFLICT");
        }
    }

    @Test
    void whoCancelsASecondTimeIsToldThatItIsCancelled() throws Exception {
        try (TestServer app = new TestServer()) {
            String path = "/api/v1/operations/" + install(app) + "/cancel";
            assertThat(app.post(app.adminKey, path, "").statusCode()).isEqualTo(202);
            await().untilAsserted(() -> {
                HttpResponse<String> again = app.post(app.adminKey, path, "");
                assertThat(again.statusCode()).as(again.body()).isEqualTo(202);
                assertThat(again.body()).contains("\"state\":\"CANCELLED\"");
            });
        }
    }
}
