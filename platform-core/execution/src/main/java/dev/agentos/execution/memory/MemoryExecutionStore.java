package dev.agentos.execution.memory;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;
import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.toSet;

import dev.agentos.execution.Admission;
import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionFilter;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Lease;
import dev.agentos.execution.LeaseLostException;
import dev.agentos.execution.RequestKeyReusedException;
import dev.agentos.execution.SessionStore;
import dev.agentos.execution.internal.Sizes;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps executions in memory, for tests and measurements: everything that the port promises, save that nothing survives
 * the process. What is appended is durable, in this sense, at once.
 */
public final class MemoryExecutionStore implements ExecutionStore {

    private static final Duration KEPT = Duration.ofHours(24);
    private static final long LARGEST_ENTRY = 16 << 20;

    private final InstantSource clock;
    private final int keptFinished;
    private final Map<ExecutionId, MemoryExecution> executions = new HashMap<>();
    /** Those that have not ended, so that a claim does not look at the others. */
    private final Set<MemoryExecution> open = new LinkedHashSet<>();

    private final Deque<ExecutionId> finished = new ArrayDeque<>();
    private final Map<List<String>, Kept> keys = new HashMap<>();
    private final List<Consumer<Stored>> listeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<Outcome>> ends = new CopyOnWriteArrayList<>();
    private final MemorySessions sessions = new MemorySessions(new Rows());
    private long admitted;

    private record Kept(String fingerprint, ExecutionId execution, Instant until) {}

    /** An empty store. */
    public MemoryExecutionStore() {
        this(InstantSource.system());
    }

    /** An empty store with that clock as its database's. */
    public MemoryExecutionStore(InstantSource clock) {
        this(clock, Integer.MAX_VALUE);
    }

    /** An empty store that does not grow for ever: of those that have ended it keeps the latest, so many. */
    public MemoryExecutionStore(InstantSource clock, int keptFinished) {
        this.clock = clock;
        this.keptFinished = keptFinished;
    }

    /** What sessions need of the executions, under the lock of all of them. */
    private final class Rows implements MemorySessions.Executions {

        @Override
        public <T> T locked(Supplier<T> work) {
            synchronized (MemoryExecutionStore.this) {
                return work.get();
            }
        }

        @Override
        public Stream<MemoryExecution> all() {
            return executions.values().stream().sorted(comparingLong(MemoryExecution::number));
        }

        @Override
        public Optional<Execution> before(Candidate candidate) {
            return MemoryExecutionStore.this.before(candidate);
        }

        @Override
        public MemoryExecution admit(Candidate candidate) {
            Execution execution = MemoryExecutionStore.this.admit(candidate).execution();
            return row(execution.tenant(), execution.id()).orElseThrow();
        }

        @Override
        public void cancel(MemoryExecution one, Failure reason, ExecutionEvent.Draft event) {
            end(one, ExecutionState.CANCELLED, new Ending(reason, event));
        }

        @Override
        public void remove(ExecutionId id) {
            executions.remove(id);
        }
    }

    @Override
    public SessionStore sessions() {
        return sessions;
    }

    private static Optional<List<String>> name(Candidate candidate) {
        String tenant = candidate.execution().tenant().value();
        return candidate.key().map(key -> List.of(tenant, key.principal(), key.route(), key.value()));
    }

    /** What was admitted with the same key. */
    private Optional<Execution> before(Candidate candidate) {
        Optional<Kept> before = name(candidate)
                .map(keys::get)
                .filter(kept -> !kept.until().isBefore(clock.instant()) && executions.containsKey(kept.execution()));
        if (before.isEmpty()) {
            return Optional.empty();
        }
        if (!before.get().fingerprint().equals(candidate.key().orElseThrow().fingerprint())) {
            throw new RequestKeyReusedException();
        }
        return find(candidate.execution().tenant(), before.get().execution());
    }

