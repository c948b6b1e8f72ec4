package dev.agentos.persistence;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore.Claim;
import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.ExecutionStore.Ending;
import dev.agentos.execution.ExecutionStore.Outcome;
import dev.agentos.execution.ExecutionStore.Renewal;
import dev.agentos.execution.Lease;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Json;
import dev.agentos.persistence.internal.LogCodec;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ownership of executions over all tenants, timed by the database's clock.
 *
 * <p>A claim looks at the head of each tenant's queue, never at a whole queue: it walks the tenants that have one by
 * the index, takes the first few of each, by priority, and of those that lost their owner or are due, and orders them
 * by how many of the tenant's executions run or stand before it, divided by the tenant's weight, then by age. So places
 * go to tenants by their weights, and one that has none is the next; priority says who of a tenant is first, and takes
 * nothing from others. Of a tenant that may not have all of them run it takes as many as there are places. What another
 * server is claiming at this moment is skipped, not waited for. What a kill switch stops is left where it is; only what
 * has lost its owner is claimed even so, and ends. Owners that are lost at one step are counted; one that hands the
 * execution back at that step is not counted, and takes none away.
 */
final class ExecutionQueue {

    private static final Logger LOG = LoggerFactory.getLogger(ExecutionQueue.class);

    /** How many more heads than wanted are looked at, because other servers may be taking some of them. */
    private static final int SPARE = 4;

    /** How many bytes of configurations one claim reads, but one at least: earlier releases did not bound them. */
    private static final int MOST_READ = 8 << 20;

