package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.testkit.SyntheticJar;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
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

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

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

    /** The fields of a stream, as they come. */
    private static Iterator<String> follow(TestServer app, String path, String... lastEventId) throws Exception {
        HttpRequest.Builder request = app.request(app.adminKey, path).header("Accept", "text/event-stream");
        List.of(lastEventId).forEach(id -> request.header("Last-Event-ID", id));
        HttpResponse<Stream<String>> answer = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofLines());
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
        return answer.body().iterator();
    }

    /** The field before the next one that has this in it. */
    private static String before(Iterator<String> fields, String what) {
        String before = "";
        String field = "";
        while (!field.contains(what)) {
            before = field.isEmpty() ? before : field;
            field = fields.next();
        }
        return before;
    }

    @Test
    void whoFollowsGetsWhatIsThereWhatComesAndTheEnd() throws Exception {
        app.install("talker", SyntheticJar.toolPlugin("talker", "1.0.0", "talker.say", "well"));
        String path = "/api/v1/plugins/talker/logs";
        Iterator<String> follower = follow(app, path);
        Iterator<String> graver = follow(app, path + "?level=ERROR");
        assertThat(before(follower, "Version 1.0.0 is being started")).isEqualTo("event: line");
        before(follower, "Version 1.0.0 is in force");
        String newest = newest(app, path);
        app.plugins.log("talker").write("1.0.0", System.Logger.Level.INFO, "well said");
        before(follower, "well said");

        Iterator<String> resumed = follow(app, path, newest);
        assertThat(rest(resumed, "well said")).doesNotContain("in force", "event: gap");
        assertThat(rest(follow(app, path, "1"), "well said")).contains("event: gap", "in force");

        app.delete(app.adminKey, "/api/v1/plugins/talker?force=true");
        assertThat(before(follower, "data: {}")).isEqualTo("event: removed");
        assertThat(rest(graver, "data: {}")).contains("event: removed").doesNotContain("well said");
        graver.forEachRemaining(
                field -> assertThat(field).as("nothing comes behind it").isEmpty());
    }

    private static String newest(TestServer app, String path) {
        return ((JsonObject) TestServer.json(app.get(app.adminKey, path + "?limit=1"))
                        .array("items")
                        .orElseThrow()
                        .items()
                        .getFirst())
                .member("sequence")
                .orElseThrow()
                .toString();
    }

    private static String rest(Iterator<String> fields, String until) {
        StringBuilder read = new StringBuilder();
        while (!read.toString().contains(until)) {
            read.append(fields.next()).append('\n');
        }
        return read.toString();
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
