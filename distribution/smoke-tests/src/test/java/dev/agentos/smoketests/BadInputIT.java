package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.smoketests.Api.Answer;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.jar.JarFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad input of every kind gets a clear message that says what to do, and leaves nothing half done. */
class BadInputIT {

    @TempDir
    private static Path directory;

    private static ServerProcess server;
    private static Api api;

    @BeforeAll
    static void start() throws Exception {
        server = ServerProcess.start(directory.resolve("data"));
        api = server.administrator();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void unknownAgent() {
        problem(
                api.post("/api/v1/executions", JsonObject.of("agent", "no-pack/nobody", "input", JsonObject.EMPTY)),
                404,
                "agent:UNKNOWN_AGENT");
        assertThat(api.get("/api/v1/executions")
                        .expect(200)
                        .array("items")
                        .orElseThrow()
                        .size())
                .isZero();
    }

    @Test
    void invalidGraphNamesEveryFaultWithItsPlace() {
        JsonObject graph = JsonObject.of(
                "metadata", JsonObject.of("name", "faulty"),
                "channels", JsonObject.of("a", JsonObject.of("type", "string", "reducer", "last")),
                "nodes",
                        List.of(
                                JsonObject.of("id", "one", "type", "nonsense", "config", JsonObject.EMPTY),
                                JsonObject.of(
                                        "id",
                                        "two",
                                        "type",
                                        "transform",
                                        "config",
                                        JsonObject.of("set", JsonObject.of("a", "'x'")))),
                "edges",
                        List.of(
                                JsonObject.of("source", "START", "target", "one"),
                                JsonObject.of("source", "one", "target", "two", "condition", "a +"),
                                JsonObject.of("source", "two", "target", "nowhere")));
        Answer answer = api.post("/api/v1/graphs", graph);
        problem(answer, 400, "graph:INVALID_GRAPH");
        assertThat(answer.text()).contains("/nodes/0/type", "/edges/1/condition", "/edges/2/target");
        assertThat(api.get("/api/v1/graphs")
                        .expect(200)
                        .array("items")
                        .orElseThrow()
                        .size())
                .isZero();
    }

    @Test
    void whatIsNoPluginIsRefusedAndLeavesNothingBehind() throws Exception {
        byte[] noise = new byte[10_000];
        new Random(7).nextBytes(noise);
        Path broken = Files.write(directory.resolve("broken.jar"), noise);
        Path hello = ServerProcess.HOME.resolve("registry").resolve("releases");
        Path release;
        try (var files = Files.list(hello)) {
            release = files.filter(path -> path.toString().endsWith(".jar"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] whole = Files.readAllBytes(release);
        Path truncated =
                Files.write(directory.resolve("truncated.jar"), java.util.Arrays.copyOf(whole, whole.length * 2 / 3));
        Path plain;
        try (var libraries = Files.list(ServerProcess.HOME.resolve("lib"))) {
            plain = libraries
                    .filter(path -> path.getFileName().toString().startsWith("slf4j-api"))
                    .findFirst()
                    .orElseThrow();
        }
        for (Path jar : List.of(broken, truncated, plain)) {
            Answer answer = api.upload("/api/v1/plugins?acceptAll=true&acceptCritical=true", jar);
            if (answer.status() == 202) {
                JsonObject operation = api.finished(answer.json());
                assertThat(operation.text("state")).as(jar.toString()).contains("FAILED");
                JsonObject failure = operation.object("failure").orElseThrow();
                assertThat(failure.text("action").orElseThrow()).isNotBlank();
                assertThat(failure.text("type")).as(failure.toString()).contains("USER");
            } else {
                assertThat(answer.status()).as(answer.text()).isEqualTo(400);
            }
        }
        assertThat(installed()).isEmpty();
        try (var kept = Files.walk(directory.resolve("data"))) {
            assertThat(kept.filter(path -> path.toString().endsWith(".jar"))
                            .filter(path -> !path.toString().contains("registry")))
                    .allSatisfy(BadInputIT::isTheConsole);
        }
    }

    private static void isTheConsole(Path path) throws IOException {
        try (var jar = new JarFile(path.toFile())) {
            assertThat(jar.getEntry("site/index.html")).as(path.toString()).isNotNull();
        }
    }

    /** What is there beside the console, which each installation begins with. */
    private List<String> installed() throws Exception {
        return api.get("/api/v1/plugins").expect(200).array("items").orElseThrow().items().stream()
                .map(plugin -> ((JsonObject) plugin).text("id").orElseThrow())
                .filter(id -> !id.equals("console"))
                .toList();
    }

    @Test
    void uploadThatStopsHalfWayLeavesNothingBehind() throws Exception {
        try (java.net.Socket socket =
                new java.net.Socket("127.0.0.1", server.address().getPort())) {
            String head = "POST /api/v1/plugins?acceptAll=true HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + api.key() + "\r\nContent-Type: application/java-archive\r\nContent-Length: 1000000\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            socket.getOutputStream().write(new byte[100_000]);
            socket.getOutputStream().flush();
        }
        assertThat(installed()).isEmpty();
    }

    @Test
    void jsonOverTheLimits() {
        String deep = "{\"graph\":" + "[".repeat(100_000);
        Answer answer = api.send(api.request("/api/v1/executions")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(deep)));
        assertThat(answer.status()).as(answer.text()).isIn(400, 413);
        problem(answer, answer.status(), "server:DOCUMENT_TOO_LARGE");

        String large = "{\"graph\":\"" + "x".repeat(40 * 1024 * 1024) + "\"}";
        try {
            Answer tooLarge = api.send(api.request("/api/v1/executions")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(large)));
            assertThat(tooLarge.status()).as(tooLarge.text()).isEqualTo(413);
        } catch (java.io.UncheckedIOException e) {
            // The server may answer and close before all is sent; the next call shows that it is well.
            assertThat(e).hasMessageContaining("");
        }
        api.get("/api/v1/executions").expect(200);
    }

    @Test
    void unknownFieldIsNamed() {
        Answer answer = api.post("/api/v1/executions", JsonObject.of("grpah", "x"));
        problem(answer, 400, "server:UNKNOWN_FIELD");
        assertThat(answer.text()).contains("grpah");
    }

    @Test
    void takenPort() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ServerProcess.Refusal refusal = ServerProcess.startRefused(
                    List.of("--http-port=" + taken.getLocalPort(), "--data-dir=" + directory.resolve("taken")));
            assertThat(refusal.exitCode()).isEqualTo(5);
            assertThat(refusal.output()).contains(String.valueOf(taken.getLocalPort()), "--http-port");
            assertThat(refusal.output()).doesNotContain("\tat ");
            assertThat(directory.resolve("taken").resolve("postgres"))
                    .as("a database that was started for nothing")
                    .doesNotExist();
        }
    }

    @Test
    void unusableDataDirectory() throws Exception {
        Path file = Files.writeString(directory.resolve("a-file"), "not a directory");
        ServerProcess.Refusal refusal =
                ServerProcess.startRefused(List.of("--http-port=0", "--data-dir=" + file.resolve("below")));
        assertThat(refusal.exitCode()).isEqualTo(5);
        assertThat(refusal.output()).contains("a-file", "--data-dir").doesNotContain("\tat ");
    }

    @Test
    void dataDirectoryInUse() throws Exception {
        ServerProcess.Refusal refusal =
                ServerProcess.startRefused(List.of("--http-port=0", "--data-dir=" + directory.resolve("data")));
        assertThat(refusal.exitCode()).isEqualTo(4);
        assertThat(refusal.output()).contains(String.valueOf(server.pid())).doesNotContain("\tat ");
        api.get("/api/v1/plugins").expect(200);
    }

    @Test
    void unreachableDatabase() throws Exception {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        for (int wait : List.of(0, 2)) {
            ServerProcess.Refusal refusal = ServerProcess.startRefused(List.of(
                    "--http-port=0",
                    "--data-dir=" + directory.resolve("elsewhere"),
                    "--database-url=jdbc:postgresql://127.0.0.1:" + closed + "/agentos",
                    "--database-wait-seconds=" + wait));
            assertThat(refusal.exitCode()).isEqualTo(5);
            assertThat(refusal.output())
                    .contains("127.0.0.1:" + closed, "cannot be reached", "Check that it runs")
                    .doesNotContain("\tat ");
            assertThat(refusal.output().contains("WAITING "))
                    .as("it was told that it waits")
                    .isEqualTo(wait > 0);
        }
    }

    @Test
    void databaseUrlThatIsNotUnderstood() throws Exception {
        ServerProcess.Refusal refusal = ServerProcess.startRefused(List.of(
                "--http-port=0",
                "--data-dir=" + directory.resolve("elsewhere"),
                "--database-url=jdbc:postgresql://127.0.0.1:port/agentos"));
        assertThat(refusal.exitCode()).isEqualTo(2);
        assertThat(refusal.output())
                .contains("jdbc:postgresql://127.0.0.1:port/agentos")
                .doesNotContain("\tat ");
    }

    @Test
    void unknownSettingNamesTheNearest() throws IOException, InterruptedException {
        ServerProcess.Refusal refusal = ServerProcess.startRefused(List.of("--htp-port=1"));
        assertThat(refusal.exitCode()).isEqualTo(2);
        assertThat(refusal.output()).contains("http-port");
    }

    private static void problem(Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        JsonObject problem = answer.json();
        assertThat(problem.text("code")).as(answer.text()).contains(code);
        assertThat(problem.text("detail").orElseThrow()).isNotBlank();
        assertThat(problem.text("action").orElseThrow()).isNotBlank();
        assertThat(answer.text()).doesNotContain("\tat ");
    }
}
