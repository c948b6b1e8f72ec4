package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.web.Problem;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(40)
class ApiTest {

    private TestServer app;

    @BeforeAll
    void start() {
        app = new TestServer();
    }

    @AfterAll
    void stop() {
        app.close();
    }

    @Test
    void saysWhoTheCallerIs() {
        JsonObject root = TestServer.json(app.get(app.acmeKey, "/api/v1"));
        assertThat(root.text("version")).contains("0.0.0-test");
        assertThat(root.text("tenant")).contains(app.acme.id().value());
        assertThat(root.object("principal").orElseThrow().bool("platform")).contains(false);
    }

    @Test
    void refusesAnyPathWithoutCredential() {
        for (String path : List.of("/api/v1", "/api/v1/tenants", "/api/v1/nowhere", "/api/v1/operations/op_1/cancel")) {
            HttpResponse<String> response = app.send(HttpRequest.newBuilder(URI.create(app.server.address() + path)));
            assertProblem(response, 401, "tenancy:UNAUTHENTICATED");
            assertThat(response.headers().firstValue("WWW-Authenticate")).contains("Bearer realm=\"agentos\"");
        }
        assertProblem(app.get("aos_" + "0".repeat(32), "/api/v1"), 401, "tenancy:UNAUTHENTICATED");
    }

    @Test
    void makesFindsListsAndRemovesTenants() {
        HttpResponse<String> created = app.post(app.adminKey, "/api/v1/tenants", "{\"name\":\"initech\"}");
        assertThat(created.statusCode()).isEqualTo(201);
        String id = TestServer.json(created).text("id").orElseThrow();
        assertThat(created.headers().firstValue("Location")).contains("/api/v1/tenants/" + id);
        assertThat(TestServer.json(created).text("createdAt").orElseThrow())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
        assertThat(app.get(app.adminKey, "/api/v1/tenants/initech").statusCode())
                .isEqualTo(200);
        assertProblem(
                app.post(app.adminKey, "/api/v1/tenants", "{\"name\":\"initech\"}"), 409, "tenancy:TENANT_EXISTS");
        assertThat(app.delete(app.adminKey, "/api/v1/tenants/" + id + "?confirm=initech")
                        .statusCode())
                .isEqualTo(202);
        assertProblem(app.get(app.adminKey, "/api/v1/tenants/" + id), 404, "tenancy:UNKNOWN_TENANT");
        assertProblem(app.get(app.acmeKey, "/api/v1/tenants"), 403, "tenancy:SCOPE_MISSING");
    }

    @Test
    void aRequestNamesOneTenant() {
        for (String key : List.of(app.adminKey, app.acmeKey)) {
            assertProblem(
                    app.send(app.request(key, "/api/v1/agents")
                            .header("AgentOS-Tenant", "acme")
                            .header("AgentOS-Tenant", "umbrella")),
                    400,
                    "server:BAD_REQUEST");
        }
    }

