package dev.agentos.pluginruntime;

import static dev.agentos.pluginruntime.PluginHost.upload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Operation;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Tool;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PluginServiceTest extends HostedTest {

    @Test
    void aPluginIsInstalledCalledAndUninstalled() throws Exception {
        Path jar = SyntheticJar.toolPlugin("echo", "1.0.0", "echo.say", "one").writeTo(folder);

        Operation installed = host.done(host.service.install(upload(jar)));

        assertThat(installed.result().orElseThrow().text("version")).contains("1.0.0");
        assertThat(host.messages(installed)).contains("Starting echo 1.0.0", "Done");
        assertThat(host.service.find("echo").orElseThrow().state()).isEqualTo(PluginState.STARTED);
        assertThat(host.service.extensions().list(Tool.class))
                .singleElement()
                .satisfies(tool -> assertThat(tool.plugin().version()).isEqualTo("1.0.0"));
        assertThat(call("echo.say")).isEqualTo("one");

        host.done(host.service.uninstall("echo", false));

        assertThat(host.service.list()).isEmpty();
        assertThat(host.service.extensions().acquire(Tool.class, "echo.say")).isEmpty();
        assertThat(files()).isEmpty();
    }

    @Test
    void aVersionIsSwappedAndRolledBack() throws Exception {
        install("1.0.0", "one");
        Path next = SyntheticJar.toolPlugin("echo", "1.1.0", "echo.say", "two").writeTo(folder);

        host.done(host.service.swap("echo", upload(next)));
        assertThat(call("echo.say")).isEqualTo("two");
        assertThat(host.service.find("echo").orElseThrow().previous()).contains("1.0.0");

        host.done(host.service.rollback("echo"));
        assertThat(call("echo.say")).isEqualTo("one");
        assertThat(files()).hasSize(2);
    }

    @Test
    void whatIsInstalledIsThereAfterARestart() throws Exception {
        install("1.0.0", "one");
        host.close();
        Files.writeString(folder.resolve("data/plugins/stray.jar"), "x");

        host = new PluginHost(folder.resolve("data"), host.plugins);

        assertThat(call("echo.say")).isEqualTo("one");
        assertThat(files()).hasSize(1);
    }

    @Test
    void twoAdministratorsAtOnceAreToldSo() throws Exception {
        Path slow = SyntheticJar.plugin("slow", "1.0.0")
                .extension("synthetic.Slow", SyntheticSources.starting("slow", "Thread.sleep(1000);"))
                .writeTo(folder);

        Operation first = host.service.install(upload(slow));

        assertThatThrownBy(() -> host.service.install(upload(slow)))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(PluginErrorCode.BUSY));
        host.done(first);
    }

    @Test
    void aDownloadThatTakesLongHoldsNobodyUp() throws Exception {
        host.releases.offer(
                SyntheticJar.toolPlugin("far", "1.0.0", "far.say", "x").writeTo(folder));
        InstallRequest far = new InstallRequest(new InstallRequest.Release("far", "*"), Consent.ALL);
        CountDownLatch opened = new CountDownLatch(1);
        host.releases.opened = opened;
        Thread planning = Thread.ofVirtual().start(() -> host.service.plan(far));
        Operation slow = host.service.install(far);

        install("1.0.0", "one");
        assertThat(call("echo.say")).isEqualTo("one");
        assertThat(host.service
                        .plan(upload(SyntheticJar.toolPlugin("other", "1.0.0", "other.say", "x")
                                .writeTo(folder)))
                        .steps())
                .hasSize(1);
        assertThat(planning.isAlive()).isTrue();

        opened.countDown();
        host.done(slow);
        assertThat(call("far.say")).isEqualTo("x");
        planning.join();
    }

    @Test
    void whatIsAskedForFirstIsThereFirst() throws Exception {
        host.releases.offer(
                SyntheticJar.toolPlugin("far", "1.0.0", "far.say", "x").writeTo(folder));
        CountDownLatch opened = new CountDownLatch(1);
        host.releases.opened = opened;
        Operation first = host.service.install(new InstallRequest(new InstallRequest.Release("far", "*"), Consent.ALL));
        Operation second = host.service.install(
                upload(SyntheticJar.toolPlugin("echo", "1.0.0", "echo.say", "x").writeTo(folder)));

        Thread.sleep(500);
        assertThat(host.service.extensions().acquire(Tool.class, "echo.say")).isEmpty();
        opened.countDown();
        host.done(second);
        assertThat(call("far.say")).isEqualTo("x");
        host.done(first);
    }

    private void install(String version, String answer) {
        host.done(host.service.install(upload(
                SyntheticJar.toolPlugin("echo", version, "echo.say", answer).writeTo(folder))));
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

    private Stream<Path> files() throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve("data/plugins"))) {
            return files.filter(Files::isRegularFile).toList().stream();
        }
    }
}
