package dev.agentos.pluginruntime;

import static dev.agentos.pluginruntime.PluginHost.upload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Operation;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Permission;
import dev.agentos.spi.Tool;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The states of a plugin: on one server, on two, and on one that dies at any step. */
class LifeCycleTest {

    private static final Path DOCUMENT = Path.of("../../docs/reference/plugin-states.md");

    @TempDir
    private Path folder;

    /** A plugin whose tool answers with its version; the version 9.0.0 does not start. */
    private Path version(String version) {
        return SyntheticJar.plugin("echo", version)
                .extension(
                        "synthetic.Echo",
                        SyntheticSources.tool(
                                "Echo",
                                "echo.say",
                                version.equals("9.0.0") ? "throw new IllegalStateException(\"no luck\");" : "",
                                "return ToolResult.of(new JsonString(\"" + version + "\"));"))
                .writeTo(folder, "echo-" + version + ".jar");
    }

    private static Optional<String> answer(PluginHost host) {
        return host.service.extensions().acquire(Tool.class, "echo.say").map(handle -> {
            try (handle) {
                return ((JsonString) handle.extension()
                                .call(JsonObject.EMPTY, FakeCallContext.create())
                                .output())
                        .value();
            }
        });
    }

    @Test
    void theDocumentShowsTheStatesThatThereAre() throws IOException {
        assertThat(DOCUMENT).content().contains("```mermaid\n" + PluginState.diagram() + "```");
    }

    @Test
    void progressNamesThePluginAndNotTheFileOfTheUpload() throws IOException {
        Path stored = Files.copy(version("1.2.0"), folder.resolve("upload_0123.jar"));
        try (PluginHost host = new PluginHost(folder.resolve("data"))) {
            Operation installed = host.done(host.service.install(upload(stored)));

            assertThat(host.messages(installed))
                    .contains("Verifying echo 1.2.0", "Storing echo 1.2.0", "Starting echo 1.2.0")
                    .noneMatch(message -> message.contains("upload_"));
        }
        assertThat(PluginFile.name(Files.writeString(folder.resolve("upload_4567.jar"), "no archive")))
                .isEqualTo("the file");
    }

    @Test
    void whatCannotHappenIsRefused() {
        assertThat(PluginState.after(Optional.empty(), PluginState.Event.INSTALL))
                .contains(PluginState.INSTALLING);
        assertThat(PluginState.after(Optional.of(PluginState.STARTED), PluginState.Event.REMOVE))
                .isEmpty();
        assertThatThrownBy(() -> PluginState.after(Optional.empty(), PluginState.Event.START))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not here");
        assertThatThrownBy(() -> PluginState.after(Optional.of(PluginState.STARTED), PluginState.Event.GIVE_UP))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> PluginState.after(Optional.of(PluginState.INSTALLING), PluginState.Event.REMOVE))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anotherServerFollowsEachChangeAndGetsTheFileFromTheDatabase() {
        try (PluginHost one = new PluginHost(folder.resolve("one"));
                PluginHost two = new PluginHost(folder.resolve("two"), one.plugins)) {
            one.done(one.service.install(upload(version("1.0.0"))));
            assertThat(two.service.find("echo").orElseThrow().state()).isEqualTo(PluginState.INSTALLING);
            assertThat(answer(two)).isEmpty();
            two.service.follow();
            assertThat(two.service.isBehind()).isFalse();
            assertThat(answer(two)).contains("1.0.0");

            // Who changes something follows first.
            one.done(one.service.swap("echo", upload(version("2.0.0"))));
            two.done(two.service.disable("echo", false));
            assertThat(two.service.find("echo").orElseThrow().plugin().version())
                    .isEqualTo("2.0.0");
            one.service.follow();
            assertThat(one.service.find("echo").orElseThrow().state()).isEqualTo(PluginState.STOPPED);
            assertThat(answer(one)).isEmpty();
            one.done(one.service.enable("echo"));
            two.service.follow();
            assertThat(answer(two)).contains("2.0.0");

            Path kept = folder.resolve("two/plugin-data/echo");
            assertThat(kept).isDirectory();
            one.done(one.service.uninstall("echo", false));
            two.service.follow();
            assertThat(two.service.list()).isEmpty();
            assertThat(answer(two)).isEmpty();
            assertThat(kept).doesNotExist();
            assertThat(folder.resolve("one/plugin-data/echo")).doesNotExist();
        }
    }