    @Test
    void pagesByCursorAndRefusesAForeignOne() {
        for (int i = 0; i < 5; i++) {
            app.post(app.acmeKey, "/api/v1/api-keys", "{\"name\":\"k" + i + "\",\"scopes\":[\"agents:read\"]}");
        }
        Set<String> seen = new TreeSet<>();
        List<String> order = new ArrayList<>();
        String path = "/api/v1/api-keys?limit=2";
        String first = "";
        for (String next = ""; ; ) {
            JsonObject page = TestServer.json(app.get(app.acmeKey, next.isEmpty() ? path : path + "&cursor=" + next));
            page.array("items")
                    .orElse(JsonArray.EMPTY)
                    .forEach(item -> order.add(((JsonObject) item).text("id").orElseThrow()));
            if (page.text("next").isEmpty()) {
                break;
            }
            next = page.text("next").orElseThrow();
            first = first.isEmpty() ? next : first;
        }
        seen.addAll(order);
        assertThat(seen).hasSameSizeAs(order).hasSizeGreaterThanOrEqualTo(6);
        assertProblem(app.get(app.adminKey, "/api/v1/tenants?cursor=" + first), 400, "server:INVALID_CURSOR");
        assertProblem(app.get(app.acmeKey, "/api/v1/api-keys?cursor=%25%25"), 400, "server:INVALID_CURSOR");
        String changed = (first.startsWith("A") ? "B" : "A") + first.substring(1);
        assertProblem(app.get(app.acmeKey, path + "&cursor=" + changed), 400, "server:INVALID_CURSOR");
        assertProblem(app.get(app.adminKey, path + "&cursor=" + first), 400, "server:INVALID_CURSOR");
        assertThat(app.get(app.acmeKey, path + "&cursor=" + first).statusCode()).isEqualTo(200);
        assertProblem(app.get(app.acmeKey, "/api/v1/api-keys?limit=0"), 400, "server:INVALID_FIELD");
        for (String far : List.of("+10000-01-01T00:00:00Z", "+999999999-01-01T00:00:00Z", "-0001-01-01T00:00:00Z")) {
            HttpResponse<String> refused = app.post(
                    app.acmeKey,
                    "/api/v1/api-keys",
                    "{\"name\":\"k\",\"scopes\":[\"agents:read\"],\"expiresAt\":\"" + far + "\"}");
            assertProblem(refused, 400, "server:INVALID_FIELD");
            assertThat(refused.body()).contains("/expiresAt", "0001 to 9999");
        }
        assertProblem(app.get(app.acmeKey, "/api/v1/api-keys?lmit=1"), 400, "server:UNKNOWN_FIELD");
    }

    @Test
    void showsAKeysSecretOnceAndRevokesIt() {
        JsonObject created = TestServer.json(
                app.post(app.acmeKey, "/api/v1/api-keys", "{\"name\":\"ci\",\"scopes\":[\"agents:read\"]}"));
        String secret = created.text("secret").orElseThrow();
        String id = created.text("id").orElseThrow();
        HttpResponse<String> shown = app.get(app.acmeKey, "/api/v1/api-keys/" + id);
        assertThat(shown.body()).doesNotContain(secret);
        assertThat(app.get(secret, "/api/v1").statusCode()).isEqualTo(200);
        assertProblem(app.get(app.umbrellaKey, "/api/v1/api-keys/" + id), 404, "tenancy:UNKNOWN_KEY");
        assertProblem(app.delete(app.umbrellaKey, "/api/v1/api-keys/" + id), 404, "tenancy:UNKNOWN_KEY");
        assertThat(app.delete(app.acmeKey, "/api/v1/api-keys/" + id).statusCode())
                .isEqualTo(204);
        assertProblem(app.get(secret, "/api/v1"), 401, "tenancy:UNAUTHENTICATED");
    }

    @Test
    void aKeyCannotPassOnWhatItDoesNotHold() {
        assertProblem(
                app.post(app.acmeKey, "/api/v1/api-keys", "{\"name\":\"x\",\"scopes\":[\"tenants:write\"]}"),
                403,
                "tenancy:SCOPE_MISSING");
        assertProblem(
                app.post(app.acmeKey, "/api/v1/api-keys", "{\"name\":\"x\",\"scopes\":[\"nonsense\"]}"),
                400,
                "tenancy:UNKNOWN_SCOPE");
    }

    @Test
    void onlyThePlatformNamesATenantByHeader() {
        HttpResponse<String> named =
                app.send(app.request(app.adminKey, "/api/v1").header("AgentOS-Tenant", "acme"));
        assertThat(TestServer.json(named).text("tenant")).contains(app.acme.id().value());
        HttpResponse<String> foreign =
                app.send(app.request(app.acmeKey, "/api/v1").header("AgentOS-Tenant", "umbrella"));
        HttpResponse<String> unknown =
                app.send(app.request(app.acmeKey, "/api/v1").header("AgentOS-Tenant", "nobodyyy"));
        assertProblem(foreign, 404, "tenancy:UNKNOWN_TENANT");
        assertProblem(unknown, 404, "tenancy:UNKNOWN_TENANT");
    }

