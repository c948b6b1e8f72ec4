package dev.agentos.registryclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.registrymodel.Facet;
import dev.agentos.registrymodel.FacetCounts;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registryservice.RegistryService;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.SemanticVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every client does alike. */
abstract class RegistryClientContract {

    @TempDir
    private Path temporary;

    private RegistryService service;
    private RegistryClient client;

    /** A client of that registry. */
    abstract RegistryClient clientOf(RegistryService service);

    @BeforeEach
    void openRegistry() {
        service = new RegistryService(temporary.resolve("registry"), InstantSource.system());
        client = clientOf(service);
    }

    @AfterEach
    void closeClient() {
        client.close();
    }

    private Path downloads() throws IOException {
        return Files.createDirectories(temporary.resolve("downloads"));
    }

    @Test
    void findsListingsAndReleases() {
        Release one = service.publish(new PluginJar("alpha", "1.0.0")
                .with("Plugin-Requires", "1.0.0")
                .with("AgentOS-Title", "Älpha & more")
                .with("AgentOS-Permissions", "net.connect;target=\"a.example:443\";reason=\"to ask, often\"")
                .writeTo(temporary));
        Release two = service.publish(new PluginJar("alpha", "2.0.0-rc.1").writeTo(temporary));
        service.publish(new PluginJar("beta", "1.0.0").with("AgentOS-Tags", "x").writeTo(temporary));

        assertThat(client.listing("alpha")).isEqualTo(service.listing("alpha")).isPresent();
        assertThat(client.listing("absent")).isEmpty();
        assertThat(client.releases("alpha")).containsExactly(two, one);
        assertThat(client.releases("absent")).isEmpty();
        assertThat(client.release("alpha", SemanticVersion.parse("1.0.0"))).contains(one);
        assertThat(client.newestFor("alpha", SemanticVersion.parse("1.2.0"))).contains(one);
        assertThat(client.newestFor("alpha", SemanticVersion.parse("0.2.0"))).contains(two);
        assertThat(client.search(ListingQuery.ofText("älpha &")).items())
                .extracting(Listing::slug)
                .containsExactly("alpha");
        assertThat(client.search(new ListingQuery(
                                Optional.empty(),
                                Map.of(Facet.CATEGORY, "tool", Facet.TAG, "x"),
                                Optional.empty(),
                                PageRequest.FIRST))
                        .items())
                .extracting(Listing::slug)
                .containsExactly("beta");
    }

    @Test
    void countsByEachFacetAsIfItsOwnChoiceWereNotMade() {
        service.publish(new PluginJar("alpha", "1.0.0")
                .with("Plugin-Provider", "Ann & Co")
                .with("AgentOS-Permissions", "net.connect;target=\"a.example:443\";reason=\"asks\"")
                .writeTo(temporary));
        service.publish(new PluginJar("beta", "1.0.0").writeTo(temporary));
        service.publish(new PluginJar("gamma", "1.0.0")
                .with("AgentOS-Plugin-Kind", "provider")
                .writeTo(temporary));

        FacetCounts all = client.facets(ListingQuery.ALL);
        assertThat(all.total()).isEqualTo(3);
        assertThat(all.counts().get(Facet.CATEGORY)).isEqualTo(Map.of("tool", 2L, "provider", 1L));
        assertThat(all.counts().get(Facet.PUBLISHER)).isEqualTo(Map.of("Ann & Co", 1L, "", 2L));
        assertThat(all.counts().get(Facet.RISK)).isEqualTo(Map.of("MEDIUM", 1L, "NONE", 2L));
        assertThat(all.counts().get(Facet.PERMISSION)).isEqualTo(Map.of("net.connect", 1L));

        ListingQuery harmless =
                new ListingQuery(Optional.empty(), Map.of(Facet.RISK, "NONE"), Optional.empty(), PageRequest.FIRST);
        assertThat(client.search(harmless).items())
                .extracting(Listing::slug)
                .containsExactlyInAnyOrder("beta", "gamma");
        FacetCounts chosen = client.facets(harmless);
        assertThat(chosen.total()).isEqualTo(2);
        assertThat(chosen.counts().get(Facet.RISK)).isEqualTo(Map.of("MEDIUM", 1L, "NONE", 2L));
        assertThat(chosen.counts().get(Facet.CATEGORY)).isEqualTo(Map.of("tool", 1L, "provider", 1L));

        ListingQuery.Among some = new ListingQuery.Among(Set.of("beta", "elsewhere"), true);
        assertThat(client.search(ListingQuery.ALL.among(some)).items())
                .extracting(Listing::slug)
                .containsExactly("beta");
        assertThat(client.facets(ListingQuery.ALL.among(new ListingQuery.Among(Set.of("beta"), false)))
                        .total())
                .isEqualTo(2);
        assertThat(client.facets(ListingQuery.ALL.among(new ListingQuery.Among(Set.of(), true)))
                        .total())
                .isZero();
        assertThat(client.search(new ListingQuery(
                                Optional.empty(), Map.of(Facet.PUBLISHER, ""), Optional.empty(), PageRequest.FIRST))
                        .items())
                .hasSize(2);
    }

