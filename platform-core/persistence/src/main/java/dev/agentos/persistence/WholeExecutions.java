package dev.agentos.persistence;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.execution.Execution;
import dev.agentos.graph.ExecutionId;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.Optional;

/**
 * Reads executions with input and output. What one that has ended was given and came to stands in its log, takes the
 * most part of reading it, and never changes: it is kept for a moment, because who waits for an execution asks often.
 * Its row is read each time, so that what was erased is never answered from memory.
 */
final class WholeExecutions {

    private static final Duration MOMENT = Duration.ofSeconds(10);
    private static final long MOST_BYTES = 16L << 20;

    private final TenantTransactions transactions;
    private final Cache<Key, Ended> known = Caffeine.newBuilder()
            .expireAfterAccess(MOMENT)
            .maximumWeight(MOST_BYTES)
            .weigher((Key key, Ended ended) -> ended.bytes())
            .build();

    private record Key(TenantId tenant, ExecutionId id) {}

    /**
     * What does not change any more.
     *
     * @param bytes how much it is, about
     */
    private record Ended(int step, JsonObject input, Optional<JsonObject> output, int bytes) {}

    WholeExecutions(TenantTransactions transactions) {
        this.transactions = transactions;
    }

    Optional<Execution> find(TenantId tenant, ExecutionId id) {
        Key key = new Key(tenant, id);
        Ended ended = known.getIfPresent(key);
        if (ended != null) {
            Optional<Execution> row =
                    transactions.lookUp(tenant, handle -> ExecutionRows.row(handle, tenant, id, ended.step()));
            if (row.isEmpty()) {
                known.invalidate(key);
            }
            return row.map(one -> one.with(ended.input(), ended.output()));
        }
        return transactions
                .lookUp(tenant, handle -> ExecutionRows.found(handle, tenant, id))
                .map(found -> {
                    keep(key, found);
                    return found.execution();
                });
    }

    private void keep(Key key, ExecutionRows.Found found) {
        Execution execution = found.execution();
        if (execution.state().terminal()) {
            known.put(
                    key,
                    new Ended(
                            execution.progress().step(),
                            execution.request().input(),
                            execution.output(),
                            found.bytes()));
        }
    }
}