    static final String CLAIM = """
        WITH RECURSIVE switches AS MATERIALIZED (
            SELECT kind, name, tenant_id FROM kill_switches
             WHERE lifted_at IS NULL AND kind IN ('platform', 'tenant', 'agent')),
        bounds AS MATERIALIZED (SELECT tenant_id, scope, running FROM concurrency_in_force),
        shut AS MATERIALIZED (
            SELECT DISTINCT tenant_id FROM bounds WHERE NOT tenant_id = ANY (:counted)),
        full_parts AS MATERIALIZED (
            SELECT b.tenant_id, b.scope, part.who
              FROM bounds b JOIN executions x ON x.tenant_id = b.tenant_id AND x.state = 'RUNNING',
                   LATERAL (SELECT CASE b.scope WHEN 'AGENT' THEN x.agent ELSE x.started_by END AS who) part
             WHERE b.scope <> 'TENANT' AND part.who IS NOT NULL
             GROUP BY b.tenant_id, b.scope, b.running, part.who HAVING count(*) >= b.running),
        queued_tenants AS (
            (SELECT tenant_id FROM executions WHERE state = 'QUEUED' ORDER BY tenant_id LIMIT 1)
            UNION ALL
            SELECT (SELECT e.tenant_id FROM executions e
                     WHERE e.state = 'QUEUED' AND e.tenant_id > t.tenant_id ORDER BY e.tenant_id LIMIT 1)
              FROM queued_tenants t WHERE t.tenant_id IS NOT NULL),
        ready AS (
            SELECT e.number, e.tenant_id, e.agent, e.started_by, e.priority, e.queued_at, true AS begins
              FROM queued_tenants t, LATERAL (
                   SELECT number, tenant_id, agent, started_by, priority, queued_at FROM executions x
                    WHERE state = 'QUEUED' AND tenant_id = t.tenant_id AND %1$s
                      AND (due_at IS NULL OR due_at <= now() OR cancel_requested)
                    ORDER BY priority DESC, queued_at, number LIMIT :looked) e
            UNION ALL
            SELECT number, tenant_id, agent, started_by, priority, queued_at, false FROM (
                SELECT *, row_number() OVER (PARTITION BY tenant_id ORDER BY priority DESC, queued_at, number) AS place
                  FROM executions WHERE state = 'RUNNING' AND lease_until < now()) lost WHERE place <= :looked
            UNION ALL
            SELECT number, tenant_id, agent, started_by, priority, queued_at, true FROM (
                SELECT *, row_number() OVER (PARTITION BY tenant_id ORDER BY priority DESC, queued_at, number) AS place
                  FROM executions x
                 WHERE state = 'WAITING' AND due_at <= now() AND %1$s) due WHERE place <= :looked),
        busy AS MATERIALIZED (
            SELECT t.tenant_id, coalesce(w.weight, 10) AS weight, (
                   SELECT count(*) FROM executions b
                    WHERE b.state = 'RUNNING' AND b.tenant_id = t.tenant_id) AS running
              FROM (SELECT DISTINCT tenant_id FROM ready) t LEFT JOIN weights_in_force w USING (tenant_id)),
        placed AS (
            SELECT r.*, b.weight, b.running,
                   row_number() OVER (PARTITION BY r.tenant_id
                                      ORDER BY r.priority DESC, r.queued_at, r.number) AS place,
                   count(*) FILTER (WHERE r.begins) OVER (PARTITION BY r.tenant_id
                                      ORDER BY r.priority DESC, r.queued_at, r.number) AS of_tenant,
                   count(*) FILTER (WHERE r.begins) OVER (PARTITION BY r.tenant_id, r.agent
                                      ORDER BY r.priority DESC, r.queued_at, r.number) AS of_agent,
                   count(*) FILTER (WHERE r.begins) OVER (PARTITION BY r.tenant_id, r.started_by
                                      ORDER BY r.priority DESC, r.queued_at, r.number) AS of_principal
              FROM ready r JOIN busy b USING (tenant_id)),
        ordered AS (
            SELECT p.number, p.queued_at, (p.place - 1 + p.running) / CAST(p.weight AS double precision) AS turn
              FROM placed p
             WHERE NOT p.begins OR NOT EXISTS (
                   SELECT 1 FROM bounds b
                    WHERE b.tenant_id = p.tenant_id AND CASE b.scope
                          WHEN 'TENANT' THEN p.of_tenant + p.running > b.running
                          WHEN 'AGENT' THEN p.agent IS NOT NULL AND p.of_agent + (
                               SELECT count(*) FROM executions x WHERE x.state = 'RUNNING'
                                  AND x.tenant_id = p.tenant_id AND x.agent = p.agent) > b.running
                          ELSE p.started_by IS NOT NULL AND p.of_principal + (
                               SELECT count(*) FROM executions x WHERE x.state = 'RUNNING'
                                  AND x.tenant_id = p.tenant_id AND x.started_by = p.started_by) > b.running END)),
        chosen AS (
            SELECT e.number, l.step, row_number() OVER () AS place, c.configured + (
                   SELECT sum(octet_length(body)) FROM execution_log r
                    WHERE r.execution = e.number AND r.sequence >= l.base) AS bytes,
                   sum(c.configured) OVER (ROWS UNBOUNDED PRECEDING) AS read FROM (
                SELECT e.number
                  FROM executions e JOIN ordered o ON o.number = e.number
                 WHERE e.state = 'QUEUED' OR (e.state = 'RUNNING' AND e.lease_until < now())
                       OR (e.state = 'WAITING' AND e.due_at <= now())
                 ORDER BY o.turn, o.queued_at, o.number
                 LIMIT :most FOR UPDATE OF e SKIP LOCKED) e
              JOIN LATERAL (SELECT step, base FROM execution_log WHERE execution = e.number
                             ORDER BY sequence DESC LIMIT 1) l ON true
              JOIN LATERAL (SELECT octet_length(CAST(x.configuration AS text)) AS configured
                              FROM executions x WHERE x.number = e.number) c ON true),
        claimed AS (
            UPDATE executions e
               SET state = 'RUNNING', lease_owner = :owner, lease_epoch = e.lease_epoch + 1,
                   lease_until = clock_timestamp() + CAST(:lease AS interval), attempt = e.attempt + 1,
                   started_at = coalesce(e.started_at, clock_timestamp()),
                   crashes = CASE WHEN e.state = 'RUNNING' AND c.step > e.crash_step THEN least(e.crashes, 0) + 1
                                  WHEN e.state = 'RUNNING' THEN e.crashes + 1
                                  WHEN e.state = 'QUEUED' AND c.step <= e.crash_step THEN e.crashes ELSE 0 END,
                   crash_step = CASE WHEN e.state = 'RUNNING' THEN c.step
                                     WHEN e.state = 'QUEUED' AND c.step <= e.crash_step THEN e.crash_step
                                     ELSE -1 END, due_at = NULL
              FROM chosen c WHERE e.number = c.number AND (c.place = 1 OR c.read <= %2$d)
            RETURNING e.*, c.place, c.step, c.bytes)
        SELECT * FROM claimed ORDER BY place
        """.formatted("""
            NOT EXISTS (SELECT 1 FROM switches s WHERE (s.tenant_id IS NULL OR s.tenant_id = x.tenant_id)
                           AND (s.kind <> 'agent' OR s.name = x.agent))
                      AND NOT EXISTS (SELECT 1 FROM shut WHERE shut.tenant_id = x.tenant_id)
                      AND NOT EXISTS (SELECT 1 FROM full_parts f WHERE f.tenant_id = x.tenant_id
                           AND f.who = CASE f.scope WHEN 'AGENT' THEN x.agent ELSE x.started_by END)
            """, MOST_READ);

