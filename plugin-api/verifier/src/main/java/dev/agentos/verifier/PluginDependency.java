package dev.agentos.verifier;

import dev.agentos.spi.JsonObject;

/**
 * Another plugin that a plugin needs.
 *
 * @param id the other plugin's id
 * @param range the versions of it that fit
 * @param optional whether the plugin works without it
 */
public record PluginDependency(String id, VersionRange range, boolean optional) {

    /**
     * Reads one item of the header Plugin-Dependencies, {@code id}, {@code id@range} or {@code id?@range}.
     *
     * @throws IllegalArgumentException if the id or the range is none
     */
    public static PluginDependency parse(String text) {
        int at = text.indexOf('@');
        String name = (at < 0 ? text : text.substring(0, at)).strip();
        boolean optional = name.endsWith("?");
        String id = optional ? name.substring(0, name.length() - 1) : name;
        return new PluginDependency(
                PluginManifest.checkedId(id),
                at < 0 ? VersionRange.ANY : VersionRange.parse(text.substring(at + 1)),
                optional);
    }

    /** This dependency as JSON: id, range, optional. */
    public JsonObject toJson() {
        return JsonObject.of("id", id, "range", range.toString(), "optional", optional);
    }

    /** Reads what {@link #toJson()} wrote. */
    public static PluginDependency fromJson(JsonObject json) {
        return new PluginDependency(
                PluginManifest.checkedId(json.text("id").orElse("")),
                VersionRange.parse(json.text("range").orElse("*")),
                json.bool("optional").orElse(false));
    }

    /** The text that a manifest writes. */
    @Override
    public String toString() {
        return id + (optional ? "?" : "") + "@" + range;
    }
}
