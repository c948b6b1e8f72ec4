package dev.agentos.registryclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registryservice.RegistryHttp;
import dev.agentos.registryservice.RegistryHttpConfig;
import dev.agentos.registryservice.RegistryService;
import dev.agentos.spi.AgentOsException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry, a folder that is filled from it, and a server that has only the folder. */
class MirrorTest {

    @TempDir
    private Path temporary;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private RegistryService service;
    private RegistryHttp http;
    private Path mirror;

    @BeforeEach
    void openRegistry() throws IOException {
        service = new RegistryService(temporary.resolve("registry"), InstantSource.system());
        http = new RegistryHttp(service, RegistryHttpConfig.onLoopback(0));
        mirror = temporary.resolve("mirror");
        publish("alpha", "1.0.0", "beta");
        publish("beta", "1.0.0", "");
        publish("gamma", "1.0.0", "");
    }

    @AfterEach
    void stop() {
        http.close();
    }

    private Release publish(String id, String version, String dependencies) throws IOException {
        PluginJar jar = new PluginJar(id, version);
        return service.publish(
                (dependencies.isEmpty() ? jar : jar.with("Plugin-Dependencies", dependencies)).writeTo(temporary));
    }

    private int fill(String... more) {
        List<String> arguments = new ArrayList<>(List.of("--to", mirror.toString()));
        arguments.addAll(List.of(more));
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        return MirrorMain.run(arguments.toArray(String[]::new), out, out);
    }

    private String said() {
        return said.toString(StandardCharsets.UTF_8);
    }

    private RegistryClient server(InstantSource clock) {
        IndexTrust trust =
                new IndexTrust(temporary.resolve("pins"), mirror.toUri(), Optional.of(service.fingerprint()), clock);
        return LocalRegistryClient.untrusted(new RegistryService(mirror, clock), trust);
    }

    private void isRefused(RegistryErrorCode code, InstantSource clock) {
        assertThatThrownBy(() -> server(clock).releases("alpha"))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
    }

    @Test
    void aServerInstallsFromAFolderWithWhatAPluginNeeds() throws IOException {
        String from = http.address().toString();
        assertThat(fill("--from", from, "--key", service.fingerprint(), "alpha"))
                .as(said())
                .isZero();
        http.close();
        RegistryClient server = server(InstantSource.system());
        assertThat(server.search(ListingQuery.ALL).items())
                .extracting(listing -> listing.slug())
                .containsExactlyInAnyOrder("alpha", "beta");
        Release alpha = server.releases("alpha").getFirst();
        server.download(alpha, temporary.resolve("alpha.jar"), DownloadProgress.NONE);
        assertThat(temporary.resolve("alpha.jar"))
                .hasSameBinaryContentAs(temporary.resolve("registry/releases/" + alpha.sha512() + ".jar"));
        assertThatThrownBy(() -> server.releases("gamma")).isInstanceOfSatisfying(AgentOsException.class, e -> {
            assertThat(e.errorCode()).isEqualTo(RegistryErrorCode.INDEX_MISMATCH);
            assertThat(e.action()).contains("If it is a mirror", "agentos registry mirror ... gamma");
        });
        assertThat(server.releases("absent")).isEmpty();
        assertThat(said()).contains("registry-key=" + service.fingerprint());
    }

    @Test
    void whatIsThereIsNotFetchedAgainAndFollowsTheNewIndex() throws IOException {
        String from = http.address().toString();
        assertThat(fill("--from", from)).as(said()).isZero();
        assertThat(server(InstantSource.system()).releases("alpha")).hasSize(1);
        publish("alpha", "1.1.0", "beta");
        said.reset();
        assertThat(fill("--from", from, "gamma")).as(said()).isZero();
        assertThat(said()).contains("Copied alpha 1.1.0").doesNotContain("Copied gamma");
        assertThat(server(InstantSource.system()).releases("alpha")).hasSize(2);
    }

    @Test
    void aDirectoryIsASourceToo() {
        assertThat(fill("--from", temporary.resolve("registry").toString(), "beta"))
                .as(said())
                .isZero();
        Path second = temporary.resolve("second");
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        assertThat(MirrorMain.run(
                        new String[] {"--from", mirror.toString(), "--to", second.toString(), "beta"}, out, out))
                .as(said())
                .isZero();
        assertThat(second.resolve("signed-index.json")).hasSameBinaryContentAs(mirror.resolve("signed-index.json"));
    }

    @Test
    void aMirrorIsHeldToTheSameChecks() throws IOException {
        assertThat(fill("--from", http.address().toString())).as(said()).isZero();
        byte[] old = Files.readAllBytes(mirror.resolve("signed-index.json"));
        publish("alpha", "1.1.0", "beta");
        assertThat(fill("--from", http.address().toString())).as(said()).isZero();
        assertThat(server(InstantSource.system()).releases("alpha")).hasSize(2);

        byte[] sound = Files.readAllBytes(mirror.resolve("signed-index.json"));
        Files.write(mirror.resolve("signed-index.json"), old);
        isRefused(RegistryErrorCode.INDEX_ROLLED_BACK, InstantSource.system());
        Files.writeString(
                mirror.resolve("signed-index.json"),
                new String(sound, StandardCharsets.UTF_8).replaceFirst("\"payload\":\"ey", "\"payload\":\"ez"));
        isRefused(RegistryErrorCode.BAD_SIGNATURE, InstantSource.system());
        Files.write(mirror.resolve("signed-index.json"), sound);
        isRefused(
                RegistryErrorCode.INDEX_EXPIRED,
                InstantSource.fixed(Instant.now().plus(Duration.ofDays(8))));
        Path listing = mirror.resolve("index/alpha.json");
        Files.writeString(listing, Files.readString(listing).replace("\"sizeBytes\":", "\"sizeBytes\":1"));
        isRefused(RegistryErrorCode.INDEX_MISMATCH, InstantSource.system());
    }

    @Test
    void aRegistryWithAnotherKeyDoesNotFillTheSameMirror() throws IOException {
        assertThat(fill("--from", http.address().toString(), "--key", "a".repeat(64)))
                .isEqualTo(1);
        assertThat(said()).contains("signed with the key " + service.fingerprint());
        assertThat(mirror.resolve("signed-index.json")).doesNotExist();
        assertThat(fill("--from", http.address().toString(), "absent")).isEqualTo(1);
        assertThat(said()).contains("no plugin 'absent'");
        assertThat(fill("--from", temporary.resolve("nowhere").toString())).isEqualTo(1);
        assertThat(fill()).isEqualTo(2);
    }
}
