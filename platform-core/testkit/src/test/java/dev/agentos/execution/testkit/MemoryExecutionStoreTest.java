package dev.agentos.execution.testkit;

import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.MemoryExecutionStore;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Ids;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;

class MemoryExecutionStoreTest extends CheckpointStoreContract {

    private static final Ids IDS = Ids.system();

    private Duration ahead = Duration.ZERO;

    @Override
    public ExecutionStore empty() {
        return new MemoryExecutionStore(() -> Instant.now().plus(ahead));
    }

    @Override
    public TenantId newTenant() {
        return new TenantId(IDS.next("tnt"));
    }

    @Override
    public GraphReference graphOf(TenantId owner) {
        return new GraphReference("gra_1", 1);
    }

    @Override
    public void pass(Duration time) {
        ahead = ahead.plus(time);
    }
}