    @Test
    void namesUnknownFieldsWithTheirPointer() {
        HttpResponse<String> response =
                app.post(app.adminKey, "/api/v1/tenants", "{\"name\":\"a\",\"nmae\":1,\"x/y\":2}");
        JsonObject problem = assertProblem(response, 400, "server:UNKNOWN_FIELD");
        assertThat(problem.array("errors").orElseThrow().items())
                .extracting(fault -> ((JsonObject) fault).text("pointer").orElse(""))
                .containsExactly("/nmae", "/x~1y");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET|/api/v1/nowhere|*/*|-|404|server:NOT_FOUND",
                "GET|/elsewhere|*/*|-|404|server:NOT_FOUND",
                "PUT|/api/v1/tenants|*/*|application/json|405|server:METHOD_NOT_ALLOWED",
                "TRACE|/api/v1/tenants|*/*|-|405|server:METHOD_NOT_ALLOWED",
                "DELETE|/livez|*/*|-|405|server:METHOD_NOT_ALLOWED",
                "GET|/api/v1/tenants|image/png|-|406|server:NOT_ACCEPTABLE",
                "POST|/api/v1/tenants|*/*|text/csv|415|server:UNSUPPORTED_MEDIA_TYPE",
            })
    void answersWrongRequestsWithProblems(
            String method, String path, String accept, String type, int status, String code) {
        HttpRequest.Builder request = app.request(app.adminKey, path)
                .header("Accept", accept)
                .method(
                        method,
                        type.equals("-")
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString("{}"));
        if (!type.equals("-")) {
            request.header("Content-Type", type);
        }
        HttpResponse<String> response = app.send(request);
        assertProblem(response, status, code);
        assertThat(response.headers().firstValue("Allow").isPresent()).isEqualTo(status == 405);
    }

    @Test
    void continuesTheCallersTrace() {
        String traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
        HttpResponse<String> response = app.send(app.request(app.adminKey, "/api/v1/nowhere")
                .header("traceparent", "00-" + traceId + "-00f067aa0ba902b7-01"));
        assertThat(response.headers().firstValue("traceparent").orElseThrow())
                .startsWith("00-" + traceId + "-")
                .doesNotContain("00f067aa0ba902b7");
        assertThat(TestServer.json(response).text("traceId")).contains(traceId);
    }

    @Test
    void repeatsTheAnswerToARepeatedPost() {
        String body = "{\"name\":\"replayed\"}";
        HttpResponse<String> first = app.post(app.adminKey, "/api/v1/tenants", body, "Idempotency-Key", "one");
        HttpResponse<String> second = app.post(app.adminKey, "/api/v1/tenants", body, "Idempotency-Key", "one");
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(first.headers().firstValue("Idempotency-Replayed")).isEmpty();
        assertThat(second.statusCode()).isEqualTo(201);
        assertThat(second.headers().firstValue("Idempotency-Replayed")).contains("true");
        assertThat(second.headers().firstValue("Location"))
                .isEqualTo(first.headers().firstValue("Location"));
        assertThat(second.body()).isEqualTo(first.body());
        assertProblem(
                app.post(app.adminKey, "/api/v1/tenants", "{\"name\":\"another\"}", "Idempotency-Key", "one"),
                422,
                "server:IDEMPOTENCY_KEY_REUSED");
        app.idempotency.expire();
        assertProblem(
                app.post(app.adminKey, "/api/v1/tenants", body, "Idempotency-Key", "one"),
                409,
                "tenancy:TENANT_EXISTS");
        assertProblem(
                app.post(app.adminKey, "/api/v1/tenants", body, "Idempotency-Key", "a b"), 400, "server:INVALID_FIELD");
    }

    @Test
    void aPostThatFailedBehindItsEffectIsNotDoneAgain() {
        String body = "{\"name\":\"unheard\"}";
        app.tenantStore.goUnheard();
        assertProblem(
                app.post(app.adminKey, "/api/v1/tenants", body, "Idempotency-Key", "unheard"), 500, "server:INTERNAL");
        HttpResponse<String> again = app.post(app.adminKey, "/api/v1/tenants", body, "Idempotency-Key", "unheard");
        assertProblem(again, 409, "server:IDEMPOTENCY_KEY_UNCERTAIN");
        assertThat(again.headers().firstValue("Retry-After")).isEmpty();
        assertProblem(
                app.post(app.adminKey, "/api/v1/tenants", "{\"name\":\"other\"}", "Idempotency-Key", "unheard"),
                422,
                "server:IDEMPOTENCY_KEY_REUSED");
        assertThat(app.get(app.adminKey, "/api/v1/tenants/unheard").statusCode())
                .isEqualTo(200);
    }

    @Test
    void aPostThatWasRefusedMayBeSentAgainWithItsKey() {
        String body = "{\"name\":\"refused\"}";
        app.post(app.adminKey, "/api/v1/tenants", body);
        assertProblem(
                app.post(app.adminKey, "/api/v1/tenants", body, "Idempotency-Key", "refused"),
                409,
                "tenancy:TENANT_EXISTS");
        app.tenants.delete(app.tenants.require("refused").id());
        assertThat(app.post(app.adminKey, "/api/v1/tenants", body, "Idempotency-Key", "refused")
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void aRepeatedPostDoesNotShowASecretAgain() {
        String body = "{\"name\":\"once\",\"scopes\":[\"agents:read\"]}";
        JsonObject first =
                TestServer.json(app.post(app.acmeKey, "/api/v1/api-keys", body, "Idempotency-Key", "secret"));
        JsonObject second =
                TestServer.json(app.post(app.acmeKey, "/api/v1/api-keys", body, "Idempotency-Key", "secret"));
        assertThat(first.text("secret")).isPresent();
        assertThat(second.text("secret")).isEmpty();
        assertThat(second.text("id")).isEqualTo(first.text("id"));
        JsonObject other =
                TestServer.json(app.post(app.umbrellaKey, "/api/v1/api-keys", body, "Idempotency-Key", "secret"));
        assertThat(other.text("id")).isNotEqualTo(first.text("id"));
    }

    @Test
    void fiftyAtOnceHaveOneEffect() throws Exception {
        List<Callable<HttpResponse<String>>> posts = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            posts.add(() -> app.post(
                    app.adminKey, "/api/v1/tenants", "{\"name\":\"stampede\"}", "Idempotency-Key", "stampede"));
        }
        int made = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<HttpResponse<String>> future : threads.invokeAll(posts)) {
                HttpResponse<String> response = future.get();
                if (response.statusCode() == 201) {
                    made += response.headers()
                                    .firstValue("Idempotency-Replayed")
                                    .isEmpty()
                            ? 1
                            : 0;
                } else {
                    assertProblem(response, 409, "server:IDEMPOTENCY_KEY_RUNNING");
                    assertThat(response.headers().firstValue("Retry-After")).isPresent();
                }
            }
        }
        assertThat(made).isEqualTo(1);
    }

    @Test
    void answersTheProbesWithoutCredential() {
        for (String path : List.of("/livez", "/readyz", "/startupz")) {
            HttpResponse<String> response = app.send(HttpRequest.newBuilder(URI.create(app.server.address() + path)));
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(TestServer.json(response).text("status")).contains("ok");
        }
    }

    @Test
    void saysWhatToDoWhenThePortIsTaken() {
        HttpConfig taken = HttpConfig.of(
                "127.0.0.1",
                app.server.address().getPort(),
                "0",
                TestServer.config().uploads());
        HttpServer second = new HttpServer(taken, Readiness.READY);
        assertThatThrownBy(second::bind).isInstanceOfSatisfying(AgentOsException.class, e -> {
            assertThat(e.errorCode().code()).isEqualTo("server:PORT_IN_USE");
            assertThat(e.action()).contains("--http-port");
        });
    }

    static JsonObject assertProblem(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains(Problem.MEDIA_TYPE);
        JsonObject problem = TestServer.json(response);
        assertThat(problem.text("code")).contains(code);
        assertThat(problem.text("detail").orElse("")).isNotBlank();
        assertThat(problem.text("action").orElse("")).isNotBlank();
        assertThat(problem.text("traceId").orElse("")).matches("[0-9a-f]{32}");
        assertThat(problem.member("type")).contains(new JsonString("/docs/errors/" + code.replace(':', '/')));
        assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        return problem;
    }
}
