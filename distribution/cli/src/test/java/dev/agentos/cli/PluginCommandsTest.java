package dev.agentos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentos.cli.client.CliException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands about plugins ask a server and a registry, and how they end. */
class PluginCommandsTest {
    private record Answer(int status, String body) {}

    private record Outcome(int exitCode, String err) {}

    @TempDir
    private Path directory;

    private final List<String> asked = new ArrayList<>();
    private final Map<String, Answer> answers = new HashMap<>();
    private HttpServer server = start();

    @BeforeEach
    void serve() throws IOException {
        Files.writeString(directory.resolve("admin.key"), "aos_any");
        server.createContext("/", this::answer);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void aDryRunOfAResetShowsWhatIsThereAndLeavesIt() {
        assertThat(run("plugin", "settings", "echo", "--reset", "--dry-run")).isEqualTo(new Outcome(0, ""));
        assertThat(asked).containsExactly("GET /api/v1/tenants/self/plugins/echo");

        assertThat(run("plugin", "settings", "echo", "--reset").exitCode()).isZero();
        assertThat(asked).last().isEqualTo("DELETE /api/v1/tenants/self/plugins/echo");
    }

    @Test
    void aReleaseThatIsAgreedToAndDoesNotComeInIsAFailure() throws IOException {
        var token = Files.writeString(directory.resolve("token"), "any").toString();
        answers.put(
                "POST /v1/approvals/apr_1/approve",
                new Answer(
                        200,
                        "{\"state\": \"APPROVED\", \"failure\": {\"message\": \"Version 1.0.0 is\\u001b there.\"}}"));

        var outcome = execute(
                "registry", "approve", "apr_1", "--nonce=n1", "--registry=" + address(), "--token-file=" + token);

        assertThat(outcome.exitCode()).isEqualTo(CliException.FAILED);
        assertThat(outcome.err()).contains("It did not come in: Version 1.0.0 is\\u001b there.");
        assertThat(execute(
                                "registry",
                                "reject",
                                "apr_1",
                                "--nonce=n1",
                                "--registry=" + address(),
                                "--token-file=" + token)
                        .exitCode())
                .isZero();
    }

    @Test
    void aPluginThatIsBuiltOnceEndsAsTheServerEndedIt() throws Exception {
        var tools = Files.createDirectory(directory.resolve("tools"));
        assertThat(develop(tools.toString()).exitCode()).isEqualTo(CliException.UNAVAILABLE);
        assertThat(asked).isEmpty();

        jar(tools.resolve("built.jar"));
        var maven = Files.writeString(
                tools.resolve("mvn"), "#!/bin/sh\nmkdir -p target && cp '" + tools + "/built.jar' target/echo.jar\n");
        assertThat(maven.toFile().setExecutable(true)).isTrue();
        answers.put("POST /api/v1/plugins", new Answer(403, "{\"detail\": \"You may not.\", \"code\": \"a:B\"}"));
        var denied = develop(tools + ":/usr/bin:/bin");
        assertThat(denied.err()).contains("You may not.");
        assertThat(denied.exitCode()).isEqualTo(CliException.DENIED);
    }

    private CommandProcess develop(String path) throws Exception {
        var project = directory.resolve("project");
        Files.createDirectories(project);
        Files.writeString(project.resolve("pom.xml"), "<project/>");
        return CommandProcess.run(
                Map.of("PATH", path),
                directory.resolve("out").toFile(),
                "plugin",
                "dev",
                project.toString(),
                "--once",
                "--keys=" + directory.resolve("keys"),
                "--data-dir=" + directory,
                "--server=" + address());
    }

    private static void jar(Path file) throws IOException {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Plugin-Id", "echo");
        new JarOutputStream(Files.newOutputStream(file), manifest).close();
    }

    private Outcome run(String... words) {
        return execute(Stream.concat(Stream.of(words), Stream.of("--data-dir=" + directory, "--server=" + address()))
                .toArray(String[]::new));
    }

    private static Outcome execute(String... words) {
        var err = new StringWriter();
        var exitCode =
                AgentOs.commandLine(words).setErr(new PrintWriter(err, true)).execute(words);
        return new Outcome(exitCode, err.toString());
    }

    private String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        var request =
                exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        asked.add(request);
        var answer = answers.getOrDefault(request, new Answer(200, "{\"items\": [], \"next\": null}"));
        var bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer.status(), bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    private static HttpServer start() {
        try {
            var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.start();
            return server;
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }
}
