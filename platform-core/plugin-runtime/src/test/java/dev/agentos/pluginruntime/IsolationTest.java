package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.testkit.SyntheticJar;
import dev.agentos.verifier.PublisherKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where plugins come to run when nobody says where. */
class IsolationTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void makeKeys() {
        for (String name : new String[] {"one", "other"}) {
            PublisherKey.create(
                    folder.resolve(name), name, PublisherKey.NO_PASSWORD, Duration.ofDays(365), Duration.ZERO);
        }
    }

    private PluginHost open(Isolation isolation) {
        return new PluginHost(folder.resolve("data"), isolation);
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

    private InstallPlan.Placement placed(PluginHost host, InstallRequest request) {
        return host.service.plan(request).steps().getLast().placement();
    }

    private void isolates(PluginHost host, InstallRequest request, String because) {
        assertThat(placed(host, request).isolated()).isTrue();
        assertThat(placed(host, request).because()).contains(because);
    }

    private void joins(PluginHost host, InstallRequest request, String because) {
        assertThat(placed(host, request).isolated()).isFalse();
        assertThat(placed(host, request).because()).contains(because);
    }

    @Test
    void nothingIsIsolatedUnlessSomebodySaysSo() {
        try (PluginHost host = open(Isolation.NONE)) {
            joins(host, asked(unsigned("echo")), "isolate-plugins=none");
            isolates(host, asked(unsigned("echo"), true), "the request says so");
        }
    }

    @Test
    void whatTheSettingSaysGivesWayToWhatTheRequestSays() {
        try (PluginHost host = open(Isolation.ALL)) {
            isolates(host, asked(signed("echo", "one")), "isolate-plugins=all");
            joins(host, asked(signed("echo", "one"), false), "the request says so");
            joins(host, PluginHost.upload(unsigned("echo")), "the server brings it");
        }
    }

    @Test
    void aPublisherIsTrustedOnceItHasAPluginInTheServersProcess() {
        try (PluginHost host = open(Isolation.UNTRUSTED)) {
            isolates(host, asked(unsigned("echo")), "nobody signed it");
            isolates(host, asked(signed("echo", "one")), "its publisher has no plugin in the server's process yet");
            host.done(host.service.install(asked(signed("echo", "one"), false)));
            joins(host, asked(signed("next", "one")), "its publisher has plugins there already");
            isolates(host, asked(signed("next", "other")), "its publisher has no plugin");
            isolates(host, asked(unsigned("next")), "nobody signed it");
            assertThat(host.service.require("echo").isolated()).isFalse();

            host.done(host.service.disable("echo", false));
            host.done(host.service.isolate("echo", InstalledPlugin.ANY, true));
            isolates(host, asked(signed("next", "one")), "its publisher has no plugin");
        }
    }

    @Test
    void aVersionRunsWhereTheOneBeforeIt() {
        try (PluginHost host = open(Isolation.ALL)) {
            host.done(host.service.install(asked(unsigned("echo"), false)));
            joins(host, asked(unsigned("echo")), "the installed version does");
        }
    }
}
