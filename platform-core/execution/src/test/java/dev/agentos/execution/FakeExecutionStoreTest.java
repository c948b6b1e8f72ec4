package dev.agentos.execution;

import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Ids;
import dev.agentos.tenancy.TenantId;
import org.junit.jupiter.api.Nested;

class FakeExecutionStoreTest {

    @Nested
    class Store extends ExecutionStoreContract {

        @Override
        protected ExecutionStore emptyStore() {
            return new FakeExecutionStore();
        }

        @Override
        protected TenantId newTenant() {
            return new TenantId(Ids.system().next("tnt"));
        }

        @Override
        protected GraphReference graphOf(TenantId owner) {
            return new GraphReference("gra_1", 1);
        }
    }

    @Nested
    class Log extends ExecutionLogContract {

        @Override
        protected ExecutionStore emptyStore() {
            return new FakeExecutionStore();
        }

        @Override
        protected TenantId newTenant() {
            return new TenantId(Ids.system().next("tnt"));
        }

        @Override
        protected GraphReference graphOf(TenantId owner) {
            return new GraphReference("gra_1", 1);
        }
    }
}
