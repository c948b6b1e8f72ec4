package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class KillSwitchApiTest {

    private static final TestServer APP = new TestServer();
    private static final String PATH = "/api/v1/kill-switches";
    private static final String REASON = "{\"reason\": \"It runs wild.\"}";

    @AfterAll
    static void close() {
        APP.close();
    }

    private static HttpResponse<String> put(String key, String path, String body) {
        return APP.send(APP.request(key, PATH + path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    private static HttpResponse<String> delete(String key, String path) {
        return APP.send(APP.request(key, PATH + path).DELETE());
    }

    private static HttpResponse<String> start(String key) {
        return APP.post(
                key, "/api/v1/executions", "{\"graph\":\"greet\",\"input\":{\"name\":\"x\"}}", "Prefer", "wait=20");
    }

    @Test
    void aStoppedTenantStartsNothingUntilItIsLetGoOnForAReason() {
        APP.post(APP.acmeKey, "/api/v1/graphs", ExecutionApiTest.GREET);
        assertThat(put(APP.acmeKey, "/tenant", "{\"reason\": \"try\", \"dryRun\": true}")
                        .body())
                .contains("\"dryRun\":true", "\"executions\":0");
        assertThat(start(APP.acmeKey).statusCode()).isEqualTo(200);

        HttpResponse<String> stopped = put(APP.acmeKey, "/tenant", REASON);
        assertThat(stopped.statusCode()).as(stopped.body()).isEqualTo(200);
        HttpResponse<String> refused = start(APP.acmeKey);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("policy:KILL_SWITCH_ENGAGED", "It runs wild.");
        assertThat(APP.get(APP.acmeKey, PATH).body()).contains("\"kind\":\"tenant\"");
        assertThat(APP.get(APP.umbrellaKey, PATH).body()).doesNotContain("\"kind\":\"tenant\"");

        assertThat(delete(APP.acmeKey, "/tenant").statusCode()).as("a reason").isEqualTo(400);
        assertThat(delete(APP.umbrellaKey, "/tenant?reason=mine").statusCode()).isEqualTo(404);
        assertThat(delete(APP.acmeKey, "/tenant?reason=all%20clear").statusCode())
                .isEqualTo(200);
        assertThat(start(APP.acmeKey).statusCode()).isEqualTo(200);
        assertThat(APP.get(APP.acmeKey, PATH + "?state=all").body()).contains("all clear", "It runs wild.");
    }

    @Test
    void onlyAnAdministratorStopsThePlatformAndWhatIsOfAll() {
        assertThat(put(APP.acmeKey, "/platform", REASON).statusCode()).isEqualTo(403);
        assertThat(put(APP.acmeKey, "/tool/mail.send", REASON).body()).contains("\"tenant\":\"" + APP.acme.id());
        HttpResponse<String> all = put(APP.adminKey, "/agent/pack/agent", REASON);
        assertThat(all.body()).contains("\"name\":\"pack/agent\"").doesNotContain("\"tenant\":");
        assertThat(delete(APP.acmeKey, "/agent/pack/agent?reason=x").statusCode())
                .as("that is not within the tenant")
                .isEqualTo(404);
        assertThat(delete(APP.adminKey, "/agent/pack/agent?reason=x").statusCode())
                .isEqualTo(200);
        assertThat(delete(APP.acmeKey, "/tool/mail.send?reason=x").statusCode()).isEqualTo(200);
    }

    @Test
    void whatIsWrongIsNamed() {
        assertThat(put(APP.adminKey, "/moon", REASON).statusCode()).isEqualTo(400);
        assertThat(put(APP.adminKey, "/tool", REASON).statusCode()).isEqualTo(400);
        assertThat(put(APP.adminKey, "/platform/x", REASON).statusCode()).isEqualTo(400);
        assertThat(put(APP.adminKey, "/platform", "{}").statusCode()).isEqualTo(400);
        assertThat(put(APP.adminKey, "/tenant", REASON).body()).contains("tenancy:TENANT_REQUIRED");
        assertThat(APP.get(APP.adminKey, PATH + "?state=moon").statusCode()).isEqualTo(400);
        assertThat(delete(APP.adminKey, "/platform?reason=x").body()).contains("policy:NOT_ENGAGED");
    }
}
