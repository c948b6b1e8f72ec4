package dev.agentos.graph;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A graph as it is stored: versions are immutable, executions are pinned to theirs.
 *
 * @param reference id and version
 * @param name unique in the tenant
 * @param origin who brought it: {@code api}, or the id of the pack
 * @param digest SHA-256 of the definition's canonical text and of what its nodes contain, in hexadecimal
 * @param definition exactly as it was given
 * @param subgraphs what its nodes contain by name, in the version that there was then, by the paths of the nodes
 * @param createdAt when this version was stored
 */
public record StoredGraph(
        GraphReference reference,
        String name,
        String origin,
        String digest,
        JsonObject definition,
        Map<String, GraphReference> subgraphs,
        Instant createdAt) {
    public StoredGraph {
        subgraphs = Collections.unmodifiableMap(new TreeMap<>(subgraphs));
    }

    /** A graph whose nodes name no other. */
    public StoredGraph(
            GraphReference reference,
            String name,
            String origin,
            String digest,
            JsonObject definition,
            Instant createdAt) {
        this(reference, name, origin, digest, definition, Map.of(), createdAt);
    }

    /**
     * A version without what it says, for lists: many definitions together are more than a server has room for.
     *
     * @param reference id and version
     * @param name unique in the tenant
     * @param digest as of the whole
     * @param createdAt when it was stored
     */
    public record Version(GraphReference reference, String name, String digest, Instant createdAt) {}

    /** The same without its definition. */
    public Version version() {
        return new Version(reference, name, digest, createdAt);
    }

    /** What nodes contain, as stores and the API write it. */
    public static JsonObject toJson(Map<String, GraphReference> subgraphs) {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        subgraphs.forEach((path, one) -> members.put(path, JsonObject.of("id", one.graph(), "version", one.version())));
        return new JsonObject(members);
    }

    /** Reads what {@link #toJson} wrote. */
    public static Map<String, GraphReference> subgraphs(JsonObject json) {
        Map<String, GraphReference> subgraphs = new LinkedHashMap<>();
        json.members().forEach((path, value) -> {
            if (value instanceof JsonObject one) {
                subgraphs.put(
                        path,
                        new GraphReference(
                                one.text("id").orElseThrow(),
                                one.number("version").orElseThrow().value().intValue()));
            }
        });
        return subgraphs;
    }
}
