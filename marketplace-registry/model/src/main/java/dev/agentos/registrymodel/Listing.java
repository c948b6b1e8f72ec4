package dev.agentos.registrymodel;

import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.SemanticVersion;
import java.time.Instant;
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
        long downloads) {

    public Listing {
        tags = List.copyOf(tags);
    }

    /** This listing with another number of downloads. */
    public Listing withDownloads(long number) {
        return new Listing(slug, title, description, category, tags, publisher, latestVersion, updatedAt, number);
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
                Members.count(json, "downloads"));
    }
}
