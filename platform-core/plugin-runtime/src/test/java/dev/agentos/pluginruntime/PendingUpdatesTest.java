package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Failure;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import dev.agentos.verifier.PublisherKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Updates that waited for consent: what is installed is what was offered, by whom it was offered. */
class PendingUpdatesTest {

    private static final String FIRST = "1".repeat(64);
    private static final String SECOND = "2".repeat(64);

    @TempDir
    private static Path keys;

    @TempDir
    private Path folder;

    private PluginHost host;

    @BeforeAll
    static void makeKey() {
        PublisherKey.create(keys.resolve("one"), "one", PublisherKey.NO_PASSWORD, Duration.ofDays(365), Duration.ZERO);
    }

    private static PublisherKey key() {
        return PublisherKey.open(keys.resolve("one"), PublisherKey.NO_PASSWORD);
    }

    @BeforeEach
    void open() {
        host = new PluginHost(folder.resolve("data"), new FakePluginStore(), false);
        host.done(host.service.install(PluginHost.upload(signed("1.0.0", "plain"))));
    }

    @AfterEach
    void close() {
        host.close();
    }

    private Path signed(String version, String answer) {
        Path jar = SyntheticJar.toolPlugin("echo", version, "echo.say", answer)
                .permissions(
                        version.equals("1.0.0")
                                ? new PermissionRequest[0]
                                : PermissionRequest.parseHeader("tool.invoke;target=\"other.tool\"")
                                        .toArray(PermissionRequest[]::new))
                .writeTo(folder, "echo-" + version + "-" + answer + ".jar");
        key().sign(jar, jar);
        return jar;
    }

    /** Offers a version that asks for more, and tries to install it without the consent. */
    private PluginVersion postponed() {
        host.releases.registry = FIRST;
        PluginVersion offered = host.releases.offer(signed("1.1.0", "more"));
        InstallRequest request = new InstallRequest(new InstallRequest.Release("echo", "*"), Consent.of(Set.of()));
        assertThat(host.service.postpone("echo", request)).isTrue();
        assertThat(host.service.require("echo").pending().orElseThrow().plugin())
                .isEqualTo(offered);
        return offered;
    }

    private InstallRequest pending() {
        return host.service.pending("echo", Consent.ALL);
    }

    private Failure refused() {
        InstallRequest pending = pending();
        assertThatThrownBy(() -> host.service.plan(pending)).isInstanceOf(AgentOsException.class);
        Failure failure = host.failed(host.service.swap("echo", pending));
        assertThat(host.service.require("echo").plugin().version()).isEqualTo("1.0.0");
        assertThat(host.service.require("echo").pending()).isPresent();
        return failure;
    }

    private String registry() {
        return host.service.publishers().find("echo").orElseThrow().registry();
    }

    @Test
    void itIsBoundToTheRegistryThatOfferedIt() {
        postponed();
        assertThat(registry()).isEmpty();
        host.done(host.service.swap("echo", pending()));
        assertThat(host.service.require("echo").plugin().version()).isEqualTo("1.1.0");
        assertThat(host.service.require("echo").pending()).isEmpty();
        assertThat(registry()).isEqualTo(FIRST);

        host.releases.registry = SECOND;
        host.releases.offer(signed("1.2.0", "other"));
        assertThat(host.failed(host.service.swap(
                                "echo", new InstallRequest(new InstallRequest.Release("echo", "*"), Consent.ALL)))
                        .code())
                .isEqualTo("plugin:REGISTRY_CHANGED");
    }

    @Test
    void whatTheRegistryHasTakenBackIsNotInstalled() {
        PluginVersion offered = postponed();
        host.releases.withdraw(offered);
        Failure gone = refused();
        assertThat(gone.code()).isEqualTo("plugin:UNKNOWN_RELEASE");
        assertThat(gone.message()).contains("echo 1.1.0 any more");

        host.releases.offer(signed("1.1.0", "exchanged"));
        assertThat(refused().code()).isEqualTo("plugin:DIGEST_CHANGED");
    }

    @Test
    void anotherRegistryIsNotWhoOfferedIt() {
        postponed();
        host.releases.registry = SECOND;
        Failure failure = refused();
        assertThat(failure.code()).isEqualTo("plugin:REGISTRY_CHANGED");
        assertThat(failure.message()).contains(FIRST, SECOND);
        assertThat(registry()).isEmpty();
    }

    @Test
    void aCertificateThatWasRevokedMeanwhileIsRefused() {
        postponed();
        host.service.publishers().revoke(key().fingerprint(), "the key was stolen");
        assertThat(refused().code()).isEqualTo("plugin:VERIFICATION_FAILED");
    }

    @Test
    void consentIsToWhatWaitedThen() {
        PluginVersion offered = postponed();
        InstallRequest seen = pending();
        host.releases.offer(signed("1.2.0", "newer"));
        assertThat(host.service.postpone(
                        "echo", new InstallRequest(new InstallRequest.Release("echo", "*"), Consent.of(Set.of()))))
                .isTrue();
        assertThatThrownBy(() ->
                        host.service.pending("echo", new Consent(Set.of(), true, false, Optional.of(offered.sha512()))))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(PluginErrorCode.DIGEST_CHANGED));
        host.done(host.service.swap("echo", seen));
        assertThat(host.service.require("echo").plugin()).isEqualTo(offered);
    }

    @Test
    void anUploadIsOfNoRegistry() {
        InstallRequest request =
                new InstallRequest(new InstallRequest.Upload(signed("1.1.0", "more")), Consent.of(Set.of()));
        assertThat(host.service.postpone("echo", request)).isTrue();
        host.releases.registry = FIRST;
        host.done(host.service.swap("echo", pending()));
        assertThat(host.service.require("echo").plugin().version()).isEqualTo("1.1.0");
        assertThat(registry()).isEmpty();
    }
}
