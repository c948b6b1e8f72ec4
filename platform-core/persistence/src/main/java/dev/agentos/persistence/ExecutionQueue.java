package dev.agentos.persistence;

import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.ExecutionStore.Claim;
import dev.agentos.graph.ExecutionStore.Renewal;
import dev.agentos.graph.Lease;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Ownership of executions over all tenants, timed by the database's clock.
 *
 * <p>A claim looks at the head of each tenant's queue, never at a whole queue: it walks the tenants that have one by
 * the index, takes the first few of each, and orders them by priority, then by how many of the tenant's executions run
 * or stand before it, then by age. What another server is claiming at this moment is skipped, not waited for.
 */
final class ExecutionQueue {

    /** How many more heads than wanted are looked at, because other servers may be taking some of them. */
    private static final int SPARE = 4;

    private static final String CLAIM = """
        WITH RECURSIVE queued_tenants AS (
            (SELECT tenant_id FROM executions WHERE state = 'QUEUED' ORDER BY tenant_id LIMIT 1)
            UNION ALL
            SELECT (SELECT e.tenant_id FROM executions e
                     WHERE e.state = 'QUEUED' AND e.tenant_id > t.tenant_id ORDER BY e.tenant_id LIMIT 1)
              FROM queued_tenants t WHERE t.tenant_id IS NOT NULL),
        ready AS (
            SELECT e.id, e.tenant_id, e.priority, e.queued_at
              FROM queued_tenants t, LATERAL (
                   SELECT id, tenant_id, priority, queued_at FROM executions
                    WHERE state = 'QUEUED' AND tenant_id = t.tenant_id
                    ORDER BY priority DESC, queued_at, id LIMIT :looked) e
            UNION ALL
            (SELECT id, tenant_id, priority, queued_at FROM executions
              WHERE state = 'RUNNING' AND lease_until < now() ORDER BY lease_until LIMIT :looked)),
        ordered AS (
            SELECT r.id, r.priority, r.queued_at,
                   row_number() OVER (PARTITION BY r.tenant_id ORDER BY r.priority DESC, r.queued_at, r.id)
                   + (SELECT count(*) FROM executions b
                       WHERE b.state = 'RUNNING' AND b.tenant_id = r.tenant_id) AS turn
              FROM ready r),
        chosen AS (
            SELECT e.id, row_number() OVER () AS place FROM (
                SELECT e.id FROM executions e JOIN ordered o ON o.id = e.id
                 WHERE e.state = 'QUEUED' OR (e.state = 'RUNNING' AND e.lease_until < now())
                 ORDER BY o.priority DESC, o.turn, o.queued_at, o.id
                 LIMIT :most FOR UPDATE OF e SKIP LOCKED) e),
        claimed AS (
            UPDATE executions e
               SET state = 'RUNNING', lease_owner = :owner, lease_epoch = e.lease_epoch + 1,
                   lease_until = clock_timestamp() + CAST(:lease AS interval), attempt = e.attempt + 1,
                   started_at = coalesce(e.started_at, clock_timestamp())
              FROM chosen c WHERE e.id = c.id
            RETURNING e.*, c.place)
        SELECT * FROM claimed ORDER BY place
        """;

    private static final String RENEW = """
        UPDATE executions e SET lease_until = clock_timestamp() + CAST(:lease AS interval)
          FROM unnest(CAST(:ids AS text[]), CAST(:epochs AS bigint[]), CAST(:owners AS text[])) AS l(id, epoch, owner)
         WHERE e.id = l.id AND e.lease_epoch = l.epoch AND e.lease_owner = l.owner AND e.state = 'RUNNING'
        RETURNING e.id, e.lease_epoch, e.cancel_requested
        """;

    private final PlatformTransactions transactions;

    ExecutionQueue(PlatformTransactions transactions) {
        this.transactions = transactions;
    }

    List<Claim> claim(String owner, int most, Duration lease) {
        return transactions.call(handle -> handle.createQuery(CLAIM)
                .bind("owner", owner)
                .bind("most", most)
                .bind("looked", (long) most * SPARE)
                .bind("lease", lease.toString())
                .map((row, context) -> new Claim(
                        ExecutionRows.execution(row, context),
                        new Lease(
                                new TenantId(row.getString("tenant_id")),
                                new ExecutionId(row.getString("id")),
                                owner,
                                row.getLong("lease_epoch"))))
                .list());
    }

    int release(String owner) {
        return transactions.call(
                handle -> handle.createUpdate("""
                    UPDATE executions SET lease_until = '-infinity'
                     WHERE state = 'RUNNING' AND lease_owner = :owner
                    """).bind("owner", owner).execute());
    }

    List<Renewal> renew(Collection<Lease> leases, Duration lease) {
        if (leases.isEmpty()) {
            return List.of();
        }
        List<Lease> ordered = List.copyOf(leases);
        Map<String, Boolean> renewed = new HashMap<>();
        transactions.run(handle -> {
            renewed.clear();
            handle.createQuery(RENEW)
                    .bind("lease", lease.toString())
                    .bindArray(
                            "ids",
                            String.class,
                            ordered.stream().map(l -> l.execution().value()).toList())
                    .bindArray(
                            "epochs",
                            Long.class,
                            ordered.stream().map(Lease::epoch).toList())
                    .bindArray(
                            "owners",
                            String.class,
                            ordered.stream().map(Lease::owner).toList())
                    .map((row, context) -> Map.entry(
                            key(row.getString("id"), row.getLong("lease_epoch")), row.getBoolean("cancel_requested")))
                    .forEach(entry -> renewed.put(entry.getKey(), entry.getValue()));
        });
        return ordered.stream()
                .map(held -> {
                    Boolean cancel = renewed.get(key(held.execution().value(), held.epoch()));
                    return new Renewal(held, cancel == null, cancel != null && cancel);
                })
                .toList();
    }

    private static String key(String execution, long epoch) {
        return execution + "/" + epoch;
    }
}
