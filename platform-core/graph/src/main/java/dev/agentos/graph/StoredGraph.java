package dev.agentos.graph;

import dev.agentos.spi.JsonObject;
import java.time.Instant;

/**
 * A graph as it is stored: versions are immutable, executions are pinned to theirs.
 *
 * @param reference id and version
 * @param name unique in the tenant
 * @param origin who brought it: {@code api}, or the id of the pack
 * @param digest SHA-256 of the definition's canonical text, in hexadecimal
 * @param definition exactly as it was given
 * @param createdAt when this version was stored
 */
public record StoredGraph(
        GraphReference reference,
        String name,
        String origin,
        String digest,
        JsonObject definition,
        Instant createdAt) {}
