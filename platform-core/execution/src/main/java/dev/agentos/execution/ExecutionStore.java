package dev.agentos.execution;

import dev.agentos.execution.internal.Sizes;
import dev.agentos.graph.Change;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.NodeCall;
import dev.agentos.graph.PendingWrite;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Keeps executions, and for each a log to which its owner appends: events, what node tasks produced, and checkpoints as
 * changes. Each call is one transaction. What is appended under a {@link Lease} is refused with
 * {@link LeaseLostException}, and changes nothing, when the lease's epoch is not the latest or the execution is not
 * {@code RUNNING}; leases are timed by the database's clock alone.
 */
public interface ExecutionStore {

    /**
     * Adds an execution with its first checkpoint and first events, and its key with it.
     *
     * @throws RequestKeyReusedException if the key names a request with another content
     * @throws dev.agentos.spi.AgentOsException as the {@link AdmissionTerms} say it
     */
    Admission admit(Candidate candidate);

    /** Adds an execution that begins with nothing but its first checkpoint. */
    default Admission admit(
            Execution execution, Checkpoint first, List<ExecutionEvent.Draft> events, Optional<Claimant> claimant) {
        return admit(new Candidate(execution, first, List.of(), events, claimant));
    }

    /**
     * Begins the admission of an execution for its claimant, who may go on at once. A store that can gathers what is
     * appended to the log until somebody waits for it, and then stores the admission with all of that in one
     * transaction; before, nothing of it is durable or to be seen.
     */
    default Opening begin(Candidate candidate) {
        Admission admission = admit(candidate);
        return new Opening(admission.running(), () -> admission);
    }

    /**
     * Claims executions of any tenant: queued ones, running ones whose lease has run out, and waiting ones that are
     * due; fairly between tenants, of each those of higher priority first, then older ones. Each gets the next epoch
     * and attempt, and becomes {@code RUNNING}.
     */
    List<Claim> claim(Claimant claimant, int most);

    /** Ends all leases of an owner that is known to be gone, so that they can be claimed at once. */
    int release(String owner);

    /** Gives one execution back to the queue, as when draining; everything appended must be durable. */
    void handBack(Lease lease);

    /** Lets one wait on that was claimed in vain, as if it had not been; one that was asked to stop is queued. */
    void waitOn(Lease lease, Instant due);

    /** Gives one back that cannot be carried on here, with what says why; nobody claims it for so long. */
    void putOff(Lease lease, Duration delay, ExecutionEvent.Draft event);

    /** Says whether what was claimed is what its server may end at: not while it only waits. Twice is as once. */
    void suspect(Claim claim, boolean begins);

    /** Prolongs leases; says of each what became of it. */
    List<Renewal> renew(Collection<Lease> leases, Duration lease);

    /** Reads what a claimed execution goes on with, and opens its log behind that. */
    Running open(Claim claim);

    /** Fails an execution that cannot be carried on, without looking into its log. */
    void park(Lease lease, Failure failure, ExecutionEvent.Draft event);

    /**
     * Gives a waiting execution its command, and queues it or gives it to a claimant at once; empty when it does not
     * wait, or waits in another attempt than that in which the command was checked: what was said of one question is no
     * answer to the next.
     *
     * @param attempt in which it waits; in any when empty
     * @param claimant who is to have it; without one it is queued
     */
    Optional<Resumed> resume(
            TenantId tenant,
            ExecutionId id,
            OptionalInt attempt,
            Command command,
            ExecutionEvent.Draft event,
            Optional<Claimant> claimant);

    /** The same in whatever attempt it waits. */
    default Optional<Resumed> resume(
            TenantId tenant, ExecutionId id, Command command, ExecutionEvent.Draft event, Optional<Claimant> claimant) {
        return resume(tenant, id, OptionalInt.empty(), command, event, claimant);
    }