    /** One server at a time counts the executions of a tenant that may not all run. */
    private static final String COUNT = """
        WITH bound AS MATERIALIZED (SELECT DISTINCT tenant_id FROM concurrency_in_force)
        SELECT tenant_id, pg_try_advisory_xact_lock(hashtextextended('claim ' || tenant_id, 0)) AS counted FROM bound
        """;

    /** What is locked is changing hands or state at this moment: waiting for it could end in a deadlock. */
    private static final String RENEW = """
        WITH held AS MATERIALIZED (
            SELECT e.number, e.id, e.lease_epoch, e.cancel_requested, e.pause_requested
              FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[]), CAST(:epochs AS bigint[]),
                          CAST(:owners AS text[])) AS l(tenant, id, epoch, owner)
              JOIN executions e ON e.tenant_id = l.tenant AND e.id = l.id AND e.lease_epoch = l.epoch
                   AND e.lease_owner = l.owner AND e.state = 'RUNNING'),
        free AS MATERIALIZED (
            SELECT number FROM executions e WHERE number IN (SELECT number FROM held) AND e.state = 'RUNNING'
               FOR UPDATE SKIP LOCKED),
        renewed AS (
            UPDATE executions e SET lease_until = clock_timestamp() + CAST(:lease AS interval)
              FROM free f JOIN held h ON h.number = f.number
             WHERE e.number = f.number AND e.lease_epoch = h.lease_epoch)
        SELECT id, lease_epoch, cancel_requested, pause_requested FROM held
        """;

    /** The first that is still in the queue, or in the line of a session, behind its deadline. */
    static final String OVERDUE = """
        SELECT e.*, l.step FROM (
               SELECT * FROM executions WHERE state IN ('HELD', 'QUEUED') AND deadline <= now()
                ORDER BY deadline, number LIMIT 1 FOR UPDATE SKIP LOCKED) e,
               LATERAL (SELECT step FROM execution_log WHERE execution = e.number ORDER BY sequence DESC LIMIT 1) l
        """;

    /** Adds a row behind the last one of an execution that no server holds. */
    private static final String APPEND = """
        INSERT INTO execution_log (tenant_id, execution, sequence, events, step, base, at, body)
        SELECT l.tenant_id, l.execution, l.sequence + l.events, 1, l.step, l.base, clock_timestamp(), :body
          FROM execution_log l WHERE l.execution = :number ORDER BY l.sequence DESC LIMIT 1
        """;

    /** While no tenant has a limit, one that gets one waits that long until it is looked at. */
    private static final long BETWEEN_LOOKS = TimeUnit.MILLISECONDS.toNanos(500);

