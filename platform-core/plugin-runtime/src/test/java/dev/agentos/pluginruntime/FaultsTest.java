package dev.agentos.pluginruntime;

import static dev.agentos.pluginruntime.PluginHost.upload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Failure;
import dev.agentos.pluginruntime.consent.PluginUses;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.spi.Tool;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What must happen when an installation, a swap or a removal goes wrong. */
class FaultsTest extends HostedTest {

    /** Case 55. */
    @Test
    void aStartThatHangsOrThrowsIsRefusedWithItsReason() throws Exception {
        install(echo("echo", "1.0.0"));
        Instant began = Instant.now();
        Failure hung = host.failed(host.service.install(upload(starting("slow", "1.0.0", "Thread.sleep(60000);"))));
        assertThat(hung.code()).isEqualTo("plugin:START_FAILED");
        assertThat(hung.message()).contains("slow 1.0.0").contains("longer than 2000 ms");
        assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(15));

        Failure thrown = host.failed(host.service.install(
                upload(starting("slow", "1.0.1", "throw new IllegalStateException(\"no luck\");"))));
        assertThat(thrown.message()).contains("slow 1.0.1").contains("IllegalStateException: no luck");

        assertThat(host.service.find("slow")).isEmpty();
        assertThat(call("echo.say")).isEqualTo("1.0.0");
        assertThat(files()).hasSize(1);
    }

    /** Case 55: reading what was thrown runs the plugin's code as well. */
    @Test
    void aFailureThatCannotBeReadIsGivenUpOrTold() throws Exception {
        install(echo("echo", "1.0.0"));
        String endless = "throw new IllegalStateException() { @Override public String getMessage() {"
                + " while (true) { Thread.interrupted();"
                + " java.util.concurrent.locks.LockSupport.parkNanos(1_000_000_000); } } };";
        Failure hung = host.failed(host.service.install(upload(starting("slow", "1.0.0", endless))));
        assertThat(hung.message()).contains("slow 1.0.0").contains("longer than 2000 ms");

        String odd = "throw new dev.agentos.spi.AgentOsException(null, null, null) {"
                + " @Override public String getMessage() { throw new IllegalStateException(); } };";
        Failure unread = host.failed(host.service.install(upload(starting("slow", "1.0.1", odd))));
        assertThat(unread.code()).isEqualTo("plugin:START_FAILED");
        assertThat(unread.message()).contains("no message");

        String kept = "class Kept extends OutOfMemoryError {} throw new Kept();";
        Failure memory = host.failed(host.service.install(upload(starting("slow", "1.0.2", kept))));
        assertThat(memory.code()).isEqualTo("plugin:START_FAILED");
        assertThat(memory.message()).contains("Kept");
        assertThat(call("echo.say")).isEqualTo("1.0.0");
    }

    /** Case 55: what a tool says of itself is the plugin's code as well. */
    @Test
    void aToolThatSaysNothingOrTooMuchIsRefusedWithItsReason() throws Exception {
        Failure nothing = host.failed(host.service.install(upload(saying("return null;"))));
        assertThat(nothing.code()).isEqualTo("plugin:START_FAILED");
        assertThat(nothing.message()).contains("said 1.0.0").contains("describes itself with nothing");
        Failure much = host.failed(host.service.install(upload(saying(
                "return new ToolDescription(\"said.it\", \"x\".repeat(9_000_000), JsonObject.EMPTY, Effect.PURE);"))));
        assertThat(much.code()).isEqualTo("plugin:START_FAILED");
        assertThat(much.message()).contains("at most 20000 characters").hasSizeLessThan(1_000);
        assertThat(host.service.find("said")).isEmpty();
    }

    private Path saying(String statement) {
        String source = SyntheticSources.tool("Said", "said.it", "", "return ToolResult.of(new JsonString(\"ok\"));");
        int from = source.indexOf("return new ToolDescription");
        return SyntheticJar.plugin("said", "1.0.0")
                .extension(
                        "synthetic.Said",
                        source.substring(0, from) + statement + source.substring(source.indexOf('\n', from)))
                .writeTo(folder);
    }

    /** Case 55. */
    @Test
    void aStopThatHangsIsGivenUpAndTold() {
        install(echo("echo", "1.0.0"));
        for (String statement : List.of(
                "try { Thread.sleep(600_000); } catch (InterruptedException e) { Thread.currentThread().interrupt(); }",
                "throw new IllegalStateException(\"no\");",
                "throw new OutOfMemoryError(\"no\");",
                "throw new InternalError() { @Override public String getMessage() { throw this; } };")) {
            install(SyntheticJar.plugin("clinging", "1.0.0")
                    .extension("synthetic.Clinging", SyntheticSources.stopping("clinging.tool", statement))
                    .writeTo(folder));
            assertThat(call("clinging.tool")).isEqualTo("ok");

            JsonObject result = host.done(host.service.uninstall("clinging", false))
                    .result()
                    .orElseThrow();

            assertThat(result.array("leftBehind").orElseThrow().toString()).contains("stop of plugin clinging 1.0.0");
            assertThat(host.service.find("clinging")).isEmpty();
            assertThat(host.service.extensions().acquire(Tool.class, "clinging.tool"))
                    .isEmpty();
            assertThat(call("echo.say")).isEqualTo("1.0.0");
        }
    }

    /** Case 59. */
    @Test
    void aVersionThatDoesNotStartLeavesTheOldOneRunning() throws Exception {
        install(starting("slow", "1.0.0", ""));

        Failure failure = host.failed(host.service.swap(
                "slow", upload(starting("slow", "1.1.0", "throw new IllegalStateException(\"no luck\");"))));

        assertThat(failure.code()).isEqualTo("plugin:START_FAILED");
        PluginStatus status = host.service.find("slow").orElseThrow();
        assertThat(status.state()).isEqualTo(PluginState.STARTED);
        assertThat(status.plugin().version()).isEqualTo("1.0.0");
        assertThat(call("slow.tool")).isEqualTo("ok");
        assertThat(files()).hasSize(1);
    }

    /** Case 60. */
    @Test
    void aPluginInUseIsRemovedOnlyByForce() {
        install(echo("base", "1.0.0"));
        install(SyntheticJar.toolPlugin("user", "1.0.0", "user.say", "x")
                .dependsOn("base@>=1.0.0")
                .writeTo(folder));
        host.users.add(new PluginUses.Use(
                PluginUses.Kind.GRAPH,
                7,
                List.of(new PluginUses.Named(Optional.of("tnt_1"), "gra_1", Optional.of("mail")))));

        refused(PluginErrorCode.IN_USE, () -> host.service.uninstall("base", false))
                .hasMessageContaining("1 installed plugin needs it: user 1.0.0; ")
                .hasMessageContaining("7 stored graphs name what it offers: gra_1 ('mail', tenant tnt_1) and 6 more.");
        refused(PluginErrorCode.IN_USE, () -> host.service.disable("base", false));
        assertThat(host.service.uses("base").complete()).isTrue();
        assertThat(host.offers.getLast().names()).containsExactly("base.say");

        host.done(host.service.uninstall("base", true));
        assertThat(host.service.find("base")).isEmpty();
    }

    /** Case 61. */
    @Test
    void whatDoesNotFitIsRefusedBeforeAnyChange() throws Exception {
        install(echo("echo", "1.0.0"));
        Failure clash = host.failed(host.service.install(
                upload(SyntheticJar.toolPlugin("twin", "1.0.0", "echo.say", "x").writeTo(folder))));
        assertThat(clash.code()).isEqualTo("plugin:NAME_CLASH");
        assertThat(clash.message()).contains("twin 1.0.0", "echo 1.0.0", "echo.say");

        Failure missing =
                host.failed(host.service.install(upload(SyntheticJar.toolPlugin("needy", "1.0.0", "needy.x", "x")
                        .dependsOn("gone@>=2.0.0")
                        .writeTo(folder))));
        assertThat(missing.code()).isEqualTo("plugin:DEPENDENCY_MISSING");
        assertThat(missing.message()).contains("needy 1.0.0 needs gone >=2.0.0");

        Failure old = host.failed(host.service.install(upload(SyntheticJar.toolPlugin("needy", "1.0.0", "needy.x", "x")
                .dependsOn("echo@>=2.0.0")
                .writeTo(folder))));
        assertThat(old.message()).contains("needy needs echo >=2.0.0 and would get 1.0.0");

        host.releases.offer(SyntheticJar.toolPlugin("left", "1.0.0", "left.x", "x")
                .dependsOn("right")
                .writeTo(folder));
        host.releases.offer(SyntheticJar.toolPlugin("right", "1.0.0", "right.x", "x")
                .dependsOn("left")
                .writeTo(folder));
        Failure circle = host.failed(
                host.service.install(new InstallRequest(new InstallRequest.Release("left", "*"), Consent.ALL)));
        assertThat(circle.message()).contains("circle").contains("left").contains("right");

        Failure stranger =
                host.failed(host.service.install(upload(SyntheticJar.toolPlugin("stranger", "1.0.0", "stranger.x", "x")
                        .header("Import-Package", "dev.agentos.spi;version=\"[1.0,2)\",org.osgi.framework")
                        .writeTo(folder))));
        assertThat(stranger.message()).contains("org.osgi.framework");

        assertThat(host.service.list()).hasSize(1);
        assertThat(files()).hasSize(1);
    }

    @Test
    void aReleaseBringsItsDependenciesAndTheirConsent() {
        PermissionRequest network = request("net.connect api.example.com:443", false);
        host.releases.offer(SyntheticJar.toolPlugin("base", "1.2.0", "base.x", "x")
                .permissions(network)
                .writeTo(folder));
        host.releases.offer(SyntheticJar.toolPlugin("user", "1.0.0", "user.x", "x")
                .dependsOn("base@>=1.0.0")
                .writeTo(folder));
        InstallRequest.Source release = new InstallRequest.Release("user", "*");

        InstallPlan plan = host.service.plan(new InstallRequest(release, Consent.NONE));
        assertThat(plan.steps()).extracting(step -> step.plugin().plugin()).containsExactly("base", "user");
        assertThat(host.service.list()).isEmpty();

        Failure refused = host.failed(host.service.install(new InstallRequest(release, Consent.NONE)));
        assertThat(refused.code()).isEqualTo("plugin:CONSENT_REQUIRED");
        assertThat(refused.message()).contains("base 1.2.0").contains("net.connect api.example.com:443");

        host.done(host.service.install(new InstallRequest(
                release, new Consent(Set.of(network.permission()), false, false, Optional.empty()))));
        assertThat(host.service.list()).hasSize(2);
        assertThat(host.service.permissions("base"))
                .singleElement()
                .satisfies(status -> assertThat(status.granted()).isTrue());
    }

    /** Cases 71 and 72, and the flag for critical permissions. */
    @Test
    void consentIsBoundToTheFileAndToWhatWasAccepted() throws Exception {
        Permission network = Permission.parse("net.connect api.example.com:443");
        Path first = SyntheticJar.toolPlugin("echo", "1.0.0", "echo.say", "1.0.0")
                .permissions(request(network.toString(), false), request("env.read HOME", true))
                .writeTo(folder);
        String shown = PluginFiles.sha512(first);
        Consent consent = new Consent(Set.of(network), false, false, Optional.of(shown));
        Path other = SyntheticJar.toolPlugin("echo", "1.0.0", "echo.say", "other")
                .permissions(request(network.toString(), false))
                .writeTo(folder, "other.jar");

        Failure changed =
                host.failed(host.service.install(new InstallRequest(new InstallRequest.Upload(other), consent)));
        assertThat(changed.code()).isEqualTo("plugin:DIGEST_CHANGED");

        host.done(host.service.install(new InstallRequest(new InstallRequest.Upload(first), consent)));
        assertThat(host.service.permissions("echo"))
                .extracting(InstallPlan.PermissionStatus::granted)
                .containsExactly(true, false);

        Path more = SyntheticJar.toolPlugin("echo", "1.1.0", "echo.say", "1.1.0")
                .permissions(request(network.toString(), false), request("process.exec /bin/ls", false))
                .writeTo(folder);
        assertThat(host.service.plan(upload(more)).steps().getLast().changes())
                .extracting(change -> change.type() + " " + change.after().orElseThrow())
                .containsExactly("ADDED process.exec /bin/ls");
        Failure power = host.failed(host.service.swap("echo", upload(more)));
        assertThat(power.code()).isEqualTo("plugin:CONSENT_REQUIRED");
        assertThat(power.message())
                .contains("'process.exec /bin/ls' (critical)")
                .doesNotContain("net.connect");
        assertThat(call("echo.say")).isEqualTo("1.0.0");

        assertThat(host.service.postpone("echo", upload(more))).isTrue();
        assertThat(pending().plugin().version()).isEqualTo("1.1.0");
        assertThat(call("echo.say")).isEqualTo("1.0.0");
        host.service.dismiss("echo");
        assertThat(host.service.find("echo").orElseThrow().pending()).isEmpty();
        refused(PluginErrorCode.UNKNOWN_RELEASE, () -> host.service.dismiss("echo"));
        host.service.postpone("echo", upload(more));
        host.close();
        host = new PluginHost(folder.resolve("data"), host.plugins);
        assertThat(pending().changes()).hasSize(1);
        assertThat(call("echo.say")).isEqualTo("1.0.0");

        Consent all =
                new Consent(Set.of(), true, true, Optional.of(pending().plugin().sha512()));
        host.done(host.service.swap("echo", host.service.pending("echo", all)));
        assertThat(host.service.find("echo").orElseThrow().pending()).isEmpty();
        assertThat(call("echo.say")).isEqualTo("1.1.0");
        host.done(host.service.rollback("echo"));
        assertThat(host.plugins.list().getFirst().release().grants()).containsExactly(network);
    }

    /** Case 71, the other way: the bytes change after they were stored. */
    @Test
    void aFileThatWasChangedIsNotLoaded() throws Exception {
        install(echo("echo", "1.0.0"));
        install(echo("other", "1.0.0"));
        host.close();
        Path kept = folder.resolve("data/plugins")
                .resolve(host.plugins.list().getFirst().release().sha512() + ".jar");
        Path other = echo("echo", "6.6.6");
        Files.copy(other, kept, java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        host = new PluginHost(folder.resolve("data"), host.plugins);
        assertThat(call("echo.say")).as("as the database has it").isEqualTo("1.0.0");
        host.close();

        Files.copy(other, kept, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        host.plugins.files.clear();
        host = new PluginHost(folder.resolve("data"), host.plugins);

        PluginStatus status = host.service.find("echo").orElseThrow();
        assertThat(status.state()).isEqualTo(PluginState.FAILED);
        assertThat(status.failure().orElseThrow().code()).isEqualTo("plugin:DIGEST_CHANGED");
        assertThat(call("other.say")).isEqualTo("1.0.0");
    }

    /** Case 62: before the commit the old is in force, after it the new. */
    @Test
    void aCrashLeavesTheOldOrTheNewNeverAMixture() throws Exception {
        install(echo("echo", "1.0.0"));
        AtomicBoolean fired = new AtomicBoolean();
        host.plugins.beforeCommit = () -> {
            fired.set(true);
            throw new IllegalStateException("The server dies here");
        };
        Path next = echo("echo", "1.1.0");
        assertThat(host.ended(host.service.swap("echo", upload(next))).failure())
                .isPresent();
        assertThat(fired).isTrue();
        assertThat(call("echo.say")).isEqualTo("1.0.0");
        assertThat(files()).hasSize(1);

        // What a death leaves: a staged file, a kept file without a row, a row whose file is gone.
        host.plugins.beforeCommit = () -> {};
        install(echo("lost", "1.0.0"));
        host.close();
        Files.copy(next, folder.resolve("data/plugins/staging/x.part"));
        Files.copy(next, folder.resolve("data/plugins/" + PluginFiles.sha512(next) + ".jar"));
        String lost = host.plugins.list().get(1).release().sha512();
        Files.delete(folder.resolve("data/plugins/" + lost + ".jar"));
        host.plugins.files.remove(lost);

        host = new PluginHost(folder.resolve("data"), host.plugins);

        assertThat(call("echo.say")).isEqualTo("1.0.0");
        assertThat(host.service.find("lost").orElseThrow().state()).isEqualTo(PluginState.FAILED);
        assertThat(host.service
                        .find("lost")
                        .orElseThrow()
                        .failure()
                        .orElseThrow()
                        .code())
                .isEqualTo("plugin:STORAGE_FAILED");
        assertThat(files()).hasSize(1);
        try (Stream<Path> staged = Files.list(folder.resolve("data/plugins/staging"))) {
            assertThat(staged).isEmpty();
        }
        host.done(host.service.uninstall("lost", false));
        assertThat(host.service.list()).hasSize(1);
    }

    @Test
    void aMarketplaceThatSendsAnotherFileIsNotBelieved() throws Exception {
        PluginVersion offered = host.releases.offer(echo("echo", "1.0.0"));
        host.releases.replace(offered, echo("echo", "6.6.6"));

        Failure failure = host.failed(
                host.service.install(new InstallRequest(new InstallRequest.Release("echo", "*"), Consent.ALL)));

        assertThat(failure.code()).isEqualTo("plugin:DIGEST_CHANGED");
        assertThat(files()).isEmpty();
    }

    @Test
    void configurationSecretsAndDisablingReachThePlugin() {
        Path jar = SyntheticJar.plugin("needs", "1.0.0")
                .permissions(request("secret.read API_*", false))
                .extension(
                        "synthetic.Needs",
                        SyntheticSources.tool(
                                "Needs",
                                "needs.tool",
                                "if (context.configuration().text(\"break\").isPresent())"
                                        + " throw new IllegalStateException(\"broken\");",
                                "return ToolResult.of(new"
                                    + " JsonString(context.configuration().text(\"greeting\").orElse(\"-\") +"
                                    + " context.secret(\"API_KEY\").orElse(\"none\") + (arguments.isEmpty() ? \"\" :"
                                    + " context.secret(\"OTHER\"))));"))
                .writeTo(folder);
        host.secrets.put("API_KEY", "s3cret");
        host.secrets.put("OTHER", "hidden");
        install(jar);

        assertThat(call("needs.tool")).isEqualTo("-s3cret");
        host.done(host.service.configure("needs", InstalledPlugin.ANY, JsonObject.of("greeting", "hi ")));
        assertThat(call("needs.tool")).isEqualTo("hi s3cret");
        assertThat(host.failed(host.service.configure("needs", InstalledPlugin.ANY, JsonObject.of("break", "x")))
                        .code())
                .isEqualTo("plugin:START_FAILED");
        assertThat(call("needs.tool")).isEqualTo("hi s3cret");
        try (ExtensionHandle<Tool> handle =
                host.service.extensions().acquire(Tool.class, "needs.tool").orElseThrow()) {
            refused(
                            PluginErrorCode.PERMISSION_DENIED,
                            () -> handle.extension().call(JsonObject.of("x", 1), FakeCallContext.create()))
                    .hasMessageContaining("needs 1.0.0")
                    .hasMessageContaining("secret.read OTHER");
        }
        host.done(host.service.disable("needs", false));
        assertThat(host.service.find("needs").orElseThrow().state()).isEqualTo(PluginState.STOPPED);
        assertThat(host.service.extensions().acquire(Tool.class, "needs.tool")).isEmpty();
        host.done(host.service.enable("needs"));
        assertThat(call("needs.tool")).isEqualTo("hi s3cret");
    }

    private PluginStatus.Pending pending() {
        return host.service.find("echo").orElseThrow().pending().orElseThrow();
    }

    /** Case 57. */
    @Test
    void whatAPluginLeavesInMemoryIsSeen() throws Exception {
        install(SyntheticJar.toolPlugin("clean", "1.0.0", "clean.answer", "x").writeTo(folder));
        install(SyntheticJar.plugin("leaking", "1.0.0")
                .extension(
                        "synthetic.Slow",
                        SyntheticSources.starting(
                                "leaking.answer",
                                "Thread t = new Thread(() -> { try { Thread.sleep(600_000); } catch"
                                        + " (InterruptedException e) { } }, \"left-here\");"
                                        + " t.setDaemon(true); t.start();"))
                .writeTo(folder));
        List<String> left = new ArrayList<>();
        for (String plugin : List.of("clean", "leaking")) {
            JsonObject result =
                    host.done(host.service.uninstall(plugin, false)).result().orElseThrow();
            left.add(result.array("leftBehind").orElseThrow().toString());
        }
        assertThat(left.getFirst()).isEqualTo("[]");
        assertThat(left.getLast()).contains("left-here");
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            System.gc();
            assertThat(host.metrics.scrape())
                    .contains("agentos_plugins_gone_loaders{plugin=\"clean\"} 0.0")
                    .contains("agentos_plugins_gone_loaders{plugin=\"leaking\"} 1.0");
        });
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("left-here"))
                .forEach(Thread::interrupt);
    }

    private void install(Path jar) {
        host.done(host.service.install(upload(jar)));
    }

    /** A plugin whose tool answers with its version. */
    private Path echo(String id, String version) {
        return SyntheticJar.toolPlugin(id, version, id + ".say", version).writeTo(folder);
    }

    private Path starting(String id, String version, String statements) {
        return SyntheticJar.plugin(id, version)
                .extension("synthetic.Slow", SyntheticSources.starting(id + ".tool", statements))
                .writeTo(folder);
    }

    private static PermissionRequest request(String permission, boolean optional) {
        return new PermissionRequest(Permission.parse(permission), "for a test", optional);
    }

    private String call(String tool) {
        try (ExtensionHandle<Tool> handle =
                host.service.extensions().acquire(Tool.class, tool).orElseThrow()) {
            return ((JsonString) handle.extension()
                            .call(JsonObject.EMPTY, FakeCallContext.create())
                            .output())
                    .value();
        }
    }

    private List<Path> files() throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve("data/plugins"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> refused(
            PluginErrorCode code, ThrowingCallable call) {
        return assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
    }
}
