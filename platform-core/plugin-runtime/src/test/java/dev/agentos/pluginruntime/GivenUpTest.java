package dev.agentos.pluginruntime;

import static dev.agentos.pluginruntime.PluginHost.upload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Operation;
import dev.agentos.kernel.PageRequest;
import dev.agentos.pluginruntime.logs.PluginLogs;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Approvals;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Tool;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Scope;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes of plugins that somebody cancels, or that fail, and what they leave. */
class GivenUpTest {

    private static final String HANGS = "Thread.sleep(60_000);";
    private static final String HANGS_ON = "long end = System.nanoTime() + 20_000_000_000L;"
            + " while (System.nanoTime() < end) { try { Thread.sleep(1_000); } catch (InterruptedException e) { } }";

    /** Far from how long the start may take. */
    private static final Duration SOON = Duration.ofSeconds(10);

    /** For a machine that has much else to do. */
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private PluginHost host;

    /** A process of another test may still be about to end. */
    private Set<ProcessHandle> before = Set.of();

    @BeforeEach
    void open() {
        before = ProcessHandle.current().children().collect(Collectors.toSet());
        host = new PluginHost(folder.resolve("data"), Duration.ofSeconds(60));
    }

    @AfterEach
    void close() {
        // Whoever still waits for a registry would be waited for.
        host.releases.opened.countDown();
        host.close();
    }

    private Path starting(String id, String version, String statements) {
        return SyntheticJar.plugin(id, version)
                .extension("synthetic.Slow", SyntheticSources.starting(id + ".tool", statements))
                .writeTo(folder);
    }

