package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.testkit.SyntheticJar;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** The last lines about a plugin, and its loaded versions, as the API shows them. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PluginLogsApiTest {

    private static final String LOGS = "/api/v1/plugins/quiet/logs";

    private TestServer app;

    @BeforeAll
    void start() {
        app = new TestServer();
        app.install("quiet", SyntheticJar.toolPlugin("quiet", "1.0.0", "quiet.say", "hush"));
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private List<String> messages(String query) {
        return TestServer.json(app.get(app.adminKey, LOGS + query))
                .array("items")
                .orElse(JsonArray.EMPTY)
                .items()
                .stream()
                .map(line -> ((JsonObject) line).text("message").orElseThrow())
                .toList();
    }

    @Test
    void theNewestLineComesFirstAndPagesGoBack() {
        assertThat(messages("")).containsExactly("Version 1.0.0 is in force", "Version 1.0.0 is being started");
        assertThat(messages("?level=WARNING")).isEmpty();

        JsonObject first = TestServer.json(app.get(app.adminKey, LOGS + "?limit=1"));
        String next = first.text("next").orElseThrow();
        assertThat(messages("?limit=1&cursor=" + next)).containsExactly("Version 1.0.0 is being started");
        JsonObject newest =
                (JsonObject) first.array("items").orElseThrow().items().getFirst();
        assertThat(messages("?after=" + newest.member("sequence").orElseThrow()))
                .isEmpty();
        assertThat(newest.member("source")).contains(new JsonString("SERVER"));
    }

    @Test
    void whatIsLoadedIsShownWithThePlugin() {
        JsonObject plugin = TestServer.json(app.get(app.adminKey, "/api/v1/plugins/quiet"));
        assertThat(plugin.array("versions").orElseThrow().items())
                .singleElement()
                .satisfies(one -> {
                    JsonObject version = (JsonObject) one;
                    assertThat(version.text("phase")).contains("IN_FORCE");
                    assertThat(version.text("version")).contains("1.0.0");
                    assertThat(version.member("executions").orElseThrow()).hasToString("0");
                });
    }

    @Test
    void whoMayNotSeeAPluginMayNotSeeItsLogAndNonsenseIsRefused() {
        ApiTest.assertProblem(app.get(app.acmeKey, LOGS), 403, "tenancy:SCOPE_MISSING");
        ApiTest.assertProblem(app.get(app.adminKey, LOGS + "?level=LOUD"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(app.get(app.adminKey, LOGS + "?level=ALL"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(app.get(app.adminKey, LOGS + "?after=-1"), 400, "server:INVALID_FIELD");
        ApiTest.assertProblem(app.get(app.adminKey, LOGS + "?cursor=x"), 400, "server:INVALID_CURSOR");
        ApiTest.assertProblem(app.get(app.adminKey, "/api/v1/plugins/nobody/logs"), 404, "plugin:UNKNOWN_PLUGIN");
    }
}
