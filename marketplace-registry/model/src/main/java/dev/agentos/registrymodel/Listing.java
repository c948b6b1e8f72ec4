package dev.agentos.registrymodel;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PermissionKind.Risk;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.verifier.SemanticVersion;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A plugin as a registry shows it. Text comes from its newest release.
 *
 * @param slug the plugin's id
 * @param title for people
 * @param description a sentence or two; may be empty
 * @param category what kind of plugin it is, one of the words of {@link dev.agentos.verifier.PluginKind}; a newer
 *     registry may know more
 * @param tags words to find it by
 * @param publisher who offers it; may be empty
 * @param latestVersion the highest version that is no pre-release, else the highest
 * @param updatedAt when its last release was published
 * @param asks what its newest release asks to be granted, by the words of permissions, as in {@code net.connect}; a
 *     newer registry may know more
 * @param downloads how often any release was fetched
 */
public record Listing(
        String slug,
        String title,
        String description,
        String category,
        List<String> tags,
        String publisher,
        SemanticVersion latestVersion,
        Instant updatedAt,
        List<String> asks,
        long downloads) {

    /** The risk of a plugin that asks for nothing. */
    public static final String NO_RISK = "NONE";

    public Listing {
        tags = List.copyOf(tags);
        asks = asks.stream().distinct().sorted().toList();
    }

    /** How much harm the gravest of what it asks for can do: {@link Risk}, or {@value #NO_RISK}. */
    public String risk() {
        return asks.stream()
                .map(Listing::riskOf)
                .max(Comparator.naturalOrder())
                .map(Risk::name)
                .orElse(NO_RISK);
    }

    /** What is not known here may be anything. */
    private static Risk riskOf(String word) {
        return Arrays.stream(PermissionKind.values())
                .filter(kind -> kind.word().equals(word))
                .map(PermissionKind::risk)
                .findFirst()
                .orElse(Risk.CRITICAL);
    }

    /** This listing, of a newest release that asks for those. */
    public Listing asking(List<PermissionRequest> permissions) {
        return new Listing(
                slug,
                title,
                description,
                category,
                tags,
                publisher,
                latestVersion,
                updatedAt,
                permissions.stream()
                        .map(request -> request.permission().kind().word())
                        .toList(),
                downloads);
    }

    /** This listing with another number of downloads. */
    public Listing withDownloads(long number) {
        return new Listing(slug, title, description, category, tags, publisher, latestVersion, updatedAt, asks, number);
    }

    /** This listing as JSON. */
    public JsonObject toJson() {
        return JsonObject.of(
                "slug", slug,
                "title", title,
                "description", description,
                "category", category,
                "tags", tags,
                "publisher", publisher,
                "latestVersion", latestVersion.toString(),
                "updatedAt", updatedAt.toString(),
                "asks", asks,
                "risk", risk(),
                "downloads", downloads);
    }

    /**
     * Reads what {@link #toJson()} wrote; unknown members are ignored.
     *
     * @throws IllegalArgumentException naming the member that is missing or wrong
     */
    public static Listing fromJson(JsonObject json) {
        return new Listing(
                Members.id(json, "slug"),
                Members.text(json, "title"),
                Members.text(json, "description"),
                Members.text(json, "category"),
                Members.texts(json, "tags"),
                Members.text(json, "publisher"),
                SemanticVersion.parse(Members.text(json, "latestVersion")),
                Members.instant(json, "updatedAt"),
                json.array("asks").isPresent() ? Members.texts(json, "asks") : List.of(),
                Members.count(json, "downloads"));
    }
}
