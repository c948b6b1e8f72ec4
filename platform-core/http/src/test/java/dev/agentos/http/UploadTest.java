package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import dev.agentos.testkit.SyntheticJar;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Plugins that arrive as a request's body. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UploadTest {

    private TestServer app;

    @BeforeAll
    void start() {
        app = new TestServer();
    }

    @AfterAll
    void stop() {
        app.close();
    }

    @Test
    void aRepeatedUploadInstallsOnceAndAnotherFileNeedsAnotherKey() throws IOException {
        byte[] first = jar("repeated", "1.0.0");
        HttpResponse<String> installed = upload("/api/v1/plugins", first, "one");
        assertThat(installed.statusCode()).as(installed.body()).isEqualTo(202);

        HttpResponse<String> again = upload("/api/v1/plugins", first, "one");
        assertThat(again.statusCode()).as(again.body()).isEqualTo(202);
        assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
        assertThat(operation(again)).isEqualTo(operation(installed));

        HttpResponse<String> form = app.send(request("/api/v1/plugins", "one")
                .header("Content-Type", "multipart/form-data; boundary=other")
                .POST(BodyPublishers.ofByteArray(form(first))));
        assertThat(form.statusCode()).as(form.body()).isEqualTo(202);
        assertThat(operation(form)).isEqualTo(operation(installed));

        ApiTest.assertProblem(
                upload("/api/v1/plugins", jar("repeated", "1.0.1"), "one"), 422, "server:IDEMPOTENCY_KEY_REUSED");
        Awaitility.await().untilAsserted(() -> assertThat(received()).isEmpty());
    }

    @Test
    void anUploadThatWasRefusedLeavesItsKeyFree() {
        HttpResponse<String> refused =
                upload("/api/v1/plugins", "no archive".getBytes(StandardCharsets.UTF_8), "refused");
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
        HttpResponse<String> other = upload("/api/v1/plugins", jar("corrected", "1.0.0"), "refused");
        assertThat(other.statusCode()).as(other.body()).isEqualTo(202);
    }

    /** Another file than the one that a dry run showed is not what was agreed to. */
    @Test
    void anUploadMayBeBoundToTheFileThatWasShown() {
        HttpResponse<String> plan = upload("/api/v1/plugins?dryRun=true", jar("shown", "1.0.0"), "plan");
        assertThat(plan.statusCode()).as(plan.body()).isEqualTo(200);
        String shown = ((JsonObject) TestServer.json(plan)
                        .array("plugins")
                        .orElseThrow()
                        .items()
                        .getFirst())
                .text("sha512")
                .orElseThrow();

        ApiTest.assertProblem(
                upload("/api/v1/plugins?sha512=" + shown, jar("shown", "1.0.1"), "other"),
                409,
                "plugin:DIGEST_CHANGED");
        HttpResponse<String> installed = upload("/api/v1/plugins?sha512=" + shown, jar("shown", "1.0.0"), "same");
        assertThat(installed.statusCode()).as(installed.body()).isEqualTo(202);
        String swap = "/api/v1/plugins/shown/swap?sha512=" + shown;
        Awaitility.await()
                .untilAsserted(() -> ApiTest.assertProblem(
                        upload(swap, jar("shown", "1.1.0"), "swap"), 409, "plugin:DIGEST_CHANGED"));
    }

    private List<Path> received() throws IOException {
        try (Stream<Path> files = Files.list(app.uploads)) {
            return files.filter(file -> file.getFileName().toString().startsWith("upload_"))
                    .toList();
        }
    }

    private HttpResponse<String> upload(String path, byte[] jar, String key) {
        return app.send(
                request(path, key).header("Content-Type", PluginsResource.JAR).POST(BodyPublishers.ofByteArray(jar)));
    }

    private HttpRequest.Builder request(String path, String key) {
        return app.request(app.adminKey, path + (path.contains("?") ? "&" : "?") + "acceptAll=true")
                .header(IdempotencyFilter.HEADER, key);
    }

    private static String operation(HttpResponse<String> response) {
        JsonObject operation = TestServer.json(response);
        return operation.text("id").orElseThrow();
    }

    private static byte[] jar(String id, String version) {
        return SyntheticJar.toolPlugin(id, version, id, "ok").bytes();
    }

    private static byte[] form(byte[] jar) throws IOException {
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        form.write("""
            --other\r
            Content-Disposition: form-data; name="file"; filename="plugin.jar"\r
            Content-Type: application/java-archive\r
            \r
            """.getBytes(StandardCharsets.US_ASCII));
        form.write(jar);
        form.write("\r\n--other--\r\n".getBytes(StandardCharsets.US_ASCII));
        return form.toByteArray();
    }
}
