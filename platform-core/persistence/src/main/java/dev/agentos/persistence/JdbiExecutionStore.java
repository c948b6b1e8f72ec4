package dev.agentos.persistence;

import static dev.agentos.persistence.FencedWrite.CHECKPOINT;
import static dev.agentos.persistence.FencedWrite.DROP_PENDING;
import static dev.agentos.persistence.FencedWrite.EVENTS;

import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.Command;
import dev.agentos.graph.Execution;
import dev.agentos.graph.ExecutionEvent;
import dev.agentos.graph.ExecutionFilter;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.ExecutionState;
import dev.agentos.graph.ExecutionStore;
import dev.agentos.graph.Lease;
import dev.agentos.graph.LeaseLostException;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Executions in PostgreSQL; see {@link FencedWrite} for writes under a lease and {@link ExecutionQueue} for claims. */
final class JdbiExecutionStore implements ExecutionStore {

    private static final String ADMIT = """
        WITH inserted AS (
            INSERT INTO executions (id, tenant_id, agent, graph_id, graph_version, input, configuration, priority,
                                    deadline, state, created_at, queued_at, last_sequence)
            VALUES (:id, :tenant, :agent, :graph, :version, :input, :configuration, :priority,
                    :deadline, 'QUEUED', clock_timestamp(), clock_timestamp(), :eventCount)
            RETURNING *),
        owned AS (SELECT tenant_id, id, 0 AS base FROM inserted),
        """ + EVENTS + "," + CHECKPOINT + "SELECT * FROM inserted";

    private static final String HAND_BACK =
            FencedWrite.statement("state = 'QUEUED', lease_owner = NULL, lease_until = NULL", "", EVENTS);

    private static final String APPEND = FencedWrite.statement("", "", EVENTS);

    private static final String SAVE_PENDING = FencedWrite.statement("", "", EVENTS, """
        saved AS (
            INSERT INTO pending_writes (tenant_id, execution_id, task, node, writes, interrupts, detail)
            SELECT o.tenant_id, o.id, w.task, w.node, CAST(w.writes AS json), CAST(w.interrupts AS json),
                   CAST(nullif(w.detail, '') AS json)
              FROM owned o, unnest(CAST(:tasks AS text[]), CAST(:nodes AS text[]), CAST(:writes AS text[]),
                                   CAST(:interrupts AS text[]), CAST(:details AS text[]))
                            WITH ORDINALITY AS w(task, node, writes, interrupts, detail, place)
             ORDER BY w.place
            ON CONFLICT (execution_id, task) DO UPDATE
               SET node = excluded.node, writes = excluded.writes, interrupts = excluded.interrupts,
                   detail = excluded.detail)
        """);

    private static final String SAVE_CHECKPOINT = FencedWrite.statement(
            "step = :number, command = NULL", "step = :number - 1", EVENTS, CHECKPOINT, DROP_PENDING);

    /** One that was asked to stop meanwhile is queued instead, so that a server claims it and ends it. */
    private static final String SUSPEND = FencedWrite.statement(
            "step = :number, command = NULL, lease_owner = NULL, lease_until = NULL,"
                    + " state = CASE WHEN cancel_requested THEN 'QUEUED' ELSE 'WAITING' END",
            "step = :number - 1",
            EVENTS,
            CHECKPOINT);

    private static final String FINISH = FencedWrite.statement(
            "state = :state, output = :output, failure = :failure, finished_at = clock_timestamp(), command = NULL,"
                    + " lease_owner = NULL, lease_until = NULL",
            "",
            EVENTS,
            DROP_PENDING);

    private static final String RESUME = """
        WITH owned AS (
            UPDATE executions
               SET state = 'QUEUED', command = :command, queued_at = clock_timestamp(),
                   last_sequence = last_sequence + :eventCount
             WHERE tenant_id = :tenant AND id = :id AND state = 'WAITING'
            RETURNING tenant_id, id, last_sequence - :eventCount AS base),
        """ + EVENTS + "SELECT count(*) FROM owned";

    private static final String CANCEL = """
        WITH owned AS (
            UPDATE executions
               SET state = 'CANCELLED', failure = :failure, finished_at = clock_timestamp(), command = NULL,
                   cancel_requested = true, last_sequence = last_sequence + :eventCount
             WHERE tenant_id = :tenant AND id = :id AND state IN ('QUEUED', 'WAITING')
            RETURNING *, last_sequence - :eventCount AS base),
        """ + EVENTS + "," + DROP_PENDING + "SELECT * FROM owned";

    private final TenantTransactions transactions;
    private final FencedWrite fenced;
    private final ExecutionQueue queue;
    private final Hints hints;

    JdbiExecutionStore(TenantTransactions transactions, PlatformTransactions platform, Hints hints) {
        this.transactions = transactions;
        this.fenced = new FencedWrite(transactions);
        this.queue = new ExecutionQueue(platform);
        this.hints = hints;
    }

