package dev.agentos.kernel;

import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Operations that are gone with their server; their ids are in the order in which they began. */
final class MemoryOperationStore implements OperationStore {

    private final TreeMap<String, Operation> operations = new TreeMap<>();
    private final Map<String, List<Event>> events = new HashMap<>();
    private final Map<String, JsonObject> asked = new HashMap<>();
    private final Map<String, Instant> left = new HashMap<>();
    private final Set<String> unwanted = new HashSet<>();
    private final InstantSource clock = InstantSource.system();

    @Override
    public synchronized void insert(Operation operation) {
        operations.put(operation.id(), operation);
    }

    @Override
    public synchronized boolean update(Operation operation, JsonObject event) {
        if (find(operation.id()).filter(one -> !one.state().terminal()).isEmpty()) {
            return false;
        }
        operations.put(operation.id(), operation);
        List<Event> reported = events.computeIfAbsent(operation.id(), id -> new ArrayList<>());
        reported.add(new Event(reported.size() + 1L, event));
        return true;
    }

    @Override
    public synchronized Optional<Operation> find(String id) {
        return Optional.ofNullable(operations.get(id));
    }

    @Override
    public synchronized Page<Operation> list(PageRequest request) {
        Map<String, Operation> before = request.cursor()
                .map(cursor -> operations.headMap(cursor, false))
                .orElse(operations);
        return Page.of(new ArrayList<>(before.values()).reversed(), request.limit(), Operation::id);
    }

    @Override
    public synchronized List<Event> events(String id, long after) {
        return events.getOrDefault(id, List.of()).stream()
                .filter(event -> event.sequence() > after)
                .toList();
    }

    @Override
    public synchronized boolean take(String id) {
        boolean waits =
                find(id).filter(one -> one.state() == Operation.State.WAITING).isPresent();
        operations.computeIfPresent(id, (key, one) -> waits ? one.in(Operation.State.RUNNING) : one);
        return waits;
    }

    @Override
    public synchronized boolean askToCancel(String id) {
        boolean runs =
                find(id).filter(one -> one.state() == Operation.State.RUNNING).isPresent();
        if (runs) {
            unwanted.add(id);
        }
        return runs;
    }

    @Override
    public synchronized Set<String> askedToCancel(Set<String> ids) {
        return ids.stream().filter(unwanted::contains).collect(Collectors.toSet());
    }

    /** Those of an earlier life are not here. */
    @Override
    public int failRunning(Failure failure, Set<String> except) {
        return 0;
    }

    @Override
    public synchronized void renew(Set<String> ids, Duration lease) {
        Instant until = clock.instant().plus(lease);
        ids.forEach(id -> left.put(id, until));
    }

    @Override
    public synchronized int failAbandoned(Failure failure, Set<String> except) {
        Instant now = clock.instant();
        List<Operation> abandoned = operations.values().stream()
                .filter(one -> one.state() == Operation.State.RUNNING && !except.contains(one.kind()))
                .filter(one -> left.getOrDefault(one.id(), Instant.MAX).isBefore(now))
                .toList();
        for (Operation one : abandoned) {
            update(
                    new Operation(
                            one.id(),
                            one.kind(),
                            one.subject(),
                            Operation.State.FAILED,
                            one.progress(),
                            Optional.empty(),
                            Optional.of(failure),
                            one.createdAt(),
                            Optional.of(now)),
                    JsonObject.of(
                            "state",
                            Operation.State.FAILED.name(),
                            "message",
                            failure.message(),
                            "failure",
                            failure.toJson()));
        }
        return abandoned.size();
    }

    @Override
    public synchronized void asked(String id, JsonObject wanted) {
        asked.putIfAbsent(id, wanted);
    }

    @Override
    public synchronized List<Unrecorded> unrecorded(Instant before, int most) {
        return asked.entrySet().stream()
                .flatMap(entry -> find(entry.getKey())
                        .filter(ended -> ended.finishedAt()
                                .filter(at -> at.isBefore(before))
                                .isPresent())
                        .map(ended -> new Unrecorded(ended, entry.getValue()))
                        .stream())
                .limit(most)
                .toList();
    }

    @Override
    public synchronized void recorded(String id) {
        asked.remove(id);
    }
}
