package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Publishers over HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrustApiTest {

    private static final String FINGERPRINT = "0123456789abcdef".repeat(4);

    private TestServer app;

    @BeforeAll
    void start() {
        app = new TestServer();
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private HttpResponse<String> put(String key, String path, String body) {
        return app.send(app.request(key, path)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(body)));
    }

    @Test
    void bindsForgetsAndListsPublishers() {
        String path = "/api/v1/publishers/some-plugin";
        HttpResponse<String> bound =
                put(app.adminKey, path, "{\"fingerprint\":\"" + FINGERPRINT + "\",\"publisher\":\"one\"}");
        assertThat(bound.statusCode()).as(bound.body()).isEqualTo(200);
        JsonObject binding = TestServer.json(bound);
        assertThat(binding.text("plugin")).contains("some-plugin");
        assertThat(binding.text("publisher")).contains("one");
        assertThat(app.get(app.adminKey, "/api/v1/publishers").body()).contains(FINGERPRINT, "some-plugin");
        String etag = TestServer.tag(bound);
        assertThat(TestServer.tag(app.get(app.adminKey, path))).isEqualTo(etag);
        String other = "{\"fingerprint\":\"" + "f".repeat(64) + "\"}";
        ApiTest.assertProblem(put(app.adminKey, path, other), 428, "server:PRECONDITION_REQUIRED");
        HttpResponse<String> changed = app.put(app.adminKey, path, other, "If-Match", etag);
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        ApiTest.assertProblem(app.put(app.adminKey, path, other, "If-Match", etag), 412, "server:PRECONDITION_FAILED");
        ApiTest.assertProblem(app.delete(app.adminKey, path), 428, "server:PRECONDITION_REQUIRED");
        ApiTest.assertProblem(app.delete(app.adminKey, path, "If-Match", etag), 412, "server:PRECONDITION_FAILED");
        assertThat(app.delete(app.adminKey, path, "If-Match", TestServer.tag(changed))
                        .statusCode())
                .isEqualTo(204);
        ApiTest.assertProblem(app.delete(app.adminKey, path, "If-Match", "*"), 404, "plugin:UNKNOWN_PLUGIN");
        ApiTest.assertProblem(
                put(app.adminKey, path, "{\"fingerprint\":\"short\"}"), 400, "plugin:INVALID_FINGERPRINT");
    }

    @Test
    void revokesCertificates() {
        String path = "/api/v1/revoked-certificates/" + FINGERPRINT;
        HttpResponse<String> revoked = put(app.adminKey, path, "{\"reason\":\"lost\"}");
        assertThat(revoked.statusCode()).as(revoked.body()).isEqualTo(200);
        assertThat(app.get(app.adminKey, "/api/v1/revoked-certificates").body())
                .contains(FINGERPRINT, "\"reason\":\"lost\"");
        assertThat(put(app.adminKey, path, "{}").statusCode()).isEqualTo(400);
    }

    @Test
    void trustsAndForgetsTheRegistrysKey() {
        String path = "/api/v1/registry-trust";
        assertThat(TestServer.json(app.get(app.adminKey, path)).members()).containsOnlyKeys("address", "required");
        HttpResponse<String> trusted = put(app.adminKey, path, "{\"fingerprint\":\"" + FINGERPRINT + "\"}");
        assertThat(trusted.statusCode()).as(trusted.body()).isEqualTo(200);
        HttpResponse<String> shown = app.get(app.adminKey, path);
        assertThat(TestServer.json(shown).text("fingerprint")).contains(FINGERPRINT);
        assertThat(TestServer.tag(shown)).isEqualTo(TestServer.tag(trusted));
        String other = "{\"fingerprint\":\"" + "f".repeat(64) + "\"}";
        ApiTest.assertProblem(put(app.adminKey, path, other), 428, "server:PRECONDITION_REQUIRED");
        ApiTest.assertProblem(
                app.put(app.adminKey, path, other, "If-Match", "\"0\""), 412, "server:PRECONDITION_FAILED");
        ApiTest.assertProblem(app.delete(app.adminKey, path), 428, "server:PRECONDITION_REQUIRED");
        ApiTest.assertProblem(
                put(app.adminKey, path, "{\"fingerprint\":\"short\"}"), 400, "registry:INVALID_FINGERPRINT");
        assertThat(app.delete(app.adminKey, path, "If-Match", TestServer.tag(trusted))
                        .statusCode())
                .isEqualTo(204);
        assertThat(TestServer.json(app.get(app.adminKey, path)).text("fingerprint"))
                .isEmpty();
        ApiTest.assertProblem(app.get(app.acmeKey, path), 403, "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(app.delete(app.acmeKey, path), 403, "tenancy:SCOPE_MISSING");
    }

    @Test
    void isForPlatformAdministratorsOnly() {
        ApiTest.assertProblem(app.get(app.acmeKey, "/api/v1/publishers"), 403, "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(
                put(app.acmeKey, "/api/v1/revoked-certificates/" + FINGERPRINT, "{\"reason\":\"x\"}"),
                403,
                "tenancy:SCOPE_MISSING");
    }
}
