package dev.agentos.registryservice;

import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.verifier.PluginManifest;
import dev.agentos.verifier.SemanticVersion;
import dev.agentos.verifier.VerificationReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One file of the index: a listing, without its downloads, and its releases.
 *
 * @param listing what the newest release says
 * @param releases highest version first
 */
record IndexEntry(Listing listing, List<Release> releases) {

    private static final Comparator<Release> HIGHEST_FIRST =
            Comparator.comparing(Release::version).reversed();

    IndexEntry {
        releases = releases.stream().sorted(HIGHEST_FIRST).toList();
        // Files that were written before listings said so are read as if they did.
        listing = listing.asking(newest(releases, listing.latestVersion()));
    }

    private static List<PermissionRequest> newest(List<Release> releases, SemanticVersion latest) {
        return releases.stream()
                .filter(release -> release.version().equals(latest))
                .findFirst()
                .map(Release::permissions)
                .orElse(List.of());
    }

    /** The release that a verified JAR makes. */
    static Release release(VerificationReport report, PluginManifest manifest, Instant now) {
        return new Release(
                manifest.id(),
                manifest.version(),
                report.sha512(),
                report.sizeBytes(),
                now,
                manifest.requires(),
                manifest.dependencies(),
                manifest.permissions(),
                manifest.changelog());
    }

    /** The entry with one more release; the listing's text changes when the release is now the newest. */
    static IndexEntry adding(Optional<IndexEntry> before, Release release, PluginManifest manifest) {
        List<Release> releases =
                new ArrayList<>(before.map(IndexEntry::releases).orElse(List.of()));
        releases.add(release);
        SemanticVersion latest = latest(releases);
        Listing listing = new Listing(
                manifest.id(),
                manifest.title(),
                manifest.description(),
                manifest.kind().word(),
                manifest.tags(),
                manifest.publisher(),
                latest,
                release.publishedAt(),
                List.of(),
                0);
        if (before.isPresent() && !latest.equals(release.version())) {
            Listing old = before.get().listing;
            listing = new Listing(
                    old.slug(),
                    old.title(),
                    old.description(),
                    old.category(),
                    old.tags(),
                    old.publisher(),
                    latest,
                    release.publishedAt(),
                    List.of(),
                    0);
        }
        return new IndexEntry(listing, releases);
    }

    Optional<Release> release(SemanticVersion version) {
        return releases.stream()
                .filter(release -> release.version().equals(version))
                .findFirst();
    }

    private static SemanticVersion latest(List<Release> releases) {
        return releases.stream()
                .map(Release::version)
                .max(Comparator.comparing((SemanticVersion version) -> !version.isPreRelease())
                        .thenComparing(Comparator.naturalOrder()))
                .orElseThrow();
    }

    JsonObject toJson() {
        return JsonObject.of(
                "listing", listing.toJson(),
                "releases", releases.stream().map(Release::toJson).toList());
    }

    static IndexEntry fromJson(JsonObject json) {
        List<Release> releases = new ArrayList<>();
        json.array("releases")
                .orElseThrow(() -> new IllegalArgumentException("Member 'releases' is missing"))
                .forEach(item -> {
                    if (!(item instanceof JsonObject object)) {
                        throw new IllegalArgumentException("Member 'releases' holds something else");
                    }
                    releases.add(Release.fromJson(object));
                });
        JsonObject listing =
                json.object("listing").orElseThrow(() -> new IllegalArgumentException("Member 'listing' is missing"));
        return new IndexEntry(Listing.fromJson(listing), releases);
    }
}
