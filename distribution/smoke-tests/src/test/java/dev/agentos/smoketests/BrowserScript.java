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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A script that uses the web console in a real Chromium. What the pages looked like is in {@code target/console}.
 *
 * @param name of its file
 * @param settings what else it is told, as variables of its environment
 */
record BrowserScript(String name, Map<String, String> settings) {

    private static final Path CONSOLE = Launcher.CHECKOUT.resolve("plugins/console");
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final long LONGEST_SECONDS = 1_200;

    static BrowserScript of(String name) {
        return new BrowserScript(name, Map.of());
    }

    /** The same, which is told that too. */
    BrowserScript with(String setting, Object value) {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.put(setting, value.toString());
        return new BrowserScript(name, all);
    }

    /** Leaves a test out on a machine without a browser, unless it is the one that has to prove it. */
    static void assumeBrowser() {
        assumeTrue(System.getenv("CI") != null || Files.isExecutable(CHROMIUM), "There is no Chromium on this machine");
    }

    /** Waits until a new server has installed its console. */
    static void awaitConsole(URI server) {
        URI page = URI.create(server + "/console/");
        HttpClient client = HttpClient.newHttpClient();
        await().atMost(Duration.ofSeconds(180))
                .until(() -> client.send(HttpRequest.newBuilder(page).build(), BodyHandlers.discarding())
                                .statusCode()
                        == 200);
    }

    /** Runs it to its end; fails with what it said. */
    void run(URI server, String key) throws Exception {
        awaitConsole(server);
        Path said = Files.createTempFile("browser", ".log");
        ProcessBuilder node = new ProcessBuilder("node", "src/test/browser/" + name + ".mjs")
                .directory(CONSOLE.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        Map<String, String> environment = node.environment();
        environment.putAll(settings);
        environment.put("AGENTOS_URL", server.toString());
        environment.put("AGENTOS_KEY", key);
        environment.put("CHROMIUM", CHROMIUM.toString());
        environment.put(
                "OUT", Path.of("target", "console", name).toAbsolutePath().toString());
        Process process = node.start();
        try {
            boolean ended = process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS);
            assertThat(ended).as(Files.readString(said)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(said)).isZero();
            System.out.println(name + ".mjs:\n" + Files.readString(said));
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            Files.deleteIfExists(said);
        }
    }

    /** Runs it against a server that {@link ServerProcess} has started. */
    void run(ServerProcess server) throws Exception {
        run(server.address(), server.administrator().key());
    }
}