    /**
     * Decides what a waiting execution is told, and begins to give it that; empty when it does not wait. With a
     * claimant the rest is as with {@link #begin}: the store may gather what the claimant appends.
     *
     * @param decision is given the execution and its latest checkpoint; what it throws is thrown
     */
    default Optional<Resuming> resume(TenantId tenant, ExecutionId id, Decision decision, Optional<Claimant> claimant) {
        Optional<Execution> found = find(tenant, id).filter(one -> one.state() == ExecutionState.WAITING);
        Optional<Checkpoint> checkpoint =
                found.isEmpty() ? Optional.empty() : findCheckpoint(tenant, id, Optional.empty());
        if (checkpoint.isEmpty()) {
            return Optional.empty();
        }
        Answer answer = decision.answer(found.get(), checkpoint.get());
        OptionalInt attempt = OptionalInt.of(found.get().progress().attempt());
        return resume(tenant, id, attempt, answer.command(), answer.event(), claimant)
                .map(resumed -> new Resuming(resumed.running(), () -> find(tenant, id)));
    }

    /** Notes, before it is done, the id of who changes a state; nothing when there is none, or it has ended. */
    void edited(TenantId tenant, ExecutionId id, String by);

    /** Who has changed its state, begun or changed what it was branched off, or changed what its session left it. */
    Set<String> editors(TenantId tenant, ExecutionId id);

    /** Gives a waiting execution its command and queues it; false when it does not wait. */
    default boolean resume(TenantId tenant, ExecutionId id, Command command, ExecutionEvent.Draft event) {
        return resume(tenant, id, command, event, Optional.empty()).isPresent();
    }

    /**
     * Asks an execution to stop: one that is queued or waits ends at once with that event, a running one is marked.
     * Empty when there is none; else the execution as it is now.
     */
    Optional<Execution> cancel(TenantId tenant, ExecutionId id, Failure reason, ExecutionEvent.Draft cancelled);

    /**
     * Asks an execution to wait: one that no server has begun waits at once with that event, another one that is queued
     * or running is marked. Empty when there is none; else the execution as it is now.
     */
    Optional<Execution> pause(TenantId tenant, ExecutionId id, ExecutionEvent.Draft waiting);

    /**
     * Ends executions that wait behind their deadline in the queue or in the line of a session; the earliest first.
     *
     * @param how says what each of them ends with
     * @return those that have ended
     */
    List<Execution> endOverdue(Function<Execution, Ending> how, int most);

    /** With what an execution ends that no server holds, and the event that says so. */
    record Ending(Failure failure, ExecutionEvent.Draft event) {}

    /** The sessions of these executions, kept in the same transactions. */
    SessionStore sessions();

    /** Tells a listener what has become durable through a {@link Log} of this store; it must not block. */
    void listen(Consumer<Stored> listener);

    /** Tells a listener of each end, once, that this store made and not an owner; it must not block. */
    void listenToEnds(Consumer<Outcome> listener);

    /** The execution of that id. */
    Optional<Execution> find(TenantId tenant, ExecutionId id);

    /** Executions, newest first; a cursor is an id. */
    Page<Execution> list(TenantId tenant, ExecutionFilter filter, PageRequest request);

    /** Of how many bytes events are read at once, about. */
    long MOST_EVENT_BYTES = 1 << 20;

    /** Events after that number, in order, at most so many, perhaps fewer of large ones: only none ends it. */
    List<ExecutionEvent> events(TenantId tenant, ExecutionId id, long after, int most);

    /** That checkpoint, or the latest when empty. */
    Optional<Checkpoint> findCheckpoint(TenantId tenant, ExecutionId id, Optional<Integer> number);

    /** What is left of an execution at its latest checkpoint; empty when there is no such execution. */
    Optional<Remainder> remainder(TenantId tenant, ExecutionId id);

    /** Checkpoints with empty values and who wrote what into them, newest first; a cursor is a number. */
    Page<Passage> history(TenantId tenant, ExecutionId id, PageRequest request);

    /**
     * Who claims.
     *
     * @param owner the server's id
     * @param lease for how long
     */
    record Claimant(String owner, Duration lease) {}

