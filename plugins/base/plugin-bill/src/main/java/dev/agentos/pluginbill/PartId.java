package dev.agentos.pluginbill;

import java.util.Arrays;
import java.util.Optional;
import java.util.Properties;

/**
 * By what a part is known.
 *
 * @param group empty when it has none
 * @param version empty when it has none
 * @param purl its package URL; empty when nobody knows it
 */
record PartId(String group, String name, String version, Optional<String> purl) {

    private static final String SCHEME = "pkg:";

    /** A file that nobody knows more of than how it is called. */
    static PartId ofFile(String path) {
        String file = path.substring(path.lastIndexOf('/') + 1);
        return new PartId("", file.replaceFirst("\\.jar$", ""), "", Optional.empty());
    }

    /** An artifact of Maven. */
    static PartId ofMaven(String group, String artifact, String version) {
        return new PartId(
                group,
                artifact,
                version,
                Optional.of(SCHEME + "maven/" + group + "/" + artifact + "@" + version + "?type=jar"));
    }

    /** What a JAR's {@code pom.properties} says; empty when it does not say all. */
    static Optional<PartId> of(Properties properties) {
        String group = properties.getProperty("groupId", "");
        String artifact = properties.getProperty("artifactId", "");
        String version = properties.getProperty("version", "");
        return group.isEmpty() || artifact.isEmpty() || version.isEmpty()
                ? Optional.empty()
                : Optional.of(ofMaven(group, artifact, version));
    }

    /** What a package URL says, as in {@code pkg:npm/%40scope/name@1.0.0}; empty when it is none. */
    static Optional<PartId> ofUrl(String url) {
        String path = url.replaceFirst("[?#].*$", "");
        int version = path.lastIndexOf('@');
        String[] names = (version < 0 ? path : path.substring(0, version)).split("/");
        if (!url.startsWith(SCHEME) || names.length < 2 || Arrays.stream(names).anyMatch(String::isBlank)) {
            return Optional.empty();
        }
        return Optional.of(new PartId(
                String.join(".", Arrays.copyOfRange(names, 1, names.length - 1)).replace("%40", "@"),
                names[names.length - 1],
                version < 0 ? "" : path.substring(version + 1),
                Optional.of(url)));
    }
}
