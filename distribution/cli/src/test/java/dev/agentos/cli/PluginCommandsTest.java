package dev.agentos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.cli.PlayedServer.Asked;
import dev.agentos.cli.PlayedServer.Outcome;
import dev.agentos.cli.client.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands about plugins ask a server and a registry, and how they end. */
class PluginCommandsTest {
    @TempDir
    private Path directory;

    private final PlayedServer server = served();

    private static PlayedServer served() {
        try {
            return new PlayedServer("", "{\"items\": [], \"next\": null}");
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @BeforeEach
    void key() throws IOException {
        Files.writeString(directory.resolve("admin.key"), "aos_any");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aDryRunOfAResetShowsWhatIsThereAndLeavesIt() {
        assertThat(run("plugin", "settings", "echo", "--reset", "--dry-run")).isEqualTo(new Outcome(0, ""));
        assertThat(server.asked()).extracting(Asked::line).containsExactly("GET /api/v1/tenants/self/plugins/echo");

        assertThat(run("plugin", "settings", "echo", "--reset").exitCode()).isZero();
        assertThat(server.asked().getLast().line()).isEqualTo("DELETE /api/v1/tenants/self/plugins/echo");
    }

    @Test
    void aReleaseThatIsAgreedToAndDoesNotComeInIsAFailure() throws IOException {
        var token = Files.writeString(directory.resolve("token"), "any").toString();
        server.answers(
                "POST /v1/approvals/apr_1/approve",
                200,
                "{\"state\": \"APPROVED\", \"failure\": {\"message\": \"Version 1.0.0 is\\u001b there.\"}}");

        var outcome = PlayedServer.execute(
                "registry",
                "approve",
                "apr_1",
                "--nonce=n1",
                "--registry=" + server.address(),
                "--token-file=" + token);

        assertThat(outcome.exitCode()).isEqualTo(CliException.FAILED);
        assertThat(outcome.err()).contains("It did not come in: Version 1.0.0 is\\u001b there.");
        assertThat(PlayedServer.execute(
                                "registry",
                                "reject",
                                "apr_1",
                                "--nonce=n1",
                                "--registry=" + server.address(),
                                "--token-file=" + token)
                        .exitCode())
                .isZero();
    }

    @Test
    void aPluginThatIsBuiltOnceEndsAsTheServerEndedIt() throws Exception {
        var tools = Files.createDirectory(directory.resolve("tools"));
        assertThat(develop(tools.toString()).exitCode()).isEqualTo(CliException.UNAVAILABLE);
        assertThat(server.asked()).isEmpty();

        jar(tools.resolve("built.jar"));
        var maven = Files.writeString(
                tools.resolve("mvn"), "#!/bin/sh\nmkdir -p target && cp '" + tools + "/built.jar' target/echo.jar\n");
        assertThat(maven.toFile().setExecutable(true)).isTrue();
        server.answers("POST /api/v1/plugins", 403, "{\"detail\": \"You may not.\", \"code\": \"a:B\"}");
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
                "--server=" + server.address());
    }

    private static void jar(Path file) throws IOException {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Plugin-Id", "echo");
        new JarOutputStream(Files.newOutputStream(file), manifest).close();
    }

    private Outcome run(String... words) {
        return server.run(directory, words);
    }
}
