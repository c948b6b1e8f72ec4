package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Operation;
import dev.agentos.pluginruntime.InstallRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.testkit.SyntheticJar;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Protocols that come, are replaced and go while the server serves. */
@Timeout(120)
class ProtocolChangeTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String ECHO = "/protocols/probe/echo";

    private TestServer app;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() {
        app = new TestServer();
    }

    @AfterEach
    void stop() {
        app.close();
    }

    private InstallRequest upload(SyntheticJar jar) {
        return TestServer.upload(jar, folder);
    }

    private HttpResponse<String> echo() {
        return app.get(app.acmeKey, ECHO);
    }

    private String version() {
        HttpResponse<String> response = echo();
        return response.statusCode() == 200
                ? TestServer.json(response).text("version").orElse("")
                : "";
    }

    @Test
    void comesIsReplacedAndGoesWhileItServes() throws Exception {
        ApiTest.assertProblem(echo(), 404, "plugin:UNKNOWN_PROTOCOL");
        app.done(app.plugins.install(upload(ProbeProtocol.plugin("1.0.0"))));
        assertThat(version()).isEqualTo("1.0.0");
        JsonObject plugin = TestServer.json(app.get(app.adminKey, "/api/v1/plugins/probe"));
        assertThat(plugin.member("extensions").orElseThrow())
                .hasToString("[{\"kind\":\"protocol\",\"name\":\"probe\"}]");

        try (InputStream before = stream()) {
            Operation swap = app.plugins.swap("probe", upload(ProbeProtocol.plugin("2.0.0")));
            await().atMost(PATIENCE).until(() -> version().equals("2.0.0"));
            assertWhole(before);
            app.done(swap);
        }

        try (InputStream last = stream()) {
            Operation removal = app.plugins.uninstall("probe", true);
            await().atMost(PATIENCE).until(() -> echo().statusCode() == 404);
            assertWhole(last);
            app.done(removal);
        }
        assertThat(ApiTest.assertProblem(echo(), 404, "plugin:UNKNOWN_PROTOCOL").text("action"))
                .contains("Install or start the plugin that offers it; GET /api/v1/plugins shows what the installed"
                        + " ones offer.");
    }

    private InputStream stream() throws IOException, InterruptedException {
        HttpResponse<InputStream> response = app.client.send(
                app.request(app.acmeKey, "/protocols/probe/stream").build(), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(201);
        return response.body();
    }

    private static void assertWhole(InputStream body) {
        List<String> expected =
                IntStream.range(0, 20).mapToObj(i -> "data: " + i).toList();
        BufferedReader reader = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        assertThat(reader.lines().filter(line -> !line.isEmpty()).toList()).isEqualTo(expected);
    }

    @Test
    void withoutThePermissionForItsPathItDoesNotStart() {
        Failure failure = app.ended(app.plugins.install(upload(ProbeProtocol.unpermitted("1.0.0"))))
                .failure()
                .orElseThrow();
        assertThat(failure.code()).isEqualTo("plugin:PERMISSION_DENIED");
        assertThat(failure.message()).contains("lacks the permission 'http.route /protocols/probe/**'");
        ApiTest.assertProblem(echo(), 404, "plugin:UNKNOWN_PROTOCOL");
    }

    @Test
    void aNameThatIsNoPartOfAPathDoesNotStart() {
        Failure failure = app.ended(app.plugins.install(upload(ProbeProtocol.named("probe/../x"))))
                .failure()
                .orElseThrow();
        assertThat(failure.code()).isEqualTo("plugin:INVALID_PLUGIN");
        assertThat(failure.message()).contains("the name of its protocol");
    }

    @Test
    void thePlanTellsTheAdministratorWhereItAnswers() {
        HttpResponse<String> plan = app.send(app.request(app.adminKey, "/api/v1/plugins?dryRun=true")
                .header("Content-Type", PluginsResource.JAR)
                .POST(BodyPublishers.ofByteArray(ProbeProtocol.plugin("1.0.0").bytes())));
        assertThat(plan.statusCode()).as(plan.body()).isEqualTo(200);
        assertThat(plan.body())
                .contains(
                        "\"permission\":\"http.route /protocols/probe/**\"",
                        "\"phrase\":\"serve HTTP below\"",
                        "\"reason\":\"answers tests\"");
    }
}
