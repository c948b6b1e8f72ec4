package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.smoketests.Launcher.Outcome;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands as a newcomer types them, right and wrong, at a server that {@code agentos up} runs. */
@Timeout(180)
class CommandLineIT {

    private static final String QUESTION = "{\"question\": \"When is the office closed?\", \"documents\": ["
            + "{\"name\": \"hours.md\", \"text\": \"The office is closed on Sundays.\"}]}";

    @TempDir
    private static Path directory;

    private static Launcher agentos;
    private static Launcher.Up up;
    private static Api api;

    @BeforeAll
    static void start() throws Exception {
        agentos = Launcher.in(directory);
        up = agentos.up();
        String key = Files.readString(agentos.data().resolve("admin.key")).strip();
        api = new Api(agentos.address(), key, Optional.of("default"));
    }

    @AfterAll
    static void stop() throws Exception {
        up.close();
    }

    @Test
    void everyRefusalHasItsExitCodeAndSaysWhatToType() throws Exception {
        agentos.run("tenant", "create", "acme").expect(0);
        refused(4, "tenancy:TENANT_EXISTS", "tenant", "create", "acme");
        refused(1, "--tenant", "pack", "list");
        refused(1, "agentos tenant list", "pack", "list", "--tenant", "nobody");
        refused(1, "agentos plugin search", "plugin", "install", "nothere");
        refused(1, "no release 9.9", "plugin", "install", "hello-tool", "--plugin-version", "9.9");
        refused(1, "range", "plugin", "install", "hello-tool", "--plugin-version", "bad range");
        refused(1, "agentos execution list", "execution", "watch", "exe_none", "--tenant", "acme");
        refused(
                1,
                "INVALID_FIELD",
                "key",
                "create",
                "late",
                "--scope",
                "agents:read",
                "--expires-at",
                "2020-01-01T00:00:00Z");
        refused(5, "agentos up", "plugin", "list", "--server", "127.0.0.1:1");

        JsonObject key = Json.parseObject(
                agentos.run("key", "create", "reader", "--scope", "executions:read", "--tenant", "acme", "-o", "json")
                        .expect(0)
                        .output());
        Path file = Files.writeString(
                directory.resolve("reader.key"), key.text("secret").orElseThrow());
        agentos.run("execution", "list", "--key-file", file.toString()).expect(0);
        refused(3, "agentos key create", "plugin", "list", "--key-file", file.toString());
        agentos.run("key", "revoke", key.text("id").orElseThrow(), "--tenant", "acme")
                .expect(0);
        refused(3, "--key-file", "execution", "list", "--key-file", file.toString());
    }

    @Test
    void marketplaceOffersEveryPluginOfThisRepository() throws Exception {
        String found = agentos.run("plugin", "search").expect(0).output();
        try (Stream<Path> builds = Files.walk(Launcher.CHECKOUT.resolve("plugins"), 3)) {
            List<String> plugins = builds.filter(path -> path.endsWith("bnd.bnd"))
                    // The examples that authors build on their own are in no marketplace.
                    .filter(path -> !Files.exists(path.resolveSibling(".mvn")))
                    .map(path -> read(path.resolveSibling("pom.xml")))
                    .map(pom -> pom.replaceFirst("(?s).*?</parent>.*?<artifactId>agentos-([^<]*)<.*", "$1"))
                    .toList();
            assertThat(plugins)
                    .hasSizeGreaterThan(4)
                    .allSatisfy(plugin -> assertThat(found).contains(plugin));
        }
    }

