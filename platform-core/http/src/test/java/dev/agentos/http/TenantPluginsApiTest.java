package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.pluginruntime.Consent;
import dev.agentos.pluginruntime.InstallRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Plugins as tenants set them, over HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TenantPluginsApiTest {

    private static final String PATH = "/api/v1/tenants/self/plugins/painter";
    private static final String SCHEMA = """
        {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "additionalProperties": false}
        """;

    private TestServer app;

    @BeforeAll
    void start(@TempDir Path folder) {
        app = new TestServer();
        Path jar = SyntheticJar.toolPlugin("painter", "1.0.0", "painter.paint", "done")
                .permissions(PermissionRequest.parseHeader("secret.read;target=\"KEY\"")
                        .toArray(PermissionRequest[]::new))
                .header("AgentOS-Settings", "settings.json")
                .entry("settings.json", SCHEMA)
                .writeTo(folder);
        app.plugins.install(new InstallRequest(new InstallRequest.Upload(jar), Consent.ALL));
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> app.get(app.acmeKey, PATH).statusCode() == 200);
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private HttpResponse<String> put(String key, String path, String ifMatch, String body) {
        HttpRequest.Builder request = app.request(key, path).header("Content-Type", "application/json");
        return app.send(
                (ifMatch.isEmpty() ? request : request.header("If-Match", ifMatch)).PUT(BodyPublishers.ofString(body)));
    }

    @Test
    void aTenantSetsItsOwnAndNeverSeesASecretAgain() {
        JsonObject before = TestServer.json(app.get(app.acmeKey, PATH));
        assertThat(before.text("etag")).contains("\"0\"");
        assertThat(before.object("configurationSchema").orElseThrow().members()).containsKey("properties");
        HttpResponse<String> set =
                put(app.acmeKey, PATH, "", "{\"configuration\":{\"colour\":\"red\"},\"secrets\":{\"KEY\":\"s3cret\"}}");
        assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
        assertThat(set.body()).contains("{\"name\":\"KEY\",\"set\":true}").doesNotContain("s3cret");
        assertThat(app.get(app.acmeKey, PATH).body()).doesNotContain("s3cret").contains("\"colour\":\"red\"");
        assertThat(app.get(app.umbrellaKey, PATH).body())
                .contains("\"set\":false")
                .contains("\"configuration\":{}");
        ApiTest.assertProblem(put(app.acmeKey, PATH, "", "{}"), 428, "server:PRECONDITION_REQUIRED");
        ApiTest.assertProblem(put(app.acmeKey, PATH, "\"7\"", "{}"), 412, "server:PRECONDITION_FAILED");
        ApiTest.assertProblem(
                put(app.acmeKey, PATH, "*", "{\"configuration\":{\"colour\":\"green\"}}"), 400, "server:INVALID_FIELD");
        HttpResponse<String> removed = put(app.acmeKey, PATH, "*", "{\"secrets\":{\"KEY\":null}}");
        assertThat(removed.body()).contains("\"set\":false", "\"colour\":\"red\"");
        assertThat(app.delete(app.acmeKey, PATH).statusCode()).isEqualTo(204);
        ApiTest.assertProblem(app.delete(app.acmeKey, PATH), 404, "plugin:NOTHING_SET");
    }

    @Test
    void aConfigurationIsBounded() {
        HttpResponse<String> refused =
                put(app.acmeKey, PATH, "*", "{\"configuration\":{\"colour\":\"" + "r".repeat(1 << 20) + "\"}}");
        ApiTest.assertProblem(refused, 400, "server:INVALID_FIELD");
        assertThat(refused.body()).contains("more than 1048576 bytes");
    }

    @Test
    void onlyAnAdministratorOfThePlatformSaysWhetherAndHowMuch() {
        ApiTest.assertProblem(put(app.umbrellaKey, PATH, "*", "{\"enabled\":false}"), 403, "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(
                put(app.umbrellaKey, PATH, "*", "{\"limits\":{\"concurrentCalls\":5}}"), 403, "tenancy:SCOPE_MISSING");
        String path = "/api/v1/tenants/umbrella/plugins/painter";
        HttpResponse<String> set =
                put(app.adminKey, path, "*", "{\"enabled\":false,\"limits\":{\"concurrentCalls\":5}}");
        assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
        assertThat(app.get(app.umbrellaKey, "/api/v1/tools").body()).doesNotContain("painter.paint");
        assertThat(app.get(app.acmeKey, "/api/v1/tools").body()).contains("painter.paint");
        HttpResponse<String> own = put(app.umbrellaKey, PATH, "*", "{\"configuration\":{\"colour\":\"blue\"}}");
        assertThat(own.body()).contains("\"enabled\":false", "\"concurrentCalls\":5", "blue");
        ApiTest.assertProblem(app.delete(app.umbrellaKey, PATH), 403, "tenancy:SCOPE_MISSING");
        assertThat(app.delete(app.adminKey, path).statusCode()).isEqualTo(204);
        ApiTest.assertProblem(
                app.get(app.acmeKey, "/api/v1/tenants/umbrella/plugins/painter"), 404, "tenancy:UNKNOWN_TENANT");
        ApiTest.assertProblem(
                put(app.adminKey, path, "*", "{\"limits\":{\"concurrentCalls\":0}}"), 400, "server:INVALID_FIELD");
    }
}
