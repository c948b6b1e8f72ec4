package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.testkit.SyntheticJar;
import dev.agentos.verifier.PublisherKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where plugins come to run when nobody says where. */
class IsolationTest {

    @TempDir
    private Path folder;

    private PluginHost host;

    @BeforeEach
    void makeKeys() {
        for (String name : new String[] {"one", "other"}) {
            PublisherKey.create(
                    folder.resolve(name), name, PublisherKey.NO_PASSWORD, Duration.ofDays(365), Duration.ZERO);
        }
    }

    @AfterEach
    void close() {
        host.close();
    }

    private void open(Isolation isolation) {
        host = new PluginHost(folder.resolve("data"), isolation);
    }

    private Path unsigned(String id) {
        return SyntheticJar.toolPlugin(id, "1.0.0", id + ".say", "1").writeTo(folder, id + ".jar");
    }

    private Path signed(String id, String key) {
        Path jar = unsigned(id);
        PublisherKey.open(folder.resolve(key), PublisherKey.NO_PASSWORD).sign(jar, jar);
        return jar;
    }

    private static InstallRequest asked(Path jar, Boolean... isolated) {
        return new InstallRequest(
                new InstallRequest.Upload(jar),
                Consent.ALL,
                isolated.length == 0 ? Optional.empty() : Optional.of(isolated[0]),
                Optional.of("key_1"));
    }

    private InstallPlan.Placement placed(InstallRequest request) {
        return host.service.plan(request).steps().getLast().placement();
    }

    private void isolates(InstallRequest request, String because) {
        assertThat(placed(request).isolated()).isTrue();
        assertThat(placed(request).because()).contains(because);
    }

    private void joins(InstallRequest request, String because) {
        assertThat(placed(request).isolated()).isFalse();
        assertThat(placed(request).because()).contains(because);
    }

    @Test
    void nothingIsIsolatedUnlessSomebodySaysSo() {
        open(Isolation.NONE);
        joins(asked(unsigned("echo")), "isolate-plugins=none");
        isolates(asked(unsigned("echo"), true), "the request says so");
    }

    @Test
    void whatTheSettingSaysGivesWayToWhatTheRequestSays() {
        open(Isolation.ALL);
        isolates(asked(signed("echo", "one")), "isolate-plugins=all");
        joins(asked(signed("echo", "one"), false), "the request says so");
        joins(PluginHost.upload(unsigned("echo")), "the server brings it");
    }

    @Test
    void aPublisherIsTrustedOnceItHasAPluginInTheServersProcess() {
        open(Isolation.UNTRUSTED);
        isolates(asked(unsigned("echo")), "nobody signed it");
        isolates(asked(signed("echo", "one")), "its publisher has no plugin in the server's process yet");
        host.done(host.service.install(asked(signed("echo", "one"), false)));
        joins(asked(signed("next", "one")), "its publisher has plugins there already");
        isolates(asked(signed("next", "other")), "its publisher has no plugin");
        isolates(asked(unsigned("next")), "nobody signed it");
        assertThat(host.service.require("echo").isolated()).isFalse();

        host.done(host.service.disable("echo", false));
        host.done(host.service.isolate("echo", true));
        isolates(asked(signed("next", "one")), "its publisher has no plugin");
    }

    @Test
    void aVersionRunsWhereTheOneBeforeIt() {
        open(Isolation.ALL);
        host.done(host.service.install(asked(unsigned("echo"), false)));
        joins(asked(unsigned("echo")), "the installed version does");
    }
}
