package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class RateLimitApiTest {

    private static final TestServer APP = new TestServer();
    private static final String PATH = "/api/v1/rate-limits";

    @AfterAll
    static void close() {
        APP.close();
    }

    private static HttpResponse<String> put(String key, String tenant, String scope, String body) {
        HttpRequest.Builder request = APP.request(key, PATH + "/" + scope)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body));
        if (!tenant.isEmpty()) {
            request.header("AgentOS-Tenant", tenant);
        }
        return APP.send(request);
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    @Test
    void aTenantBeyondItsLimitIsToldWhenToComeAgain() {
        assertThat(APP.get(APP.acmeKey, PATH).headers().firstValue("RateLimit")).isEmpty();
        String body = "{\"requests\": 5, \"window\": \"PT1H\"}";
        assertThat(put(APP.acmeKey, "", "tenant", body).statusCode())
                .as("a tenant does not set it")
                .isEqualTo(403);
        assertThat(put(APP.adminKey, "acme", "tenant", body).body()).contains("\"requests\":5", "\"window\":\"PT1H\"");
        for (int i = 4; i >= 0; i--) {
            HttpResponse<String> answer = APP.get(APP.acmeKey, i == 2 ? "/api/v1/nowhere" : PATH);
            assertThat(answer.statusCode()).isEqualTo(i == 2 ? 404 : 200);
            assertThat(header(answer, "RateLimit-Policy")).isEqualTo("\"tenant\";q=5;w=3600");
            assertThat(header(answer, "RateLimit")).matches("\"tenant\";r=" + i + ";t=3[56]\\d\\d");
        }
        HttpResponse<String> refused = APP.get(APP.acmeKey, PATH);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).contains("limits:RATE_LIMITED", "\"action\":", "\"traceId\":");
        assertThat(header(refused, "Retry-After")).matches("3[56]\\d\\d");
        assertThat(header(refused, "RateLimit")).startsWith("\"tenant\";r=0;t=");
        HttpResponse<String> protocol = APP.get(APP.acmeKey, "/protocols/nobody/x");
        assertThat(protocol.statusCode()).as("no other way in").isEqualTo(429);
        assertThat(header(protocol, "Retry-After")).matches("3[56]\\d\\d");

        assertThat(APP.get(APP.acmeKey, "/api/v1/kill-switches").statusCode())
                .as("who looks at what is stopped is no emergency")
                .isEqualTo(429);
        HttpResponse<String> stopping = APP.send(APP.request(APP.acmeKey, "/api/v1/kill-switches/tool/a.b?dryRun=true")
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"reason\": \"looking\"}")));
        assertThat(stopping.statusCode()).as(stopping.body()).isEqualTo(200);

        assertThat(APP.get(APP.umbrellaKey, PATH).body()).contains("\"items\":[]");
        assertThat(APP.get(APP.adminKey, "/api/v1/tenants").statusCode())
                .as("somebody can still change it")
                .isEqualTo(200);
        assertThat(APP.send(APP.request(APP.adminKey, PATH + "/tenant")
                                .headers("AgentOS-Tenant", "acme", "If-Match", "*")
                                .DELETE())
                        .statusCode())
                .isEqualTo(204);
        assertThat(APP.get(APP.acmeKey, PATH).statusCode()).isEqualTo(200);
    }

    @Test
    void keysOfATenantAreCountedEachForItself() {
        put(APP.adminKey, "umbrella", "key", "{\"requests\": 1000, \"window\": \"PT1M\", \"even\": true}");
        assertThat(header(APP.get(APP.umbrellaKey, PATH), "RateLimit-Policy")).isEqualTo("\"key\";q=1000;w=60");
        APP.send(APP.request(APP.adminKey, PATH + "/key")
                .headers("AgentOS-Tenant", "umbrella", "If-Match", "*")
                .DELETE());
    }

    @Test
    void whoeverDoesNotStopAskingIsRefusedSlowly() {
        put(APP.adminKey, "umbrella", "tenant", "{\"requests\": 1, \"window\": \"PT1H\"}");
        for (int i = 0; i < 51; i++) {
            APP.get(APP.umbrellaKey, PATH);
        }
        long before = System.nanoTime();
        assertThat(APP.get(APP.umbrellaKey, PATH).statusCode()).isEqualTo(429);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(150));
        APP.send(APP.request(APP.adminKey, PATH + "/tenant")
                .headers("AgentOS-Tenant", "umbrella", "If-Match", "*")
                .DELETE());
    }

    @Test
    void whatCannotBeALimitIsRefused() {
        for (String wrong : List.of(
                "{}",
                "{\"requests\": 0, \"window\": \"PT1M\"}",
                "{\"requests\": 1.5, \"window\": \"PT1M\"}",
                "{\"requests\": 5, \"window\": \"1m\"}",
                "{\"requests\": 5, \"window\": \"PT0.1S\"}",
                "{\"requests\": 5, \"window\": \"-PT1M\"}",
                "{\"requests\": 5, \"window\": \"P999999999D\"}",
                "{\"requests\": 5, \"window\": \"PT1M\", \"burst\": 3}")) {
            assertThat(put(APP.adminKey, "acme", "tenant", wrong).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
        String right = "{\"requests\": 5, \"window\": \"PT1M\"}";
        assertThat(put(APP.adminKey, "acme", "planet", right).statusCode()).isEqualTo(400);
        assertThat(put(APP.adminKey, "", "tenant", right).body()).contains("tenancy:TENANT_REQUIRED");
    }
}