    @Override
    public Execution admit(Execution execution, Checkpoint first, ExecutionEvent.Draft queued) {
        Execution admitted = transactions.inTenant(execution.tenant(), handle -> {
            var query = handle.createQuery(ADMIT)
                    .bind("id", execution.id().value())
                    .bind("tenant", execution.tenant().value())
                    .bindByType("agent", execution.request().agent().orElse(null), String.class)
                    .bind("graph", execution.request().graph().graph())
                    .bind("version", execution.request().graph().version())
                    .bind("input", execution.request().input())
                    .bind("configuration", execution.request().configuration())
                    .bind("priority", execution.request().priority())
                    .bindByType("deadline", execution.request().deadline().orElse(null), Instant.class);
            FencedWrite.bindEvents(query, List.of(queued));
            FencedWrite.bindCheckpoint(query, first, first.values().members().keySet());
            return query.map(ExecutionRows::execution).one();
        });
        hints.changed(execution.id());
        hints.queued();
        return admitted;
    }

    @Override
    public List<Claim> claim(String owner, int most, Duration lease) {
        return queue.claim(owner, most, lease);
    }

    @Override
    public int release(String owner) {
        int released = queue.release(owner);
        hints.queued();
        return released;
    }

    @Override
    public void handBack(Lease lease) {
        fenced.run(HAND_BACK, lease, List.of(), statement -> {});
        hints.queued();
    }

    @Override
    public List<Renewal> renew(Collection<Lease> leases, Duration lease) {
        return queue.renew(leases, lease);
    }

    @Override
    public Resumption load(Lease lease) {
        return transactions.inTenant(lease.tenant(), handle -> {
            record Head(int step, Optional<Command> command) {}
            Head head = handle.createQuery("""
                SELECT step, command FROM executions
                 WHERE tenant_id = :tenant AND id = :id AND state = 'RUNNING' AND lease_owner = :owner
                   AND lease_epoch = :epoch
                """)
                    .bind("tenant", lease.tenant().value())
                    .bind("id", lease.execution().value())
                    .bind("owner", lease.owner())
                    .bind("epoch", lease.epoch())
                    .map((row, context) -> new Head(
                            row.getInt("step"),
                            Rows.optionalObject(row, "command").map(ExecutionRows::command)))
                    .findOne()
                    .orElseThrow(() -> new LeaseLostException(lease));
            Checkpoint checkpoint = CheckpointReader.find(handle, lease.tenant(), lease.execution(), head.step())
                    .orElseThrow(() -> new LeaseLostException(lease));
            List<PendingWrite> pending = handle.createQuery("""
                SELECT * FROM pending_writes
                 WHERE tenant_id = :tenant AND execution_id = :id ORDER BY position
                """)
                    .bind("tenant", lease.tenant().value())
                    .bind("id", lease.execution().value())
                    .map(ExecutionRows::pendingWrite)
                    .list();
            return new Resumption(checkpoint, pending, head.command());
        });
    }

    @Override
    public void savePending(Lease lease, List<PendingWrite> writes, List<ExecutionEvent.Draft> events) {
        fenced.run(
                SAVE_PENDING,
                lease,
                events,
                statement -> statement
                        .bindArray(
                                "tasks",
                                String.class,
                                writes.stream().map(PendingWrite::task).toList())
                        .bindArray(
                                "nodes",
                                String.class,
                                writes.stream().map(PendingWrite::node).toList())
                        .bindArray(
                                "writes",
                                String.class,
                                writes.stream().map(w -> Rows.text(w.writes())).toList())
                        .bindArray(
                                "interrupts",
                                String.class,
                                writes.stream()
                                        .map(w -> Rows.text(ExecutionRows.interruptsToJson(w.interrupts())))
                                        .toList())
                        .bindArray(
                                "details",
                                String.class,
                                writes.stream()
                                        .map(w -> w.detail().map(Rows::text).orElse(""))
                                        .toList()));
        hints.changed(lease.execution());
    }

    @Override
    public void appendEvents(Lease lease, List<ExecutionEvent.Draft> events) {
        fenced.run(APPEND, lease, events, statement -> {});
        hints.changed(lease.execution());
    }

    @Override
    public void checkpoint(Lease lease, Checkpoint checkpoint, Set<String> changed, List<ExecutionEvent.Draft> events) {
        fenced.run(
                SAVE_CHECKPOINT,
                lease,
                events,
                statement -> FencedWrite.bindCheckpoint(statement, checkpoint, changed));
        hints.changed(lease.execution());
    }

    @Override
    public void suspend(Lease lease, Checkpoint checkpoint, Set<String> changed, List<ExecutionEvent.Draft> events) {
        fenced.run(SUSPEND, lease, events, statement -> FencedWrite.bindCheckpoint(statement, checkpoint, changed));
        hints.changed(lease.execution());
        hints.queued();
    }

    @Override
    public void finish(Lease lease, Outcome outcome, List<ExecutionEvent.Draft> events) {
        if (!outcome.state().terminal()) {
            throw new IllegalArgumentException(outcome.state() + " does not end an execution");
        }
        fenced.run(
                FINISH,
                lease,
                events,
                statement -> statement
                        .bind("state", outcome.state().name())
                        .bindByType("output", outcome.output().orElse(null), JsonObject.class)
                        .bindByType(
                                "failure",
                                outcome.failure().map(Failure::toJson).orElse(null),
                                JsonObject.class));
        hints.changed(lease.execution());
    }

