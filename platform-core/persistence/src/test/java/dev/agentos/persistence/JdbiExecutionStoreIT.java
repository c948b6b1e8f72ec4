package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionFilter;
import dev.agentos.execution.ExecutionLogContract;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionSteeringContract;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStoreContract;
import dev.agentos.execution.ExecutionStoreFixture;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

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

        @Test
        void parksWhatCannotBeReadAndClaimsTheRest() {
            ExecutionId spoiled = admit().id();
            ExecutionId sound = admit().id();
            spoil(spoiled);
            assertThat(claim("server-1", 10, LEASE))
                    .extracting(one -> one.execution().id())
                    .containsExactly(sound);
            assertParked(spoiled);
            assertThat(store.list(tenant, ExecutionFilter.ANY, PageRequest.FIRST)
                            .items())
                    .extracting(Execution::id)
                    .containsExactly(sound, spoiled);
        }

        @Test
        void aBatchOfWhatCannotBeReadHidesNothing() {
            ExecutionId spoiled = admit().id();
            ExecutionId sound = admit().id();
            spoil(spoiled);
            assertThat(claim("server-1", 1, LEASE))
                    .extracting(one -> one.execution().id())
                    .containsExactly(sound);
            assertParked(spoiled);
        }

        private void spoil(ExecutionId id) {
            database.platform()
                    .run(handle -> handle.createUpdate("UPDATE executions SET configuration = '[]' WHERE id = :id")
                            .bind("id", id.value())
                            .execute());
        }

        private void assertParked(ExecutionId id) {
            Execution parked = store.find(tenant, id).orElseThrow();
            assertThat(parked.state()).isEqualTo(ExecutionState.FAILED);
            assertThat(parked.failure().orElseThrow().code()).isEqualTo("graph:UNREADABLE");
            assertThat(store.events(tenant, id, 0, 10).getLast().draft().type()).isEqualTo("execution.failed");
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
