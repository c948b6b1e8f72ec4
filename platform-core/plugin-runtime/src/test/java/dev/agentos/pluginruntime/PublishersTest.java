package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Failure;
import dev.agentos.pluginruntime.logs.PluginLogs;
import dev.agentos.testkit.SyntheticJar;
import dev.agentos.verifier.PublisherKey;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signed plugins and those who sign them. */
class PublishersTest {

    @TempDir
    private static Path keys;

    @TempDir
    private Path folder;

    private PluginHost host;

    @BeforeAll
    static void makeKeys() {
        for (String name : new String[] {"one", "other"}) {
            PublisherKey.create(
                    keys.resolve(name), name, PublisherKey.NO_PASSWORD, Duration.ofDays(365), Duration.ZERO);
        }
    }

    private static PublisherKey key(String name) {
        return PublisherKey.open(keys.resolve(name), PublisherKey.NO_PASSWORD);
    }

    @BeforeEach
    void open() {
        host = new PluginHost(folder.resolve("data"), new FakePluginStore(), false);
    }

    @AfterEach
    void close() {
        host.close();
    }

    private Path unsigned(String version) {
        return SyntheticJar.toolPlugin("echo", version, "echo.say", version)
                .writeTo(folder, "echo-" + version + ".jar");
    }

    private Path signed(String version, String key) {
        Path jar = unsigned(version);
        key(key).sign(jar, jar);
        return jar;
    }

    @Test
    void theFirstVersionBindsThePluginToItsPublisher() {
        assertThat(host.service
                        .plan(PluginHost.upload(signed("1.0.0", "one")))
                        .steps()
                        .getFirst()
                        .signer()
                        .orElseThrow()
                        .name())
                .isEqualTo("one");
        assertThat(host.service.publishers().bindings()).isEmpty();
        host.done(host.service.install(PluginHost.upload(signed("1.0.0", "one"))));
        assertThat(host.service.publishers().bindings()).singleElement().satisfies(binding -> {
            assertThat(binding.plugin()).isEqualTo("echo");
            assertThat(binding.fingerprint()).isEqualTo(key("one").fingerprint());
        });
        host.done(host.service.swap("echo", PluginHost.upload(signed("1.1.0", "one"))));

        Failure other = host.failed(host.service.swap("echo", PluginHost.upload(signed("1.2.0", "other"))));
        assertThat(other.code()).isEqualTo("plugin:PUBLISHER_CHANGED");
        assertThat(other.message())
                .contains(key("one").fingerprint(), key("other").fingerprint());
        Failure plain = host.failed(host.service.swap("echo", PluginHost.upload(unsigned("1.2.1"))));
        assertThat(plain.code()).isEqualTo("plugin:PUBLISHER_CHANGED");
        assertThat(host.service.find("echo").orElseThrow().plugin().version()).isEqualTo("1.1.0");

        host.service
                .publishers()
                .trust(
                        "echo",
                        "other",
                        key("other").fingerprint(),
                        "",
                        host.service.publishers().find("echo"));
        host.done(host.service.swap("echo", PluginHost.upload(signed("1.3.0", "other"))));
    }

    @Test
    void aPluginStaysBoundWhenItIsUninstalled() {
        host.done(host.service.install(PluginHost.upload(signed("1.0.0", "one"))));
        host.done(host.service.uninstall("echo", false));
        Failure other = host.failed(host.service.install(PluginHost.upload(signed("1.0.1", "other"))));
        assertThat(other.code()).isEqualTo("plugin:PUBLISHER_CHANGED");
        host.service.publishers().forget(host.service.publishers().find("echo").orElseThrow());
        host.done(host.service.install(PluginHost.upload(signed("1.0.1", "other"))));
    }

    @Test
    void anUnsignedPluginNeedsAServerThatAllowsIt() {
        Failure refused = host.failed(host.service.install(PluginHost.upload(unsigned("1.0.0"))));
        assertThat(refused.code()).isEqualTo("plugin:UNSIGNED");
        host.close();
        host = new PluginHost(folder.resolve("data"), new FakePluginStore(), true);
        host.done(host.service.install(PluginHost.upload(unsigned("1.0.0"))));
        assertThat(host.service.publishers().bindings()).isEmpty();
        // From unsigned to signed is no step back, the other way is.
        host.done(host.service.swap("echo", PluginHost.upload(signed("1.1.0", "one"))));
        Failure back = host.failed(host.service.swap("echo", PluginHost.upload(unsigned("1.2.0"))));
        assertThat(back.code()).isEqualTo("plugin:PUBLISHER_CHANGED");
    }

    @Test
    void aRevokedCertificateIsRefused() {
        host.service.publishers().revoke(key("one").fingerprint(), "the key was lost");
        Failure refused = host.failed(host.service.install(PluginHost.upload(signed("1.0.0", "one"))));
        assertThat(refused.code()).isEqualTo("plugin:VERIFICATION_FAILED");
        assertThat(refused.message()).contains("is revoked");
        assertThat(host.service.list()).isEmpty();
        assertThatThrownBy(() -> host.service.publishers().revoke("abc", "x")).hasMessageContaining("no fingerprint");
    }

