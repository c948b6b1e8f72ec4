package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.tenancy.Scope;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MetricsTest {

    @Test
    void metricsAreForPlatformAdministratorsThatMayReadThem() throws Exception {
        try (TestServer app = new TestServer();
                HttpClient client = HttpClient.newHttpClient()) {
            app.services.metrics().total("agentos.plugins.denials", 3, "plugin", "p", "permission", "fs.read");
            String other = app.apiKeys
                    .create(Optional.empty(), "other", EnumSet.of(Scope.PLUGINS_READ), Optional.empty())
                    .secret();
            HttpResponse<String> shown = get(client, app, "Bearer " + app.adminKey);
            assertThat(shown.statusCode()).isEqualTo(200);
            assertThat(shown.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain;");
            assertThat(shown.body()).contains("agentos_plugins_denials_total{permission=\"fs.read\",plugin=\"p\"} 3.0");
            assertThat(get(client, app, "Bearer " + app.acmeKey).statusCode()).isEqualTo(403);
            assertThat(get(client, app, "Bearer " + other).statusCode()).isEqualTo(403);
            assertThat(get(client, app, "Bearer wrong").statusCode()).isEqualTo(401);
            HttpResponse<String> refused = get(client, app, "Basic " + app.adminKey);
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.headers().firstValue("Content-Type")).contains("application/problem+json");
        }
    }

    private static HttpResponse<String> get(HttpClient client, TestServer app, String authorization)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(app.server.address().resolve("/metrics"))
                        .header("Authorization", authorization)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
