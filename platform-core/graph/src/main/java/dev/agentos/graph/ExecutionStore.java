package dev.agentos.graph;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps executions, their checkpoints, pending writes and events. Each method is one transaction; what it returned from
 * is durable. Methods that take a {@link Lease} throw {@link LeaseLostException} and change nothing when its epoch is
 * not the latest or the execution is not {@code RUNNING}; leases are timed by the database's clock alone.
 */
public interface ExecutionStore {

    /** Adds a queued execution with its first checkpoint and first event. */
    Execution admit(Execution execution, Checkpoint first, ExecutionEvent.Draft queued);

    /**
     * Claims executions of any tenant: queued ones, and running ones whose lease has run out; higher priority first,
     * then fairly between tenants, then older first. Each gets the next epoch and attempt, and becomes {@code RUNNING}.
     */
    List<Claim> claim(String owner, int most, Duration lease);

    /** Ends all leases of an owner that is known to be gone, so that they can be claimed at once. */
    int release(String owner);

    /** Gives one execution back to the queue, as when draining. */
    void handBack(Lease lease);

    /** Prolongs leases; says of each what became of it. */
    List<Renewal> renew(Collection<Lease> leases, Duration lease);

    /** What a claimed execution goes on with: its latest checkpoint, what came after it, and the pending command. */
    Resumption load(Lease lease);

    /** Stores what node tasks produced, and events; a write of a task replaces the one that the task had before. */
    void savePending(Lease lease, List<PendingWrite> writes, List<ExecutionEvent.Draft> events);

    /** Stores events alone. */
    void appendEvents(Lease lease, List<ExecutionEvent.Draft> events);

    /**
     * Stores a checkpoint and drops the pending writes and the command that went into it.
     *
     * @param changed the channels whose values differ from the checkpoint before; only these are written
     */
    void checkpoint(Lease lease, Checkpoint checkpoint, Set<String> changed, List<ExecutionEvent.Draft> events);

    /** Stores a last checkpoint and lets the execution wait; pending writes are kept, the command is dropped. */
    void suspend(Lease lease, Checkpoint checkpoint, Set<String> changed, List<ExecutionEvent.Draft> events);

    /** Ends an execution with a terminal state; releases the lease. */
    void finish(Lease lease, Outcome outcome, List<ExecutionEvent.Draft> events);

    /** Gives a waiting execution its command and queues it; false when it does not wait. */
    boolean resume(TenantId tenant, ExecutionId id, Command command, ExecutionEvent.Draft event);

    /**
     * Asks an execution to stop: one that is queued or waits ends at once with that event, a running one is marked.
     * Empty when there is none; else the execution as it is now.
     */
    Optional<Execution> cancel(TenantId tenant, ExecutionId id, Failure reason, ExecutionEvent.Draft cancelled);

    /** The execution of that id. */
    Optional<Execution> find(TenantId tenant, ExecutionId id);

    /** Executions, newest first; a cursor is an id. */
    Page<Execution> list(TenantId tenant, ExecutionFilter filter, PageRequest request);

    /** Events after that sequence number, in order, at most so many. */
    List<ExecutionEvent> events(TenantId tenant, ExecutionId id, long after, int most);

    /** That checkpoint, or the latest when empty. */
    Optional<Checkpoint> findCheckpoint(TenantId tenant, ExecutionId id, Optional<Integer> number);

    /** Checkpoints with empty values, newest first; a cursor is a number. */
    Page<Checkpoint> checkpoints(TenantId tenant, ExecutionId id, PageRequest request);

    /** A claimed execution and the lease that goes with it. */
    record Claim(Execution execution, Lease lease) {}

    /**
     * What became of a lease.
     *
     * @param lost whether another server has it, or the execution has ended
     * @param cancelRequested whether the execution was asked to stop
     */
    record Renewal(Lease lease, boolean lost, boolean cancelRequested) {}

    /**
     * What a claimed execution goes on with.
     *
     * @param checkpoint the latest
     * @param pending what node tasks produced after it
     * @param command what a resume brought
     */
    record Resumption(Checkpoint checkpoint, List<PendingWrite> pending, Optional<Command> command) {}

    /** How an execution ends: a terminal state, and an output or a failure. */
    record Outcome(ExecutionState state, Optional<JsonObject> output, Optional<Failure> failure) {}
}
