package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditCheckpoints;
import dev.agentos.audit.AuditKey;
import dev.agentos.audit.AuditStore;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.RequestKey;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.retention.RetentionKind;
import dev.agentos.retention.RetentionRule;
import dev.agentos.retention.RetentionRules;
import dev.agentos.retention.RetentionStore;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is over longer than it is kept goes, in steps, and nothing else does. */
final class JdbiRetentionIT {

    private static final Duration DAY = Duration.ofDays(1);

    private final Database database = PostgresFixture.open();
    private final RetentionStore store = database.retentionStore();
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
    private final Map<RetentionKind, Long> removed = new EnumMap<>(RetentionKind.class);
    private final AuditStore records = database.auditStore();
    private final Audit audit = new Audit(
            records, Duration.ofSeconds(5), new AuditCheckpoints(records, AuditKey.fresh(), InstantSource.system()));
    private final RetentionRules rules = rules(now);
    private final TenantId acme = ExecutionFixture.newTenant(database);
    private final TenantId other = ExecutionFixture.newTenant(database);

    @AfterEach
    void close() throws InterruptedException {
        audit.close();
        database.close();
    }

    /** As a server has them whose clock says that. */
    private RetentionRules rules(Instant clock) {
        return new RetentionRules(
                store, audit, (kind, rows) -> removed.merge(kind, rows, Long::sum), InstantSource.fixed(clock));
    }

    /** An execution that was begun then, and has ended an hour later, if it has; with two rows of its log. */
    private long execution(TenantId tenant, Instant begun, String state, Optional<String> session) {
        String id = new Ids(InstantSource.fixed(begun), RandomGenerator.getDefault()).next("exe");
        boolean over = List.of("SUCCEEDED", "FAILED").contains(state);
        return database.platform().call(handle -> {
            long number = handle.createQuery("""
                INSERT INTO executions (tenant_id, id, graph_id, graph_version, configuration, priority, durability,
                                        state, created_at, queued_at, finished_at, session, lease_owner, lease_until)
                VALUES (:tenant, :id, 'gra_x', 1, '{}', 0, 'SYNC', :state, :begun, :begun,
                        CASE WHEN :over THEN CAST(:end AS timestamptz) END, :session,
                        CASE WHEN :state = 'RUNNING' THEN 'node' END,
                        CASE WHEN :state = 'RUNNING' THEN now() + interval '1 hour' END)
                RETURNING number
                """)
                    .bind("tenant", tenant.value())
                    .bind("id", id)
                    .bind("state", state)
                    .bind("begun", begun)
                    .bind("over", over)
                    .bind("end", begun.plus(Duration.ofHours(1)))
                    .bindByType("session", session.orElse(null), String.class)
                    .mapTo(Long.class)
                    .one();
            handle.createUpdate("INSERT INTO execution_log SELECT :tenant, :number, n, 1, 1, 1, now(), 'x'"
                            + " FROM generate_series(1, 2) n")
                    .bind("tenant", tenant.value())
                    .bind("number", number)
                    .execute();
            return number;
        });
    }

    /** That somebody is to be told of the end of an execution. */
    private void delivery(long execution, String state) {
        database.platform()
                .run(handle -> handle.createUpdate("""
                    INSERT INTO webhook_deliveries (id, tenant_id, execution, url, state, next_at, created_at)
                    SELECT 'msg_' || number, tenant_id, id, 'https://example.org', :state,
                           CASE WHEN :state = 'DUE' THEN now() + interval '1 day' END, created_at
                      FROM executions WHERE number = :execution
                    """)
                        .bind("state", state)
                        .bind("execution", execution)
                        .execute());
    }

