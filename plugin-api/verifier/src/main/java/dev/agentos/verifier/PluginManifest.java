package dev.agentos.verifier;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PermissionRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;

/**
 * What a plugin says of itself in the main attributes of META-INF/MANIFEST.MF.
 *
 * @param id its name among all plugins, {@code [a-z][a-z0-9-]{1,62}}; header Plugin-Id
 * @param version header Plugin-Version
 * @param title for people; header AgentOS-Title, else the id
 * @param description header Plugin-Description; may be empty
 * @param publisher who offers it, header Plugin-Provider; may be empty
 * @param kind header AgentOS-Plugin-Kind, else {@link PluginKind#EXTENSION}
 * @param tags words to find it by, each {@code [a-z0-9][a-z0-9-]{0,29}}; header AgentOS-Tags
 * @param changelog what is new in this version; header AgentOS-Changelog; may be empty
 * @param requires the server versions it runs on; header Plugin-Requires
 * @param dependencies header Plugin-Dependencies
 * @param permissions header AgentOS-Permissions
 * @param sha512 the digest of the whole JAR, 128 lower-case hexadecimal digits
 */
public record PluginManifest(
        String id,
        SemanticVersion version,
        String title,
        String description,
        String publisher,
        PluginKind kind,
        List<String> tags,
        String changelog,
        VersionRange requires,
        List<PluginDependency> dependencies,
        List<PermissionRequest> permissions,
        String sha512) {

    /** The file of a JAR in which a plugin says at length what it is, in Markdown. */
    public static final String README = "META-INF/agentos/README.md";

    /** The longest {@link #README}. */
    public static final int MAX_README_BYTES = 64 * 1024;

    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{1,62}");

    public PluginManifest {
        checkedId(id);
        tags = List.copyOf(tags);
        dependencies = List.copyOf(dependencies);
        permissions = List.copyOf(permissions);
    }

    /**
     * Returns the id when it is one.
     *
     * @throws IllegalArgumentException saying the form of an id
     */
    public static String checkedId(String id) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "'" + id + "' is not a plugin id: a lower-case letter, then 1 to 62 of a-z, 0-9 and -");
        }
        return id;
    }

    /**
     * The {@link #README} of a JAR that was verified, at most {@value #MAX_README_BYTES} bytes of Markdown by whoever
     * wrote the plugin; empty when it has none.
     */
    public static Optional<String> readme(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            JarEntry entry = file.getJarEntry(README);
            if (entry == null || entry.isDirectory()) {
                return Optional.empty();
            }
            try (InputStream in = file.getInputStream(entry)) {
                String text = new String(in.readNBytes(MAX_README_BYTES), StandardCharsets.UTF_8);
                return Optional.of(text).filter(words -> !words.isBlank());
            }
        }
    }

    /** This manifest as JSON; permissions are {@code {permission, reason, optional, risk}}. */
    public JsonObject toJson() {
        return JsonObject.of(
                "id", id,
                "version", version.toString(),
                "title", title,
                "description", description,
                "publisher", publisher,
                "kind", kind.word(),
                "tags", tags,
                "changelog", changelog,
                "requires", requires.toString(),
                "dependencies",
                        dependencies.stream().map(PluginDependency::toJson).toList(),
                "permissions",
                        permissions.stream().map(PluginManifest::permissionJson).toList(),
                "sha512", sha512);
    }

    private static JsonObject permissionJson(PermissionRequest request) {
        return JsonObject.of(
                "permission", request.permission().toString(),
                "reason", request.reason(),
                "optional", request.optional(),
                "risk", request.permission().kind().risk().name());
    }
}