    @Test
    void pluginComesIsReplacedAndGoes() throws Exception {
        Path built = Launcher.CHECKOUT.resolve("plugins/examples/hello-tool/target/agentos-hello-tool-0.1.0.jar");
        String keys = directory.resolve("keys").toString();
        String jar = Files.copy(built, directory.resolve("hello.jar")).toString();
        refused(3, "agentos plugin sign", "plugin", "install", jar);
        assertThat(agentos.run("plugin", "install", "hello-tool", "--dry-run")
                        .expect(0)
                        .output())
                .contains("Would install hello-tool", "signed by AgentOS build", "Nothing was changed.");
        assertThat(agentos.run("plugin", "install", "hello-tool").expect(0).output())
                .contains("Installed hello-tool 0.1.0.");
        // The marketplace's release is signed, which binds the plugin to its publisher.
        refused(3, "agentos publisher trust", "plugin", "swap", "hello-tool", jar);
        String made = agentos.run("key", "new", "me", "--keys", keys).expect(0).output();
        String fingerprint = made.replaceFirst("(?s).*Fingerprint: ([0-9a-f]{64}).*", "$1");
        agentos.run("plugin", "sign", jar, "--key", "me", "--keys", keys).expect(0);
        refused(3, "agentos publisher trust", "plugin", "swap", "hello-tool", jar);
        agentos.run("publisher", "trust", "hello-tool", fingerprint).expect(0);
        assertThat(agentos.run("publisher", "list").expect(0).output()).contains("hello-tool", fingerprint);
        refused(4, "agentos plugin swap", "plugin", "install", jar);
        agentos.run("plugin", "swap", "hello-tool", jar).expect(0);
        agentos.run("plugin", "rollback", "hello-tool").expect(0);
        agentos.run("plugin", "restart", "hello-tool").expect(0);
        refused(1, "does not declare", "plugin", "grant", "hello-tool", "net.connect a.example:443");
        refused(1, "'granted' holds no permission", "plugin", "grant", "hello-tool", "fly.high");
        agentos.run("plugin", "grant", "hello-tool").expect(0);
        assertThat(agentos.run("plugin", "remove", "hello-tool").expect(0).output())
                .contains("Removed hello-tool.");
        refused(1, "agentos plugin list", "plugin", "uninstall", "hello-tool");
    }

    @Test
    void aPluginIsValidatedWithoutAServer() throws Exception {
        Path built = Launcher.CHECKOUT.resolve("plugins/examples/hello-tool/target/agentos-hello-tool-0.1.0.jar");
        assertThat(agentos.run("plugin", "validate", built.toString()).expect(0).output())
                .contains("hello-tool 0.1.0", "accepted, not signed");
        Path broken = Files.writeString(directory.resolve("broken.jar"), "no archive");
        assertThat(agentos.run("plugin", "validate", broken.toString(), "--format", "sarif")
                        .expect(1)
                        .output())
                .contains("\"version\":\"2.1.0\"", "JAR001");
        assertThat(agentos.run("plugin", "validate", broken.toString(), "--format", "json")
                        .expect(1)
                        .output())
                .contains("\"accepted\":false");
        refused(2, "There is no file", "plugin", "validate", "absent.jar");
    }

    @Test
    void permissionsAreGrantedOneByOneAndAPluginIsConfiguredWithoutItsSecret() throws Exception {
        refused(4, "--accept PERMISSION", "plugin", "install", "provider-openai");
        String[] install = {
            "plugin", "install", "provider-openai", "--accept", "net.connect api.openai.com:443", "--accept"
        };
        refused(
                1,
                "secret.read",
                Stream.concat(Stream.of(install), Stream.of("nonsense")).toArray(String[]::new));
        agentos.run(Stream.concat(Stream.of(install), Stream.of("secret.read OPENAI_API_KEY"))
                        .toArray(String[]::new))
                .expect(0);
        agentos.run("plugin", "configure", "provider-openai", "{\"baseUrl\": \"http://127.0.0.1:1/v1\"}")
                .expect(0);
        agentos.run("plugin", "configure", "provider-openai", "{\"baseUrl\": \"http://127.0.0.1:2/v1\"}")
                .expect(0);
        assertThat(api.get("/api/v1/plugins/provider-openai").text()).contains("127.0.0.1:2");
    }