    private final PlatformTransactions transactions;
    private volatile boolean bound = true;
    private volatile long looked = System.nanoTime();

    ExecutionQueue(PlatformTransactions transactions) {
        this.transactions = transactions;
    }

    /** What came of a claim. */
    record Claimed(List<Claim> claims, List<Unreadable> unreadable) {}

    /** An execution that was claimed as well, and whose row cannot be read. */
    record Unreadable(Lease lease, int step, RuntimeException why) {}

    Claimed claim(Claimant claimant, int most) {
        return transactions.call(handle -> {
            List<Claim> claims = new ArrayList<>();
            List<Unreadable> unreadable = new ArrayList<>();
            handle.createQuery(CLAIM)
                    .bindArray("counted", String.class, counted(handle))
                    .bind("owner", claimant.owner())
                    .bind("most", most)
                    .bind("looked", (long) most * SPARE)
                    .bind("lease", claimant.lease().toString())
                    .map((row, context) -> {
                        Lease lease = new Lease(
                                new TenantId(row.getString("tenant_id")),
                                new ExecutionId(row.getString("id")),
                                claimant.owner(),
                                row.getLong("lease_epoch"));
                        try {
                            return claims.add(new Claim(
                                    ExecutionRows.execution(row, context),
                                    lease,
                                    row.getInt("crashes"),
                                    row.getLong("bytes")));
                        } catch (RuntimeException e) {
                            // One that cannot be read must not keep the others from being claimed.
                            return unreadable.add(new Unreadable(lease, row.getInt("step"), e));
                        }
                    })
                    .list();
            return new Claimed(claims, unreadable);
        });
    }

    /**
     * The tenants with limits of which this transaction alone counts what runs. The claim that follows sees what the
     * one before has claimed, because that has ended; others leave these tenants out until this one has ended too.
     */
    private List<String> counted(Handle handle) {
        long now = System.nanoTime();
        if (!bound && now - looked < BETWEEN_LOOKS) {
            return List.of();
        }
        record Bound(String tenant, boolean counted) {}
        List<Bound> all = handle.createQuery(COUNT)
                .map((row, context) -> new Bound(row.getString("tenant_id"), row.getBoolean("counted")))
                .list();
        bound = !all.isEmpty();
        looked = now;
        return all.stream().filter(Bound::counted).map(Bound::tenant).toList();
    }

    /**
     * One that was overdue.
     *
     * @param execution as it was; empty when it cannot be read, and was parked for that
     * @param outcome how it has ended
     */
    record Overdue(Optional<Execution> execution, Outcome outcome) {}

    /** Ends one that is overdue; empty when there is none. */
    Optional<Overdue> endOverdue(Function<Execution, Ending> how) {
        record Late(long number, int step, Optional<Execution> execution, Optional<RuntimeException> why) {}
        return transactions.call(handle -> handle.createQuery(OVERDUE)
                .map((row, context) -> {
                    long number = row.getLong("number");
                    int step = row.getInt("step");
                    try {
                        return new Late(
                                number, step, Optional.of(ExecutionRows.execution(row, context)), Optional.empty());
                    } catch (RuntimeException e) {
                        LOG.error("The row of execution {} cannot be read", row.getString("id"), e);
                        return new Late(number, step, Optional.empty(), Optional.of(e));
                    }
                })
                .findOne()
                .map(late -> {
                    // One that cannot be read must not keep the others from being ended.
                    Ending ending = late.execution()
                            .map(how)
                            .orElseGet(() -> unreadable(late.why().orElseThrow(), late.step()));
                    Outcome outcome = new Outcome(
                            late.execution().isPresent() ? ExecutionState.TIMED_OUT : ExecutionState.FAILED,
                            Optional.of(ending.failure()));
                    end(handle, late.number(), outcome.state().name(), ending);
                    return new Overdue(late.execution(), outcome);
                }));
    }

