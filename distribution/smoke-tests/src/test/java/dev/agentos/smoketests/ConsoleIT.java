package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The web console of a new installation, used by a script in a real Chromium. What it looked like is in
 * {@code target/console}.
 */
@Timeout(600)
class ConsoleIT {

    private static final Path CONSOLE = Launcher.CHECKOUT.resolve("plugins/console");
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");

    @TempDir
    private Path directory;

    @Test
    void isThereFromTheFirstStartAndPeopleCanUseIt() throws Exception {
        assumeTrue(System.getenv("CI") != null || Files.isExecutable(CHROMIUM), "There is no Chromium on this machine");
        Launcher agentos = Launcher.in(directory);
        try (Launcher.Up up = agentos.up()) {
            URI page = URI.create(agentos.address() + "/console/");
            HttpClient client = HttpClient.newHttpClient();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> client.send(HttpRequest.newBuilder(page).build(), BodyHandlers.discarding())
                                    .statusCode()
                            == 200);
            for (String plugin : new String[] {"provider-local", "pack-research"}) {
                agentos.run("plugin", "install", plugin, "--accept-all", "--accept-critical")
                        .expect(0);
            }
            agentos.run("pack", "enable", "pack-research", "--tenant", "default")
                    .expect(0);
            use(agentos);
        }
    }

    private void use(Launcher agentos) throws Exception {
        Path said = directory.resolve("browser.log");
        ProcessBuilder node = new ProcessBuilder("node", "src/test/browser/console.mjs")
                .directory(CONSOLE.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        node.environment().put("AGENTOS_URL", agentos.address().toString());
        node.environment()
                .put(
                        "AGENTOS_KEY",
                        Files.readString(agentos.data().resolve("admin.key")).strip());
        node.environment().put("CHROMIUM", CHROMIUM.toString());
        node.environment()
                .put("OUT", Path.of("target", "console").toAbsolutePath().toString());
        Process process = node.start();
        try {
            assertThat(process.waitFor(420, TimeUnit.SECONDS))
                    .as(said.toString())
                    .isTrue();
            assertThat(process.exitValue()).as(Files.readString(said)).isZero();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
