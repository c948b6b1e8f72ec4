package dev.agentos.persistence;

import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.SessionsContract;
import dev.agentos.graph.GraphStore;
import dev.agentos.tenancy.TenantId;
import org.junit.jupiter.api.AfterEach;

/** The contract of sessions, on a real PostgreSQL. */
class JdbiSessionsIT extends SessionsContract {

    private final Database database = PostgresFixture.open();

    @Override
    protected ExecutionStore store() {
        return database.executionStore();
    }

    @Override
    protected GraphStore graphs() {
        return database.graphStore();
    }

    @Override
    protected TenantId newTenant() {
        return ExecutionFixture.newTenant(database);
    }

    @AfterEach
    void close() {
        database.close();
    }
}
