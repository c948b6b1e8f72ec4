package dev.agentos.persistence;

import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.ExecutionStoreContract;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.StoredGraph;
import dev.agentos.kernel.Ids;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;

/** The contract of execution stores, on a real PostgreSQL. */
class JdbiExecutionStoreIT extends ExecutionStoreContract {

    private final Ids ids = Ids.system();
    private final Database database = PostgresFixture.open();

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    protected ExecutionStore emptyStore() {
        return database.executionStore();
    }

    @Override
    protected TenantId newTenant() {
        TenantId tenant = new TenantId(ids.next("tnt"));
        String name = "t" + tenant.value().substring(20).toLowerCase(java.util.Locale.ROOT);
        database.tenantStore().insert(new Tenant(tenant, name, Instant.parse("2026-01-01T00:00:00Z")));
        return tenant;
    }

    @Override
    protected GraphReference graphOf(TenantId owner) {
        return database.graphStore()
                .save(
                        owner,
                        new StoredGraph(
                                new GraphReference(ids.next("gra"), 0),
                                "any",
                                "api",
                                "0".repeat(64),
                                JsonObject.EMPTY,
                                Instant.parse("2026-01-01T00:00:00Z")))
                .reference();
    }
}
