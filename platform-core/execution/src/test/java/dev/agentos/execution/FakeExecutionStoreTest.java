package dev.agentos.execution;

import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Ids;
import dev.agentos.tenancy.TenantId;
import org.junit.jupiter.api.Nested;

class FakeExecutionStoreTest {

    private static final ExecutionStoreFixture.Stores STORES = new ExecutionStoreFixture.Stores() {
        @Override
        public ExecutionStore empty() {
            return new FakeExecutionStore();
        }

        @Override
        public TenantId newTenant() {
            return new TenantId(Ids.system().next("tnt"));
        }

        @Override
        public GraphReference graphOf(TenantId owner) {
            return new GraphReference("gra_1", 1);
        }
    };

    @Nested
    class Store extends ExecutionStoreContract {
        @Override
        protected Stores stores() {
            return STORES;
        }
    }

    @Nested
    class Log extends ExecutionLogContract {
        @Override
        protected Stores stores() {
            return STORES;
        }
    }

    @Nested
    class Steering extends ExecutionSteeringContract {
        @Override
        protected Stores stores() {
            return STORES;
        }
    }
}