    private static Path keep(String server, Path folder) throws IOException {
        return Files.writeString(folder.resolve(server + "/plugin-data/echo/kept"), "of the one before");
    }

    /** The next one of its name may be another publisher's. */
    @Test
    void whatAServerKeptWithoutHearingOfTheRemovalIsNotForTheNextOfThatName() throws IOException {
        try (PluginHost one = new PluginHost(folder.resolve("one"))) {
            Path behind;
            Path asleep;
            try (PluginHost two = new PluginHost(folder.resolve("two"), one.plugins)) {
                one.done(one.service.install(upload(version("1.0.0"))));
                two.service.follow();
                behind = keep("two", folder);
                one.done(one.service.swap("echo", upload(version("2.0.0"))));
                two.service.follow();
                assertThat(behind).as("a swap is no other installation").exists();

                one.done(one.service.uninstall("echo", false));
                one.done(one.service.install(upload(version("2.0.0"))));
                two.service.follow();
                assertThat(answer(two)).contains("2.0.0");
                assertThat(behind).doesNotExist();
                asleep = keep("two", folder);
            }
            try (PluginHost two = new PluginHost(folder.resolve("two"), one.plugins)) {
                assertThat(asleep).as("a start is no other installation").exists();
                assertThat(answer(two)).contains("2.0.0");
            }
            one.done(one.service.uninstall("echo", false));
            one.done(one.service.install(upload(version("1.0.0"))));
            try (PluginHost two = new PluginHost(folder.resolve("two"), one.plugins)) {
                assertThat(answer(two)).contains("1.0.0");
                assertThat(asleep).doesNotExist();
                keep("two", folder);
            }
            one.done(one.service.uninstall("echo", false));
            try (PluginHost two = new PluginHost(folder.resolve("two"), one.plugins)) {
                assertThat(two.service.list()).isEmpty();
                assertThat(asleep).as("it may be the wrong database").exists();
                one.done(one.service.install(upload(version("1.0.0"))));
                two.service.follow();
                assertThat(answer(two)).contains("1.0.0");
                assertThat(asleep).doesNotExist();
            }
        }
    }

    /** As of a server of an earlier release. */
    @Test
    void whatNobodyKnowsWhoseItIsIsPutAside() throws IOException {
        Files.createDirectories(folder.resolve("data/plugin-data/echo"));
        Path kept = keep("data", folder);
        try (PluginHost host = new PluginHost(folder.resolve("data"))) {
            host.done(host.service.install(upload(version("1.0.0"))));
            assertThat(kept).doesNotExist();
            try (Stream<Path> aside = Files.walk(folder.resolve("data/plugin-data-aside"))) {
                assertThat(aside.filter(Files::isRegularFile))
                        .singleElement()
                        .asString()
                        .endsWith("echo/kept");
            }
        }
    }

    /** A database whose answer is lost may have done what it was asked for. */
    @Test
    void aCommitWhoseAnswerIsLostIsInForce() {
        FakePluginStore store = new FakePluginStore();
        try (PluginHost host = new PluginHost(folder.resolve("data"), store)) {
            Runnable once = () -> {
                store.afterCommit = () -> {};
                throw new AgentOsException(KernelErrorCode.DATABASE_UNAVAILABLE, "The connection broke.", "Wait.");
            };
            store.afterCommit = once;
            host.done(host.service.install(upload(version("1.0.0"))));
            assertThat(answer(host)).contains("1.0.0");
            store.afterCommit = once;
            host.done(host.service.swap("echo", upload(version("2.0.0"))));
            assertThat(answer(host)).contains("2.0.0");
            assertThat(host.service.isBehind()).isFalse();
            store.afterCommit = once;
            assertThat(host.service.postpone("echo", upload(version("3.0.0")))).isTrue();

            store.beforeCommit = () -> {
                throw new AgentOsException(KernelErrorCode.DATABASE_UNAVAILABLE, "The connection broke.", "Wait.");
            };
            assertThat(host.failed(host.service.swap("echo", upload(version("1.0.0"))))
                            .code())
                    .isEqualTo("server:DATABASE_UNAVAILABLE");
            assertThat(answer(host)).contains("2.0.0");
            store.beforeCommit = () -> {};
            store.afterCommit = once;
            host.done(host.service.uninstall("echo", false));
            assertThat(host.service.list()).isEmpty();
            assertThat(folder.resolve("data/plugin-data/echo")).doesNotExist();
        }
    }