    @Override
    public synchronized Admission admit(Candidate candidate) {
        Instant now = clock.instant();
        Execution execution = candidate.execution();
        refuseLarge(Sizes.of(execution.request().input()), "The input", "the input");
        Optional<Execution> before = before(candidate);
        if (before.isPresent()) {
            return new Admission(before.get(), Optional.empty(), true);
        }
        if (executions.containsKey(execution.id())) {
            throw new IllegalStateException("There is already " + execution.id());
        }
        MemoryExecution added = new MemoryExecution(++admitted, candidate, now);
        executions.put(execution.id(), added);
        open.add(added);
        name(candidate).ifPresent(known -> {
            keys.values().removeIf(kept -> kept.until().isBefore(now));
            keys.put(known, new Kept(candidate.key().orElseThrow().fingerprint(), execution.id(), now.plus(KEPT)));
        });
        Optional<Running> running = candidate.claimant().map(who -> open(claim(added, who, now)));
        return new Admission(added.whole(), running, false);
    }

    @Override
    public synchronized List<Claim> claim(Claimant claimant, int most) {
        Instant now = clock.instant();
        Map<TenantId, Integer> turns = new HashMap<>();
        List<MemoryExecution> ready = new ArrayList<>();
        for (MemoryExecution one : open) {
            if (one.state() == ExecutionState.RUNNING) {
                turns.merge(one.execution().tenant(), 1, Integer::sum);
            }
            if (one.claimable(now)) {
                ready.add(one);
            }
        }
        Comparator<MemoryExecution> urgency =
                comparingInt(one -> -one.execution().request().priority());
        Comparator<MemoryExecution> age =
                comparing(MemoryExecution::queuedAt).thenComparing(comparingLong(MemoryExecution::number));
        ready.sort(urgency.thenComparing(age));
        Map<MemoryExecution, Integer> turn = new HashMap<>();
        ready.forEach(one -> turn.put(one, turns.merge(one.execution().tenant(), 1, Integer::sum)));
        ready.sort(
                comparingInt((MemoryExecution one) -> turn.getOrDefault(one, 0)).thenComparing(age));
        return ready.stream().limit(most).map(one -> claim(one, claimant, now)).toList();
    }

    private static Claim claim(MemoryExecution one, Claimant claimant, Instant now) {
        Lease lease = one.claim(claimant, now);
        return new Claim(one.execution(), lease, one.crashes(), one.bytes());
    }

    @Override
    public synchronized int release(String owner) {
        List<MemoryExecution> held =
                open.stream().filter(one -> one.ownedBy(owner)).toList();
        held.forEach(MemoryExecution::release);
        return held.size();
    }

    @Override
    public synchronized void suspect(Claim claim, boolean begins) {
        owned(claim.lease()).suspect(claim.crashes() - (begins ? 0 : 1));
    }

    @Override
    public synchronized void putOff(Lease lease, Duration delay, ExecutionEvent.Draft event) {
        owned(lease).putOff(delay, event, clock.instant());
    }

    @Override
    public synchronized void handBack(Lease lease) {
        owned(lease).handBack();
    }

    @Override
    public synchronized void waitOn(Lease lease, Instant until) {
        owned(lease).waitOn(until);
    }

    @Override
    public synchronized List<Renewal> renew(Collection<Lease> leases, Duration lease) {
        Instant now = clock.instant();
        return leases.stream()
                .map(one -> row(one.tenant(), one.execution())
                        .filter(row -> row.held(one) && row.ownedBy(one.owner()))
                        .map(row -> {
                            row.prolong(lease, now);
                            Execution.Progress progress = row.execution().progress();
                            return new Renewal(one, false, progress.cancelRequested(), progress.pauseRequested());
                        })
                        .orElseGet(() -> new Renewal(one, true, false, false)))
                .toList();
    }

    @Override
    public synchronized Running open(Claim claim) {
        Resumption resumption = owned(claim.lease()).resumption();
        int bytes = Math.clamp(Sizes.of(resumption.checkpoint().values()), 0, Integer.MAX_VALUE);
        return new Running(claim, resumption, new MemoryLog(claim.lease(), bytes));
    }

    /** The log of one claim; used from one thread, abandoned perhaps from another. */
    private final class MemoryLog implements Log {
        private final Lease lease;
        private final int bytes;
        private volatile @Nullable LeaseLostException lost;

