package dev.agentos.execution.internal;

import dev.agentos.graph.NodeHandler.Result;
import dev.agentos.kernel.Latest;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What nodes without an effect came to, by the names that they know, kept by this server for as long as their graphs
 * say; the least used go first.
 */
final class ResultCache {

    private static final int MOST = 1_000;
    private static final int LARGEST = 64 << 10;

    private final Map<Key, Kept> kept = new Latest<>(MOST);

    /**
     * What a result depends on: nothing of one tenant is ever another one's.
     *
     * @param contents a digest of what the node contains, if it contains a graph
     */
    record Key(
            TenantId tenant,
            NodeDefinition node,
            Optional<String> contents,
            JsonObject configuration,
            JsonValue value) {}

    private record Kept(Result.Writes result, Instant until) {}

    /** A result that still holds. */
    synchronized Optional<Result.Writes> find(Key key, Instant now) {
        return Optional.ofNullable(kept.get(key))
                .filter(one -> now.isBefore(one.until()))
                .map(Kept::result);
    }

    /** Keeps a result, unless it is large. */
    void keep(Key key, Result.Writes result, Instant now) {
        if (result.values().toString().length() <= LARGEST
                && key.value().toString().length() <= LARGEST) {
            Instant until = now.plus(key.node().rules().cache().orElseThrow().ttl());
            synchronized (this) {
                kept.put(key, new Kept(result, until));
            }
        }
    }
}
