package dev.agentos.registryclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.registryclient.RegistryClient.Before;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registryservice.RegistryHttp;
import dev.agentos.registryservice.RegistryHttpConfig;
import dev.agentos.registryservice.RegistryService;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a registry said, read by a process that has never reached it. */
class RememberedRegistryTest {

    @TempDir
    private Path directory;

    private RegistryService service;
    private RegistryHttp server;
    private URI address;
    private Optional<String> key;
    private Instant now = Instant.now();

    @BeforeEach
    void open() {
        service = new RegistryService(directory.resolve("registry"), InstantSource.system());
        server = new RegistryHttp(service, RegistryHttpConfig.onLoopback(0));
        address = server.address();
        key = Optional.of(service.fingerprint());
    }

    @AfterEach
    void close() {
        server.close();
    }

    private Path kept() {
        return directory.resolve("kept");
    }

    /** A process of its own: nothing is left of another one but files. */
    private <T> T process(Function<RegistryClient, T> work) {
        IndexTrust trust = new IndexTrust(directory.resolve("pins"), address, key, () -> now);
        try (RegistryClient client =
                HttpRegistryClient.keeping(HttpRegistryConfig.of(address), trust, kept(), () -> now)) {
            return work.apply(client);
        }
    }

    private <T> Optional<Before<T>> before(Function<RegistryClient, T> question) {
        return process(client -> client.before(question));
    }

    private static Listing listing(RegistryClient client) {
        return client.listing("alpha").orElseThrow();
    }

    private Release publish(String version) {
        return service.publish(new PluginJar("alpha", version).readme("# Alpha").writeTo(directory));
    }

    private static RegistryErrorCode codeOf(Runnable work) {
        try {
            work.run();
        } catch (AgentOsException e) {
            return (RegistryErrorCode) e.errorCode();
        }
        throw new AssertionError("It did not fail");
    }

    /** Changes the kept answers that contain that. */
    private void change(String part, UnaryOperator<String> how) throws IOException {
        int changed = 0;
        try (Stream<Path> files = Files.list(kept())) {
            for (Path file : files.toList()) {
                JsonObject json = Json.parseObject(new ByteArrayInputStream(Files.readAllBytes(file)));
                String body = json.text("body").orElseThrow();
                if (json.text("question").orElseThrow().contains(part)) {
                    assertThat(how.apply(body)).isNotEqualTo(body);
                    Files.write(file, Json.writeBytes(json.with("body", new JsonString(how.apply(body)))));
                    changed++;
                }
            }
        }
        assertThat(changed).isPositive();
    }

    @Test
    void isReadAfterARestartWhileTheRegistryIsAway() {
        Release release = publish("1.0.0");
        Instant asked = now;
        List<Listing> found = process(client -> {
            listing(client);
            client.releases("alpha");
            client.readme(release);
            client.facets(ListingQuery.ALL);
            return client.search(ListingQuery.ofText("alpha")).items();
        });
        server.close();
        now = now.plus(Duration.ofHours(3));
        assertThat(codeOf(() -> process(RememberedRegistryTest::listing))).isEqualTo(RegistryErrorCode.UNAVAILABLE);

        assertThat(before(client -> client.search(ListingQuery.ofText("alpha")).items()))
                .contains(new Before<>(found, asked));
        assertThat(before(RememberedRegistryTest::listing).orElseThrow().answer())
                .isEqualTo(found.getFirst());
        assertThat(before(client -> client.releases("alpha"))).contains(new Before<>(List.of(release), asked));
        assertThat(before(client -> client.readme(release))).contains(new Before<>(Optional.of("# Alpha"), asked));
        assertThat(before(client -> client.facets(ListingQuery.ALL).total())).contains(new Before<>(1L, asked));
        assertThat(before(client -> client.search(ListingQuery.ofText("other"))))
                .as("what was not asked")
                .isEmpty();
        assertThat(before(client -> {
                    client.download(release, directory.resolve("x.jar"), DownloadProgress.NONE);
                    return 1;
                }))
                .as("nothing is installed from it")
                .isEmpty();
    }

    @Test
    void saysTheTimeOfItsOldestPart() {
        publish("1.0.0");
        Instant first = now;
        process(client -> client.search(ListingQuery.ALL));
        now = now.plusSeconds(60);
        process(RememberedRegistryTest::listing);
        assertThat(before(RememberedRegistryTest::listing).orElseThrow().at()).isEqualTo(now);
        assertThat(before(client -> {
                            listing(client);
                            return client.search(ListingQuery.ALL);
                        })
                        .orElseThrow()
                        .at())
                .isEqualTo(first);
    }

