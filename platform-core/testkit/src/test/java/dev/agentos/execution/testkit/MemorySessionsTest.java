package dev.agentos.execution.testkit;

import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.memory.MemoryExecutionStore;
import dev.agentos.graph.FakeGraphStore;
import dev.agentos.graph.GraphStore;
import dev.agentos.kernel.Ids;
import dev.agentos.tenancy.TenantId;

class MemorySessionsTest extends SessionsContract {

    private final MemoryExecutionStore executionStore = new MemoryExecutionStore();
    private final FakeGraphStore graphs = new FakeGraphStore();

    @Override
    protected ExecutionStore store() {
        return executionStore;
    }

    @Override
    protected GraphStore graphs() {
        return graphs;
    }

    @Override
    protected TenantId newTenant() {
        return new TenantId(Ids.system().next("tnt"));
    }
}
