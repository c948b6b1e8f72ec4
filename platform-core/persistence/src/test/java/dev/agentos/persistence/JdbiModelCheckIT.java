package dev.agentos.persistence;

import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.testkit.ModelCheck;
import dev.agentos.execution.testkit.Stores;
import dev.agentos.graph.GraphReference;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The store on PostgreSQL beside the model; {@code -Dmodel.seed=N} repeats what an earlier run tried. */
class JdbiModelCheckIT {

    private static final int SEQUENCES = Integer.getInteger("model.sequences", 25);
    private static final int LENGTH = 50;
    private static final int MOST_TRIES = 150;

    @Test
    void theStoreOnPostgresDoesWhatTheModelSays() {
        long seed = ModelCheck.seed();
        System.out.println(
                "model check on PostgreSQL: seed=" + seed + " sequences=" + SEQUENCES + " operations=" + LENGTH);
        try (Database database = PostgresFixture.open()) {
            new ModelCheck(new EmptiedStores(database), MOST_TRIES).run(seed, SEQUENCES, LENGTH);
        }
    }

    /** One store, emptied each time. */
    private record EmptiedStores(Database database, Map<TenantId, GraphReference> graphs) implements Stores {

        EmptiedStores(Database database) {
            this(database, new HashMap<>());
        }

        @Override
        public ExecutionStore empty() {
            database.platform().run(handle -> {
                handle.execute("DELETE FROM execution_log");
                handle.execute("DELETE FROM executions");
                handle.execute("DELETE FROM idempotency_keys");
            });
            return database.executionStore();
        }

        @Override
        public TenantId newTenant() {
            return ExecutionFixture.newTenant(database);
        }

        @Override
        public GraphReference graphOf(TenantId owner) {
            return graphs.computeIfAbsent(owner, tenant -> ExecutionFixture.graphOf(database, tenant));
        }

        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public void pass(Duration time) {
            ExecutionFixture.pass(database, time);
        }
    }
}
