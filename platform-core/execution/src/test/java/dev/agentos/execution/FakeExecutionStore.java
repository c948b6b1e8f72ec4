package dev.agentos.execution;

import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Keeps executions in memory as the contract says; nothing survives the JVM. */
public final class FakeExecutionStore implements ExecutionStore {

    private final InstantSource clock;
    private final FakeSessionStore sessions = new FakeSessionStore(this);
    final Map<ExecutionId, FakeRow> rows = new LinkedHashMap<>();
    private final List<Consumer<Stored>> listeners = new CopyOnWriteArrayList<>();
    private final FakeRequestKeys keys = new FakeRequestKeys();

    /** An empty store with that clock as its database's. */
    public FakeExecutionStore(InstantSource clock) {
        this.clock = clock;
    }

    /** An empty store. */
    public FakeExecutionStore() {
        this(InstantSource.system());
    }

    @Override
    public synchronized Admission admit(Candidate candidate) {
        Execution execution = candidate.execution();
        Checkpoint first = candidate.first();
        Optional<Claimant> claimant = candidate.claimant();
        Optional<Execution> before = before(candidate);
        if (before.isPresent()) {
            return new Admission(before.get(), Optional.empty(), true);
        }
        candidate.key().ifPresent(key -> keys.keep(execution.tenant(), key, execution.id()));
        if (rows.containsKey(execution.id())) {
            throw new IllegalStateException("There is already " + execution.id());
        }
        FakeRow row = new FakeRow(execution);
        row.checkpoints.add(stamped(first, first.values()));
        candidate.pending().forEach(write -> row.pending.put(write.task(), write));
        append(row, candidate.events());
        candidate.events().forEach(row.history::note);
        if (first.source() == Checkpoint.Source.INPUT) {
            JsonObject input = execution.request().input();
            row.history.outside.add(
                    new Written("START", List.copyOf(input.members().keySet()), Optional.of(input)));
        }
        row.history.pass(stamped(first, JsonObject.EMPTY), List.of(), Map.of());
        rows.put(execution.id(), row);
        return claimant.map(one -> {
                    Claim claim = claim(row, one);
                    return new Admission(row.execution, Optional.of(open(claim)), false);
                })
                .orElseGet(() -> new Admission(row.execution, Optional.empty(), false));
    }

    /** What was admitted with the same key. */
    Optional<Execution> before(Candidate candidate) {
        TenantId tenant = candidate.execution().tenant();
        return candidate.key().flatMap(key -> keys.find(tenant, key)).flatMap(id -> find(tenant, id));
    }

    @Override
    public synchronized List<Claim> claim(Claimant claimant, int most) {
        List<FakeRow> open = new ArrayList<>();
        for (FakeRow row : rows.values()) {
            boolean free = row.state() == ExecutionState.RUNNING && row.leasedUntil.isBefore(clock.instant());
            boolean due = row.state() == ExecutionState.WAITING
                    && row.due.filter(at -> !at.isAfter(clock.instant())).isPresent();
            if ((row.state() == ExecutionState.QUEUED && !row.held) || free || due) {
                open.add(row);
            }
        }
        Map<FakeRow, Integer> turns = new HashMap<>();
        Map<TenantId, Integer> seen = new HashMap<>();
        open.sort(Comparator.comparingInt(
                        (FakeRow row) -> -row.execution.request().priority())
                .thenComparing(row -> row.execution.times().createdAt())
                .thenComparing(row -> row.execution.id().value()));
        open.forEach(row -> turns.put(row, seen.merge(row.execution.tenant(), 1, Integer::sum)));
        open.sort(Comparator.comparingInt(
                        (FakeRow row) -> -row.execution.request().priority())
                .thenComparing(row -> turns.getOrDefault(row, 0)));
        List<Claim> claims = new ArrayList<>();
        for (FakeRow row : open.subList(0, Math.min(most, open.size()))) {
            claims.add(claim(row, claimant));
        }
        return claims;
    }