    @Test
    void packIsEnabledConfiguredAskedAndDisabled() throws Exception {
        agentos.run("plugin", "install", "provider-local", "--accept-all", "--accept-critical")
                .expect(0);
        agentos.run("plugin", "install", "pack-research", "--accept-all").expect(0);
        String[] enable = {"pack", "enable", "pack-research", "--tenant", "default"};
        agentos.run(enable).expect(0);
        refused(1, "nonsense", with(enable, "--configuration", "{\"nonsense\": 1}"));
        assertThat(agentos.run(with(enable, "--configuration", "{\"passages\": 3}"))
                        .expect(0)
                        .output())
                .contains("configuration.passages: 3");
        String[] ask = {"execution", "start", "pack-research/research", "--tenant", "default", "--input", QUESTION};
        assertThat(agentos.run(with(ask, "--watch")).expect(0).output())
                .contains(
                        "execution.succeeded",
                        "output.answer: The office is closed on Sundays.",
                        "output.citations.0.file: hours.md");
        refused(1, "agent:INVALID_CONFIGURATION", with(ask, "--config", "{\"passages\": \"x\"}"));
        refused(4, "agentos pack disable", "plugin", "remove", "pack-research");
        agentos.run("pack", "disable", "pack-research", "--tenant", "default").expect(0);
        refused(1, "agentos pack enable", ask);
    }

    @Test
    void executionIsWatchedAnsweredAndCancelled() throws Exception {
        api.post("/api/v1/graphs", question()).expect(201);
        String first = waiting();
        Path printed = Files.createTempFile(directory, "watch", ".out");
        Process watch = agentos.start(
                List.of(
                        Launcher.CHECKOUT.resolve("agentos").toString(),
                        "execution",
                        "watch",
                        first,
                        "--tenant",
                        "default"),
                printed);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() ->
                        Files.readString(printed).contains("agentos execution resume " + first + " --tenant default"));
        assertThat(agentos.run("execution", "show", first, "--tenant", "default")
                        .expect(0)
                        .output())
                .contains("state: WAITING", "May I?");
        agentos.run("execution", "resume", first, "--tenant", "default", "--answer", "\"yes\"")
                .expect(0);
        assertThat(watch.waitFor()).isZero();
        assertThat(printed).content().contains("output.answer: yes");
        refused(4, "graph:NOT_WAITING", "execution", "resume", first, "--tenant", "default", "--answer", "1");

