package dev.agentos.kernel;

import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Keeps operations and what they reported; operations belong to the platform, not to a tenant. */
public interface OperationStore {

    /** Keeps them in memory, for tests and programs that have no database. */
    static OperationStore inMemory() {
        return new MemoryOperationStore();
    }

    /** Adds a running operation. */
    void insert(Operation operation);

    /**
     * Replaces an operation that has not ended and appends one event; a finished one stays as it is.
     *
     * @return false when it had ended
     */
    boolean update(Operation operation, JsonObject event);

    /** The operation of that id. */
    Optional<Operation> find(String id);

    /** Operations, newest first; a cursor is an id. */
    Page<Operation> list(PageRequest request);

    /** The events after that sequence number, in order; the first has number 1. */
    List<Event> events(String id, long after);

    /**
     * Has this server go on with an operation that waits.
     *
     * @return whether it waited, so that nobody else goes on with it
     */
    boolean take(String id);

    /**
     * Notes that somebody wants an operation that runs ended, for the server that is at it; again does no harm.
     *
     * @return false when it does not run
     */
    boolean askToCancel(String id);

    /** Those of these operations that somebody wants ended. */
    Set<String> askedToCancel(Set<String> ids);

    /** Fails whatever still runs: called at start, when nobody can be working on it any more. Those kinds stay. */
    int failRunning(Failure failure, Set<String> except);

    /**
     * Has it known that a server is at those operations that run, for that long from now on by the store's clock. One
     * that is begun or taken is, for a moment, without that.
     */
    void renew(Set<String> ids, Duration lease);

    /**
     * Fails what runs and what no server is at any more, so that nobody waits for it for ever; those kinds stay.
     *
     * @return how many
     */
    int failAbandoned(Failure failure, Set<String> except);

    /** Notes on whose behalf an operation is done, for the record of its end; once. */
    void asked(String id, JsonObject asked);

    /** Some that have ended by then, on whose behalf is known, and whose end nobody has recorded. */
    List<Unrecorded> unrecorded(Instant before, int most);

    /** Notes that the end is recorded. */
    void recorded(String id);

    /** An operation that has ended without a record of that, and on whose behalf it was done. */
    record Unrecorded(Operation operation, JsonObject asked) {}

    /** One reported step: its number and the operation's JSON as it was then. */
    record Event(long sequence, JsonObject data) {}
}