    /**
     * An execution that is to be admitted.
     *
     * @param pending what tasks behind that checkpoint have produced already
     * @param claimant who is to have it at once; without one it is queued
     * @param key kept with it; an execution that was admitted with the same key takes its place
     * @param terms what it has to fit into
     * @param behind what is said of {@code pending}, behind the first checkpoint
     */
    record Candidate(
            Execution execution,
            Checkpoint first,
            List<PendingWrite> pending,
            List<ExecutionEvent.Draft> events,
            Optional<Claimant> claimant,
            Optional<RequestKey> key,
            AdmissionTerms terms,
            List<ExecutionEvent.Draft> behind) {
        public Candidate {
            pending = List.copyOf(pending);
            events = List.copyOf(events);
            behind = List.copyOf(behind);
        }

        /** A candidate that fits as it is. */
        public Candidate(
                Execution execution,
                Checkpoint first,
                List<PendingWrite> pending,
                List<ExecutionEvent.Draft> events,
                Optional<Claimant> claimant,
                Optional<RequestKey> key) {
            this(execution, first, pending, events, claimant, key, AdmissionTerms.FREE, List.of());
        }

        /** A candidate that may come twice. */
        public Candidate(
                Execution execution,
                Checkpoint first,
                List<PendingWrite> pending,
                List<ExecutionEvent.Draft> events,
                Optional<Claimant> claimant) {
            this(execution, first, pending, events, claimant, Optional.empty());
        }
    }

    /**
     * A checkpoint of the history.
     *
     * @param checkpoint without values
     * @param writes who wrote what since the one before, in the order in which they were done
     */
    record Passage(Checkpoint checkpoint, List<Written> writes) {
        public Passage {
            writes = List.copyOf(writes);
        }
    }

    /**
     * What a node wrote.
     *
     * @param node its id; {@code START} for the input, {@code update} for a change from outside
     * @param values what, as far as the log still tells
     */
    record Written(String node, List<String> channels, Optional<JsonObject> values) {
        public Written {
            channels = List.copyOf(channels);
        }
    }

    /**
     * What is left of an execution.
     *
     * @param checkpoint the latest
     * @param pending what node tasks produced after it; of several writes of one task the last
     * @param failed the ids of the tasks that failed after it
     */
    record Remainder(Checkpoint checkpoint, List<PendingWrite> pending, Set<String> failed) {
        public Remainder {
            pending = List.copyOf(pending);
            failed = Set.copyOf(failed);
        }
    }

    /**
     * What came of an admission.
     *
     * @param execution as it was stored
     * @param running what its claimant goes on with; empty when it was queued
     * @param replayed whether it is the execution that was admitted with the same key before
     */
    record Admission(Execution execution, Optional<Running> running, boolean replayed) {}

    /**
     * An admission that may not be durable yet.
     *
     * @param running what the claimant goes on with; empty when the admission has brought another execution already
     * @param admitted waits until the admission is durable, and fails as {@link #admit} does
     */
    record Opening(Optional<Running> running, Supplier<Admission> admitted) {

        /** What came of it, once that is durable. */
        public Admission admission() {
            return admitted.get();
        }
    }

    /** What came of a resume: what its claimant goes on with; empty when it was queued. */
    record Resumed(Optional<Running> running) {}

    /** Decides what a waiting execution is told. */
    @FunctionalInterface
    interface Decision {
        Answer answer(Execution execution, Checkpoint checkpoint);
    }

    /** What a waiting execution is told, and the event that says so. */
    record Answer(Command command, ExecutionEvent.Draft event) {}

    /**
     * A resume that may not be durable yet.
     *
     * @param running what its claimant goes on with; empty when it was queued
     * @param resumed waits until it is durable, and gives the execution; nothing when it did not wait any more
     */
    record Resuming(Optional<Running> running, Supplier<Optional<Execution>> resumed) {}

    /**
     * A claimed execution, without its input, which is in the first checkpoint, and the lease that goes with it.
     *
     * @param crashes how many owners in a row were lost at the step at which it stands
     * @param bytes about how many there are to be read of it
     */
    record Claim(Execution execution, Lease lease, int crashes, long bytes) {}

    /** A claimed execution, what it goes on with, and the log for what it does next. */
    record Running(Claim claim, Resumption resumption, Log log) {}

    /**
     * What became of a lease.
     *
     * @param lost whether another server has it, or the execution has ended
     * @param cancelRequested whether the execution was asked to stop
     * @param pauseRequested whether the execution was asked to wait
     */
    record Renewal(Lease lease, boolean lost, boolean cancelRequested, boolean pauseRequested) {}