    private void session(TenantId tenant, String id, Instant changed, Optional<Long> base) {
        database.platform()
                .run(handle -> handle.createUpdate("""
                    INSERT INTO sessions (tenant_id, id, graph_id, graph_version, base, created_at, changed_at)
                    VALUES (:tenant, :id, 'gra_x', 1, :base, :created, :changed)
                    """)
                        .bind("tenant", tenant.value())
                        .bind("id", id)
                        .bindByType("base", base.orElse(null), Long.class)
                        .bind("created", changed.minus(DAY))
                        .bind("changed", changed)
                        .execute());
    }

    private long count(String sql) {
        return database.platform()
                .call(handle -> handle.createQuery("SELECT count(*) FROM " + sql)
                        .mapTo(Long.class)
                        .one());
    }

    private Instant ago(int days) {
        return now.minus(Duration.ofDays(days));
    }

    @Test
    void removesExecutionsThatAreOverAndNeverWhatRunsOrWaits() throws Exception {
        for (int i = 0; i < 450; i++) {
            execution(acme, ago(40), i % 2 == 0 ? "SUCCEEDED" : "FAILED", Optional.empty());
        }
        execution(acme, ago(40), "WAITING", Optional.empty());
        execution(acme, ago(40), "RUNNING", Optional.empty());
        execution(acme, ago(40), "QUEUED", Optional.empty());
        execution(acme, ago(20), "SUCCEEDED", Optional.empty());
        long base = execution(acme, ago(40), "SUCCEEDED", Optional.of("s"));
        long earlier = execution(acme, ago(41), "SUCCEEDED", Optional.of("s"));
        session(acme, "s", ago(40), Optional.of(base));
        execution(other, ago(40), "SUCCEEDED", Optional.empty());

        rules.put(Optional.of(acme), RetentionKind.EXECUTIONS, Duration.ofDays(30), 0, "key_a");
        assertThat(rules.count(acme, RetentionKind.EXECUTIONS, Duration.ofDays(30)))
                .isEqualTo(451);
        rules.clean();
        assertThat(removed).containsExactly(Map.entry(RetentionKind.EXECUTIONS, 451L));
        assertThat(count("executions WHERE number = " + base)).isEqualTo(1);
        assertThat(count("executions WHERE number = " + earlier)).isZero();
        assertThat(count("executions WHERE tenant_id = '" + acme + "'")).isEqualTo(5);
        assertThat(count("execution_log WHERE tenant_id = '" + acme + "'")).isEqualTo(10);
        assertThat(count("executions WHERE tenant_id = '" + other + "'")).isEqualTo(1);
        audit.close();
        assertThat(records.find(Optional.of(acme), AuditStore.Filter.ALL, Long.MAX_VALUE, 5))
                .singleElement()
                .matches(record -> record.entry().action().equals("retentionRemoved")
                        && record.entry().details().text("rows").orElse("").equals("451"));
        // Nothing is left to do, and nothing is said of that.
        rules.clean();
        assertThat(records.find(Optional.of(acme), AuditStore.Filter.ALL, Long.MAX_VALUE, 5))
                .hasSize(1);
    }

