package dev.agentos.execution.testkit;

import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.GraphReference;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;

/** Where the stores come from that are tested. */
public interface Stores {

    /** A store without executions. */
    ExecutionStore empty();

    /** A tenant that exists; another one with each call. */
    TenantId newTenant();

    /** A graph version that exists for that tenant; may be the same each time. */
    GraphReference graphOf(TenantId owner);

    /** What the clock of the store that was made last shows. */
    Instant now();

    /** Lets that much time pass for the store that was made last: for its leases, for what is due, for its keys. */
    void pass(Duration time);
}
