package dev.agentos.persistence;

import dev.agentos.execution.ExecutionLogContract;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStoreContract;
import dev.agentos.graph.GraphReference;
import dev.agentos.tenancy.TenantId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** The contracts of execution stores, on a real PostgreSQL. */
class JdbiExecutionStoreIT {

    private final Database database = PostgresFixture.open();

    @AfterEach
    void close() {
        database.close();
    }

    @Nested
    class Store extends ExecutionStoreContract {

        @Override
        protected ExecutionStore emptyStore() {
            return database.executionStore();
        }

        @Override
        protected TenantId newTenant() {
            return ExecutionFixture.newTenant(database);
        }

        @Override
        protected GraphReference graphOf(TenantId owner) {
            return ExecutionFixture.graphOf(database, owner);
        }
    }

    @Nested
    class Log extends ExecutionLogContract {

        @Override
        protected ExecutionStore emptyStore() {
            return database.executionStore();
        }

        @Override
        protected TenantId newTenant() {
            return ExecutionFixture.newTenant(database);
        }

        @Override
        protected GraphReference graphOf(TenantId owner) {
            return ExecutionFixture.graphOf(database, owner);
        }
    }
}
