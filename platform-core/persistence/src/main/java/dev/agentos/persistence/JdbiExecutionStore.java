package dev.agentos.persistence;

import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionFilter;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Lease;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.execution.RequestKeyReusedException;
import dev.agentos.execution.SessionStore;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.ProcessorTurn;
import dev.agentos.persistence.internal.AdmissionWriter;
import dev.agentos.persistence.internal.ExecutionLog;
import dev.agentos.persistence.internal.GroupCommit;
import dev.agentos.persistence.internal.LogCodec;
import dev.agentos.persistence.internal.LogPages;
import dev.agentos.persistence.internal.LogReader;
import dev.agentos.persistence.internal.LogWriter;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executions in PostgreSQL. What is written often, admissions and rows of logs, is written in groups over all tenants;
 * {@link ExecutionQueue} claims; whatever a tenant asks for is read and changed under the tenant's role.
 */
final class JdbiExecutionStore implements ExecutionStore, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(JdbiExecutionStore.class);

    private static final int LARGEST_FIRST_ROW = 16 << 20;

    private final TenantTransactions transactions;
    /** For statements that are run again and again, of rows that keys name. */
    private final PlatformTransactions keyed;

    private final WholeExecutions whole;
    private final ExecutionQueue queue;
    private final Hints hints;
    private final List<Consumer<Stored>> listeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<Outcome>> ends = new CopyOnWriteArrayList<>();
    private final LogWriter writer;
    private final GroupCommit<ExecutionLog.Append> appends;
    private final GroupCommit<AdmissionWriter.Admission> admissions;
    private final JdbiSessionStore sessions;

    JdbiExecutionStore(
            TenantTransactions transactions, PlatformTransactions platform, DataSource writers, Hints hints) {
        this.transactions = transactions;
        this.whole = new WholeExecutions(transactions);
        this.keyed = new PlatformTransactions(writers);
        this.queue = new ExecutionQueue(keyed);
        this.hints = hints;
        this.writer = new LogWriter(writers);
        this.appends = new GroupCommit<>("log-writer", writer::commit);
        this.admissions = new GroupCommit<>("admission-writer", new AdmissionWriter(writers)::commit);
        this.sessions = new JdbiSessionStore(transactions, platform, writers, hints, admissions, this::ended);
    }

    @Override
    public Admission admit(Candidate candidate) {
        if (candidate.claimant().isPresent()) {
            Opening opening = begin(candidate);
            open(opening.running());
            return opening.admission();
        }
        AdmissionWriter.Admission admission = admission(candidate);
        admission.submit();
        return admitted(candidate, admission, Optional.empty());
    }

    @Override
    public Opening begin(Candidate candidate) {
        Claimant claimant = candidate.claimant().orElseThrow();
        AdmissionWriter.Admission admission = admission(candidate);
        Execution execution = candidate.execution();
        Execution begun = execution.admitted(execution.times().createdAt(), true);
        Lease lease = new Lease(execution.tenant(), execution.id(), claimant.owner(), 1);
        Running running = new Running(
                new Claim(begun, lease, 0, 0),
                new Resumption(candidate.first(), candidate.pending(), Optional.empty(), Map.of()),
                admission.open(appends, this::stored, lease, begun));
        return new Opening(Optional.of(running), () -> admitted(candidate, admission, Optional.of(running)));
    }

    /** Writes what a log begins with, without its claimant. */
    private static void open(Optional<Running> running) {
        running.map(Running::log).map(ExecutionLog.class::cast).ifPresent(ExecutionLog::open);
    }

    private AdmissionWriter.Admission admission(Candidate candidate) {
        return admission(candidate, admissions);
    }

    /** An admission whose first row is not too large. */
    static AdmissionWriter.Admission admission(Candidate candidate, GroupCommit<AdmissionWriter.Admission> admissions) {
        AdmissionWriter.Admission admission = new AdmissionWriter.Admission(candidate, admissions);
        if (admission.bytes() > LARGEST_FIRST_ROW) {
            throw new AgentOsException(
                    GraphErrorCode.RESULT_TOO_LARGE,
                    "The input takes " + admission.bytes() + " bytes, more than " + LARGEST_FIRST_ROW + ".",
                    "Keep large inputs in files, and their names in the input.");
        }
        return admission;
    }

    /** Waits for what comes of an admission. */
    private Admission admitted(Candidate candidate, AdmissionWriter.Admission admission, Optional<Running> running) {
        Execution execution = candidate.execution();
        AdmissionWriter.Admitted admitted;
        try {
            admitted = ProcessorTurn.whileWaiting(admission.admitted()::join);
        } catch (CompletionException e) {
            if (e.getCause() instanceof RequestKeyReusedException) {
                throw new RequestKeyReusedException();
            }
            throw AdmissionWriter.thrown(e);
        }
        if (admitted.other().isPresent()) {
            Execution other = find(execution.tenant(), admitted.other().get())
                    .orElseThrow(() -> new IllegalStateException("An execution that was admitted is gone"));
            return new Admission(other, Optional.empty(), true);
        }
        if (running.isEmpty()) {
            hints.changed(execution.tenant(), execution.id());
            hints.queued();
        }
        return new Admission(execution.admitted(admitted.at(), running.isPresent()), running, false);
    }

    private Consumer<Stored> listener(Claim claim) {
        return claim.execution().request().session().isPresent() ? this::storedInSession : this::stored;
    }

    private void storedInSession(Stored stored) {
        stored(stored);
        if (stored.move() instanceof Move.Finish) {
            // The next one in line may be queued now.
            hints.queued();
        }
    }

    private void stored(Stored stored) {
        listeners.forEach(listener -> listener.accept(stored));
        hints.changed(stored.lease().tenant(), stored.lease().execution());
    }

    @Override
    public SessionStore sessions() {
        return sessions;
    }

    @Override
    public void listen(Consumer<Stored> listener) {
        listeners.add(listener);
    }

    @Override
    public void listenToEnds(Consumer<Outcome> listener) {
        ends.add(listener);
    }

    private void ended(Outcome outcome) {
        ends.forEach(listener -> listener.accept(outcome));
    }

    @Override
    public List<Claim> claim(Claimant claimant, int most) {
        ExecutionQueue.Claimed claimed = queue.claim(claimant, most);
        while (claimed.claims().isEmpty() && !claimed.unreadable().isEmpty()) {
            claimed.unreadable().forEach(this::park);
            claimed = queue.claim(claimant, most);
        }
        claimed.unreadable().forEach(this::park);
        return claimed.claims();
    }

    /** Parks an execution whose row cannot be read; when that fails it is claimed again, as its lease runs out. */
    private void park(ExecutionQueue.Unreadable unreadable) {
        Lease lease = unreadable.lease();
        LOG.error("The row of execution {} cannot be read", lease.execution(), unreadable.why());
        Ending ending = ExecutionQueue.unreadable(unreadable.why(), unreadable.step());
        try {
            park(lease, ending.failure(), ending.event());
            ended(new Outcome(ExecutionState.FAILED, Optional.of(ending.failure())));
        } catch (RuntimeException e) {
            LOG.warn("Execution {} cannot be parked yet: {}", lease.execution(), e.toString());
        }
    }

    @Override
    public int release(String owner) {
        int released = queue.release(owner);
        hints.queued();
        return released;
    }

    @Override
    public void suspect(Claim claim, boolean begins) {
        queue.suspect(claim, begins);
    }

    @Override
    public void putOff(Lease lease, Duration delay, ExecutionEvent.Draft event) {
        queue.putOff(lease, delay, LogCodec.row(List.of(LogCodec.events(List.of(event)))));
        hints.changed(lease.tenant(), lease.execution());
    }

    @Override
    public void handBack(Lease lease) {
        queue.handBack(lease);
        hints.queued();
    }

    @Override
    public void waitOn(Lease lease, Instant due) {
        queue.waitOn(lease, due);
    }

    @Override
    public List<Renewal> renew(Collection<Lease> leases, Duration lease) {
        return queue.renew(leases, lease);
    }

    @Override
    public Running open(Claim claim) {
        ExecutionRows.Held held = keyed.query(handle -> ExecutionRows.held(handle, claim.lease()))
                .orElseThrow(() -> new LeaseLostException(claim.lease()));
        ExecutionRows.Log log = held.log();
        LogReader reader = log.reader();
        return new Running(
                claim,
                claim.execution().progress().attempt() > 1 ? log.resumption() : reader.resumption(),
                new ExecutionLog(
                        appends,
                        listener(claim),
                        claim.lease(),
                        ExecutionLog.Position.behind(held.number(), log.base(), reader),
                        reader.input().map(input -> claim.execution().with(input, Optional.empty()))));
    }

    @Override
    public void park(Lease lease, Failure failure, ExecutionEvent.Draft event) {
        byte[] body = LogCodec.row(List.of(LogCodec.events(List.of(event))));
        transactions.runInTenant(lease.tenant(), handle -> ExecutionQueue.park(handle, lease, failure, body));
        hints.changed(lease.tenant(), lease.execution());
        hints.queued();
    }

    @Override
    public void edited(TenantId tenant, ExecutionId id, String by) {
        transactions.inTenant(tenant, handle -> ExecutionRows.edited(handle, tenant, id, by));
    }

    @Override
    public Set<String> editors(TenantId tenant, ExecutionId id) {
        return transactions.inTenant(tenant, handle -> ExecutionRows.editors(handle, tenant, id));
    }

    @Override
    public Optional<Resumed> resume(
            TenantId tenant,
            ExecutionId id,
            OptionalInt attempt,
            Command command,
            ExecutionEvent.Draft event,
            Optional<Claimant> claimant) {
        if (claimant.isPresent()) {
            return resuming(tenant, id, attempt, (execution, checkpoint) -> new Answer(command, event), claimant.get())
                    .filter(resuming -> {
                        open(resuming.running());
                        return resuming.resumed().get().isPresent();
                    })
                    .map(resuming -> new Resumed(resuming.running()));
        }
        byte[] body = LogCodec.row(List.of(LogCodec.resumed(command, event)));
        boolean resumed = transactions.inTenant(
                tenant, handle -> ExecutionQueue.resume(handle, tenant, id, attempt, command.change(), body));
        if (!resumed) {
            return Optional.empty();
        }
        hints.changed(tenant, id);
        hints.queued();
        return Optional.of(new Resumed(Optional.empty()));
    }

    @Override
    public Optional<Resuming> resume(TenantId tenant, ExecutionId id, Decision decision, Optional<Claimant> claimant) {
        return claimant.isEmpty()
                ? ExecutionStore.super.resume(tenant, id, decision, claimant)
                : resuming(tenant, id, OptionalInt.empty(), decision, claimant.get());
    }

    /** The first row of the claimant goes in only while the execution waits as it was found, under the same epoch. */
    private Optional<Resuming> resuming(
            TenantId tenant, ExecutionId id, OptionalInt attempt, Decision decision, Claimant claimant) {
        Optional<ExecutionRows.Waiting> found = transactions
                .lookUp(tenant, handle -> ExecutionRows.waiting(handle, tenant, id))
                .filter(waiting -> attempt.isEmpty()
                        || attempt.getAsInt() == waiting.execution().progress().attempt());
        return found.map(waiting -> {
            LogReader reader = waiting.log().reader();
            Answer answer =
                    decision.answer(waiting.execution(), reader.checkpoint().orElseThrow());
            Lease lease = new Lease(tenant, id, claimant.owner(), waiting.epoch() + 1);
            Claim claim = new Claim(waiting.execution().resumed(answer.command().change()), lease, 0, 0);
            Optional<Execution> begun =
                    reader.input().map(input -> claim.execution().with(input, Optional.empty()));
            ExecutionLog log = ExecutionLog.resuming(
                    appends,
                    listener(claim),
                    claim,
                    claimant,
                    ExecutionLog.Position.behind(waiting.number(), waiting.log().base(), reader),
                    answer,
                    begun);
            Resumption resumption = waiting.log().resumption();
            Running running = new Running(
                    claim,
                    new Resumption(
                            resumption.checkpoint(),
                            resumption.pending(),
                            Optional.of(answer.command()),
                            resumption.lost()),
                    log);
            return new Resuming(Optional.of(running), () -> resumed(claim.execution(), begun, log));
        });
    }

    /** Waits until an execution is resumed. */
    private Optional<Execution> resumed(Execution claimed, Optional<Execution> begun, ExecutionLog log) {
        try {
            if (!log.opened().join()) {
                return Optional.empty();
            }
        } catch (CompletionException e) {
            throw AdmissionWriter.thrown(e);
        }
        return begun.isPresent() ? begun : find(claimed.tenant(), claimed.id());
    }

    @Override
    public Optional<Execution> pause(TenantId tenant, ExecutionId id, ExecutionEvent.Draft waiting) {
        byte[] body = LogCodec.row(List.of(LogCodec.events(List.of(waiting))));
        Optional<Execution> now = transactions.inTenant(tenant, handle -> {
            handle.createQuery("""
                WITH found AS MATERIALIZED (
                    SELECT number, state = 'QUEUED' AND attempt = 0 AND session IS NULL AS waits FROM executions
                     WHERE tenant_id = :tenant AND id = :id AND state IN ('HELD', 'QUEUED', 'RUNNING', 'WAITING')
                       FOR UPDATE)
                UPDATE executions e SET pause_requested = true, state = CASE WHEN f.waits THEN 'WAITING' ELSE e.state END,
                       due_at = CASE WHEN f.waits THEN e.deadline ELSE e.due_at END
                  FROM found f WHERE e.number = f.number
                RETURNING CASE WHEN f.waits THEN e.number END
                """)
                    .bind("tenant", tenant.value())
                    .bind("id", id.value())
                    .mapTo(Long.class)
                    .filter(Objects::nonNull)
                    .forEach(number -> ExecutionQueue.append(handle, number, body));
            return ExecutionRows.whole(handle, tenant, id);
        });
        hints.steered(tenant, id);
        return now;
    }

    @Override
    public Optional<Execution> cancel(TenantId tenant, ExecutionId id, Failure reason, ExecutionEvent.Draft event) {
        record Cancelled(boolean ended, Optional<Execution> now) {}
        Cancelled cancelled = transactions.inTenant(tenant, handle -> {
            boolean ended = ExecutionQueue.cancel(handle, tenant, id, new Ending(reason, event));
            return new Cancelled(ended, ExecutionRows.whole(handle, tenant, id));
        });
        if (cancelled.ended()) {
            ended(new Outcome(ExecutionState.CANCELLED, Optional.of(reason)));
        }
        hints.steered(tenant, id);
        cancelled.now().flatMap(one -> one.request().session()).ifPresent(session -> hints.queued());
        return cancelled.now();
    }

    @Override
    public List<Execution> endOverdue(Function<Execution, Ending> how, int most) {
        List<Execution> ended = new ArrayList<>();
        // One in a transaction, since the end of one in a session changes the next in its line.
        for (int i = 0; i < most; i++) {
            Optional<ExecutionQueue.Overdue> one = queue.endOverdue(how);
            if (one.isEmpty()) {
                break;
            }
            ended(one.get().outcome());
            one.get().execution().ifPresent(ended::add);
        }
        ended.forEach(one -> hints.changed(one.tenant(), one.id()));
        if (ended.stream().anyMatch(one -> one.request().session().isPresent())) {
            hints.queued();
        }
        return ended;
    }

    @Override
    public Optional<Execution> find(TenantId tenant, ExecutionId id) {
        return whole.find(tenant, id);
    }

    @Override
    public Page<Execution> list(TenantId tenant, ExecutionFilter filter, PageRequest request) {
        return transactions.query(tenant, handle -> ExecutionRows.newest(handle, tenant, filter, request));
    }

    @Override
    public List<ExecutionEvent> events(TenantId tenant, ExecutionId id, long after, int most) {
        return LogPages.events(query -> transactions.lookUp(tenant, query), tenant, id, after, most);
    }

    @Override
    public Optional<Checkpoint> findCheckpoint(TenantId tenant, ExecutionId id, Optional<Integer> number) {
        return transactions.inTenant(
                tenant,
                handle -> ExecutionRows.number(handle, tenant, id)
                        .flatMap(log -> number.isEmpty()
                                ? ExecutionRows.fromBase(handle, log).reader().checkpoint()
                                : ExecutionRows.checkpoint(handle, log, number.get())));
    }

    @Override
    public Optional<Remainder> remainder(TenantId tenant, ExecutionId id) {
        return transactions.inTenant(
                tenant,
                handle -> ExecutionRows.number(handle, tenant, id)
                        .map(log -> ExecutionRows.fromBase(handle, log).reader().remainder()));
    }

    @Override
    public Page<Passage> history(TenantId tenant, ExecutionId id, PageRequest request) {
        return transactions.lookUp(tenant, handle -> LogPages.history(handle, tenant, id, request));
    }

    /** Writes what is queued and ends; a database that is away is not waited for. */
    @Override
    public void close() {
        writer.close();
        admissions.close();
        appends.close();
    }
}
