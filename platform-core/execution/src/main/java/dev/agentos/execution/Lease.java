package dev.agentos.execution;

import dev.agentos.graph.ExecutionId;
import dev.agentos.tenancy.TenantId;

/**
 * One server's time-limited ownership of an execution. Every write carries it; the store refuses a write whose epoch is
 * not the latest, whatever the server's clock says.
 *
 * @param tenant whose execution
 * @param execution which one
 * @param owner the server's id
 * @param epoch the fencing number, one higher with each claim
 */
public record Lease(TenantId tenant, ExecutionId execution, String owner, long epoch) {}