    /**
     * What a claimed execution goes on with.
     *
     * @param checkpoint the latest
     * @param pending what node tasks produced after it; of several writes of one task the last
     * @param command what a resume brought after it
     * @param lost attempts that ended with their server and are not booked, by task
     */
    record Resumption(
            Checkpoint checkpoint,
            List<PendingWrite> pending,
            Optional<Command> command,
            Map<String, List<NodeCall.Lost>> lost) {

        /** The same with what was lost. */
        public Resumption losing(Map<String, List<NodeCall.Lost>> attempts) {
            return new Resumption(checkpoint, pending, command, attempts);
        }
    }

    /**
     * What has become durable of one execution.
     *
     * @param events in order, with their numbers
     * @param checkpoint the latest of them, when there is one
     * @param move where the execution went
     * @param bytes about how much it is
     * @param begun the execution, when this is where it begins
     */
    record Stored(
            Lease lease,
            List<ExecutionEvent> events,
            Optional<Checkpoint> checkpoint,
            Move move,
            int bytes,
            Optional<Execution> begun) {
        public Stored {
            events = List.copyOf(events);
        }
    }

    /** How an execution ends: a terminal state, and perhaps a failure; the output is in the last checkpoint. */
    record Outcome(ExecutionState state, Optional<Failure> failure) {
        public Outcome {
            if (!state.terminal()) {
                throw new IllegalArgumentException(state + " does not end an execution");
            }
        }
    }

    /**
     * Where one claimed execution writes, from one thread. What is appended becomes durable in that order, so that what
     * is durable is always a prefix; several entries may become durable together. Failures of the database are waited
     * out for as long as the lease may hold.
     */
    interface Log {

        /** Appends and returns; {@link #write} or {@link #settle} tell of failures. Only the last entry may move. */
        void append(List<Entry> entries);

        /** Appends one. */
        default void append(Entry entry) {
            append(List.of(entry));
        }

        /**
         * Appends and waits until all is durable. Only the last entry may move.
         *
         * @throws LeaseLostException if another server has the execution, or it has ended
         * @throws dev.agentos.spi.AgentOsException {@code server:INTERNAL} if the store will never take an entry
         */
        void write(List<Entry> entries);

        /** Appends one and waits. */
        default void write(Entry entry) {
            write(List.of(entry));
        }

        /** Waits until all that was appended is durable; fails as {@link #write} does. */
        void settle();

        /** About how many bytes the state takes that the log began with. */
        int bytes();

        /** Whether not even the admission of the execution is durable yet. */
        boolean unopened();

        /** Gives up: whoever waits fails with {@link LeaseLostException}, nothing more is tried. */
        void abandon();
    }

    /**
     * What is stored at once or not at all.
     *
     * @param events what happened, at least one
     * @param writes what node tasks produced since the last checkpoint
     * @param checkpoint the state after them, when a superstep has ended
     * @param changes how the checkpoint's channels differ from those of the checkpoint before
     * @param move where the execution goes with this entry
     */
    record Entry(
            List<ExecutionEvent.Draft> events,
            List<PendingWrite> writes,
            Optional<Checkpoint> checkpoint,
            Map<String, Change> changes,
            Move move) {
        public Entry {
            if (events.isEmpty()) {
                throw new IllegalArgumentException("An entry has an event");
            }
            events = List.copyOf(events);
            writes = List.copyOf(writes);
            changes = changes.size() < 2
                    ? Map.copyOf(changes)
                    : Collections.unmodifiableMap(new LinkedHashMap<>(changes));
        }

        /** About how many bytes it takes, counted without writing it. */
        public long size() {
            return Sizes.of(this);
        }
    }

    /** Where an execution goes; whatever is not {@code STAY} ends the lease. */
    sealed interface Move {

        /** It stays with its owner. */
        Move STAY = new Stay();

        /** Nowhere. */
        record Stay() implements Move {}

        /**
         * It waits for an answer; one that was asked to stop meanwhile is queued instead, to be ended by its next
         * owner.
         *
         * @param due when it can be claimed although nobody answered
         */
        record Suspend(Optional<Instant> due) implements Move {

            /** It waits for nothing but an answer. */
            public Suspend() {
                this(Optional.empty());
            }
        }

        /** It ends. */
        record Finish(Outcome outcome) implements Move {}
    }
}