    @Override
    public boolean resume(TenantId tenant, ExecutionId id, Command command, ExecutionEvent.Draft event) {
        int resumed = transactions.inTenant(tenant, handle -> {
            var query = handle.createQuery(RESUME)
                    .bind("tenant", tenant.value())
                    .bind("id", id.value())
                    .bind("command", ExecutionRows.commandToJson(command));
            FencedWrite.bindEvents(query, List.of(event));
            return query.mapTo(Integer.class).one();
        });
        if (resumed == 1) {
            hints.changed(id);
            hints.queued();
        }
        return resumed == 1;
    }

    @Override
    public Optional<Execution> cancel(TenantId tenant, ExecutionId id, Failure reason, ExecutionEvent.Draft cancelled) {
        Optional<Execution> now = transactions.inTenant(tenant, handle -> {
            // The first statement takes the row's lock, so that the state cannot change between the two that follow.
            Optional<ExecutionState> state = handle.createQuery(
                            "SELECT state FROM executions WHERE tenant_id = :tenant AND id = :id FOR UPDATE")
                    .bind("tenant", tenant.value())
                    .bind("id", id.value())
                    .map((row, context) -> ExecutionState.valueOf(row.getString("state")))
                    .findOne();
            if (state.isEmpty()) {
                return Optional.empty();
            }
            String sql = switch (state.get()) {
                case QUEUED, WAITING -> CANCEL;
                case RUNNING -> """
                    UPDATE executions SET cancel_requested = true WHERE tenant_id = :tenant AND id = :id RETURNING *
                    """;
                default -> "SELECT * FROM executions WHERE tenant_id = :tenant AND id = :id";
            };
            var query = handle.createQuery(sql).bind("tenant", tenant.value()).bind("id", id.value());
            if (sql.equals(CANCEL)) {
                query.bind("failure", reason.toJson());
                FencedWrite.bindEvents(query, List.of(cancelled));
            }
            return query.map(ExecutionRows::execution).findOne();
        });
        hints.changed(id);
        return now;
    }

    @Override
    public Optional<Execution> find(TenantId tenant, ExecutionId id) {
        return transactions.inTenant(
                tenant,
                handle -> handle.createQuery("SELECT * FROM executions WHERE tenant_id = :tenant AND id = :id")
                        .bind("tenant", tenant.value())
                        .bind("id", id.value())
                        .map(ExecutionRows::execution)
                        .findOne());
    }

    @Override
    public Page<Execution> list(TenantId tenant, ExecutionFilter filter, PageRequest request) {
        StringBuilder sql = new StringBuilder("SELECT * FROM executions WHERE tenant_id = :tenant AND id < :cursor");
        filter.state().ifPresent(state -> sql.append(" AND state = :state"));
        filter.agent().ifPresent(agent -> sql.append(" AND agent = :agent"));
        filter.graph().ifPresent(graph -> sql.append(" AND graph_id = :graph"));
        sql.append(" ORDER BY id DESC LIMIT :limit");
        return Page.of(
                transactions.inTenant(tenant, handle -> {
                    var query = handle.createQuery(sql.toString())
                            .bind("tenant", tenant.value())
                            .bind("cursor", request.cursor().orElse(Rows.LAST))
                            .bind("limit", request.limit() + 1);
                    filter.state().ifPresent(state -> query.bind("state", state.name()));
                    filter.agent().ifPresent(agent -> query.bind("agent", agent));
                    filter.graph().ifPresent(graph -> query.bind("graph", graph));
                    return query.map(ExecutionRows::execution).list();
                }),
                request.limit(),
                execution -> execution.id().value());
    }

    @Override
    public List<ExecutionEvent> events(TenantId tenant, ExecutionId id, long after, int most) {
        return transactions.inTenant(
                tenant,
                handle -> handle.createQuery("""
                    SELECT * FROM execution_events
                     WHERE tenant_id = :tenant AND execution_id = :id AND sequence > :after
                     ORDER BY sequence LIMIT :most
                    """)
                        .bind("tenant", tenant.value())
                        .bind("id", id.value())
                        .bind("after", after)
                        .bind("most", most)
                        .map(ExecutionRows::event)
                        .list());
    }

    @Override
    public Optional<Checkpoint> findCheckpoint(TenantId tenant, ExecutionId id, Optional<Integer> number) {
        return transactions.inTenant(
                tenant,
                handle -> number.isEmpty()
                        ? CheckpointReader.latest(handle, tenant, id)
                        : CheckpointReader.find(handle, tenant, id, number.get()));
    }

    @Override
    public Page<Checkpoint> checkpoints(TenantId tenant, ExecutionId id, PageRequest request) {
        return Page.of(
                transactions.inTenant(
                        tenant,
                        handle -> CheckpointReader.list(
                                handle, tenant, id, JdbiGraphStore.number(request.cursor()), request.limit() + 1)),
                request.limit(),
                checkpoint -> Integer.toString(checkpoint.number()));
    }
}