    private static void end(Handle handle, long number, String state, Ending ending) {
        handle.createUpdate("""
            UPDATE executions SET state = :state, failure = CAST(:failure AS json), finished_at = clock_timestamp(),
                   cancel_requested = cancel_requested OR :state = 'CANCELLED' WHERE number = :number
            """)
                .bind("number", number)
                .bind("state", state)
                .bind("failure", Json.write(ending.failure().toJson()))
                .execute();
        append(handle, number, LogCodec.row(List.of(LogCodec.events(List.of(ending.event())))));
    }

    /** With what one is parked whose row cannot be read. */
    static Ending unreadable(RuntimeException why, int step) {
        Failure failure = Failure.of(
                GraphErrorCode.UNREADABLE,
                "The execution's row cannot be read (" + why.getClass().getSimpleName() + ").",
                "Look for the cause in the server's log, then start the execution anew.");
        return new Ending(
                failure,
                new ExecutionEvent.Draft(
                        ExecutionEvent.FAILED, step, Optional.empty(), JsonObject.of("failure", failure.toJson())));
    }

    static void append(Handle handle, long number, byte[] body) {
        handle.createUpdate(APPEND).bind("number", number).bind("body", body).execute();
    }

    /** Ends one that no server can go on with, behind that last row of its log. */
    static void park(Handle handle, Lease lease, Failure failure, byte[] body) {
        long number = handle.createQuery("""
            UPDATE executions SET state = 'FAILED', failure = CAST(:failure AS json),
                   finished_at = clock_timestamp(), lease_owner = NULL, lease_until = NULL
             WHERE tenant_id = :tenant AND id = :id AND lease_epoch = :epoch AND state = 'RUNNING'
            RETURNING number
            """)
                .bind("tenant", lease.tenant().value())
                .bind("id", lease.execution().value())
                .bind("epoch", lease.epoch())
                .bind("failure", Json.write(failure.toJson()))
                .mapTo(Long.class)
                .findOne()
                .orElseThrow(() -> new LeaseLostException(lease));
        append(handle, number, body);
    }

    /** Queues one that waits with what it was told; false when it does not wait, or not in that attempt. */
    static boolean resume(
            Handle handle, TenantId tenant, ExecutionId id, OptionalInt attempt, boolean change, byte[] body) {
        Optional<Long> waiting = handle.createQuery("""
            UPDATE executions
               SET state = 'QUEUED', queued_at = clock_timestamp(), pause_requested = pause_requested AND :change,
                   crashes = 0, crash_step = -1, due_at = NULL
             WHERE tenant_id = :tenant AND id = :id AND state = 'WAITING' AND attempt = coalesce(:attempt, attempt)
            RETURNING number
            """)
                .bind("tenant", tenant.value())
                .bind("id", id.value())
                .bind("change", change)
                .bind("attempt", attempt.isPresent() ? (Integer) attempt.getAsInt() : null)
                .mapTo(Long.class)
                .findOne();
        waiting.ifPresent(number -> append(handle, number, body));
        return waiting.isPresent();
    }

    /** Ends one that no server holds, and asks the server of one that runs to stop; whether this has ended it. */
    static boolean cancel(Handle handle, TenantId tenant, ExecutionId id, Ending ending) {
        record Held(long number, ExecutionState state) {}
        // The first statement takes the row's lock, so that the state cannot change between the two that follow.
        Optional<Held> held = handle.createQuery(
                        "SELECT number, state FROM executions WHERE tenant_id = :tenant AND id = :id FOR UPDATE")
                .bind("tenant", tenant.value())
                .bind("id", id.value())
                .map((row, context) -> new Held(row.getLong("number"), ExecutionRows.state(row.getString("state"))))
                .findOne();
        held.filter(one -> one.state() == ExecutionState.RUNNING)
                .ifPresent(one -> handle.createUpdate(
                                "UPDATE executions SET cancel_requested = true WHERE number = :number")
                        .bind("number", one.number())
                        .execute());
        Optional<Held> free =
                held.filter(one -> one.state() == ExecutionState.QUEUED || one.state() == ExecutionState.WAITING);
        free.ifPresent(one -> end(handle, one.number(), ExecutionState.CANCELLED.name(), ending));
        return free.isPresent();
    }