        String second = waiting();
        agentos.run("execution", "cancel", second, "--tenant", "default").expect(0);
        assertThat(agentos.run("execution", "list", "--tenant", "default", "--state", "cancelled")
                        .expect(0)
                        .output())
                .contains(second)
                .doesNotContain(first);
        assertThat(agentos.run("execution", "watch", second, "--tenant", "default")
                        .expect(1)
                        .output())
                .contains("execution.cancelled");
        putBack(second, first);
    }

    /** One of two cannot be retried; the other one can, which is said, and is then on the list no more. */
    private void putBack(String left, String succeeded) throws Exception {
        refused(1, "graph:CRASHED_TOO_OFTEN", "execution", "list", "--failure", "crashed", "--tenant", "default");
        refused(2, "--failure CODE", "execution", "retry", "--tenant", "default");
        String[] retry = {"execution", "retry", "--failure", "graph:CANCELLED", "--tenant", "default"};
        assertThat(agentos.run(with(retry, "--dry-run")).expect(0).output())
                .contains(left, "Nothing was changed.")
                .doesNotContain(succeeded);
        assertThat(agentos.run("execution", "retry", left, succeeded, "--tenant", "default")
                        .expect(1)
                        .output())
                .containsPattern(left + " +exe_")
                .containsPattern(succeeded + " +graph:NOT_FAILED");
        assertThat(agentos.run(retry).expect(0).output()).contains("There is none.");
    }

    private static String waiting() {
        JsonObject started = api.post("/api/v1/executions", JsonObject.of("graph", "ask", "input", JsonObject.EMPTY))
                .expect(202);
        String id = started.text("id").orElseThrow();
        Awaitility.await()
                .until(() -> api.get("/api/v1/executions/" + id)
                        .expect(200)
                        .text("state")
                        .orElseThrow()
                        .equals("WAITING"));
        return id;
    }

    private static JsonObject question() {
        return JsonObject.of(
                "metadata", JsonObject.of("name", "ask"),
                "channels", JsonObject.of("answer", JsonObject.of("type", "string", "reducer", "last")),
                "nodes",
                        List.of(JsonObject.of(
                                "id",
                                "ask",
                                "type",
                                "human",
                                "config",
                                JsonObject.of("prompt", "May I?", "output", "answer"))),
                "edges",
                        List.of(
                                JsonObject.of("source", "START", "target", "ask"),
                                JsonObject.of("source", "ask", "target", "END")));
    }

    @Test
    void demonstrationTellsAProgramAllThatItTellsAPerson(@TempDir Path documents) throws Exception {
        Files.writeString(documents.resolve("library.txt"), "The library opens at nine. Members borrow five books.");
        Outcome demo = agentos.run(
                "demo", "--json", "--docs", documents.toString(), "--ask", "How many books may members borrow?");
        demo.expect(0);
        List<JsonObject> lines = demo.output().lines().map(Json::parseObject).toList();
        assertThat(lines)
                .extracting(line -> line.text("step").orElseThrow())
                .contains("server.started", "marketplace.listed", "permissions.shown", "progress", "plugin.installed")
                .contains(
                        "tenant.ready", "pack.enabled", "question.asked", "event", "server.killed", "server.restarted")
                .contains("execution.recovered", "server.stopped");
        List<JsonObject> answers = lines.stream()
                .filter(line -> line.text("step").orElseThrow().equals("execution.answered"))
                .toList();
        assertThat(answers)
                .hasSize(2)
                .allSatisfy(answer -> assertThat(answer.array("citations")
                                .orElse(JsonArray.EMPTY)
                                .toString())
                        .contains("library.txt", "five books"));
    }

    @Test
    void threeLinesThatUpPrintsCanBePastedAndCtrlCStopsAll(@TempDir Path fresh) throws Exception {
        Launcher own = Launcher.fresh(fresh);
        try (Launcher.Up server = own.up()) {
            String lines = server.printed()
                    .lines()
                    .filter(line -> line.startsWith("  "))
                    .reduce("set -e\n", (all, line) -> all + line.strip() + "\n");
            assertThat(lines.lines()).hasSize(4);
            assertThat(own.finish(List.of("bash", "-c", lines), 90).expect(0).output())
                    .contains("\"state\":\"SUCCEEDED\"", "\"citations\":[{");
            // By its directory it is found wherever it listens; its key opens no other server.
            String data = own.data().toString();
            assertThat(agentos.run("pack", "list", "--data-dir", data, "--tenant", "default")
                            .expect(0)
                            .output())
                    .contains("research");
            assertThat(processesOf(fresh)).isNotEmpty();
            assertThat(server.interrupt()).isEqualTo(130);
            assertThat(own.data().resolve("server.address")).doesNotExist();
            assertThat(processesOf(fresh)).isEmpty();
        }
    }

    @Test
    void startThatFailsIsToldWithoutTheLogOfEarlierOnes() throws Exception {
        refused(2, "There is no setting 'first'", "up", "--data-dir", "elsewhere", "--set", "first=1");
        assertThat(refused(2, "There is no setting 'second'", "up", "--data-dir", "elsewhere", "--set", "second=1"))
                .doesNotContain("first");
        refused(2, "JDBC URL", "up", "--data-dir", "elsewhere", "--database-url", "nonsense");
        refused(4, "in use by process", "up");
        refused(2, "http-port", "config", "http-port=x");
        refused(2, "NAME=VALUE", "config", "nonsense");
        refused(5, "--data-dir", "up", "--data-dir", "/proc/nowhere");
        refused(5, Integer.toString(agentos.port()), "registry", "--port", Integer.toString(agentos.port()));
    }

    /** Processes whose command line names that directory: a server, its PostgreSQL. */
    private static List<String> processesOf(Path directory) {
        return ProcessHandle.allProcesses()
                .map(process -> read(Path.of("/proc", Long.toString(process.pid()), "cmdline")))
                .filter(command -> command.contains(directory.toString()))
                .toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            // A process that has just ended has no file any more.
            return "";
        }
    }

    private static String[] with(String[] words, String... more) {
        return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
    }

    /** A command that must fail so, without a stack trace; returns what it printed. */
    private static String refused(int exitCode, String told, String... words) throws Exception {
        String output = agentos.run(words).expect(exitCode).output();
        assertThat(output).contains(told).doesNotContain("\tat ");
        return output;
    }
}