    @Test
    void aRevocationSaysWhichInstalledPluginsItIsAbout() {
        host.done(host.service.install(PluginHost.upload(signed("1.0.0", "one"))));
        host.done(host.service.swap("echo", PluginHost.upload(signed("1.1.0", "one"))));
        String fingerprint = key("one").fingerprint();
        host.service.publishers().revoke(fingerprint, "the key was stolen");

        assertThat(host.service.signedWith(fingerprint))
                .extracting(concerned -> concerned.plugin() + " " + concerned.role())
                .containsExactly("echo 1.1.0 IN_FORCE", "echo 1.0.0 PREVIOUS");
        assertThat(host.service.signedWith("0".repeat(64))).isEmpty();
        assertThat(host.service.require("echo").state()).isEqualTo(PluginState.STARTED);
    }

    @Test
    void aCertificateThatExpiresSoonIsWarnedOf() {
        PublisherKey.create(
                keys.resolve("short"), "short", PublisherKey.NO_PASSWORD, Duration.ofDays(29), Duration.ZERO);
        host.done(host.service.install(PluginHost.upload(signed("1.0.0", "one"))));
        assertThat(host.service.plan(PluginHost.upload(signed("1.1.0", "one"))).warnings())
                .isEmpty();
        assertThat(host.metrics.scrape()).contains("agentos_plugins_certificates_ending 0.0");
        host.service.publishers().forget(host.service.publishers().find("echo").orElseThrow());

        Path ending = signed("1.1.0", "short");
        assertThat(host.service.plan(PluginHost.upload(ending)).warnings())
                .singleElement()
                .asString()
                .contains("certificate of short (", "echo 1.1.0", "expires at 2");
        assertThat(host.done(host.service.swap("echo", PluginHost.upload(ending)))
                        .result()
                        .orElseThrow()
                        .array("warnings")
                        .orElseThrow())
                .hasSize(1);
        assertThat(host.metrics.scrape()).contains("agentos_plugins_certificates_ending 1.0");
        host.close();

        host = new PluginHost(folder.resolve("data"), host.plugins, false);
        assertThat(host.service.require("echo").state()).isEqualTo(PluginState.STARTED);
        assertThat(host.service.log("echo").after(0, 100))
                .filteredOn(PluginLogs.Line.class::isInstance)
                .extracting(line -> ((PluginLogs.Line) line).message())
                .filteredOn(message -> message.contains("certificate"))
                .singleElement()
                .asString()
                .contains("version 1.1.0 expires at 2");
    }

    private static InstallRequest release() {
        return new InstallRequest(new InstallRequest.Release("echo", "*"), Consent.ALL);
    }

    @Test
    void sameIdInASecondRegistry() {
        String first = "1".repeat(64);
        String second = "2".repeat(64);
        host.releases.registry = first;
        host.releases.offer(signed("1.0.0", "one"));
        host.done(host.service.install(release()));
        assertThat(host.service.publishers().bindings())
                .singleElement()
                .extracting(Publishers.Binding::registry)
                .isEqualTo(first);

        // The certificate is the same, the registry is not: a stolen certificate alone is not enough.
        host.releases.registry = second;
        host.releases.offer(signed("1.1.0", "one"));
        Failure swapped = host.failed(host.service.swap("echo", release()));
        assertThat(swapped.code()).isEqualTo("plugin:REGISTRY_CHANGED");
        assertThat(swapped.message()).contains(first, second);
        assertThatThrownBy(() -> host.service.plan(release())).hasMessageContaining("bound to the one");
        host.done(host.service.uninstall("echo", false));
        assertThat(host.failed(host.service.install(release())).code()).isEqualTo("plugin:REGISTRY_CHANGED");

        // What an administrator uploads is held by the certificate alone, and does not unbind the registry.
        host.done(host.service.install(PluginHost.upload(signed("1.0.5", "one"))));
        assertThat(host.failed(host.service.swap("echo", release())).code()).isEqualTo("plugin:REGISTRY_CHANGED");
        host.service
                .publishers()
                .trust(
                        "echo",
                        "one",
                        key("one").fingerprint(),
                        second,
                        host.service.publishers().find("echo"));
        host.done(host.service.swap("echo", release()));
        assertThat(host.service.find("echo").orElseThrow().plugin().version()).isEqualTo("1.1.0");
    }

    @Test
    void anUploadedPluginIsBoundToTheFirstRegistryThatBringsIt() {
        host.done(host.service.install(PluginHost.upload(signed("1.0.0", "one"))));
        host.releases.registry = "1".repeat(64);
        host.releases.offer(signed("1.1.0", "one"));
        host.done(host.service.swap("echo", release()));
        assertThat(host.service.publishers().bindings())
                .singleElement()
                .extracting(Publishers.Binding::registry)
                .isEqualTo("1".repeat(64));
    }

    @Test
    void aNameThatLooksLikeAnotherIsWarnedOf() {
        host.done(host.service.install(PluginHost.upload(signed("1.0.0", "one"))));
        host.done(host.service.uninstall("echo", false));
        Path jar = SyntheticJar.toolPlugin("ech0", "1.0.0", "ech0.say", "x").writeTo(folder, "ech0.jar");
        key("other").sign(jar, jar);
        assertThat(host.service.plan(PluginHost.upload(jar)).warnings())
                .singleElement()
                .asString()
                .contains("'ech0' looks like 'echo'");
        assertThat(host.service.plan(PluginHost.upload(signed("1.0.0", "one"))).warnings())
                .isEmpty();
        assertThat(host.done(host.service.install(PluginHost.upload(jar)))
                        .result()
                        .orElseThrow()
                        .array("warnings")
                        .orElseThrow())
                .hasSize(1);
    }
}
