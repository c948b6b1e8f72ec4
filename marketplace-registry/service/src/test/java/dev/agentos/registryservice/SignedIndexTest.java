package dev.agentos.registryservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.registrymodel.Envelope;
import dev.agentos.registrymodel.Release;
import dev.agentos.registrymodel.SignedIndex;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignedIndexTest {

    @TempDir
    private Path temporary;

    private volatile Instant now = Instant.parse("2030-01-01T00:00:00Z");

    private RegistryService open() {
        return new RegistryService(temporary.resolve("registry"), () -> now);
    }

    private Path jar(String id, String version) throws IOException {
        return new PluginJar(id, version).writeTo(temporary);
    }

    private static Envelope envelope(byte[] bytes) {
        return Envelope.fromJson(Json.parseObject(new String(bytes, StandardCharsets.UTF_8)));
    }

    private static SignedIndex read(RegistryService service) {
        Envelope envelope = envelope(service.index());
        assertThat(envelope.payloadType()).isEqualTo("application/vnd.agentos.index+json");
        assertThat(envelope.isSignedBy(service.fingerprint())).isTrue();
        return SignedIndex.read(envelope.payload());
    }

    @Test
    void holdsEveryReleaseAndItsVersionRisesWithEachChange() throws IOException {
        RegistryService service = open();
        SignedIndex empty = read(service);
        assertThat(empty.version()).isEqualTo(1);
        assertThat(empty.registry()).isEqualTo("AgentOS registry");
        assertThat(empty.releases()).isEmpty();
        assertThat(empty.expires()).isEqualTo(now.plus(Duration.ofDays(7)));
        Release alpha = service.publish(jar("alpha", "1.0.0"));
        Release beta = service.publish(jar("beta", "1.0.0"));
        assertThat(read(service).version()).isEqualTo(2);
        assertThat(read(service).releases()).isEqualTo(SignedIndex.entries(List.of(alpha, beta)));
        service.publish(jar("beta", "1.0.0"));
        assertThat(read(service).version()).isEqualTo(2);
        assertThat(read(open())).isEqualTo(read(service));
    }

    @Test
    void isSignedAnewInTheMiddleOfItsLife() {
        RegistryService service = open();
        byte[] before = service.index();
        now = now.plus(Duration.ofHours(83));
        assertThat(service.index()).isEqualTo(before);
        now = now.plus(Duration.ofHours(1));
        assertThat(read(service).version()).isEqualTo(2);
        assertThat(read(service).expires()).isEqualTo(now.plus(Duration.ofDays(7)));
        RegistryService longer = new RegistryService(
                temporary.resolve("registry"), () -> now, new IndexSigning("Ours", Duration.ofDays(30)));
        assertThat(read(longer).version()).isEqualTo(3);
        assertThat(read(longer).expires()).isEqualTo(now.plus(Duration.ofDays(30)));
        assertThat(read(longer).registry()).isEqualTo("Ours");
    }

    @Test
    void severalServicesOnOneDirectoryNeverSignOneVersionTwice() throws Exception {
        now = Instant.now();
        List<Callable<List<byte[]>>> works = new ArrayList<>();
        for (int worker = 0; worker < 4; worker++) {
            List<Path> jars = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                jars.add(jar("plugin-" + worker, "1.0." + i));
            }
            works.add(() -> {
                RegistryService service = open();
                List<byte[]> seen = new ArrayList<>();
                for (Path jar : jars) {
                    Release release = service.publish(jar);
                    seen.add(service.index());
                    assertThat(SignedIndex.read(envelope(seen.getLast()).payload())
                                    .releasesOf(release.slug()))
                            .contains(SignedIndex.Entry.of(release));
                }
                return seen;
            });
        }
        List<Envelope> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (Future<List<byte[]>> work : threads.invokeAll(works)) {
                long last = 0;
                for (byte[] bytes : work.get()) {
                    Envelope envelope = envelope(bytes);
                    long version = SignedIndex.read(envelope.payload()).version();
                    assertThat(version).isGreaterThan(last);
                    last = version;
                    all.add(envelope);
                }
            }
        }
        for (Envelope one : all) {
            for (Envelope other : all) {
                long version = SignedIndex.read(one.payload()).version();
                if (version == SignedIndex.read(other.payload()).version()) {
                    assertThat(one.digest()).isEqualTo(other.digest());
                }
            }
        }
        assertThat(read(open()).releases()).hasSize(20);
    }

    @Test
    void aPublisherNeedsNoKeyAndAKeyIsItsOwners() throws IOException {
        RegistryService service = open();
        service.publish(jar("alpha", "1.0.0"));
        Path key = temporary.resolve("registry/registry.p12");
        assertThat(key).doesNotExist();
        String fingerprint = service.fingerprint();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(open().fingerprint()).isEqualTo(fingerprint);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
    }

    @Test
    void aDamagedIndexIsNotReplacedByOneWithASmallerVersion() throws IOException {
        open().index();
        Files.writeString(temporary.resolve("registry/signed-index.json"), "{");
        assertThatThrownBy(() -> open().index())
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode().code()).isEqualTo("registry:INDEX_DAMAGED"));
    }

    @Test
    void aMirrorKeepsTheOtherSignatureAndTakesNoReleases() throws IOException {
        RegistryService service = open();
        Path jar = jar("alpha", "1.0.0");
        Release release = service.publish(jar);
        Path directory = temporary.resolve("mirror");
        RegistryMirror mirror = new RegistryMirror(directory, "there");
        assertThat(mirror.holds(release)).isFalse();
        mirror.take(release, file -> {
            try {
                Files.copy(jar, file);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(mirror.holds(release)).isTrue();
        mirror.add(service.listing("alpha").orElseThrow(), List.of(release));
        mirror.finish(service.index());
        now = now.plus(Duration.ofDays(6));
        RegistryService copy = new RegistryService(directory, () -> now);
        assertThat(copy.index()).isEqualTo(Files.readAllBytes(temporary.resolve("registry/signed-index.json")));
        assertThat(copy.releases("alpha")).containsExactly(release);
        Path other = jar("beta", "1.0.0");
        assertThatThrownBy(() -> copy.publish(other)).hasMessageContaining("mirror");
        assertThat(directory.resolve("registry.p12")).doesNotExist();
        assertThatThrownBy(() -> new RegistryMirror(temporary.resolve("registry"), "there"))
                .hasMessageContaining("of its own");
    }

    @Test
    void isAnsweredOverHttpWithATag() throws Exception {
        try (RegistryHttp http = new RegistryHttp(open(), RegistryHttpConfig.onLoopback(0));
                HttpClient client = HttpClient.newHttpClient()) {
            URI address = http.address().resolve("/v1/index");
            HttpResponse<String> response =
                    client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
            assertThat(response.headers().firstValue("Content-Type")).contains("application/vnd.dsse.envelope.v1+json");
            JsonObject envelope = Json.parseObject(response.body());
            assertThat(envelope.members()).containsOnlyKeys("payload", "payloadType", "signatures");
            String tag = response.headers().firstValue("ETag").orElseThrow();
            HttpResponse<String> again = client.send(
                    HttpRequest.newBuilder(address).header("If-None-Match", tag).build(), BodyHandlers.ofString());
            assertThat(again.statusCode()).isEqualTo(304);
            assertThat(again.body()).isEmpty();
        }
    }
}