    @Test
    void whatIsFetchedStaysWhileOthersChange() {
        try (PluginHost host = new PluginHost(folder.resolve("data"))) {
            host.done(host.service.install(upload(version("1.0.0"))));
            host.releases.offer(
                    SyntheticJar.toolPlugin("base", "1.0.0", "base.say", "x").writeTo(folder, "base.jar"));
            host.releases.offer(SyntheticJar.toolPlugin("user", "1.0.0", "user.say", "x")
                    .dependsOn("base@1.0.0")
                    .writeTo(folder, "user.jar"));
            AtomicBoolean first = new AtomicBoolean(true);
            host.releases.onResolve = plugin -> {
                if (plugin.equals("base") && first.getAndSet(false)) {
                    host.done(host.service.restart("echo"));
                    host.done(host.service.restart("echo"));
                }
            };
            host.done(host.service.install(new InstallRequest(new InstallRequest.Release("user", "*"), Consent.ALL)));
            assertThat(host.releases.asked()).isEqualTo(2);
        }
    }

    @Test
    void aServerTakesSeveralChangesAsOne() {
        try (PluginHost one = new PluginHost(folder.resolve("one"));
                PluginHost two = new PluginHost(folder.resolve("two"), one.plugins)) {
            one.done(one.service.install(upload(version("1.0.0"))));
            two.service.follow();
            one.done(one.service.disable("echo", false));
            one.done(one.service.install(upload(SyntheticJar.toolPlugin("a-twin", "1.0.0", "echo.say", "twin")
                    .writeTo(folder))));
            two.service.follow();
            assertThat(two.service.find("echo").orElseThrow().state()).isEqualTo(PluginState.STOPPED);
            assertThat(two.service.find("a-twin").orElseThrow().state()).isEqualTo(PluginState.STARTED);
            assertThat(answer(two)).contains("twin");
        }
    }

    @Test
    void anUpdateThatWaitsRestartsNobody() {
        try (PluginHost one = new PluginHost(folder.resolve("one"));
                PluginHost two = new PluginHost(folder.resolve("two"), one.plugins)) {
            one.done(one.service.install(upload(version("1.0.0"))));
            two.service.follow();
            Object before = loading(two);
            assertThat(one.service.postpone("echo", upload(version("2.0.0")))).isTrue();
            two.service.follow();
            assertThat(two.service.isBehind()).isFalse();
            assertThat(two.service.find("echo").orElseThrow().pending()).isPresent();
            assertThat(loading(two)).isSameAs(before);
        }
    }

    private static Object loading(PluginHost host) {
        try (ExtensionHandle<Tool> handle =
                host.service.extensions().acquire(Tool.class, "echo.say").orElseThrow()) {
            return handle.loading();
        }
    }

    @Test
    void aKeptFileThatIsDamagedIsDownloadedAnew() throws IOException {
        try (PluginHost host = new PluginHost(folder.resolve("data"))) {
            host.releases.offer(version("1.0.0"));
            host.releases.offer(version("2.0.0"));
            host.done(host.service.install(release("1.0.0")));
            host.done(host.service.swap("echo", release("2.0.0")));
            String before =
                    host.plugins.list().getFirst().previous().orElseThrow().sha512();
            Files.write(folder.resolve("data/plugins").resolve(before + ".jar"), new byte[] {1, 2, 3});

            host.done(host.service.swap("echo", release("1.0.0")));
            assertThat(answer(host)).contains("1.0.0");
        }
    }

