package dev.agentos.execution.internal;

import dev.agentos.execution.internal.ResultCache.Key;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.NodeHandler.Result.Writes;
import dev.agentos.graph.Onward;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Which results of one execution are kept and used again. That of a node which contains a graph is known from its entry
 * on, or kept at its end if whoever ran the entry comes there without a wait, a command or an effect in between.
 */
final class Results {

    private final ResultCache cache;
    private final CompiledGraph graph;
    /** The keys of rounds that are under way and may be kept, by their paths. */
    private final Map<String, Key> rounds = new HashMap<>();

    Results(ResultCache cache, CompiledGraph graph) {
        this.cache = cache;
        this.graph = graph;
    }

    /** What is known to come of a task whose attempt is to begin. */
    Optional<Writes> begin(OpenTask task, TaskAttempt attempt, Instant now) {
        String node = task.node.id();
        if (task.effect != Effect.PURE) {
            graph.around(node).forEach(rounds::remove);
            task.cached = Optional.empty();
            return Optional.empty();
        }
        // What a graph begins with is known when its entry has ended.
        task.cached = graph.nested(node) ? Optional.empty() : key(task, attempt, attempt::state);
        Optional<Writes> known = task.cached.flatMap(key -> cache.find(key, now));
        task.known = known.isPresent();
        return known.map(writes -> task.outside(graph, attempt.reused(writes)));
    }

    /** What a task writes whose attempt came to that. */
    Writes ended(OpenTask task, TaskAttempt attempt, Writes result, Instant now) {
        Writes writes = task.outside(graph, result);
        String node = task.node.id();
        Optional<Key> entry = graph.nested(node) ? key(task, attempt, result::values) : Optional.empty();
        if (entry.isEmpty()) {
            task.cached
                    .or(() -> CompiledGraph.whole(node).map(rounds::remove))
                    .ifPresent(key -> cache.keep(key, result, now));
            return writes;
        }
        Optional<Writes> known = cache.find(entry.get(), now);
        task.known = known.isPresent();
        if (known.isEmpty()) {
            rounds.put(node, entry.get());
            return writes;
        }
        return new Writes(writes.values(), known.map(Writes::values).map(Onward.Kept::new));
    }

    private static Optional<Key> key(OpenTask task, TaskAttempt attempt, Supplier<JsonObject> otherwise) {
        return task.node
                .rules()
                .cache()
                .map(policy -> attempt.key(policy.key()
                        .map(key -> attempt.expressions().evaluate(key, attempt.state()))
                        .orElseGet(otherwise)));
    }

    /** Forgets what is under way in a node that begins anew. */
    void giveUp(String node) {
        rounds.keySet().removeIf(round -> CompiledGraph.inside(round, node));
    }
}
