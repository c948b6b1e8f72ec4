package dev.agentos.registryservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.registrymodel.Facet;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.PluginManifest;
import dev.agentos.verifier.SemanticVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryServiceTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private Path temporary;

    private final AtomicLong seconds = new AtomicLong();
    private final InstantSource clock = () -> START.plusSeconds(seconds.incrementAndGet());

    private Path root() {
        return temporary.resolve("registry");
    }

    private RegistryService open() {
        return new RegistryService(root(), clock);
    }

    private Release publish(RegistryService service, String id, String version) {
        return service.publish(new PluginJar(id, version).writeTo(temporary));
    }

    private static ListingQuery chosen(Facet facet, String value) {
        return new ListingQuery(Optional.empty(), Map.of(facet, value), Optional.empty(), PageRequest.FIRST);
    }

    private static List<String> slugs(Page<Listing> page) {
        return page.items().stream().map(Listing::slug).toList();
    }

    @Test
    void whatARuleDeniesDoesNotComeIn() throws IOException {
        Path policy = Files.writeString(temporary.resolve("rules.yaml"), """
            rules:
              - {id: growth, point: publish, effect: DENY, reason: Ask for less., when: "release.previous != '' && release.added.exists(one, one.startsWith('secret.read'))"}
              - {id: unsigned, point: publish, effect: DENY, reason: Sign it., mode: dry-run, when: "!release.signed"}
            """);
        RegistryService service =
                new RegistryService(root(), clock, IndexSigning.USUAL, PublishRules.in(policy, clock));
        publish(service, "alpha", "1.0.0");
        Path more = new PluginJar("alpha", "1.1.0")
                .with("AgentOS-Permissions", "secret.read;target=\"KEY\"")
                .writeTo(temporary);
        assertThatThrownBy(() -> service.publish(more)).isInstanceOfSatisfying(AgentOsException.class, e -> {
            assertThat(e.errorCode().code()).isEqualTo("policy:DENIED");
            assertThat(e.getMessage()).contains("'growth'", "to publish alpha 1.1.0", "Ask for less.");
        });
        assertThat(service.release("alpha", SemanticVersion.parse("1.1.0"))).isEmpty();
        publish(service, "alpha", "1.2.0");
        assertThatThrownBy(() -> PublishRules.in(Files.writeString(policy, "rules: [{id: x}]"), clock))
                .isInstanceOf(AgentOsException.class);
        Files.writeString(policy, "rules: [{id: late, point: install, effect: DENY, reason: No.}]");
        assertThatThrownBy(() -> PublishRules.in(policy, clock))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.getMessage()).contains("'late'", "'install'", "only a server asks"));
    }

    @Test
    void publishesAndGivesBackTheSameBytes() throws IOException {
        Path jar = new PluginJar("alpha", "1.0.0")
                .with("AgentOS-Title", "Alpha")
                .with("AgentOS-Permissions", "secret.read;target=\"KEY\"")
                .writeTo(temporary);
        RegistryService service = open();
        Release release = service.publish(jar);

        assertThat(service.release("alpha", SemanticVersion.parse("1.0.0"))).contains(release);
        assertThat(service.release(release.sha512())).contains(release);
        assertThat(service.listing("alpha").orElseThrow().title()).isEqualTo("Alpha");
        assertThat(release.permissions()).hasSize(1);
        try (InputStream in = service.openJar(release)) {
            assertThat(in.readAllBytes()).isEqualTo(Files.readAllBytes(jar));
        }
        assertThat(root().resolve("releases").resolve(release.sha512() + ".jar"))
                .exists();
        assertThat(Files.readString(root().resolve("listings.json"))).contains("\"slug\":\"alpha\"");
        assertThat(root().resolve("staging")).isEmptyDirectory();
    }

    @Test
    void publishesTheSameJarOnceAndRefusesOtherBytes() {
        RegistryService service = open();
        Path jar = new PluginJar("alpha", "1.0.0").writeTo(temporary);
        Release first = service.publish(jar);
        assertThat(service.publish(jar)).isEqualTo(first);
        assertThat(service.releases("alpha")).containsExactly(first);

        Path other = new PluginJar("alpha", "1.0.0").payload("other").writeTo(temporary);
        assertThatThrownBy(() -> service.publish(other))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(RegistryErrorCode.RELEASE_EXISTS));
        assertThat(service.releases("alpha")).containsExactly(first);
    }

    @Test
    void refusesWhatTheVerifierRefuses() throws IOException {
        Path jar = new PluginJar("alpha", "1.0.0")
                .with("AgentOS-Permissions", "everything")
                .writeTo(temporary);
        RegistryService service = open();
        assertThatThrownBy(() -> service.publish(jar))
                .isInstanceOfSatisfying(
                        PluginRefusedException.class,
                        e -> assertThat(e.report().errors())
                                .singleElement()
                                .satisfies(
                                        finding -> assertThat(finding.ruleId()).isEqualTo("PRM001")));
        assertThat(root().resolve("releases")).isEmptyDirectory();
        assertThat(root().resolve("staging")).isEmptyDirectory();
        assertThat(service.search(ListingQuery.ALL).items()).isEmpty();
    }

    @Test
    void showsTheNewestStableTextWhateverTheOrderOfPublishing() {
        RegistryService service = open();
        service.publish(
                new PluginJar("alpha", "2.0.0").with("AgentOS-Title", "Two").writeTo(temporary));
        service.publish(
                new PluginJar("alpha", "1.10.0").with("AgentOS-Title", "One").writeTo(temporary));
        service.publish(new PluginJar("alpha", "3.0.0-rc.1")
                .with("AgentOS-Title", "Three")
                .writeTo(temporary));
        Listing listing = service.listing("alpha").orElseThrow();
        assertThat(listing.title()).isEqualTo("Two");
        assertThat(listing.latestVersion()).hasToString("2.0.0");
        assertThat(service.releases("alpha"))
                .extracting(release -> release.version().toString())
                .containsExactly("3.0.0-rc.1", "2.0.0", "1.10.0");
    }

    @Test
    void findsTheNewestReleaseForAServer() {
        RegistryService service = open();
        service.publish(new PluginJar("alpha", "1.0.0")
                .with("Plugin-Requires", "<1.0.0")
                .writeTo(temporary));
        service.publish(new PluginJar("alpha", "2.0.0")
                .with("Plugin-Requires", ">=1.0.0")
                .writeTo(temporary));
        service.publish(new PluginJar("alpha", "2.1.0-rc.1")
                .with("Plugin-Requires", "1.0.0")
                .writeTo(temporary));
        assertThat(version(service, "0.9.0")).contains("1.0.0");
        assertThat(version(service, "1.5.0")).contains("2.0.0");
        assertThat(service.newestFor("absent", SemanticVersion.parse("1.0.0"))).isEmpty();
    }

    private static Optional<String> version(RegistryService service, String server) {
        return service.newestFor("alpha", SemanticVersion.parse(server))
                .map(release -> release.version().toString());
    }

    @Test
    void ranksIdAndTitleBeforeDescription() {
        RegistryService service = open();
        service.publish(new PluginJar("notes", "1.0.0")
                .with("Plugin-Description", "Like mail.")
                .writeTo(temporary));
        service.publish(new PluginJar("mail", "1.0.0").writeTo(temporary));
        service.publish(
                new PluginJar("post", "1.0.0").with("AgentOS-Title", "Mail box").writeTo(temporary));
        service.publish(
                new PluginJar("web-mail", "1.0.0").with("AgentOS-Tags", "web").writeTo(temporary));
        service.publish(new PluginJar("other", "1.0.0")
                .with("AgentOS-Plugin-Kind", "provider")
                .writeTo(temporary));

        assertThat(slugs(service.search(ListingQuery.ofText("MAIL"))))
                .containsExactly("mail", "post", "web-mail", "notes");
        assertThat(slugs(service.search(ListingQuery.ofText("mail box")))).containsExactly("post");
        assertThat(slugs(service.search(ListingQuery.ofText("mail absent")))).isEmpty();
        assertThat(slugs(service.search(chosen(Facet.CATEGORY, "provider")))).containsExactly("other");
        assertThat(slugs(service.search(chosen(Facet.TAG, "web")))).containsExactly("web-mail");
    }

    @Test
    void refusesAReadmeThatIsTooLongOrNoText() {
        RegistryService service = open();
        Path longest = new PluginJar("longest", "1.0.0")
                .readme("x".repeat(PluginManifest.MAX_README_BYTES))
                .writeTo(temporary);
        assertThat(service.readme(service.publish(longest)))
                .hasValueSatisfying(text -> assertThat(text).hasSize(PluginManifest.MAX_README_BYTES));
        Path longer = new PluginJar("longer", "1.0.0")
                .readme("x".repeat(PluginManifest.MAX_README_BYTES + 1))
                .writeTo(temporary);
        assertThatThrownBy(() -> service.publish(longer))
                .isInstanceOf(PluginRefusedException.class)
                .hasMessageContaining("DOC001");
    }

    @Test
    void readsWhatAPluginAsksForOutOfItsReleasesWhereAnOlderIndexDoesNotSay() throws IOException {
        RegistryService service = open();
        service.publish(new PluginJar("careful", "1.0.0")
                .with("AgentOS-Permissions", "net.connect;target=\"a.example:443\";reason=\"asks\"")
                .writeTo(temporary));
        Path file = root().resolve("index/careful.json");
        Files.writeString(file, Files.readString(file).replace("\"asks\":[\"net.connect\"],", ""));
        assertThat(Files.readString(file)).doesNotContain("net.connect\"]");

        assertThat(open().listing("careful"))
                .hasValueSatisfying(listing -> assertThat(listing.asks()).containsExactly("net.connect"));
    }

    @Test
    void pagesNewestFirstAndStaysStableUnderPublishing() {
        RegistryService service = open();
        for (int i = 0; i < 5; i++) {
            publish(service, "plugin-" + i, "1.0.0");
        }
        List<String> seen = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            Page<Listing> page = service.search(ListingQuery.ALL.at(new PageRequest(2, cursor)));
            seen.addAll(slugs(page));
            cursor = page.next();
            publish(service, "late-" + seen.size(), "1.0.0");
        } while (cursor.isPresent());
        assertThat(seen).containsExactly("plugin-4", "plugin-3", "plugin-2", "plugin-1", "plugin-0");
        assertThatThrownBy(() -> service.search(ListingQuery.ALL.at(new PageRequest(2, Optional.of("nonsense")))))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(RegistryErrorCode.INVALID_CURSOR));
    }

    @Test
    void remembersEverythingAfterARestart() {
        RegistryService service = open();
        Release release = publish(service, "alpha", "1.0.0");
        service.countDownload(release);
        service.countDownload(release);
        RegistryService again = open();
        assertThat(again.listing("alpha")).isEqualTo(service.listing("alpha"));
        assertThat(again.listing("alpha").orElseThrow().downloads()).isEqualTo(2);
        assertThat(again.releases("alpha")).isEqualTo(service.releases("alpha"));
    }

    @Test
    void seesWhatAnotherProcessPublishesAndAddsUpDownloads() {
        RegistryService one = open();
        RegistryService other = open();
        Release release = publish(other, "alpha", "1.0.0");
        assertThat(one.releases("alpha")).containsExactly(release);
        one.countDownload(release);
        other.countDownload(release);
        assertThat(open().listing("alpha").orElseThrow().downloads()).isEqualTo(2);
    }

    @Test
    void letsOnlyOneOfTwoPublishersHaveAVersion() throws Exception {
        List<RegistryService> services = List.of(open(), open());
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Boolean>> attempts = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                RegistryService service = services.get(i % 2);
                Path jar =
                        new PluginJar("alpha", "1.0.0").payload("bytes of " + i).writeTo(temporary);
                Path own = new PluginJar("own-" + i, "1.0.0").writeTo(temporary);
                attempts.add(threads.submit(() -> {
                    service.publish(own);
                    return succeeds(service, jar);
                }));
            }
            int winners = 0;
            for (Future<Boolean> attempt : attempts) {
                winners += attempt.get() ? 1 : 0;
            }
            assertThat(winners).isEqualTo(1);
        }
        assertThat(open().search(ListingQuery.ALL).items()).hasSize(17);
        assertThat(open().releases("alpha")).hasSize(1);
        try (Stream<Path> jars = Files.list(root().resolve("releases"))) {
            assertThat(jars).hasSize(17);
        }
    }

    private static boolean succeeds(RegistryService service, Path jar) {
        try {
            service.publish(jar);
            return true;
        } catch (AgentOsException e) {
            assertThat(e.errorCode()).isEqualTo(RegistryErrorCode.RELEASE_EXISTS);
            return false;
        }
    }

    @Test
    void mendsWhatACrashBetweenTwoFilesLeft() throws IOException {
        RegistryService service = open();
        Path jar = new PluginJar("alpha", "1.0.0").writeTo(temporary);
        Release release = service.publish(jar);
        Path stored = root().resolve("releases").resolve(release.sha512() + ".jar");
        Files.delete(stored);
        Files.delete(root().resolve("listings.json"));
        assertThat(open().publish(jar)).isEqualTo(release);
        assertThat(stored).exists();
        assertThat(root().resolve("listings.json")).exists();
    }

    @Test
    void namesADamagedIndexFile() throws IOException {
        publish(open(), "alpha", "1.0.0");
        Files.writeString(root().resolve("index/alpha.json"), "{\"listing\":");
        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(RegistryErrorCode.INDEX_DAMAGED))
                .hasMessageContaining("alpha.json");
    }

    @Test
    void discardsOldDraftsAndNoOthers() throws IOException {
        open();
        Path old = Files.createFile(root().resolve("staging/upload-old.jar"));
        Path young = Files.createFile(root().resolve("staging/upload-young.jar"));
        Files.setLastModifiedTime(old, FileTime.from(START.minusSeconds(100_000)));
        Files.setLastModifiedTime(young, FileTime.from(START));
        open();
        assertThat(old).doesNotExist();
        assertThat(young).exists();
    }

    @Test
    void publishesFromTheCommandLine() {
        Path sound = new PluginJar("alpha", "1.0.0").writeTo(temporary);
        Path wrong = new PluginJar("beta", "1.0.0")
                .with("Fragment-Host", "system.bundle")
                .writeTo(temporary);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = PublishMain.run(
                new String[] {"--registry-dir", root().toString(), sound.toString(), wrong.toString()},
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        assertThat(exitCode).isEqualTo(1);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("Published alpha 1.0.0");
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("MAN006", "Fragment-Host");
        assertThat(slugs(open().search(ListingQuery.ALL))).containsExactly("alpha");
        assertThat(PublishMain.run(new String[] {"--wrong"}, System.out, new PrintStream(err)))
                .isEqualTo(2);
    }
}
