package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.smoketests.Launcher.Outcome;
import dev.agentos.spi.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An author with nothing but an installation: each kind of project builds and passes its tests, and changes live. */
@Timeout(240)
class AuthorKitIT {

    private static final String PASSWORD = "something long";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** One author's, whose Maven fetches everything for the first project and has it for the next. */
    @TempDir
    private static Path directory;

    private static Launcher agentos;

    @BeforeAll
    static void install() throws Exception {
        agentos = Launcher.fresh(directory);
    }

    /** In one run of Maven, which is quicker than four. */
    @Tag("long")
    @Test
    void newProjectsPassTheirTests() throws Exception {
        List<String> projects = Stream.of("provider", "pack", "node", "protocol")
                .map(kind -> "my-" + kind)
                .toList();
        for (String project : projects) {
            agentos.run("plugin", "new", project, "--kind", project.substring(3))
                    .expect(0);
        }
        signWhilePackaging(directory.resolve(projects.getFirst()));
        raiseVersion(directory.resolve("my-node/pom.xml"), "0.3.0");
        Path all = Files.writeString(
                directory.resolve("pom.xml"), """
                    <project xmlns="http://maven.apache.org/POM/4.0.0">
                      <modelVersion>4.0.0</modelVersion>
                      <groupId>plugins</groupId>
                      <artifactId>all</artifactId>
                      <version>0.1.0</version>
                      <packaging>pom</packaging>
                      <modules><module>%s</module></modules>
                    </project>
                    """.formatted(String.join("</module><module>", projects)));
        agentos.finish(
                        List.of("env", "STORE_PASSWORD=" + PASSWORD, "mvn", "-q", "-B", "-f", all.toString(), "verify"),
                        200)
                .expect(0);
        String first = projects.getFirst();
        String signed =
                directory.resolve(first + "/target/" + first + "-0.1.0.jar").toString();
        assertThat(agentos.run("plugin", "validate", signed).expect(0).output()).contains("signed by acme");
        Path raised = directory.resolve("my-node/target/my-node-0.3.0.jar");
        assertThat(agentos.run("plugin", "validate", raised.toString())
                        .expect(0)
                        .output())
                .contains("my-node 0.3.0");
        try (JarFile jar = new JarFile(raised.toFile())) {
            Attributes said = jar.getManifest().getMainAttributes();
            assertThat(said.getValue("Plugin-Provider")).isEqualTo("plugins.mynode");
            assertThat(said.getValue("Bundle-Description")).isEqualTo(said.getValue("Plugin-Description"));
        }
        assertThat(projects)
                .filteredOn(project -> !project.equals("my-node"))
                .allSatisfy(project -> assertThat(directory.resolve(project + "/target/" + project + "-0.1.0.jar"))
                        .exists());
    }

    /** As the tutorial has it for a new version. */
    private static void raiseVersion(Path pom, String version) throws Exception {
        String text = Files.readString(pom);
        int own = text.indexOf("<version>", text.indexOf("</parent>"));
        Files.writeString(pom, text.substring(0, own) + text.substring(own).replaceFirst("0\\.1\\.0", version));
    }

    /** As the page on signing has it. */
    private static void signWhilePackaging(Path project) throws Exception {
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        String store = project.resolve("acme.p12").toString();
        List<String> command = Stream.of(
                        Stream.of(keytool, "-genkeypair", "-keyalg", "Ed25519", "-alias", "acme", "-dname", "CN=acme"),
                        Stream.of("-validity", "1096", "-storetype", "PKCS12", "-keystore", store),
                        Stream.of("-storepass", PASSWORD))
                .flatMap(words -> words)
                .toList();
        agentos.finish(command, 30).expect(0);
        String page = Files.readString(Launcher.CHECKOUT.resolve("docs/how-to/sign-a-plugin.md"));
        String build = page.substring(page.indexOf("<build>"), page.indexOf("</build>") + "</build>".length());
        Path pom = project.resolve("pom.xml");
        Files.writeString(pom, Files.readString(pom).replace("</project>", build + "</project>"));
    }

