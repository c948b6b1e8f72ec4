package dev.agentos.registryclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.registrymodel.Envelope;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registrymodel.SignedIndex;
import dev.agentos.registryservice.RegistryService;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.PublisherKey;
import dev.agentos.verifier.VersionRange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The attacks on a registry's metadata that The Update Framework names, from between a server and its registry. */
class IndexAttacksTest {

    @TempDir
    private Path temporary;

    private volatile Instant now = Instant.parse("2030-01-01T00:00:00Z");
    private RegistryService service;
    private SteeredRegistry registry;
    private Release first;

    @BeforeEach
    void openRegistry() throws IOException {
        service = new RegistryService(temporary.resolve("registry"), () -> now);
        first = service.publish(new PluginJar("alpha", "1.0.0").writeTo(temporary));
        registry = new SteeredRegistry(service);
    }

    @AfterEach
    void close() {
        registry.close();
    }

    private IndexTrust trust(Optional<String> key) {
        return new IndexTrust(temporary.resolve("pins"), registry.address(), key, () -> now);
    }

    /** A client as a server has it after a start: it knows what is in the file. */
    private RegistryClient client() {
        return new HttpRegistryClient(HttpRegistryConfig.of(registry.address()), trust(Optional.empty()));
    }

    private List<Release> releases() {
        try (RegistryClient client = client()) {
            return client.releases("alpha");
        }
    }

    private void download(Release release) {
        try (RegistryClient client = client()) {
            client.download(release, temporary.resolve("downloaded.jar"), DownloadProgress.NONE);
        }
    }

    private static void isRefused(ThrowingCallable call, RegistryErrorCode code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
    }

    private void installsNothing(RegistryErrorCode code) {
        isRefused(this::releases, code);
        isRefused(() -> download(first), code);
        assertThat(temporary.resolve("downloaded.jar")).doesNotExist();
    }