    @Test
    void leavesOutWhatTheIndexDoesNotTellAndWhatIsNotThereAnyMore() {
        Release one = publish("1.0.0");
        process(client -> client.releases("alpha"));
        service.publish(new PluginJar("beta", "1.0.0").writeTo(directory));
        publish("2.0.0");
        process(client -> client.releases("beta"));
        assertThat(before(client -> client.releases("alpha")).orElseThrow().answer())
                .as("its newest index is newer than what it said of alpha")
                .containsExactly(one);
        process(client -> client.listing("gamma"));
        assertThat(before(client -> client.listing("gamma"))).isEmpty();
    }

    @Test
    void believesAChangedFileAsLittleAsAChangedRegistry() throws IOException {
        Release release = publish("1.0.0");
        process(client -> client.releases("alpha"));
        change("/releases", body -> body.replace(release.sha512(), "0".repeat(128)));
        assertThat(before(client -> client.releases("alpha")).orElseThrow().answer())
                .as("a release of which the index says otherwise")
                .isEmpty();
        process(client -> client.releases("alpha"));
        change("/index", body -> {
            int at = body.indexOf("\"payload\"") + 40;
            return body.substring(0, at) + (body.charAt(at) == 'A' ? 'B' : 'A') + body.substring(at + 1);
        });
        assertThatThrownBy(() -> before(client -> client.releases("alpha")))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode())
                                .isIn(RegistryErrorCode.BAD_SIGNATURE, RegistryErrorCode.INVALID_ANSWER));
    }

    @Test
    void endsWithTheIndexAndGoesWithTheKey() {
        publish("1.0.0");
        key = Optional.empty();
        process(client -> client.releases("alpha"));
        assertThat(before(client -> client.releases("alpha"))).isPresent();
        Instant then = now;
        now = now.plus(Duration.ofDays(400));
        assertThat(codeOf(() -> before(client -> client.releases("alpha")))).isEqualTo(RegistryErrorCode.INDEX_EXPIRED);
        now = then;
        process(client -> client.trust().orElseThrow().forget(any -> {}));
        assertThat(before(client -> client.releases("alpha")))
                .as("a key is never trusted because a file shows it")
                .isEmpty();
    }

    @Test
    void isLostWithoutHarm() throws IOException {
        publish("1.0.0");
        process(RememberedRegistryTest::listing);
        try (Stream<Path> files = Files.list(kept())) {
            for (Path file : files.toList()) {
                Files.writeString(file, "{\"question\": ");
            }
        }
        assertThat(before(RememberedRegistryTest::listing)).isEmpty();
        assertThat(process(RememberedRegistryTest::listing).slug()).isEqualTo("alpha");
        assertThat(before(RememberedRegistryTest::listing)).isPresent();
    }

    @Test
    void whereItCannotBeKeptTheRegistryIsAskedAllTheSame() throws IOException {
        publish("1.0.0");
        Files.writeString(kept(), "a file where the directory would be");
        assertThat(process(RememberedRegistryTest::listing).slug()).isEqualTo("alpha");
        assertThat(before(RememberedRegistryTest::listing)).isEmpty();
    }

    @Test
    void theSameAnswerIsNotWrittenAgainAtOnce() {
        KeptAnswers answers = new KeptAnswers(kept(), () -> now, 3);
        byte[] same = "{}".getBytes(StandardCharsets.UTF_8);
        Instant first = now;
        answers.keep("/q", same);
        now = first.plusSeconds(59);
        answers.keep("/q", same);
        assertThat(answers.find("/q").orElseThrow().at()).isEqualTo(first);
        answers.keep("/q", "[]".getBytes(StandardCharsets.UTF_8));
        assertThat(answers.find("/q").orElseThrow().at()).isEqualTo(now);
        now = now.plusSeconds(60);
        answers.keep("/q", "[]".getBytes(StandardCharsets.UTF_8));
        assertThat(answers.find("/q").orElseThrow().at()).isEqualTo(now);
    }

    @Test
    void keepsSoManyAndNoMore() throws IOException {
        KeptAnswers answers = new KeptAnswers(kept(), () -> now, 3);
        for (int i = 0; i < 6; i++) {
            answers.keep("/q" + i, "{}".getBytes(StandardCharsets.UTF_8));
            try (Stream<Path> files = Files.list(kept())) {
                for (Path file : files.toList()) {
                    Files.setLastModifiedTime(
                            file,
                            FileTime.from(
                                    Files.getLastModifiedTime(file).toInstant().minusSeconds(10)));
                }
            }
        }
        assertThat(answers.find("/q5")).isPresent();
        assertThat(answers.find("/q3")).isPresent();
        assertThat(answers.find("/q2")).isEmpty();
        try (Stream<Path> files = Files.list(kept())) {
            assertThat(files).hasSize(3);
        }
    }
}