    @Test
    void handsOutTheReadmeThatIsInTheJar() {
        String markdown = "# Älpha\n\n<script>alert(1)</script>\n";
        Release told =
                service.publish(new PluginJar("alpha", "1.0.0").readme(markdown).writeTo(temporary));
        Release silent = service.publish(new PluginJar("beta", "1.0.0").writeTo(temporary));

        assertThat(client.readme(told)).contains(markdown);
        assertThat(client.readme(silent)).isEmpty();
    }

    @Test
    void pagesThroughAll() {
        for (int i = 0; i < 3; i++) {
            service.publish(new PluginJar("plugin-" + i, "1.0.0").writeTo(temporary));
        }
        Page<Listing> first = client.search(ListingQuery.ALL.at(new PageRequest(2, Optional.empty())));
        assertThat(first.items()).hasSize(2);
        assertThat(client.search(ListingQuery.ALL.at(new PageRequest(2, first.next())))
                        .items())
                .hasSize(1);
        assertThatThrownBy(() -> client.search(ListingQuery.ALL.at(new PageRequest(2, Optional.of("?")))))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(RegistryErrorCode.INVALID_CURSOR));
    }

    @Test
    void downloadsReplacesAndCounts() throws IOException {
        Path jar = new PluginJar("alpha", "1.0.0").payload("x".repeat(300_000)).writeTo(temporary);
        Release release = service.publish(jar);
        Path target = downloads().resolve("alpha.jar");
        Files.writeString(target, "what was there before");
        List<Long> progress = new ArrayList<>();
        client.download(release, target, (done, total) -> {
            assertThat(total).isEqualTo(release.sizeBytes());
            progress.add(done);
        });
        assertThat(target).hasSameBinaryContentAs(jar);
        assertThat(progress).isSorted().last().isEqualTo(release.sizeBytes());
        try (var files = Files.list(downloads())) {
            assertThat(files).containsExactly(target);
        }
        assertThat(client.listing("alpha").orElseThrow().downloads()).isEqualTo(1);
    }

    @Test
    void leavesNothingWhenTheBytesAreOthers() throws IOException {
        Release release = service.publish(new PluginJar("alpha", "1.0.0").writeTo(temporary));
        Path stored = temporary.resolve("registry/releases/" + release.sha512() + ".jar");
        byte[] bytes = Files.readAllBytes(stored);
        bytes[bytes.length / 2] ^= 1;
        Files.write(stored, bytes);
        Path target = downloads().resolve("alpha.jar");
        assertThatThrownBy(() -> client.download(release, target, DownloadProgress.NONE))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(RegistryErrorCode.DIGEST_MISMATCH));
        assertThat(downloads()).isEmptyDirectory();
    }

    @Test
    void leavesNothingWhenTheListenerFails() throws IOException {
        Release release = service.publish(new PluginJar("alpha", "1.0.0").writeTo(temporary));
        assertThatThrownBy(() -> client.download(release, downloads().resolve("alpha.jar"), (done, total) -> {
                    throw new IllegalStateException("cancelled");
                }))
                .hasMessage("cancelled");
        assertThat(downloads()).isEmptyDirectory();
    }
}