    @Test
    void namesAndPlacesThatDoNotFitAreRefused() throws Exception {
        assertThat(agentos.run("plugin", "new", "Bad_Name", "--kind", "tool").expect(2))
                .extracting(Outcome::output)
                .asString()
                .contains("'Bad_Name' is not a plugin id");
        assertThat(agentos.run("plugin", "new", "x-tool", "--kind", "tool", "--package", "no-package")
                        .expect(2))
                .extracting(Outcome::output)
                .asString()
                .contains("'no-package' is not a package");
        Path file = Files.writeString(
                Files.createDirectory(directory.resolve("x-tool")).resolve("mine"), "precious");
        assertThat(agentos.run("plugin", "new", "x-tool", "--kind", "tool").expect(2))
                .extracting(Outcome::output)
                .asString()
                .contains("x-tool is not empty");
        assertThat(file).hasContent("precious");
        assertThat(agentos.run("plugin", "dev", "nowhere").expect(2))
                .extracting(Outcome::output)
                .asString()
                .contains("There is no pom.xml");
    }

    @Test
    void changeOfASourceIsInForceWithoutARestart() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory.resolve("server"))) {
            Api api = server.administrator();
            agentos.run("plugin", "new", "my-tool", "--kind", "tool").expect(0);
            Path source = directory.resolve("my-tool/src/main/java/plugins/mytool/MyTool.java");
            Path said = Files.createFile(directory.resolve("dev.out"));
            Process loop = agentos.start(
                    List.of(
                            Launcher.CHECKOUT.resolve("agentos").toString(),
                            "plugin",
                            "dev",
                            "my-tool",
                            "--server",
                            server.address().toString(),
                            "--data-dir",
                            directory.resolve("server").toString()),
                    said);
            try {
                awaitText(said, loop, "Installed my-tool 0.1.0.", 1);
                api.post("/api/v1/graphs", graph()).expect(201);
                assertThat(words(api)).isEqualTo("{\"words\":2}");

                Files.writeString(source, Files.readString(source).replace("isEmpty() ? 0 :", "isEmpty() ? 0 : 40 +"));
                awaitText(said, loop, "Now in force: my-tool 0.1.0.", 1);
                assertThat(words(api)).isEqualTo("{\"words\":42}");

                Files.writeString(source, Files.readString(source).replace("return ToolResult", "retun ToolResult"));
                awaitText(said, loop, "MyTool.java:27: ", 1);
                assertThat(words(api)).isEqualTo("{\"words\":42}");

                Files.writeString(source, Files.readString(source).replace("retun ToolResult", "return ToolResult"));
                awaitText(said, loop, "Now in force: my-tool 0.1.0.", 2);
            } finally {
                loop.descendants().forEach(ProcessHandle::destroy);
                loop.destroy();
                assertThat(loop.waitFor(30, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    private static void awaitText(Path file, Process process, String text, int times) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (Files.readString(file).split(Pattern.quote(text), -1).length <= times) {
            if (System.nanoTime() > end || !process.isAlive()) {
                throw new AssertionError("'" + text + "' was not said " + times + " times:\n" + Files.readString(file));
            }
            Thread.sleep(50);
        }
    }

    private static String words(Api api) {
        String id = api.post(
                        "/api/v1/executions",
                        JsonObject.of("graph", "count", "input", JsonObject.of("text", "two words")))
                .expect(202)
                .text("id")
                .orElseThrow();
        return api.execution(id, PATIENCE)
                .object("output")
                .flatMap(output -> output.object("counted"))
                .orElseThrow()
                .toString();
    }

    private static JsonObject graph() {
        JsonObject config =
                JsonObject.of("tool", "my.count", "arguments", JsonObject.of("text", "text"), "output", "counted");
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", "count"),
                "channels",
                JsonObject.of(
                        "text", JsonObject.of("type", "string", "reducer", "last"),
                        "counted", JsonObject.of("type", "object", "reducer", "last")),
                "nodes",
                List.of(JsonObject.of("id", "count", "type", "tool", "config", config)),
                "edges",
                List.of(
                        JsonObject.of("source", "START", "target", "count"),
                        JsonObject.of("source", "count", "target", "END")));
    }
}