    /** What an execution began is removed; the request that began it can be sent again, and begins another. */
    @Test
    void theKeyOfARequestGoesWithItsExecution() {
        ExecutionStore executions = database.executionStore();
        RequestKey key = new RequestKey("key_a", "POST /executions", "k", "f");
        Execution first = executions.admit(candidate(key)).execution();
        assertThat(executions.admit(candidate(key)).execution().id()).isEqualTo(first.id());
        database.platform()
                .run(handle -> handle.createUpdate("UPDATE executions SET state = 'SUCCEEDED', finished_at = now()"
                                + " - interval '40 days' WHERE id = :id")
                        .bind("id", first.id().value())
                        .execute());
        Instant later = now.plus(DAY);
        assertThat(store.remove(acme, RetentionKind.EXECUTIONS, later, Optional.empty(), 10)
                        .orElseThrow()
                        .removed())
                .isEqualTo(1);
        assertThat(count("idempotency_keys")).isZero();
        Execution again = executions.admit(candidate(key)).execution();
        assertThat(again.id()).isNotEqualTo(first.id());

        // One that an earlier release left says what it stands for, and not that there is no tenant.
        database.platform().run(handle -> {
            handle.execute("DELETE FROM execution_log");
            handle.execute("DELETE FROM executions");
        });
        assertThatThrownBy(() -> executions.admit(candidate(key)))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.CONFLICT));
    }

    private ExecutionStore.Candidate candidate(RequestKey key) {
        ExecutionRequest request = new ExecutionRequest(
                Optional.empty(),
                ExecutionFixture.graphOf(database, acme),
                JsonObject.EMPTY,
                JsonObject.EMPTY,
                0,
                Optional.empty(),
                ExecutionRequest.Durability.SYNC);
        return new ExecutionStore.Candidate(
                new Execution(
                        new ExecutionId(Ids.system().next("exe")),
                        acme,
                        request,
                        ExecutionState.QUEUED,
                        new Execution.Progress(0, 0, false),
                        Optional.empty(),
                        Optional.empty(),
                        new Execution.Times(now, Optional.empty(), Optional.empty())),
                new Checkpoint(
                        0,
                        Checkpoint.Source.INPUT,
                        JsonObject.EMPTY,
                        List.of(),
                        List.of(),
                        JsonObject.EMPTY,
                        Optional.empty()),
                List.of(),
                List.of(new ExecutionEvent.Draft(ExecutionEvent.QUEUED, 0, Optional.empty(), JsonObject.EMPTY)),
                Optional.empty(),
                Optional.of(key));
    }

    @Test
    void removesSessionsInWhichNothingHappensAnyMore() throws Exception {
        execution(acme, ago(40), "SUCCEEDED", Optional.of("old"));
        session(acme, "old", ago(40), Optional.empty());
        execution(acme, ago(39), "WAITING", Optional.of("waits"));
        session(acme, "waits", ago(40), Optional.empty());
        session(acme, "new", ago(3), Optional.empty());
        session(other, "old", ago(40), Optional.empty());
        rules.put(Optional.of(acme), RetentionKind.SESSIONS, Duration.ofDays(30), 0, "key_a");
        assertThat(rules.count(acme, RetentionKind.SESSIONS, Duration.ofDays(30)))
                .isEqualTo(1);
        rules.clean();
        assertThat(removed).containsExactly(Map.entry(RetentionKind.SESSIONS, 1L));
        assertThat(count("sessions WHERE id = 'old' AND tenant_id = '" + acme + "'"))
                .isZero();
        assertThat(count("sessions")).isEqualTo(3);
        assertThat(count("executions")).isEqualTo(1);
    }

    @Test
    void aServerWhoseClockIsAheadOrBehindRemovesNothingEarlier() throws Exception {
        Duration ahead = Duration.ofHours(1);
        long kept = execution(acme, ago(30).minus(ahead.dividedBy(2)), "SUCCEEDED", Optional.empty());
        execution(acme, ago(30).minus(ahead.multipliedBy(3)), "SUCCEEDED", Optional.empty());
        session(acme, "kept", ago(30).plus(ahead.dividedBy(2)), Optional.empty());
        session(acme, "over", ago(30).minus(ahead.dividedBy(2)), Optional.empty());
        for (RetentionKind kind : List.of(RetentionKind.EXECUTIONS, RetentionKind.SESSIONS)) {
            rules.put(Optional.of(acme), kind, Duration.ofDays(30), 0, "key_a");
            // The one that is kept has half an hour to go, whatever this server's clock says.
            for (RetentionRules server : List.of(rules(now.plus(ahead)), rules(now.minus(ahead)))) {
                assertThat(server.count(acme, kind, Duration.ofDays(30))).isEqualTo(1);
            }
        }
        rules(now.plus(ahead)).clean();
        assertThat(removed)
                .containsOnly(Map.entry(RetentionKind.EXECUTIONS, 1L), Map.entry(RetentionKind.SESSIONS, 1L));
        assertThat(count("executions WHERE number = " + kept)).isEqualTo(1);
        assertThat(count("sessions WHERE id = 'kept'")).isEqualTo(1);
    }

    @Test
    void keepsWhatSomebodyIsStillToBeToldOf() throws Exception {
        for (String state : List.of("WAITING", "DUE", "DELIVERED", "GIVEN_UP")) {
            delivery(execution(acme, ago(40), "SUCCEEDED", Optional.empty()), state);
            String session = "of_" + state;
            delivery(execution(other, ago(40), "FAILED", Optional.of(session)), state);
            execution(other, ago(39), "SUCCEEDED", Optional.of(session));
            session(other, session, ago(39), Optional.empty());
        }
        Duration keep = Duration.ofDays(30);
        rules.put(Optional.of(acme), RetentionKind.EXECUTIONS, keep, 0, "key_a");
        rules.put(Optional.of(other), RetentionKind.SESSIONS, keep, 0, "key_a");
        assertThat(rules.count(acme, RetentionKind.EXECUTIONS, keep)).isEqualTo(2);
        assertThat(rules.count(other, RetentionKind.SESSIONS, keep)).isEqualTo(2);
        rules.clean();
        assertThat(count("webhook_deliveries WHERE state IN ('DELIVERED', 'GIVEN_UP')"))
                .isZero();
        assertThat(count("webhook_deliveries")).isEqualTo(4);
        assertThat(count("sessions")).isEqualTo(2);
        assertThat(count("executions")).isEqualTo(6);
        // The last attempt has been made.
        database.platform()
                .run(handle -> handle.execute("UPDATE webhook_deliveries SET state = 'GIVEN_UP', next_at = NULL"));
        rules.clean();
        assertThat(count("executions")).isZero();
        assertThat(count("sessions")).isZero();
    }

    @Test
    void recordsWhatIsGoneWhileItGoesOn() throws Exception {
        database.platform()
                .run(handle -> handle.createUpdate("""
                    INSERT INTO model_usage
                    SELECT :tenant, CAST(:day AS date) - 9 - n, 'e', 'm', 'a', 'p', '', 1, 0, 1, 1, 0
                      FROM generate_series(1, 2100) n
                    """)
                        .bind("tenant", acme.value())
                        .bind("day", now.toString().substring(0, 10))
                        .execute());
        rules.put(Optional.of(acme), RetentionKind.USAGE, DAY, 0, "key_a");
        rules.clean();
        assertThat(removed).containsExactly(Map.entry(RetentionKind.USAGE, 2100L));
        audit.close();
        assertThat(records.find(Optional.of(acme), AuditStore.Filter.ALL, Long.MAX_VALUE, 5))
                .extracting(record -> record.entry().details().text("rows").orElse(""))
                .containsExactlyInAnyOrder("2000", "100");
    }

    @Test
    void removesUsageAndDecidedApprovals() throws Exception {
        database.platform()
                .run(handle -> handle.createUpdate("""
                    INSERT INTO model_usage
                    SELECT :tenant, CAST(:day AS date) - n, 'e', 'm', 'a', 'p', '', 1, 0, 1, 1, 0 FROM generate_series(0, 599) n
                    """)
                        .bind("tenant", acme.value())
                        .bind("day", now.toString().substring(0, 10))
                        .execute());
        approval("APPROVED", ago(40), true);
        approval("APPROVED", ago(40), false);
        approval("PENDING", ago(40), false);
        approval("REJECTED", ago(2), true);
        // Whoever decided may have a clock that is behind.
        approval("APPROVED", ago(30).minus(Duration.ofMinutes(50)), true);
        approval("APPROVED", ago(30).minus(Duration.ofMinutes(70)), true);
        // What the platform allows binds whoever says nothing, and whoever says more.
        rules.put(Optional.empty(), RetentionKind.USAGE, Duration.ofDays(100), 0, "key_p");
        rules.put(Optional.of(acme), RetentionKind.USAGE, Duration.ofDays(1000), 0, "key_a");
        rules.put(Optional.empty(), RetentionKind.APPROVALS, Duration.ofDays(30), 0, "key_p");
        rules.clean();
        assertThat(removed).containsOnly(Map.entry(RetentionKind.USAGE, 499L), Map.entry(RetentionKind.APPROVALS, 2L));
        assertThat(count("model_usage")).isEqualTo(101);
        assertThat(count("approvals")).isEqualTo(4);
    }

    private void approval(String state, Instant asked, boolean told) {
        String id = new Ids(InstantSource.fixed(asked), RandomGenerator.getDefault()).next("apr");
        database.tenants()
                .runInTenant(
                        acme,
                        handle -> handle.createUpdate("""
                            INSERT INTO approvals (id, tenant_id, execution, effect, asked_digest, subject, arguments,
                                rule, terms, state, nonce, votes, created_at, expires_at, decided_at, told_at)
                            VALUES (:id, :tenant, 'exe_x', :id, 'd', '{}', '{}', '{}', '{}', :state, 'n', '[]', :asked,
                                :asked, CASE WHEN :state <> 'PENDING' THEN CAST(:asked AS timestamptz) END,
                                CASE WHEN :told THEN CAST(:asked AS timestamptz) END)
                            """)
                                .bind("id", id)
                                .bind("tenant", acme.value())
                                .bind("state", state)
                                .bind("asked", asked)
                                .bind("told", told)
                                .execute());
    }

    @Test
    void oneServerAtATimeCleans() throws Exception {
        for (int i = 0; i < 3; i++) {
            execution(acme, ago(40), "SUCCEEDED", Optional.empty());
        }
        store.put(new RetentionRule(Optional.of(acme), RetentionKind.EXECUTIONS, DAY, "key_a", now, 1), 0);
        boolean[] refused = new boolean[1];
        database.platform().run(handle -> {
            handle.createQuery("SELECT pg_advisory_xact_lock(hashtextextended('retention', 0))::text")
                    .mapTo(String.class)
                    .one();
            // Another thread has another connection.
            refused[0] = CompletableFuture.supplyAsync(
                            () -> store.remove(acme, RetentionKind.EXECUTIONS, now, Optional.empty(), 10))
                    .join()
                    .isEmpty();
        });
        assertThat(refused[0]).isTrue();
        assertThat(count("executions")).isEqualTo(3);
        RetentionStore.Step first = store.remove(acme, RetentionKind.EXECUTIONS, now, Optional.empty(), 2)
                .orElseThrow();
        assertThat(first.removed()).isEqualTo(2);
        RetentionStore.Step second = store.remove(acme, RetentionKind.EXECUTIONS, now, first.next(), 2)
                .orElseThrow();
        assertThat(second).isEqualTo(new RetentionStore.Step(1, Optional.empty()));
    }

    @Test
    void keepsRulesByTenantAndKind() {
        long first = rules.put(Optional.of(acme), RetentionKind.USAGE, DAY, 0, "key_a")
                .revision();
        RetentionRule second = rules.put(Optional.of(acme), RetentionKind.USAGE, DAY.multipliedBy(2), first, "key_b");
        RetentionRule platform = rules.put(Optional.empty(), RetentionKind.USAGE, DAY.multipliedBy(9), 0, "key_p");
        assertThat(rules.list(Optional.of(acme))).containsExactly(second);
        assertThat(rules.list(Optional.of(other))).isEmpty();
        assertThat(store.inForce())
                .containsExactlyInAnyOrder(
                        new RetentionStore.InForce(acme, RetentionKind.USAGE, DAY.multipliedBy(2)),
                        new RetentionStore.InForce(other, RetentionKind.USAGE, DAY.multipliedBy(9)));
        rules.delete(Optional.empty(), RetentionKind.USAGE, platform.revision());
        assertThat(store.inForce()).hasSize(1);
    }
}
