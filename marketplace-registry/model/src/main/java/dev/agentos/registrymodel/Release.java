package dev.agentos.registrymodel;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.verifier.PluginDependency;
import dev.agentos.verifier.SemanticVersion;
import dev.agentos.verifier.VersionRange;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One immutable version of a listing.
 *
 * @param slug the listing's
 * @param version unique within the listing
 * @param sha512 the JAR's digest, 128 lower-case hexadecimal digits
 * @param sizeBytes the JAR's length
 * @param publishedAt when the registry took it in
 * @param requires the server versions it runs on
 * @param dependencies other plugins it needs
 * @param permissions what it asks to be granted
 * @param changelog what is new in it; may be empty
 */
public record Release(
        String slug,
        SemanticVersion version,
        String sha512,
        long sizeBytes,
        Instant publishedAt,
        VersionRange requires,
        List<PluginDependency> dependencies,
        List<PermissionRequest> permissions,
        String changelog) {

    private static final Pattern SHA512 = Pattern.compile("[0-9a-f]{128}");

    public Release {
        if (!isDigest(sha512)) {
            throw new IllegalArgumentException("sha512 is 128 lower-case hexadecimal digits");
        }
        if (sizeBytes < 1) {
            throw new IllegalArgumentException("sizeBytes is at least 1, not " + sizeBytes);
        }
        dependencies = List.copyOf(dependencies);
        permissions = List.copyOf(permissions);
    }

    /** Whether the text is a SHA-512 digest as releases write it. */
    public static boolean isDigest(String text) {
        return SHA512.matcher(text).matches();
    }

    /** Whether it runs on that version of the server. */
    public boolean runsOn(SemanticVersion server) {
        return requires.contains(server);
    }

    /** This release as JSON. */
    public JsonObject toJson() {
        return JsonObject.of(
                "slug", slug,
                "version", version.toString(),
                "sha512", sha512,
                "sizeBytes", sizeBytes,
                "publishedAt", publishedAt.toString(),
                "requires", requires.toString(),
                "dependencies",
                        dependencies.stream().map(PluginDependency::toJson).toList(),
                "permissions", permissions.stream().map(Release::permissionJson).toList(),
                "changelog", changelog);
    }

    /**
     * Reads what {@link #toJson()} wrote; unknown members are ignored.
     *
     * @throws IllegalArgumentException naming the member that is missing or wrong
     */
    public static Release fromJson(JsonObject json) {
        return new Release(
                Members.id(json, "slug"),
                SemanticVersion.parse(Members.text(json, "version")),
                Members.text(json, "sha512"),
                Members.count(json, "sizeBytes"),
                Members.instant(json, "publishedAt"),
                VersionRange.parseRequirement(Members.text(json, "requires")),
                Members.objects(json, "dependencies")
                        .map(PluginDependency::fromJson)
                        .toList(),
                Members.objects(json, "permissions").map(Release::permission).toList(),
                json.text("changelog").orElse(""));
    }

    private static JsonObject permissionJson(PermissionRequest request) {
        return JsonObject.of(
                "permission", request.permission().toString(),
                "reason", request.reason(),
                "optional", request.optional());
    }

    private static PermissionRequest permission(JsonObject json) {
        return new PermissionRequest(
                Permission.parse(Members.text(json, "permission")),
                json.text("reason").orElse(""),
                json.bool("optional").orElse(false));
    }
}
