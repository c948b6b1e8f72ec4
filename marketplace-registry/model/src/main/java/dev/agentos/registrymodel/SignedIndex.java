package dev.agentos.registrymodel;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.PluginManifest;
import dev.agentos.verifier.SemanticVersion;
import dev.agentos.verifier.VersionRange;
import java.io.ByteArrayInputStream;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * All that a registry offers, as it signs it: the payload of an {@link Envelope}.
 *
 * @param registry what the registry calls itself
 * @param keyId the SHA-256 of the certificate that belongs to the registry's key
 * @param version rises with each signing
 * @param issuedAt when it was signed
 * @param expires from when on it is not to be believed
 * @param releases every release
 */
public record SignedIndex(
        String registry, String keyId, long version, Instant issuedAt, Instant expires, Set<Entry> releases) {

    /** The payload's type. */
    public static final String PAYLOAD_TYPE = "application/vnd.agentos.index+json";

    public SignedIndex {
        releases = Set.copyOf(releases);
        if (version < 1) {
            throw new IllegalArgumentException("A version is at least 1, not " + version);
        }
    }

    /**
     * What of a release decides which file is installed: the rest is in the file itself.
     *
     * @param plugin the plugin's id
     * @param version its version
     * @param sha512 the JAR's digest
     * @param sizeBytes the JAR's length
     * @param requires the server versions that it runs on, as written; it decides which release is the newest for one
     */
    public record Entry(String plugin, String version, String sha512, long sizeBytes, String requires) {

        public Entry {
            PluginManifest.checkedId(plugin);
            if (!Release.isDigest(sha512)) {
                throw new IllegalArgumentException("sha512 is 128 lower-case hexadecimal digits");
            }
        }

        /** What is signed of that release. */
        public static Entry of(Release release) {
            return new Entry(
                    release.slug(),
                    release.version().toString(),
                    release.sha512(),
                    release.sizeBytes(),
                    release.requires().toString());
        }

        private JsonObject toJson() {
            return JsonObject.of(
                    "plugin", plugin,
                    "version", version,
                    "sha512", sha512,
                    "sizeBytes", sizeBytes,
                    "requires", requires);
        }

        private static Entry fromJson(JsonObject json) {
            return new Entry(
                    Members.text(json, "plugin"),
                    SemanticVersion.parse(Members.text(json, "version")).toString(),
                    Members.text(json, "sha512"),
                    Members.count(json, "sizeBytes"),
                    VersionRange.parseRequirement(Members.text(json, "requires"))
                            .toString());
        }
    }

    /** What is signed of those releases. */
    public static Set<Entry> entries(Collection<Release> releases) {
        Set<Entry> entries = new HashSet<>();
        releases.forEach(release -> entries.add(Entry.of(release)));
        return entries;
    }

    /** The releases of that plugin. */
    public Set<Entry> releasesOf(String plugin) {
        Set<Entry> found = new HashSet<>();
        releases.stream().filter(entry -> entry.plugin().equals(plugin)).forEach(found::add);
        return found;
    }

    /** As bytes to sign. */
    public byte[] toBytes() {
        List<JsonObject> sorted = releases.stream()
                .sorted((a, b) -> (a.plugin() + " " + a.version()).compareTo(b.plugin() + " " + b.version()))
                .map(Entry::toJson)
                .toList();
        return Json.writeBytes(JsonObject.of(
                "registry", registry,
                "keyId", keyId,
                "version", version,
                "issuedAt", issuedAt.toString(),
                "expires", expires.toString(),
                "releases", sorted));
    }

    /**
     * Reads what {@link #toBytes()} wrote; unknown members are ignored.
     *
     * @throws IllegalArgumentException saying what is missing or wrong
     */
    public static SignedIndex read(byte[] bytes) {
        JsonObject json = Json.parseObject(new ByteArrayInputStream(bytes));
        Set<Entry> releases = new HashSet<>();
        Members.objects(json, "releases").map(Entry::fromJson).forEach(releases::add);
        return new SignedIndex(
                Members.text(json, "registry"),
                Members.text(json, "keyId"),
                Members.count(json, "version"),
                Members.instant(json, "issuedAt"),
                Members.instant(json, "expires"),
                releases);
    }
}