    private Claim claim(FakeRow row, Claimant claimant) {
        boolean lost = row.state() == ExecutionState.RUNNING;
        int step = row.checkpoints.getLast().number();
        row.crashes = lost ? (step > row.crashedAt ? 1 : row.crashes + 1) : 0;
        row.crashedAt = lost ? step : -1;
        row.epoch++;
        row.owner = claimant.owner();
        row.leasedUntil = clock.instant().plus(claimant.lease());
        Execution old = row.execution;
        Execution.Progress progress =
                progress(old, old.progress().step(), old.progress().attempt() + 1);
        Execution.Times times = new Execution.Times(
                old.times().createdAt(),
                old.times().startedAt().or(() -> Optional.of(clock.instant())),
                Optional.empty());
        row.execution = with(old, ExecutionState.RUNNING, progress, times);
        return new Claim(row.execution, new Lease(old.tenant(), old.id(), claimant.owner(), row.epoch), row.crashes);
    }

    @Override
    public synchronized int release(String owner) {
        int released = 0;
        for (FakeRow row : rows.values()) {
            if (row.state() == ExecutionState.RUNNING && row.owner.equals(owner)) {
                row.leasedUntil = Instant.EPOCH;
                released++;
            }
        }
        return released;
    }

    @Override
    public synchronized void handBack(Lease lease) {
        state(owned(lease), ExecutionState.QUEUED);
    }

    @Override
    public synchronized List<Renewal> renew(Collection<Lease> leases, Duration lease) {
        List<Renewal> renewals = new ArrayList<>();
        for (Lease one : leases) {
            FakeRow row = rows.get(one.execution());
            boolean held = row != null && row.state() == ExecutionState.RUNNING && row.epoch == one.epoch();
            if (row != null && held) {
                row.leasedUntil = clock.instant().plus(lease);
            }
            renewals.add(new Renewal(
                    one,
                    !held,
                    row != null && row.execution.progress().cancelRequested(),
                    row != null && row.execution.progress().pauseRequested()));
        }
        return renewals;
    }

    @Override
    public synchronized Running open(Claim claim) {
        FakeRow row = owned(claim.lease());
        LostAttempts lost = new LostAttempts();
        row.events.forEach(event -> lost.add(event.draft()));
        return new Running(
                claim,
                new Resumption(row.checkpoints.getLast(), List.copyOf(row.pending.values()), row.command)
                        .losing(lost.byTask()),
                new FakeLog(claim.lease()));
    }

    /** Everything is durable at once. */
    private final class FakeLog implements Log {
        private final Lease lease;
        private Optional<LeaseLostException> lost = Optional.empty();

        FakeLog(Lease lease) {
            this.lease = lease;
        }

        @Override
        public void append(List<Entry> entries) {
            try {
                entries.forEach(entry -> {
                    Stored stored = store(lease, entry);
                    listeners.forEach(listener -> listener.accept(stored));
                });
            } catch (LeaseLostException e) {
                lost = Optional.of(e);
            }
        }

        @Override
        public void write(List<Entry> entries) {
            append(entries);
            settle();
        }

        @Override
        public int bytes() {
            return 0;
        }

        @Override
        public void settle() {
            lost.ifPresent(thrown -> {
                throw thrown;
            });
        }

        @Override
        public boolean unsettled() {
            return lost.isPresent();
        }

        @Override
        public void abandon() {
            lost = Optional.of(new LeaseLostException(lease));
        }
    }

