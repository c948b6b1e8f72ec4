package dev.agentos.execution.testkit;

import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.GraphReference;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;

class MemoryExecutionStoreTest extends CheckpointStoreContract {

    private final MemoryStores stores = new MemoryStores();

    @Override
    public ExecutionStore empty() {
        return stores.empty();
    }

    @Override
    public TenantId newTenant() {
        return stores.newTenant();
    }

    @Override
    public GraphReference graphOf(TenantId owner) {
        return stores.graphOf(owner);
    }

    @Override
    public Instant now() {
        return stores.now();
    }

    @Override
    public void pass(Duration time) {
        stores.pass(time);
    }
}
