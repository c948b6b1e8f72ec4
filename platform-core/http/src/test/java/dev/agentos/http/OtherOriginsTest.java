package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What browsers are told of pages that another server has. */
@Timeout(60)
class OtherOriginsTest {

    private static final String CONSOLE = "https://console.example.org";

    private static TestServer server(Set<String> callers, Set<String> servers) {
        return new TestServer(TestServer.config().with(new HttpConfig.Origins(callers, servers)));
    }

    private static HttpResponse<String> preflight(TestServer app, String origin, String path) {
        return app.send(HttpRequest.newBuilder(URI.create(app.server.address() + path))
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "PUT")
                .header("Access-Control-Request-Headers", "authorization,if-match")
                .method("OPTIONS", BodyPublishers.noBody()));
    }

    private static List<String> told(HttpResponse<?> response) {
        return response.headers().map().keySet().stream()
                .filter(name -> name.startsWith("access-control-"))
                .toList();
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @Test
    void noOtherOriginIsToldAnythingUnlessItWasNamed() {
        try (TestServer app = server(Set.of(), Set.of())) {
            assertThat(told(preflight(app, CONSOLE, "/api/v1/agents"))).isEmpty();
            assertThat(told(app.send(app.request(app.acmeKey, "/api/v1/agents").header("Origin", CONSOLE))))
                    .isEmpty();
        }
    }

    @Test
    void aNamedOriginUsesTheApiWithAKey() {
        try (TestServer app = server(Set.of(CONSOLE), Set.of())) {
            HttpResponse<String> before = preflight(app, CONSOLE, "/api/v1/tenants/self/packs/x");
            assertThat(before.statusCode()).isEqualTo(204);
            assertThat(header(before, "Access-Control-Allow-Origin")).isEqualTo(CONSOLE);
            assertThat(header(before, "Access-Control-Allow-Methods")).contains("PUT", "DELETE");
            assertThat(header(before, "Access-Control-Allow-Headers")).contains("Authorization", "If-Match");

            HttpResponse<String> answer =
                    app.send(app.request(app.acmeKey, "/api/v1/agents").header("Origin", CONSOLE));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(header(answer, "Access-Control-Allow-Origin")).isEqualTo(CONSOLE);
            assertThat(header(answer, "Access-Control-Expose-Headers")).contains("ETag", "Idempotency-Replayed");
            assertThat(header(answer, "Vary")).contains("Origin");
            assertThat(header(
                            app.send(HttpRequest.newBuilder(URI.create(app.server.address() + "/readyz"))
                                    .header("Origin", CONSOLE)),
                            "Access-Control-Allow-Origin"))
                    .isEqualTo(CONSOLE);
        }
    }

    @Test
    void neverACookie() {
        try (TestServer app = server(Set.of(CONSOLE), Set.of())) {
            for (HttpResponse<String> answer : List.of(
                    preflight(app, CONSOLE, "/api/v1/login"),
                    app.send(app.request(app.acmeKey, "/api/v1").header("Origin", CONSOLE)))) {
                assertThat(answer.headers().firstValue("Access-Control-Allow-Credentials"))
                        .isEmpty();
            }
            HttpResponse<String> login = app.send(HttpRequest.newBuilder(
                            URI.create(app.server.address() + "/api/v1/login"))
                    .header("Origin", CONSOLE)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"email\": \"a@example.org\", \"password\": \"of a person\"}")));
            ApiTest.assertProblem(login, 403, "identity:CROSS_SITE");
        }
    }

    @Test
    void whatWentWrongCanBeReadThere() {
        try (TestServer app = server(Set.of(CONSOLE), Set.of())) {
            HttpResponse<String> unknown =
                    app.send(app.request("aos_nobody", "/api/v1/agents").header("Origin", CONSOLE));
            ApiTest.assertProblem(unknown, 401, "tenancy:UNAUTHENTICATED");
            assertThat(header(unknown, "Access-Control-Allow-Origin")).isEqualTo(CONSOLE);
            HttpResponse<String> nowhere =
                    app.send(app.request(app.acmeKey, "/api/v2/agents").header("Origin", CONSOLE));
            assertThat(nowhere.statusCode()).isEqualTo(404);
            assertThat(header(nowhere, "Access-Control-Allow-Origin")).isEqualTo(CONSOLE);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://console.example.org.evil.example",
                "http://console.example.org",
                "https://console.example.org:8443",
                "https://evil.example",
                "null",
                "*"
            })
    void noOriginIsTakenForAnother(String other) {
        try (TestServer app = server(Set.of(CONSOLE), Set.of())) {
            assertThat(told(preflight(app, other, "/api/v1/agents"))).isEmpty();
            assertThat(told(app.send(app.request(app.acmeKey, "/api/v1/agents").header("Origin", other))))
                    .isEmpty();
        }
    }

    @Test
    void theMetricsAreForNoPageOfAnother() {
        try (TestServer app = server(Set.of(CONSOLE), Set.of())) {
            assertThat(told(app.send(app.request(app.adminKey, "/metrics").header("Origin", CONSOLE))))
                    .isEmpty();
        }
    }
}