    private synchronized Stored store(Lease lease, Entry entry) {
        FakeRow row = owned(lease);
        int before = row.events.size();
        entry.writes().forEach(write -> row.pending.put(write.task(), write));
        if (entry.checkpoint().isPresent()) {
            row.history.pass(stamped(entry.checkpoint().get(), JsonObject.EMPTY), entry.events(), entry.changes());
        } else {
            entry.events().forEach(row.history::note);
        }
        entry.checkpoint().ifPresent(checkpoint -> {
            add(row, checkpoint, entry.changes());
            row.command = Optional.empty();
            if (checkpoint.interrupts().isEmpty()) {
                row.pending.clear();
            }
        });
        append(row, entry.events());
        switch (entry.move()) {
            case Move.Stay ignored -> {}
            case Move.Suspend(Optional<Instant> due) -> {
                row.due = due;
                state(row, row.execution.progress().cancelRequested() ? ExecutionState.QUEUED : ExecutionState.WAITING);
            }
            case Move.Finish(Outcome outcome) -> end(row, outcome);
        }
        return new Stored(lease, row.events.subList(before, row.events.size()), entry.checkpoint(), entry.move(), 0);
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
    public synchronized void park(Lease lease, Failure failure, ExecutionEvent.Draft event) {
        FakeRow row = owned(lease);
        append(row, List.of(event));
        end(row, new Outcome(ExecutionState.FAILED, Optional.of(failure)));
    }

    @Override
    public synchronized Optional<Resumed> resume(
            TenantId tenant, ExecutionId id, Command command, ExecutionEvent.Draft event, Optional<Claimant> claimant) {
        Optional<FakeRow> row = row(tenant, id).filter(one -> one.state() == ExecutionState.WAITING);
        row.ifPresent(one -> {
            one.command = Optional.of(command);
            append(one, List.of(event));
            one.history.note(event);
            mark(one, one.execution.progress().cancelRequested(), false);
            state(one, ExecutionState.QUEUED);
        });
        return row.map(one -> new Resumed(claimant.map(who -> open(claim(one, who)))));
    }

    @Override
    public synchronized Optional<Execution> pause(TenantId tenant, ExecutionId id, ExecutionEvent.Draft waiting) {
        Optional<FakeRow> found = row(tenant, id);
        found.ifPresent(row -> {
            if (row.state() == ExecutionState.RUNNING || row.state() == ExecutionState.QUEUED) {
                mark(row, row.execution.progress().cancelRequested(), true);
            }
            if (row.state() == ExecutionState.QUEUED
                    && row.execution.progress().attempt() == 0
                    && row.execution.request().session().isEmpty()) {
                append(row, List.of(waiting));
                state(row, ExecutionState.WAITING);
            }
        });
        return found.map(row -> row.execution);
    }

    private static void mark(FakeRow row, boolean cancel, boolean pause) {
        Execution old = row.execution;
        row.execution = with(
                old,
                old.state(),
                new Execution.Progress(
                        old.progress().step(),
                        old.progress().attempt(),
                        cancel,
                        pause,
                        old.progress().superseded()),
                old.times());
    }

    @Override
    public synchronized Optional<Execution> cancel(
            TenantId tenant, ExecutionId id, Failure reason, ExecutionEvent.Draft cancelled) {
        Optional<FakeRow> found = row(tenant, id);
        found.ifPresent(row -> {
            if (row.state() == ExecutionState.RUNNING) {
                mark(row, true, row.execution.progress().pauseRequested());
            } else if (!row.state().terminal()) {
                append(row, List.of(cancelled));
                end(row, new Outcome(ExecutionState.CANCELLED, Optional.of(reason)));
            }
        });
        return found.map(row -> row.execution);
    }

    @Override
    public synchronized Optional<Execution> find(TenantId tenant, ExecutionId id) {
        return row(tenant, id).map(row -> row.execution);
    }

    @Override
    public synchronized Page<Execution> list(TenantId tenant, ExecutionFilter filter, PageRequest request) {
        List<Execution> found = rows.values().stream()
                .map(row -> row.execution)
                .filter(one -> one.tenant().equals(tenant))
                .filter(one -> filter.state().isEmpty() || filter.state().get() == one.state())
                .filter(one -> filter.agent().isEmpty()
                        || filter.agent().equals(one.request().agent()))
                .filter(one -> filter.graph().isEmpty()
                        || filter.graph().get().equals(one.request().graph().graph()))
                .filter(one -> filter.session().isEmpty()
                        || filter.session().equals(one.request().session()))
                .sorted(Comparator.comparing((Execution one) -> one.id().value())
                        .reversed())
                .filter(one -> request.cursor().isEmpty()
                        || one.id().value().compareTo(request.cursor().get()) < 0)
                .toList();
        return Page.of(found, request.limit(), one -> one.id().value());
    }

    @Override
    public synchronized List<ExecutionEvent> events(TenantId tenant, ExecutionId id, long after, int most) {
        return row(tenant, id)
                .map(row -> row.events.stream()
                        .filter(event -> event.sequence() > after)
                        .limit(most)
                        .toList())
                .orElse(List.of());
    }

    @Override
    public synchronized Optional<Checkpoint> findCheckpoint(TenantId tenant, ExecutionId id, Optional<Integer> number) {
        return row(tenant, id)
                .flatMap(row -> number.isEmpty()
                        ? Optional.of(row.checkpoints.getLast())
                        : row.checkpoints.stream()
                                .filter(one -> one.number() == number.get())
                                .findFirst());
    }

    @Override
    public synchronized Optional<Remainder> remainder(TenantId tenant, ExecutionId id) {
        return row(tenant, id).map(row -> {
            Set<String> failed = new HashSet<>();
            for (ExecutionEvent event : row.events) {
                if (event.draft().type().equals(ExecutionEvent.CHECKPOINT)) {
                    failed.clear();
                } else if (event.draft().type().equals(ExecutionEvent.TASK_FAILED)) {
                    event.draft().data().text("task").ifPresent(failed::add);
                } else if (event.draft().type().equals(ExecutionEvent.TASK_FINISHED)) {
                    event.draft().data().text("task").ifPresent(failed::remove);
                }
            }
            return new Remainder(row.checkpoints.getLast(), List.copyOf(row.pending.values()), failed);
        });
    }

    @Override
    public synchronized Page<Passage> history(TenantId tenant, ExecutionId id, PageRequest request) {
        List<Passage> found = row(tenant, id).map(row -> row.history.passages.reversed()).orElse(List.of()).stream()
                .filter(one -> request.cursor().isEmpty()
                        || one.checkpoint().number()
                                < Integer.parseInt(request.cursor().get()))
                .toList();
        return Page.of(
                found, request.limit(), one -> String.valueOf(one.checkpoint().number()));
    }

    private Optional<FakeRow> row(TenantId tenant, ExecutionId id) {
        return Optional.ofNullable(rows.get(id))
                .filter(row -> row.execution.tenant().equals(tenant));
    }

    private FakeRow owned(Lease lease) {
        return row(lease.tenant(), lease.execution())
                .filter(row -> row.state() == ExecutionState.RUNNING && row.epoch == lease.epoch())
                .orElseThrow(() -> new LeaseLostException(lease));
    }

    private void add(FakeRow row, Checkpoint checkpoint, Map<String, Change> changes) {
        Checkpoint last = row.checkpoints.getLast();
        if (checkpoint.number() != last.number() + 1) {
            throw new IllegalStateException("Checkpoint " + checkpoint.number() + " after " + last.number());
        }
        // Only what is said to have changed is taken, so that a wrong change shows.
        Map<String, JsonValue> values = new LinkedHashMap<>(last.values().members());
        changes.forEach((name, change) -> change.apply(Optional.ofNullable(values.get(name)))
                .ifPresentOrElse(value -> values.put(name, value), () -> values.remove(name)));
        row.checkpoints.add(stamped(checkpoint, new JsonObject(values)));
        Execution old = row.execution;
        row.execution = with(
                old,
                old.state(),
                progress(old, checkpoint.number(), old.progress().attempt()),
                old.times());
    }

    private Checkpoint stamped(Checkpoint checkpoint, JsonObject values) {
        return new Checkpoint(
                checkpoint.number(),
                checkpoint.source(),
                values,
                checkpoint.next(),
                checkpoint.interrupts(),
                checkpoint.control(),
                checkpoint.createdAt().or(() -> Optional.of(clock.instant())));
    }

    void append(FakeRow row, List<ExecutionEvent.Draft> drafts) {
        drafts.forEach(draft -> row.events.add(new ExecutionEvent(row.events.size() + 1L, draft, clock.instant())));
    }

    private static Execution.Progress progress(Execution old, int step, int attempt) {
        return new Execution.Progress(
                step,
                attempt,
                old.progress().cancelRequested(),
                old.progress().pauseRequested(),
                old.progress().superseded());
    }

    static void state(FakeRow row, ExecutionState state) {
        row.execution = with(row.execution, state, row.execution.progress(), row.execution.times());
    }

    void end(FakeRow row, Outcome outcome) {
        Execution old = row.execution;
        Execution.Times times = new Execution.Times(
                old.times().createdAt(),
                old.times().startedAt(),
                Optional.of(row.events.getLast().time()));
        row.execution = new Execution(
                old.id(),
                old.tenant(),
                old.request(),
                outcome.state(),
                old.progress(),
                outcome.state() == ExecutionState.SUCCEEDED
                        ? Optional.of(row.checkpoints.getLast().values())
                        : Optional.empty(),
                outcome.failure(),
                times);
        sessions.ended(row);
    }

    static Execution with(Execution old, ExecutionState state, Execution.Progress progress, Execution.Times times) {
        return new Execution(
                old.id(), old.tenant(), old.request(), state, progress, old.output(), old.failure(), times);
    }
}
