package dev.agentos.execution.internal;

import dev.agentos.graph.NodeHandler.Result;
import dev.agentos.kernel.Latest;
import dev.agentos.spi.CachePolicy;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What nodes without an effect came to, kept by this server for as long as their graphs say; the least used go first.
 */
final class ResultCache {

    private static final int MOST = 1_000;
    private static final int LARGEST = 64 << 10;

    private final Map<Key, Kept> kept = new Latest<>(MOST);

    /** What a result depends on: nothing of one tenant is ever another one's. */
    record Key(TenantId tenant, NodeDefinition node, JsonObject configuration, JsonValue value) {}

    private record Kept(Result.Writes result, Instant until) {}

    /** The key of an attempt, if its result may be kept. */
    Optional<Key> key(TaskAttempt attempt, Effect effect) {
        Optional<CachePolicy> policy = attempt.node().rules().cache();
        if (policy.isEmpty() || effect != Effect.PURE) {
            return Optional.empty();
        }
        JsonValue value = policy.get()
                .key()
                .map(expression -> attempt.expressions().evaluate(expression, attempt.state()))
                .orElse(attempt.state());
        // All branches of a graph that is dispatched share what its nodes came to.
        return Optional.of(new Key(attempt.tenant(), attempt.definition(), attempt.configuration(), value));
    }

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
