package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Json;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The key of cursors is replaced while somebody reads a list. */
class CursorKeyApiTest {

    private static final String ROTATE = "/api/v1/secrets-keys/rotate";

    @Test
    void aListThatWasBegunGoesOn() {
        try (TestServer app = new TestServer()) {
            app.post(app.adminKey, "/api/v1/tenants", "{\"name\": \"third\"}");
            String next = next(app);
            HttpResponse<String> begun = app.post(app.adminKey, ROTATE, "{\"cursors\": true}");
            assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
            String id = Json.parseObject(begun.body()).text("id").orElseThrow();
            await().until(() ->
                    app.get(app.adminKey, "/api/v1/operations/" + id).body().contains("\"cursorsTaken\":\"PT1H\""));
            HttpResponse<String> page = app.get(app.adminKey, "/api/v1/tenants?limit=1&cursor=" + next);
            assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        }
    }

    @Test
    void itIsAskedForAloneAndByAdministratorsOfThePlatform() {
        try (TestServer app = new TestServer()) {
            for (String more : List.of("\"allTenants\": true", "\"acceptLost\": true", "\"tenant\": \"acme\"")) {
                HttpResponse<String> answer = app.post(app.adminKey, ROTATE, "{\"cursors\": true, " + more + "}");
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
                assertThat(answer.body()).contains("/cursors");
            }
            assertThat(app.post(app.acmeKey, ROTATE, "{\"cursors\": true}").statusCode())
                    .isEqualTo(403);
        }
    }

    private static String next(TestServer app) {
        return Json.parseObject(app.get(app.adminKey, "/api/v1/tenants?limit=1").body())
                .text("next")
                .orElseThrow();
    }
}
