package dev.agentos.graph;

import java.time.Instant;

/**
 * A version of a graph without what it says, for lists: many definitions together would be more than a server has room
 * for.
 *
 * @param reference id and version
 * @param name unique in the tenant
 * @param digest as {@link StoredGraph#digest}
 * @param createdAt when it was stored
 */
public record GraphVersion(GraphReference reference, String name, String digest, Instant createdAt) {}
