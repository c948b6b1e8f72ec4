package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server whose registry is another process, which is gone by the time that the server starts again. */
@Timeout(300)
class StoreWhileAwayIT {

    private static final String LISTINGS = "/api/v1/marketplace/listings";
    private static final String ANNOUNCED = "AgentOS registry on ";
    private static final List<String> QUESTIONS = List.of(
            LISTINGS + "?limit=24",
            "/api/v1/marketplace/facets",
            LISTINGS + "/hello-tool",
            LISTINGS + "/hello-tool/releases",
            LISTINGS + "/hello-tool/readme");

    @TempDir
    private Path directory;

    private Process registry() throws IOException {
        Path data = directory.resolve("registry");
        Path seed = ServerProcess.HOME.resolve("registry");
        try (Stream<Path> files = Files.walk(seed)) {
            for (Path file : files.toList()) {
                Files.copy(file, data.resolve(seed.relativize(file).toString()));
            }
        }
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        ServerProcess.HOME.resolve("lib") + "/*",
                        "dev.agentos.registryservice.RegistryMain",
                        "--data-dir",
                        data.toString(),
                        "--port",
                        "0")
                .redirectErrorStream(true)
                .redirectOutput(log().toFile())
                .start();
    }

    private Path log() {
        return directory.resolve("registry.log");
    }

    private String announced() {
        return await().atMost(Duration.ofSeconds(60))
                .until(this::address, Optional::isPresent)
                .orElseThrow();
    }

    private Optional<String> address() throws IOException {
        return Files.readAllLines(log()).stream()
                .filter(line -> line.startsWith(ANNOUNCED))
                .map(line -> line.substring(ANNOUNCED.length()).split(" ", 2)[0])
                .findFirst();
    }

    @Test
    void showsWhatWasSaidBeforeWithItsTimeAndInstallsNothingOfIt() throws Exception {
        Process registry = registry();
        Path data = directory.resolve("data");
        Map<String, JsonObject> said = new LinkedHashMap<>();
        String url;
        try {
            url = announced();
            try (ServerProcess server = ServerProcess.start(data, "--registry-url=" + url)) {
                for (String question : QUESTIONS) {
                    said.put(question, server.administrator().get(question).expect(200));
                }
                server.stop();
            }
        } finally {
            registry.destroyForcibly().waitFor();
        }
        Instant gone = Instant.now();
        try (ServerProcess server = ServerProcess.start(data, "--registry-url=" + url)) {
            Api api = server.administrator();
            said.forEach((question, before) -> {
                JsonObject now = api.get(question).expect(200);
                assertThat(Instant.parse(now.text("staleSince").orElseThrow()))
                        .as(question)
                        .isBefore(gone);
                assertThat(now)
                        .as(question)
                        .isEqualTo(
                                before.with("staleSince", now.text("staleSince").orElseThrow()));
            });
            assertThat(api.get(LISTINGS + "/tool-documents").expect(502).text("code"))
                    .as("what nobody had asked")
                    .contains("registry:UNAVAILABLE");
            Api.Answer install = api.post(
                    "/api/v1/plugins",
                    JsonObject.of("listing", "hello-tool", "acceptAll", true, "acceptCritical", true));
            assertThat(install.text()).contains("registry:UNAVAILABLE");
            assertThat(api.get("/api/v1/plugins/hello-tool").status()).isEqualTo(404);
        }
    }
}
