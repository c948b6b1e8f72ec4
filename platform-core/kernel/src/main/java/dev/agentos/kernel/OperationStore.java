package dev.agentos.kernel;

import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Keeps operations and what they reported; operations belong to the platform, not to a tenant. */
public interface OperationStore {

    /** Adds a running operation. */
    void insert(Operation operation);

    /** Replaces an operation that is still running and appends one event; a finished one stays as it is. */
    void update(Operation operation, JsonObject event);

    /** The operation of that id. */
    Optional<Operation> find(String id);

    /** Operations, newest first; a cursor is an id. */
    Page<Operation> list(PageRequest request);

    /** The events after that sequence number, in order; the first has number 1. */
    List<Event> events(String id, long after);

    /** Fails whatever still runs: called at start, when nobody can be working on it any more. Those kinds stay. */
    int failRunning(Failure failure, Set<String> except);

    /** One reported step: its number and the operation's JSON as it was then. */
    record Event(long sequence, JsonObject data) {}
}