    private void awaitStart(Operation operation, String version) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> host.messages(operation).contains("Starting " + version));
    }

    private void isCancelledSoon(Operation operation) {
        assertThat(host.cancel(operation)).isTrue();
        await().atMost(SOON).until(() -> host.ended(operation).state() == Operation.State.CANCELLED);
    }

    @ParameterizedTest
    @ValueSource(strings = {HANGS, HANGS_ON})
    void aStartThatHangsEndsWhenItsChangeIsCancelledAndTheVersionBeforeGoesOn(String hangs) throws Exception {
        host.done(host.service.install(upload(starting("slow", "1.0.0", ""))));
        host.done(host.service.install(upload(starting("other", "1.0.0", ""))));
        Path kept = Files.writeString(folder.resolve("data/plugin-data/slow/kept"), "of 1.0.0");

        Operation swap = host.service.swap("slow", upload(starting("slow", "1.1.0", hangs)));
        awaitStart(swap, "slow 1.1.0");
        Operation behind = host.service.restart("other");
        isCancelledSoon(swap);

        host.done(behind);
        PluginStatus status = host.service.find("slow").orElseThrow();
        assertThat(status.state()).isEqualTo(PluginState.STARTED);
        assertThat(status.plugin().version()).isEqualTo("1.0.0");
        assertThat(call("slow.tool")).isEqualTo("ok");
        assertThat(kept).hasContent("of 1.0.0");
        if (hangs.equals(HANGS_ON)) {
            assertThat(host.metrics.scrape()).contains("agentos_plugins_gone_loaders{plugin=\"slow\"} 1.0");
        }
        host.done(host.service.swap("slow", upload(starting("slow", "1.2.0", ""))));
        assertThat(host.service.find("slow").orElseThrow().plugin().version()).isEqualTo("1.2.0");
    }

    @Test
    void whoWaitsBehindAStartThatHangsCanBeCancelled() throws Exception {
        host.done(host.service.install(upload(starting("other", "1.0.0", ""))));
        Operation install = host.service.install(upload(starting("slow", "1.0.0", HANGS)));
        awaitStart(install, "slow 1.0.0");
        Operation restart = host.service.restart("other");
        Operation installed = host.service.install(upload(starting("third", "1.0.0", "")));

        isCancelledSoon(restart);
        isCancelledSoon(installed);

        assertThat(host.messages(install)).last().isEqualTo("Starting slow 1.0.0");
        isCancelledSoon(install);
        host.done(host.service.restart("other"));
    }

    @Test
    void aRegistryThatDoesNotAnswerIsNotWaitedForWhenItsChangeIsCancelled() throws Exception {
        host.releases.offer(starting("slow", "1.0.0", ""));
        host.releases.opened = new CountDownLatch(1);
        InstallRequest request = new InstallRequest(new InstallRequest.Release("slow", "*"), Consent.ALL);
        Operation install = host.service.install(request);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> host.messages(install).contains("Downloading slow 1.0.0"));
        isCancelledSoon(install);
        host.releases.opened.countDown();
        host.done(host.service.install(request));
    }

    @Test
    void anInstallationThatFailsLeavesNothing() throws Exception {
        host.done(host.service.install(upload(starting("other", "1.0.0", ""))));
        Files.writeString(folder.resolve("data/plugin-data/other/kept"), "of other");
        List<String> before = files();
        host.releases.offer(starting("base", "1.0.0", ""));
        host.releases.offer(SyntheticJar.plugin("slow", "1.0.0")
                .dependsOn("base@>=1.0.0")
                .extension(
                        "synthetic.Slow",
                        SyntheticSources.starting("slow.tool", "throw new IllegalStateException(\"no luck\");"))
                .writeTo(folder));
        InstallRequest request = new InstallRequest(new InstallRequest.Release("slow", "*"), Consent.ALL);

        assertThat(host.failed(host.service.install(request)).message()).contains("no luck");
        assertThat(files()).isEqualTo(before);

        Operation hung = host.service.install(upload(starting("slow", "1.0.1", HANGS)));
        awaitStart(hung, "slow 1.0.1");
        isCancelledSoon(hung);
        assertThat(host.service.find("slow")).isEmpty();
        assertThat(files()).isEqualTo(before);

        // What is refused for what it offers has started already.
        assertThat(host.failed(host.service.install(upload(SyntheticJar.plugin("twin", "1.0.0")
                                .extension("synthetic.Slow", SyntheticSources.starting("other.tool", ""))
                                .writeTo(folder))))
                        .code())
                .isEqualTo("plugin:NAME_CLASH");
        assertThat(files()).isEqualTo(before);

        assertThat(host.failed(host.service.swap(
                                "other",
                                upload(starting("other", "1.1.0", "throw new IllegalStateException(\"no luck\");"))))
                        .code())
                .isEqualTo("plugin:START_FAILED");
        assertThat(files()).isEqualTo(before);
    }

    /** All that is kept of plugins, but downloads, which whoever tries again finds. */
    private List<String> files() throws IOException {
        Path data = folder.resolve("data");
        try (Stream<Path> found = Files.walk(data)) {
            return found.map(file -> data.relativize(file).toString())
                    .filter(file -> !file.startsWith("plugins/staging/") && !file.startsWith("cache"))
                    .sorted()
                    .toList();
        }
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

    private InstallRequest apart(String version, String statements) {
        return new InstallRequest(
                new InstallRequest.Upload(starting("slow", version, statements)),
                Consent.ALL,
                Optional.of(true),
                Optional.empty());
    }

    private long processes() {
        return ProcessHandle.current()
                .children()
                .filter(child -> !before.contains(child))
                .count();
    }

    private boolean hasSaid(String text) {
        return host.service.log("slow").after(0, 1_000).stream()
                .anyMatch(line ->
                        line instanceof PluginLogs.Line said && said.message().contains(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {HANGS, HANGS_ON, ""})
    void aStartInAProcessOfItsOwnEndsWithTheProcessWhenItIsCancelled(String hangs) throws Exception {
        host.done(host.service.install(apart("1.0.0", "")));
        assertThat(processes()).isOne();

        Operation swap = host.service.swap(
                "slow",
                apart(
                        "1.1.0",
                        "context.logger().log(System.Logger.Level.INFO, \"has begun\"); "
                                + (hangs.isEmpty() ? HANGS : hangs)));
        awaitStart(swap, "slow 1.1.0");
        // Before the process is there, or in the midst of the start.
        if (!hangs.isEmpty()) {
            await().atMost(Duration.ofSeconds(60)).until(() -> hasSaid("has begun"));
        }
        isCancelledSoon(swap);

        await().atMost(LONG).until(() -> processes() == 1);
        await().atMost(LONG).until(() -> workers() == 1);
        PluginStatus status = host.service.find("slow").orElseThrow();
        assertThat(status.state()).isEqualTo(PluginState.STARTED);
        assertThat(status.plugin().version()).isEqualTo("1.0.0");
        assertThat(status.isolated()).isTrue();
        assertThat(call("slow.tool")).isEqualTo("ok");

        host.done(host.service.restart("slow"));
        host.done(host.service.swap("slow", apart("1.2.0", "")));
        assertThat(call("slow.tool")).isEqualTo("ok");
        await().atMost(LONG).until(() -> processes() == 1);
    }

    private long workers() throws IOException {
        try (Stream<Path> found = Files.list(folder.resolve("data/cache/workers"))) {
            return found.count();
        }
    }

    @Test
    void nobodyWaitsForARegistryThatSomebodyElseAsks() throws Exception {
        host.done(host.service.install(upload(starting("other", "1.0.0", ""))));
        host.done(host.service.install(upload(starting("slow", "1.0.0", ""))));
        host.releases.offer(starting("slow", "1.1.0", ""));
        host.releases.opened = new CountDownLatch(1);
        InstallRequest request = new InstallRequest(new InstallRequest.Release("slow", "*"), Consent.ALL);
        CompletableFuture<Boolean> postponed =
                CompletableFuture.supplyAsync(() -> host.service.postpone("slow", request));
        await().atMost(LONG).until(() -> host.releases.asked() == 1);
        await().atMost(LONG)
                .until(() -> host.ended(host.service.restart("other")).state() == Operation.State.SUCCEEDED);
        host.releases.opened.countDown();
        assertThat(postponed.join()).isTrue();
    }

    @Test
    void nobodyWaitsForARegistryForWhatWasAgreedTo() throws Exception {
        host.done(host.service.install(upload(starting("other", "1.0.0", ""))));
        PluginVersion offered = host.releases.offer(starting("slow", "1.0.0", ""));
        host.rule(Optional.empty(), "REQUIRE_APPROVAL", "plugin.id == 'slow'", "enforce");
        Operation install = host.waiting(
                host.service.install(new InstallRequest(new InstallRequest.Release("slow", "*"), Consent.ALL)));
        assertThat(install.state()).as(() -> String.valueOf(install.failure())).isEqualTo(Operation.State.WAITING);
        // Days later it is not in the staging area any more.
        Files.delete(folder.resolve("data/plugins/staging").resolve(offered.sha512() + ".part"));
        host.releases.opened = new CountDownLatch(1);
        Approval asked = host.approvals
                .list(Optional.empty(), true, Optional.empty(), new PageRequest(1, Optional.empty()))
                .items()
                .getFirst();
        host.approvals.approve(
                Optional.empty(),
                asked.id(),
                new Approvals.Ballot(
                        new Principal("key_other", "other", Optional.empty(), EnumSet.allOf(Scope.class)),
                        asked.standing().nonce(),
                        Optional.empty()),
                Optional.empty());
        await().atMost(LONG).until(() -> host.releases.asked() == 2);
        await().atMost(LONG)
                .until(() -> host.ended(host.service.restart("other")).state() == Operation.State.SUCCEEDED);
        host.releases.opened.countDown();
        host.done(install);
    }
}
