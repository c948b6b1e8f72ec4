package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server as a user without any right, when the build runs as root; any other build shows the same by itself. */
class OrdinaryUserIT {

    private static final String NOBODY = "65534";
    private static final List<String> AS_NOBODY =
            List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "--inh-caps=-all");

    @TempDir
    private Path directory;

    @Test
    void serverRunsAsAnOrdinaryUserInADirectoryWithASpace() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can become another user");
        assumeTrue(reachable(), "this checkout lies where only root can read");
        Path data = dataOfNobody();

        try (ServerProcess server = ServerProcess.start(AS_NOBODY, data)) {
            Api api = server.administrator();
            api.install("hello-tool");
            api.post("/api/v1/graphs", Greeting.graph()).expect(201);
            String id = api.post(
                            "/api/v1/executions",
                            JsonObject.of("graph", Greeting.NAME, "input", JsonObject.of("name", "x")))
                    .expect(202)
                    .text("id")
                    .orElseThrow();
            assertThat(api.execution(id, Duration.ofSeconds(30)).text("state")).contains("SUCCEEDED");
        }
    }

    @Test
    void whatItCannotReadOfTheInstallationIsNamedAtTheStart() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can become another user");
        assumeTrue(reachable(), "this checkout lies where only root can read");
        Path data = dataOfNobody();
        Path releases = Files.createDirectories(directory.resolve("seed").resolve("releases"));
        Path release = Files.writeString(releases.resolve("0".repeat(128) + ".jar"), "of root alone");
        Files.setPosixFilePermissions(release, PosixFilePermissions.fromString("rw-------"));

        ServerProcess.Refusal refusal = ServerProcess.startRefused(
                AS_NOBODY, List.of("--http-port=0", "--data-dir=" + data, "--registry-seed=" + releases.getParent()));

        assertThat(refusal.exitCode()).as(refusal.output()).isEqualTo(2);
        assertThat(refusal.output())
                .contains("cannot read " + release, "registry-seed", "chmod")
                .doesNotContain("\tat ");
    }

    private Path dataOfNobody() throws IOException {
        Path data = Files.createDirectory(directory.resolve("data of nobody"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        Files.setAttribute(data, "unix:uid", Integer.valueOf(NOBODY));
        return data;
    }

    private static boolean reachable() throws Exception {
        List<String> command = new java.util.ArrayList<>(AS_NOBODY);
        command.addAll(List.of(
                "test", "-r", ServerProcess.HOME.resolve("etc/server.jvmargs").toString()));
        return new ProcessBuilder(command).start().waitFor() == 0;
    }
}
