package dev.agentos.registryservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistryHttpTest {

    private static final String TOKEN = "a-token-of-the-tests-only";

    @TempDir
    private Path temporary;

    private final HttpClient client = HttpClient.newHttpClient();
    private RegistryService service;
    private RegistryHttp http;

    @BeforeEach
    void start() {
        service = new RegistryService(temporary.resolve("registry"), InstantSource.system());
        http = new RegistryHttp(service, new RegistryHttpConfig("127.0.0.1", 0, Optional.of(TOKEN)));
    }

    @AfterEach
    void stop() {
        http.close();
        client.close();
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest.Builder at(String path) {
        return HttpRequest.newBuilder(URI.create(http.address() + path));
    }

    private HttpRequest.Builder publishing(Path jar, String authorization) throws IOException {
        return at("/v1/releases")
                .header("Authorization", authorization)
                .POST(HttpRequest.BodyPublishers.ofByteArray(Files.readAllBytes(jar)));
    }

    private static JsonObject json(HttpResponse<byte[]> response) {
        return Json.parseObject(new String(response.body(), StandardCharsets.UTF_8));
    }

    private static void isProblem(HttpResponse<byte[]> response, int status, String code) {
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(json(response).text("code")).contains(code);
        assertThat(json(response).number("status").orElseThrow().toJava()).isEqualTo((long) status);
        assertThat(json(response).text("detail").orElseThrow()).isNotBlank();
    }

    @Test
    void publishesSearchesAndServesTheJar() throws IOException {
        Path jar = new PluginJar("alpha", "1.0.0").writeTo(temporary);
        HttpResponse<byte[]> published = send(publishing(jar, "Bearer " + TOKEN));
        assertThat(published.statusCode()).isEqualTo(201);
        Release release = Release.fromJson(json(published));
        assertThat(published.headers().firstValue("Location")).contains("/v1/releases/" + release.sha512() + ".jar");

        assertThat(json(send(at("/v1/listings?q=alpha&limit=1")))
                        .array("items")
                        .orElseThrow()
                        .size())
                .isEqualTo(1);
        assertThat(json(send(at("/v1/listings/alpha"))).text("latestVersion")).contains("1.0.0");
        assertThat(json(send(at("/v1/listings/alpha/releases")))
                        .array("items")
                        .orElseThrow()
                        .size())
                .isEqualTo(1);

        HttpResponse<byte[]> served = send(at("/v1/releases/" + release.sha512() + ".jar"));
        assertThat(served.body()).isEqualTo(Files.readAllBytes(jar));
        assertThat(served.headers().firstValue("Cache-Control").orElseThrow()).contains("immutable");
        String etag = served.headers().firstValue("ETag").orElseThrow();
        HttpResponse<byte[]> again =
                send(at("/v1/releases/" + release.sha512() + ".jar").header("If-None-Match", etag));
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        HttpResponse<byte[]> head =
                send(at("/v1/releases/" + release.sha512() + ".jar").HEAD());
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(release.sizeBytes());
        assertThat(service.listing("alpha").orElseThrow().downloads()).isEqualTo(1);
    }

    @Test
    void refusesPublishersWithoutTheToken() throws IOException {
        Path jar = new PluginJar("alpha", "1.0.0").writeTo(temporary);
        isProblem(send(publishing(jar, "Bearer wrong-token-wrong-token")), 401, "registry:UNAUTHENTICATED");
        isProblem(send(publishing(jar, TOKEN)), 401, "registry:UNAUTHENTICATED");
        isProblem(send(publishing(jar, "Bearer ")), 401, "registry:UNAUTHENTICATED");
        assertThat(service.releases("alpha")).isEmpty();
        try (RegistryHttp closed = new RegistryHttp(service, RegistryHttpConfig.onLoopback(0))) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(closed.address() + "/v1/releases"))
                    .header("Authorization", "Bearer " + TOKEN)
                    .POST(HttpRequest.BodyPublishers.ofString("x"));
            isProblem(send(request), 403, "registry:PUBLISHING_DISABLED");
        }
    }

    @Test
    void answersARefusedJarWithItsFindings() throws IOException {
        Path jar = new PluginJar("alpha", "1.0.0").with("Plugin-Version", "one").writeTo(temporary);
        HttpResponse<byte[]> response = send(publishing(jar, "Bearer " + TOKEN));
        isProblem(response, 422, "registry:PLUGIN_REFUSED");
        assertThat(json(response).array("errors").orElseThrow().toString()).contains("MAN002", "Plugin-Version");

        service.publish(new PluginJar("alpha", "1.0.0").writeTo(temporary));
        Path other = new PluginJar("alpha", "1.0.0").payload("other").writeTo(temporary);
        isProblem(send(publishing(other, "Bearer " + TOKEN)), 409, "registry:RELEASE_EXISTS");
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/listings/absent,404,registry:LISTING_NOT_FOUND",
        "/v1/listings/absent/releases,404,registry:LISTING_NOT_FOUND",
        "/v1/releases/00.jar,404,registry:UNKNOWN_RESOURCE",
        "/,404,registry:UNKNOWN_RESOURCE",
        "/v1/listings?limit=0,400,registry:INVALID_QUERY",
        "/v1/listings?limit=many,400,registry:INVALID_QUERY",
        "/v1/listings?sort=size,400,registry:INVALID_QUERY",
        "/v1/listings?cursor=x,400,registry:INVALID_CURSOR",
        "/v1/releases/..%2f..%2flock,400,registry:UNKNOWN_RESOURCE"
    })
    void answersMistakesAsProblems(String path, int status, String code) {
        isProblem(send(at(path)), status, code);
    }

    @Test
    void answersAnUnknownDigestAsAProblem() {
        isProblem(send(at("/v1/releases/" + "0".repeat(128) + ".jar")), 404, "registry:RELEASE_NOT_FOUND");
    }

    @Test
    void saysThatAPortIsTaken() {
        int taken = http.address().getPort();
        assertThatThrownBy(() -> new RegistryHttp(service, RegistryHttpConfig.onLoopback(taken)))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(RegistryErrorCode.INVALID_ADDRESS));
    }

    @Test
    void keepsTheTokenOutOfItsText() {
        assertThat(new RegistryHttpConfig("127.0.0.1", 0, Optional.of(TOKEN)).toString())
                .doesNotContain(TOKEN);
        assertThatThrownBy(() -> new RegistryHttpConfig("127.0.0.1", 0, Optional.of("short")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