    /** Gives one back to the queue, in its old place. */
    void handBack(Lease lease) {
        update(lease, "state = 'QUEUED', lease_owner = NULL, lease_until = NULL");
    }

    /** Lets one wait on that was claimed and has done nothing; its next claim is counted as this one was. */
    void waitOn(Lease lease, Instant due) {
        update(lease, """
            state = CASE WHEN cancel_requested THEN 'QUEUED' ELSE 'WAITING' END,
            due_at = CAST(:due AS timestamptz), attempt = attempt - 1, lease_owner = NULL, lease_until = NULL
            """, Map.of("due", due.toString()));
    }

    /** Gives one back to the queue, in its old place, where it is left alone for so long. */
    void putOff(Lease lease, Duration delay, byte[] body) {
        transactions.run(handle -> append(
                handle,
                handle.createQuery("""
                    UPDATE executions SET state = 'QUEUED', lease_owner = NULL, lease_until = NULL,
                           due_at = clock_timestamp() + CAST(:delay AS interval)
                     WHERE tenant_id = :tenant AND id = :id AND lease_epoch = :epoch AND state = 'RUNNING'
                    RETURNING number
                    """)
                        .bind("tenant", lease.tenant().value())
                        .bind("id", lease.execution().value())
                        .bind("epoch", lease.epoch())
                        .bind("delay", delay.toString())
                        .mapTo(Long.class)
                        .findOne()
                        .orElseThrow(() -> new LeaseLostException(lease)),
                body));
    }

    /** The loss of the owner adds one in any case, so that there is one less while it does not count. */
    void suspect(Claim claim, boolean begins) {
        update(claim.lease(), "crashes = " + (claim.crashes() - (begins ? 0 : 1)));
    }

    private void update(Lease lease, String change) {
        update(lease, change, Map.of());
    }

    private void update(Lease lease, String change, Map<String, String> values) {
        int updated = transactions.call(handle -> handle.createUpdate("UPDATE executions SET " + change + """
             WHERE tenant_id = :tenant AND id = :id AND lease_epoch = :epoch AND state = 'RUNNING'
            """)
                .bind("tenant", lease.tenant().value())
                .bind("id", lease.execution().value())
                .bind("epoch", lease.epoch())
                .bindMap(values)
                .execute());
        if (updated != 1) {
            throw new LeaseLostException(lease);
        }
    }

    int release(String owner) {
        return transactions.call(
                handle -> handle.createUpdate("""
                    UPDATE executions SET lease_until = '-infinity'
                     WHERE state = 'RUNNING' AND lease_owner = :owner
                    """).bind("owner", owner).execute());
    }

    private record Asked(boolean cancel, boolean pause) {}

    List<Renewal> renew(Collection<Lease> leases, Duration lease) {
        if (leases.isEmpty()) {
            return List.of();
        }
        List<Lease> ordered = List.copyOf(leases);
        Map<String, Asked> renewed = new HashMap<>();
        transactions.run(handle -> {
            renewed.clear();
            handle.createQuery(RENEW)
                    .bind("lease", lease.toString())
                    .bindArray(
                            "tenants",
                            String.class,
                            ordered.stream().map(l -> l.tenant().value()).toList())
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
                            key(row.getString("id"), row.getLong("lease_epoch")),
                            new Asked(row.getBoolean("cancel_requested"), row.getBoolean("pause_requested"))))
                    .forEach(entry -> renewed.put(entry.getKey(), entry.getValue()));
        });
        return ordered.stream()
                .map(held -> {
                    Asked asked = renewed.get(key(held.execution().value(), held.epoch()));
                    return asked == null
                            ? new Renewal(held, true, false, false)
                            : new Renewal(held, false, asked.cancel(), asked.pause());
                })
                .toList();
    }

    private static String key(String execution, long epoch) {
        return execution + "/" + epoch;
    }
}