    private static SignedIndex read(byte[] envelope) {
        return SignedIndex.read(
                Envelope.fromJson(Json.parseObject(text(envelope))).payload());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private PublisherKey stolenKey() {
        return PublisherKey.open(temporary.resolve("registry/registry.p12"), PublisherKey.NO_PASSWORD);
    }

    private static byte[] signed(SignedIndex index, PublisherKey key) {
        return Json.writeBytes(
                Envelope.signed(SignedIndex.PAYLOAD_TYPE, index.toBytes(), key).toJson());
    }

    private byte[] forged(long version, Duration life) {
        SignedIndex real = read(service.index());
        return signed(
                new SignedIndex(real.registry(), real.keyId(), version, now, now.plus(life), real.releases()),
                stolenKey());
    }

    @Test
    void whatIsSoundIsBelievedAndKeyAndVersionOutliveARestart() throws IOException {
        assertThat(releases()).containsExactly(first);
        download(first);
        assertThat(temporary.resolve("downloaded.jar")).exists();
        IndexTrust.Pin pin = trust(Optional.empty()).pin().orElseThrow();
        assertThat(pin.fingerprint()).isEqualTo(service.fingerprint());
        assertThat(pin.version()).isEqualTo(1);
        Release second = service.publish(new PluginJar("alpha", "1.1.0").writeTo(temporary));
        assertThat(releases()).containsExactly(second, first);
        assertThat(trust(Optional.empty()).pin().orElseThrow().version()).isEqualTo(2);
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(temporary.resolve("registry/registry.p12"))))
                .isEqualTo("rw-------");
    }

    @Test
    void rollback() throws IOException {
        byte[] old = service.index();
        service.publish(new PluginJar("alpha", "1.0.1").writeTo(temporary));
        assertThat(releases()).hasSize(2);
        registry.index = current -> old;
        registry.releases = listed -> List.of(first);
        installsNothing(RegistryErrorCode.INDEX_ROLLED_BACK);
    }

    @Test
    void freeze() throws IOException {
        byte[] old = service.index();
        registry.index = current -> old;
        assertThat(releases()).containsExactly(first);
        now = now.plus(Duration.ofDays(7));
        installsNothing(RegistryErrorCode.INDEX_EXPIRED);
        // The registry itself has signed anew meanwhile.
        registry.index = current -> current;
        assertThat(releases()).containsExactly(first);
    }

    @Test
    void mixAndMatchOfDigests() throws IOException {
        Path other = Files.createDirectories(temporary.resolve("other"));
        Release evil = new RegistryService(other.resolve("registry"), () -> now)
                .publish(new PluginJar("alpha", "1.0.0").payload("evil").writeTo(other));
        registry.releases = listed -> List.of(evil);
        isRefused(this::releases, RegistryErrorCode.INDEX_MISMATCH);
        isRefused(() -> download(evil), RegistryErrorCode.INDEX_MISMATCH);
    }

    @Test
    void mixAndMatchOfReleases() throws IOException {
        byte[] old = service.index();
        Release unsigned = service.publish(new PluginJar("alpha", "2.0.0").writeTo(temporary));
        registry.index = current -> old;
        isRefused(this::releases, RegistryErrorCode.INDEX_MISMATCH);
        isRefused(() -> download(unsigned), RegistryErrorCode.INDEX_MISMATCH);
    }

    @Test
    void hidingTheNewestRelease() throws IOException {
        Release fixed = service.publish(new PluginJar("alpha", "1.0.1").writeTo(temporary));
        registry.releases = listed -> List.of(first);
        isRefused(this::releases, RegistryErrorCode.INDEX_MISMATCH);
        Release unfit = new Release(
                fixed.slug(),
                fixed.version(),
                fixed.sha512(),
                fixed.sizeBytes(),
                fixed.publishedAt(),
                VersionRange.parseRequirement(">=99.0.0"),
                List.of(),
                List.of(),
                "");
        registry.releases = listed -> List.of(unfit, first);
        isRefused(this::releases, RegistryErrorCode.INDEX_MISMATCH);
    }

    @Test
    void hidingAllReleases() throws IOException {
        service.publish(new PluginJar("alpha", "1.0.1").writeTo(temporary));
        registry.releases = listed -> List.of();
        assertThatThrownBy(this::releases).isInstanceOfSatisfying(AgentOsException.class, e -> {
            assertThat(e.errorCode()).isEqualTo(RegistryErrorCode.INDEX_MISMATCH);
            assertThat(e.getMessage()).contains("lists no release of alpha, of which its signed index holds 2");
        });
    }

    @Test
    void fastForward() {
        assertThat(releases()).containsExactly(first);
        registry.index = current -> forged(Long.MAX_VALUE, Duration.ofDays(7));
        installsNothing(RegistryErrorCode.INDEX_IMPLAUSIBLE);
        registry.index = current -> forged(2 + IndexTrust.MOST_VERSIONS_AT_ONCE, Duration.ofDays(7));
        installsNothing(RegistryErrorCode.INDEX_IMPLAUSIBLE);
        // Nothing of it was remembered: the registry goes on.
        registry.index = current -> current;
        assertThat(releases()).containsExactly(first);
        // As far as the limit it is remembered, and a reset helps.
        registry.index = current -> forged(1 + IndexTrust.MOST_VERSIONS_AT_ONCE, Duration.ofDays(7));
        assertThat(releases()).containsExactly(first);
        registry.index = current -> current;
        installsNothing(RegistryErrorCode.INDEX_ROLLED_BACK);
        assertThat(trust(Optional.empty()).forget(any -> {})).isTrue();
        assertThat(releases()).containsExactly(first);
    }

    @Test
    void anExpiryThatNeverComes() {
        registry.index = current -> forged(1, Duration.ofDays(40_000));
        installsNothing(RegistryErrorCode.INDEX_IMPLAUSIBLE);
    }

    @Test
    void keySwapped() {
        assertThat(releases()).containsExactly(first);
        PublisherKey other = PublisherKey.create(
                temporary.resolve("other.p12"),
                "AgentOS registry",
                PublisherKey.NO_PASSWORD,
                Duration.ofDays(99),
                Duration.ZERO);
        SignedIndex real = read(service.index());
        registry.index = current -> signed(
                new SignedIndex(real.registry(), other.fingerprint(), 2, now, now.plusSeconds(999), real.releases()),
                other);
        installsNothing(RegistryErrorCode.KEY_CHANGED);
        // The certificate of the trusted key beside another key's signature.
        byte[] sound = service.index();
        registry.index = current -> text(current)
                .replaceFirst("\"sig\":\"[^\"]*\"", "\"sig\":\"" + signature(registryForgery(real, other)) + "\"")
                .getBytes(StandardCharsets.UTF_8);
        installsNothing(RegistryErrorCode.BAD_SIGNATURE);
        registry.index = current -> sound;
        assertThat(releases()).containsExactly(first);
        // An administrator who was told so trusts the new key, and then the old one is the unknown one.
        trust(Optional.empty()).trust(other.fingerprint(), any -> {});
        installsNothing(RegistryErrorCode.KEY_CHANGED);
    }

    private byte[] registryForgery(SignedIndex real, PublisherKey other) {
        return signed(real, other);
    }

    private static String signature(byte[] envelope) {
        return text(envelope).replaceFirst("(?s).*\"sig\":\"([^\"]*)\".*", "$1");
    }

    @Test
    void aKeyThatASettingNamesIsTheOnlyOne() {
        assertThat(releases()).containsExactly(first);
        IndexTrust strict = trust(Optional.of("a".repeat(64)));
        try (RegistryClient client = new HttpRegistryClient(HttpRegistryConfig.of(registry.address()), strict)) {
            isRefused(() -> client.releases("alpha"), RegistryErrorCode.KEY_CHANGED);
        }
        isRefused(() -> strict.trust(service.fingerprint(), any -> {}), RegistryErrorCode.KEY_CHANGED);
        isRefused(() -> trust(Optional.of("x")), RegistryErrorCode.INVALID_FINGERPRINT);
    }

    @Test
    void oneByteChanged() {
        byte[] sound = service.index();
        assertThat(releases()).containsExactly(first);
        Set<RegistryErrorCode> refusals = Set.of(
                RegistryErrorCode.BAD_SIGNATURE, RegistryErrorCode.KEY_CHANGED, RegistryErrorCode.INVALID_ANSWER);
        IndexTrust trust = trust(Optional.empty());
        int refused = 0;
        for (int i = 0; i < sound.length; i++) {
            byte[] changed = sound.clone();
            changed[i] ^= 1;
            try {
                // Where nothing is signed, as in the name of an ignored member, the index stays what it was.
                assertThat(trust.verified(changed)).isEqualTo(read(sound));
            } catch (AgentOsException e) {
                assertThat(refusals).contains((RegistryErrorCode) e.errorCode());
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(sound.length * 9 / 10);
        assertThat(releases()).containsExactly(first);
    }

    @Test
    void twoIndexesOfOneVersion() {
        assertThat(releases()).containsExactly(first);
        registry.index = current -> forged(1, Duration.ofDays(6));
        installsNothing(RegistryErrorCode.INDEX_ROLLED_BACK);
    }

    @Test
    void noIndexAtAll() {
        registry.index = current -> "{}".getBytes(StandardCharsets.UTF_8);
        installsNothing(RegistryErrorCode.INVALID_ANSWER);
        registry.index = current ->
                "{\"payload\":\"\",\"payloadType\":\"x\",\"signatures\":[]}".getBytes(StandardCharsets.UTF_8);
        installsNothing(RegistryErrorCode.BAD_SIGNATURE);
    }

    @Test
    void aDamagedPinIsNoReasonToTrustAnybody() throws IOException {
        assertThat(releases()).containsExactly(first);
        try (var files = Files.list(temporary.resolve("pins"))) {
            Files.writeString(files.findFirst().orElseThrow(), "{");
        }
        installsNothing(RegistryErrorCode.STORAGE_FAILED);
        assertThat(trust(Optional.empty()).forget(any -> {})).isTrue();
        assertThat(releases()).containsExactly(first);
    }
}