    private static InstallRequest release(String version) {
        return new InstallRequest(new InstallRequest.Release("echo", version), Consent.ALL);
    }

    @Test
    void aFileThatIsLostWhileTheServerRunsComesFromTheDatabase() throws IOException {
        try (PluginHost host = new PluginHost(folder.resolve("data"))) {
            host.done(host.service.install(upload(version("1.0.0"))));
            Path kept = folder.resolve("data/plugins")
                    .resolve(host.plugins.list().getFirst().release().sha512() + ".jar");
            Files.delete(kept);
            host.done(host.service.restart("echo"));
            assertThat(answer(host)).contains("1.0.0");
            Files.write(kept, new byte[] {1, 2, 3});
            host.done(host.service.restart("echo"));
            assertThat(answer(host)).contains("1.0.0");
        }
    }

    @Test
    void whatIsUnloadedHasNoGrantsAnyMore() {
        Permission secret = Permission.parse("secret.read KEY");
        GrantedPermissions grants =
                new GrantedPermissions(new PluginVersion("echo", "1.0.0", "0".repeat(128)), List.of(secret));
        grants.require(secret);
        grants.close();
        assertThatThrownBy(() -> grants.require(secret))
                .isInstanceOf(AgentOsException.class)
                .hasMessageContaining("is unloaded");
    }

