package dev.agentos.execution;

import dev.agentos.graph.ExecutionId;
import dev.agentos.tenancy.TenantId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Keeps which execution was admitted with which key, under the lock of the executions. */
final class FakeRequestKeys {

    private final Map<KeyOf, ExecutionId> keys = new LinkedHashMap<>();

    private record KeyOf(TenantId tenant, RequestKey key) {}

    void keep(TenantId tenant, RequestKey key, ExecutionId execution) {
        keys.put(new KeyOf(tenant, key), execution);
    }

    Optional<ExecutionId> find(TenantId tenant, RequestKey key) {
        Optional<Map.Entry<KeyOf, ExecutionId>> found = keys.entrySet().stream()
                .filter(one -> one.getKey().tenant().equals(tenant)
                        && one.getKey().key().names(key))
                .findFirst();
        if (found.filter(one -> !one.getKey().key().equals(key)).isPresent()) {
            throw new RequestKeyReusedException();
        }
        return found.map(Map.Entry::getValue);
    }
}
