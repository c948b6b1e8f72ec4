package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.webhooks.Delivery;
import dev.agentos.webhooks.DeliveryState;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class WebhookApiTest {

    private static final TestServer APP = new TestServer();
    private static final String DELIVERIES = "/api/v1/webhooks/deliveries";
    private static final String SECRET = "/api/v1/webhooks/secret";
    private static final Instant THEN = Instant.parse("2026-11-28T12:00:00Z");

    @AfterAll
    static void close() {
        APP.close();
    }

    private static void put(String id, DeliveryState state) {
        APP.webhookStore.deliveries.put(
                id,
                new Delivery(
                        id,
                        APP.acme.id(),
                        "exe_" + id,
                        "https://example.org/hook",
                        state,
                        state == DeliveryState.WAITING ? 0 : 9,
                        THEN,
                        Optional.empty(),
                        state == DeliveryState.WAITING
                                ? Optional.empty()
                                : Optional.of(new Delivery.Attempt(THEN, Optional.of(500), Optional.of("HTTP 500")))));
    }

    @Test
    void showsDeliveriesToTheirTenantAndSendsThemAgain() {
        put("msg_1", DeliveryState.GIVEN_UP);
        put("msg_2", DeliveryState.WAITING);
        assertThat(APP.get(APP.acmeKey, DELIVERIES + "?state=GIVEN_UP").body())
                .isEqualTo("{\"items\":[{\"id\":\"msg_1\",\"execution\":\"exe_msg_1\","
                        + "\"url\":\"https://example.org/hook\",\"state\":\"GIVEN_UP\",\"attempts\":9,"
                        + "\"createdAt\":\"2026-11-28T12:00:00.000000Z\","
                        + "\"last\":{\"at\":\"2026-11-28T12:00:00.000000Z\",\"status\":500,"
                        + "\"failure\":\"HTTP 500\"}}],\"next\":null}");
        assertThat(APP.get(APP.acmeKey, DELIVERIES + "?execution=exe_msg_2").body())
                .contains("msg_2")
                .doesNotContain("msg_1");
        assertThat(APP.get(APP.umbrellaKey, DELIVERIES).body()).isEqualTo("{\"items\":[],\"next\":null}");
        assertThat(APP.get(APP.acmeKey, DELIVERIES + "?state=LOST").body()).contains("\"/state\"");

        String again = DELIVERIES + "/msg_1/redeliver";
        assertThat(APP.post(APP.umbrellaKey, again, "{}").body()).contains("webhooks:UNKNOWN_DELIVERY");
        assertThat(APP.webhookStore.find(APP.acme.id(), "msg_1").orElseThrow().state())
                .isEqualTo(DeliveryState.GIVEN_UP);
        assertThat(APP.post(APP.acmeKey, again, "{}").body()).contains("\"state\":\"DUE\"", "\"attempts\":0");
        HttpResponse<String> early = APP.post(APP.acmeKey, DELIVERIES + "/msg_2/redeliver", "{}");
        assertThat(early.statusCode()).isEqualTo(409);
        assertThat(early.body()).contains("webhooks:NOT_ENDED");
        assertThat(APP.get(APP.acmeKey, "/api/v1/audit?action=redeliverWebhook").body())
                .contains("\"DONE\"", "\"id\":\"msg_1\"");
    }

    @Test
    void showsANewSecretOnceAndTheOldOneGoesOnSigning() {
        assertThat(APP.get(APP.acmeKey, SECRET).body()).isEqualTo("{\"signing\":[]}");
        JsonObject first =
                Json.parseObject(APP.post(APP.acmeKey, SECRET + "/rotate", "{}").body());
        JsonObject second =
                Json.parseObject(APP.post(APP.acmeKey, SECRET + "/rotate", "{}").body());
        String secret = second.text("secret").orElseThrow();
        assertThat(secret)
                .matches("whsec_[A-Za-z0-9+/]{43}=")
                .isNotEqualTo(first.text("secret").orElseThrow());
        JsonObject shown = Json.parseObject(APP.get(APP.acmeKey, SECRET).body());
        assertThat(shown)
                .isEqualTo(JsonObject.of("signing", second.array("signing").orElseThrow()));
        assertThat(shown.array("signing").orElseThrow().size()).isEqualTo(2);
        assertThat(APP.get(APP.umbrellaKey, SECRET).body()).isEqualTo("{\"signing\":[]}");
        assertThat(APP.get(APP.acmeKey, "/api/v1/audit?action=rotateWebhookSecret")
                        .body())
                .contains("\"DONE\"")
                .doesNotContain("whsec_", secret.substring(6));
    }

    @Test
    void refusesAnAddressThatNothingCanBeSentTo() {
        String graph = graph();
        for (String url : new String[] {"http://example.org/", "https://127.0.0.1/", "hook"}) {
            for (String more : new String[] {"", ", \"dryRun\": true"}) {
                HttpResponse<String> answer = APP.post(
                        APP.acmeKey,
                        "/api/v1/executions",
                        "{\"graph\": \"" + graph + "\", \"webhook\": \"" + url + "\"" + more + "}");
                assertThat(answer.statusCode()).isEqualTo(400);
                assertThat(answer.body()).contains("\"pointer\":\"/webhook\"", "server:INVALID_FIELD");
            }
        }
    }

    private static String graph() {
        return Json.parseObject(APP.post(APP.acmeKey, "/api/v1/graphs", """
            {"metadata": {"name": "told"}, "channels": {"settings": {"type": "any", "reducer": "last"}},
             "nodes": [{"id": "s", "type": "settings", "config": {}}],
             "edges": [{"source": "START", "target": "s"}, {"source": "s", "target": "END"}]}\
            """).body())
                .text("id")
                .orElseThrow();
    }
}
