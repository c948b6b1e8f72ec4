package dev.agentos.execution;

import dev.agentos.graph.FakeGraphStore;
import dev.agentos.graph.GraphStore;
import dev.agentos.kernel.Ids;
import dev.agentos.tenancy.TenantId;

class FakeSessionsTest extends SessionsContract {

    private final FakeExecutionStore executionStore = new FakeExecutionStore();
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