        MemoryLog(Lease lease, int bytes) {
            this.lease = lease;
            this.bytes = bytes;
        }

        @Override
        public void append(List<Entry> entries) {
            for (Entry entry : entries) {
                long size = entry.size();
                refuseLarge(size, "What the execution is to remember at once", "the state");
                if (lost != null) {
                    return;
                }
                try {
                    Stored stored = store(lease, entry, (int) size);
                    listeners.forEach(listener -> listener.accept(stored));
                } catch (LeaseLostException e) {
                    lost = e;
                }
            }
        }

        @Override
        public void write(List<Entry> entries) {
            append(entries);
            settle();
        }

        @Override
        public void settle() {
            LeaseLostException thrown = lost;
            if (thrown != null) {
                throw thrown;
            }
        }

        @Override
        public int bytes() {
            return bytes;
        }

        @Override
        public boolean unopened() {
            return false;
        }

        @Override
        public void abandon() {
            lost = new LeaseLostException(lease);
        }
    }

    private static void refuseLarge(long size, String what, String where) {
        if (size > LARGEST_ENTRY) {
            String problem = what + " takes " + size + " bytes, more than " + LARGEST_ENTRY + ".";
            String action = "Keep large values in files, and their names in " + where + ".";
            throw new AgentOsException(GraphErrorCode.RESULT_TOO_LARGE, problem, action);
        }
    }

    private synchronized Stored store(Lease lease, Entry entry, int size) {
        MemoryExecution row = owned(lease);
        List<ExecutionEvent> events = row.store(entry, clock.instant());
        ended(row);
        return new Stored(lease, events, entry.checkpoint(), entry.move(), size, Optional.empty());
    }

    private void end(MemoryExecution row, ExecutionState state, Ending ending) {
        row.end(state, ending.failure(), ending.event(), clock.instant());
        ended(row);
        Outcome outcome = new Outcome(state, Optional.of(ending.failure()));
        ends.forEach(listener -> listener.accept(outcome));
    }

    private void ended(MemoryExecution row) {
        if (row.state().terminal() && open.remove(row)) {
            sessions.ended(row);
            finished.add(row.execution().id());
            while (finished.size() > keptFinished) {
                executions.remove(finished.remove());
            }
        }
    }

    @Override
    public void listen(Consumer<Stored> listener) {
        listeners.add(listener);
    }

    @Override
    public void listenToEnds(Consumer<Outcome> listener) {
        ends.add(listener);
    }

    @Override
    public synchronized void park(Lease lease, Failure failure, ExecutionEvent.Draft event) {
        MemoryExecution row = owned(lease);
        row.end(ExecutionState.FAILED, failure, event, clock.instant());
        ended(row);
    }

    @Override
    public synchronized Optional<Resumed> resume(
            TenantId tenant,
            ExecutionId id,
            OptionalInt attempt,
            Command command,
            ExecutionEvent.Draft event,
            Optional<Claimant> claimant) {
        Instant now = clock.instant();
        return row(tenant, id)
                .filter(one -> one.state() == ExecutionState.WAITING)
                .filter(one -> attempt.isEmpty()
                        || attempt.getAsInt() == one.execution().progress().attempt())
                .map(one -> {
                    one.resume(command, event, now);
                    return new Resumed(claimant.map(who -> open(claim(one, who, now))));
                });
    }

    @Override
    public synchronized void edited(TenantId tenant, ExecutionId id, String by) {
        row(tenant, id).filter(one -> !one.execution().state().terminal()).ifPresent(one -> one.edited(by));
    }

    @Override
    public synchronized Set<String> editors(TenantId tenant, ExecutionId id) {
        Set<String> all = new TreeSet<>();
        Optional<MemoryExecution> one = row(tenant, id);
        while (one.isPresent()) {
            Execution here = one.get().execution();
            all.addAll(one.get().editors());
            executions.values().stream()
                    .filter(before -> leaves(before.execution(), here))
                    .forEach(before -> all.addAll(before.editors()));
            one = one.get().execution().request().origin().flatMap(origin -> row(tenant, origin.execution()));
            one.flatMap(before -> before.execution().request().startedBy()).ifPresent(all::add);
        }
        return Set.copyOf(all);
    }