    /** The end of a change at a place; a server that is killed there is a case of the fault lab. */
    private static final class Death extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Death(String place) {
            super(place);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "install, afterPluginKept, -",
        "install, afterPluginStarted, -",
        "install, afterPluginCommitted, 2.0.0",
        "install, afterPluginSwitched, 2.0.0",
        "swap, afterPluginKept, 1.0.0",
        "swap, afterPluginStarted, 1.0.0",
        "swap, afterPluginCommitted, 2.0.0",
        "swap, afterPluginSwitched, 2.0.0",
        "swap, afterPluginUnloaded, 2.0.0",
        "uninstall, afterPluginCommitted, -",
        "uninstall, afterPluginUnloaded, -"
    })
    void aDeathAtAnyStepLeavesTheOldOrTheNew(String change, String place, String expected) throws IOException {
        FakePluginStore store = new FakePluginStore();
        AtomicReference<String> deadly = new AtomicReference<>("");
        Failpoints failpoints = name -> {
            if (name.equals(deadly.get())) {
                deadly.set("");
                throw new Death(name);
            }
        };
        try (PluginHost host = new PluginHost(folder.resolve("data"), store, true, failpoints)) {
            if (!change.equals("install")) {
                host.done(host.service.install(upload(version("1.0.0"))));
            }
            deadly.set(place);
            Path next = version("2.0.0");
            Operation died = host.ended(
                    switch (change) {
                        case "install" -> host.service.install(upload(next));
                        case "swap" -> host.service.swap("echo", upload(next));
                        default -> host.service.uninstall("echo", false);
                    });
            assertThat(deadly.get()).as("the place was reached").isEmpty();
            assertThat(died.state()).isEqualTo(Operation.State.FAILED);
        }
        try (PluginHost again = new PluginHost(folder.resolve("data"), store)) {
            assertThat(answer(again).orElse("-")).isEqualTo(expected);
            assertThat(again.service.list()).hasSize(expected.equals("-") ? 0 : 1);
            try (var files = Files.list(folder.resolve("data/plugins"))) {
                long kept = store.list().stream()
                        .mapToLong(row -> 1 + row.previous().stream().count())
                        .sum();
                assertThat(files.filter(Files::isRegularFile)).hasSize((int) kept);
            }
            if (expected.equals("-")) {
                again.done(again.service.install(upload(version("3.0.0"))));
            } else {
                again.done(again.service.swap("echo", upload(version("3.0.0"))));
            }
            assertThat(answer(again)).contains("3.0.0");
        }
    }

    @Test
    void anyOrderOfChangesKeepsStateAndServiceTogether() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("LifeCycleTest seed=" + seed);
        Random random = new Random(seed);
        List<String> versions = List.of("1.0.0", "2.0.0", "9.0.0");
        versions.forEach(this::version);
        try (PluginHost one = new PluginHost(folder.resolve("one"));
                PluginHost two = new PluginHost(folder.resolve("two"), one.plugins)) {
            for (int step = 0; step < 60; step++) {
                PluginHost host = random.nextBoolean() ? one : two;
                InstallRequest request =
                        upload(folder.resolve("echo-" + versions.get(random.nextInt(versions.size())) + ".jar"));
                try {
                    Operation ended = host.ended(
                            switch (random.nextInt(8)) {
                                case 0, 1 -> host.service.install(request);
                                case 2 -> host.service.swap("echo", request);
                                case 3 -> host.service.rollback("echo");
                                case 4 -> host.service.disable("echo", false);
                                case 5 -> host.service.enable("echo");
                                case 6 -> host.service.restart("echo");
                                default -> host.service.uninstall("echo", false);
                            });
                    // What is not the plugin's fault would be a transition that cannot be.
                    assertThat(ended.failure().map(Failure::code).orElse(""))
                            .isIn(
                                    "",
                                    "plugin:START_FAILED",
                                    "plugin:ALREADY_INSTALLED",
                                    "plugin:UNKNOWN_PLUGIN",
                                    "plugin:NO_PREVIOUS_VERSION");
                } catch (AgentOsException e) {
                    assertThat(e.errorCode().code())
                            .isIn("plugin:ALREADY_INSTALLED", "plugin:UNKNOWN_PLUGIN", "plugin:NO_PREVIOUS_VERSION");
                }
                host.service.follow();
                check(host);
            }
            one.service.follow();
            two.service.follow();
            check(one);
            check(two);
            assertThat(answer(one)).isEqualTo(answer(two));
        }
    }

    private static void check(PluginHost host) {
        Optional<InstalledPlugin> row = host.plugins.list().stream().findFirst();
        Optional<PluginStatus> status = host.service.find("echo");
        assertThat(status.isPresent()).isEqualTo(row.isPresent());
        if (row.isPresent()) {
            assertThat(status.orElseThrow().state())
                    .isEqualTo(row.get().enabled() ? PluginState.STARTED : PluginState.STOPPED);
            assertThat(answer(host))
                    .isEqualTo(row.filter(InstalledPlugin::enabled)
                            .map(found -> found.release().version()));
        } else {
            assertThat(answer(host)).isEmpty();
        }
    }

    @Test
    void aVersionThatTakesItsOwnPlaceLeavesTheOneBeforeIt() {
        try (PluginHost host = new PluginHost(folder.resolve("data"))) {
            host.done(host.service.install(upload(version("1.0.0"))));
            Path next = version("2.0.0");
            host.done(host.service.swap("echo", upload(next)));
            host.done(host.service.swap("echo", upload(next)));
            assertThat(answer(host)).contains("2.0.0");
            host.done(host.service.rollback("echo"));
            assertThat(answer(host)).contains("1.0.0");
        }
    }

    @Test
    void aFileThatBecomesAnotherPluginsIsRefused() throws IOException {
        try (PluginHost host = new PluginHost(folder.resolve("data"))) {
            host.done(host.service.install(upload(version("1.0.0"))));
            Path sent = Files.copy(version("2.0.0"), folder.resolve("sent.jar"));
            Path other =
                    SyntheticJar.toolPlugin("other", "1.0.0", "other.say", "x").writeTo(folder, "other.jar");
            Operation before = host.service.install(upload(SyntheticJar.plugin("slow", "1.0.0")
                    .extension("synthetic.Slow", SyntheticSources.starting("slow.tool", "Thread.sleep(1_500);"))
                    .writeTo(folder, "slow.jar")));
            Operation swap = host.service.swap("echo", upload(sent));
            Files.copy(other, sent, StandardCopyOption.REPLACE_EXISTING);

            host.done(before);
            assertThat(host.failed(swap).code()).isEqualTo("plugin:DIGEST_CHANGED");
            assertThat(host.service.find("other")).isEmpty();
            assertThat(answer(host)).contains("1.0.0");
            host.done(host.service.install(upload(other)));
        }
    }
}
