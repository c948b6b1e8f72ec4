package dev.agentos.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Page;
import dev.agentos.pluginruntime.ReleaseSource;
import dev.agentos.registryclient.DownloadProgress;
import dev.agentos.registryclient.IndexTrust;
import dev.agentos.registryclient.RegistryClient;
import dev.agentos.registrymodel.FacetCounts;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.Release;
import dev.agentos.verifier.SemanticVersion;
import dev.agentos.verifier.VersionRange;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which of the marketplace's releases an installation takes. */
class MarketplaceReleasesTest {

    @ParameterizedTest
    @CsvSource({
        "*, 1.4.2 2.0.0-rc.1, 1.4.2",
        "^1.4, 1.4.2 2.0.0-rc.1, 1.4.2",
        ">=1.0.0 & <2.0.0, 1.4.2 1.5.0-rc.1, 1.4.2",
        "*, 1.4.2 2.0.0-rc.1 2.0.0, 2.0.0",
        "*, 2.0.0-rc.1 2.0.0-rc.2, 2.0.0-rc.2",
        "2.0.0-rc.1, 1.4.2 2.0.0-rc.1 2.0.0-rc.2 2.0.0, 2.0.0-rc.1",
        "1.4.2, 1.4.2 2.0.0, 1.4.2",
        "2.0.0-rc.3, 1.4.2 2.0.0-rc.1, -"
    })
    void takesAPreReleaseOnlyWhenItIsAskedForOrThereIsNothingElse(String range, String offered, String taken) {
        List<Release> releases = Stream.of(offered.split(" "))
                .map(MarketplaceReleasesTest::release)
                .toList();
        MarketplaceReleases marketplace =
                new MarketplaceReleases(new Offering(releases), SemanticVersion.parse("0.1.0"));
        assertThat(marketplace
                        .resolve("mailer", range)
                        .map(ReleaseSource.Found::plugin)
                        .map(plugin -> plugin.version())
                        .orElse("-"))
                .isEqualTo(taken);
    }

    private static Release release(String version) {
        return new Release(
                "mailer",
                SemanticVersion.parse(version),
                "0".repeat(128),
                1,
                Instant.EPOCH,
                VersionRange.ANY,
                List.of(),
                List.of(),
                "");
    }

    /** A registry that offers these, and does nothing else. */
    private record Offering(List<Release> offered) implements RegistryClient {
        @Override
        public Page<Listing> search(ListingQuery query) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FacetCounts facets(ListingQuery query) {
            return FacetCounts.NONE;
        }

        @Override
        public Optional<String> readme(Release release) {
            return Optional.empty();
        }

        @Override
        public Optional<Listing> listing(String slug) {
            return Optional.empty();
        }

        @Override
        public List<Release> releases(String slug) {
            return offered;
        }

        @Override
        public void download(Release release, Path target, DownloadProgress progress) {
            throw new UnsupportedOperationException();
        }

        @Override
        public byte[] index() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<IndexTrust> trust() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }
}