    private static boolean leaves(Execution before, Execution here) {
        return here.request().session().isPresent()
                && before.tenant().equals(here.tenant())
                && before.request().session().equals(here.request().session())
                && before.id().value().compareTo(here.id().value()) < 0;
    }

    @Override
    public synchronized Optional<Execution> pause(TenantId tenant, ExecutionId id, ExecutionEvent.Draft waiting) {
        return row(tenant, id).map(row -> {
            row.pause(waiting, clock.instant());
            return row.whole();
        });
    }

    @Override
    public synchronized List<Execution> endOverdue(Function<Execution, Ending> how, int most) {
        Instant now = clock.instant();
        List<MemoryExecution> late = open.stream()
                .filter(one -> one.state() == ExecutionState.QUEUED && one.isLate(now))
                .sorted(comparing((MemoryExecution one) -> one.deadline().orElseThrow())
                        .thenComparing(comparingLong(MemoryExecution::number)))
                .limit(most)
                .toList();
        late.forEach(one -> end(one, ExecutionState.TIMED_OUT, how.apply(one.execution())));
        return late.stream().map(MemoryExecution::execution).toList();
    }

    @Override
    public synchronized Optional<Execution> cancel(
            TenantId tenant, ExecutionId id, Failure reason, ExecutionEvent.Draft cancelled) {
        return row(tenant, id).map(row -> {
            switch (row.state()) {
                case QUEUED, WAITING -> end(row, ExecutionState.CANCELLED, new Ending(reason, cancelled));
                case RUNNING -> row.askToStop();
                default -> {}
            }
            return row.whole();
        });
    }

    @Override
    public synchronized Optional<Execution> find(TenantId tenant, ExecutionId id) {
        return row(tenant, id).map(MemoryExecution::whole);
    }

    @Override
    public synchronized Page<Execution> list(TenantId tenant, ExecutionFilter filter, PageRequest request) {
        Set<ExecutionId> origins = executions.values().stream()
                .flatMap(row -> row.execution().request().origin().stream())
                .map(ExecutionRequest.Origin::execution)
                .collect(toSet());
        List<Execution> found = executions.values().stream()
                .map(MemoryExecution::execution)
                .filter(one -> one.tenant().equals(tenant))
                .filter(one -> filter.matches(one, origins.contains(one.id())))
                .filter(one -> request.cursor().isEmpty()
                        || one.id().value().compareTo(request.cursor().get()) < 0)
                .sorted(comparing((Execution one) -> one.id().value()).reversed())
                .toList();
        return Page.of(found, request.limit(), one -> one.id().value());
    }

    @Override
    public synchronized List<ExecutionEvent> events(TenantId tenant, ExecutionId id, long after, int most) {
        return row(tenant, id).map(row -> row.events(after, most)).orElse(List.of());
    }

    @Override
    public synchronized Optional<Checkpoint> findCheckpoint(TenantId tenant, ExecutionId id, Optional<Integer> number) {
        return row(tenant, id).flatMap(row -> row.checkpoint(number));
    }

    @Override
    public synchronized Optional<Remainder> remainder(TenantId tenant, ExecutionId id) {
        return row(tenant, id).map(MemoryExecution::remainder);
    }

    @Override
    public synchronized Page<Passage> history(TenantId tenant, ExecutionId id, PageRequest request) {
        List<Passage> found = row(tenant, id).map(MemoryExecution::history).orElse(List.of()).stream()
                .filter(one -> one.checkpoint().number() < request.place(Integer.MAX_VALUE))
                .toList();
        return Page.of(
                found, request.limit(), one -> String.valueOf(one.checkpoint().number()));
    }

    private Optional<MemoryExecution> row(TenantId tenant, ExecutionId id) {
        return Optional.ofNullable(executions.get(id))
                .filter(row -> row.execution().tenant().equals(tenant));
    }

    private MemoryExecution owned(Lease lease) {
        return row(lease.tenant(), lease.execution())
                .filter(row -> row.held(lease))
                .orElseThrow(() -> new LeaseLostException(lease));
    }
}
