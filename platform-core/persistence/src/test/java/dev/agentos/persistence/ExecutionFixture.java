package dev.agentos.persistence;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.StoredGraph;
import dev.agentos.kernel.Ids;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** Tenants and graphs that executions need before they can be stored. */
final class ExecutionFixture {

    private static final Instant THEN = Instant.parse("2026-01-01T00:00:00Z");
    private static final Ids IDS = Ids.system();

    private ExecutionFixture() {}

    static TenantId newTenant(Database database) {
        TenantId tenant = new TenantId(IDS.next("tnt"));
        String name = "t" + tenant.value().substring(20).toLowerCase(Locale.ROOT);
        database.tenantStore().insert(new Tenant(tenant, name, THEN));
        return tenant;
    }

    static GraphReference graphOf(Database database, TenantId owner) {
        StoredGraph graph = new StoredGraph(
                new GraphReference(IDS.next("gra"), 0), "any", "api", "0".repeat(64), JsonObject.EMPTY, THEN);
        return database.graphStore().save(owner, graph).reference();
    }

    /** One that is queued, and durable with each step. */
    static Execution queued(TenantId tenant, GraphReference graph) {
        return new Execution(
                new ExecutionId(IDS.next("exe")),
                tenant,
                new ExecutionRequest(
                        Optional.empty(),
                        graph,
                        JsonObject.EMPTY,
                        JsonObject.EMPTY,
                        0,
                        Optional.empty(),
                        ExecutionRequest.Durability.SYNC),
                ExecutionState.QUEUED,
                new Execution.Progress(0, 0, false),
                Optional.empty(),
                Optional.empty(),
                new Execution.Times(Instant.EPOCH, Optional.empty(), Optional.empty()));
    }

    /** Lets time pass for leases, for what is due and for keys: all that the database's clock is compared with. */
    static void pass(Database database, Duration time) {
        database.platform().run(handle -> {
            handle.createUpdate("""
                UPDATE executions SET lease_until = lease_until - CAST(:time AS interval),
                       due_at = due_at - CAST(:time AS interval), deadline = deadline - CAST(:time AS interval)
                 WHERE finished_at IS NULL
                """).bind("time", time.toString()).execute();
            handle.createUpdate("UPDATE idempotency_keys SET expires_at = expires_at - CAST(:time AS interval)")
                    .bind("time", time.toString())
                    .execute();
        });
    }
}
