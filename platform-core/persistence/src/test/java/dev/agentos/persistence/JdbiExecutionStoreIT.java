package dev.agentos.persistence;

import dev.agentos.execution.ExecutionLogContract;
import dev.agentos.execution.ExecutionSteeringContract;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStoreContract;
import dev.agentos.execution.ExecutionStoreFixture;
import dev.agentos.graph.GraphReference;
import dev.agentos.tenancy.TenantId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** The contracts of execution stores, on a real PostgreSQL. */
class JdbiExecutionStoreIT {

    private final Database database = PostgresFixture.open();

    private final ExecutionStoreFixture.Stores stores = new ExecutionStoreFixture.Stores() {
        @Override
        public ExecutionStore empty() {
            return database.executionStore();
        }

        @Override
        public TenantId newTenant() {
            return ExecutionFixture.newTenant(database);
        }

        @Override
        public GraphReference graphOf(TenantId owner) {
            return ExecutionFixture.graphOf(database, owner);
        }
    };

    @AfterEach
    void close() {
        database.close();
    }

    @Nested
    class Store extends ExecutionStoreContract {
        @Override
        protected Stores stores() {
            return stores;
        }
    }

    @Nested
    class Log extends ExecutionLogContract {
        @Override
        protected Stores stores() {
            return stores;
        }
    }

    @Nested
    class Steering extends ExecutionSteeringContract {
        @Override
        protected Stores stores() {
            return stores;
        }
    }
}
