package dev.agentos.http;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.OperationStore;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Operations in memory. */
final class FakeOperationStore implements OperationStore {

    private final Map<String, JsonObject> asked = new ConcurrentHashMap<>();
    private final Map<String, Operation> operations = new LinkedHashMap<>();
    private final Map<String, List<Event>> events = new LinkedHashMap<>();

    @Override
    public synchronized void insert(Operation operation) {
        operations.put(operation.id(), operation);
        events.put(operation.id(), new ArrayList<>());
    }

    @Override
    public synchronized void update(Operation operation, JsonObject event) {
        operations.put(operation.id(), operation);
        List<Event> reported = events.getOrDefault(operation.id(), new ArrayList<>());
        reported.add(new Event(reported.size() + 1L, event));
    }

    @Override
    public synchronized Optional<Operation> find(String id) {
        return Optional.ofNullable(operations.get(id));
    }

    @Override
    public synchronized Page<Operation> list(PageRequest request) {
        return FakeTenantStore.page(operations.values().stream(), Operation::id, request);
    }

    @Override
    public synchronized List<Event> events(String id, long after) {
        return events.getOrDefault(id, List.of()).stream()
                .filter(event -> event.sequence() > after)
                .toList();
    }

    @Override
    public synchronized boolean take(String id) {
        boolean waits = operations.containsKey(id) && operations.get(id).state() == Operation.State.WAITING;
        operations.computeIfPresent(id, (key, one) -> waits ? one.in(Operation.State.RUNNING) : one);
        return waits;
    }

    @Override
    public synchronized void asked(String id, JsonObject wanted) {
        asked.putIfAbsent(id, wanted);
    }

    @Override
    public synchronized List<Unrecorded> unrecorded(Instant before, int most) {
        return asked.entrySet().stream()
                .flatMap(entry -> find(entry.getKey())
                        .filter(ended -> ended.state().terminal())
                        .map(ended -> new Unrecorded(ended, entry.getValue()))
                        .stream())
                .limit(most)
                .toList();
    }

    @Override
    public synchronized void recorded(String id) {
        asked.remove(id);
    }

    @Override
    public int failRunning(Failure failure, Set<String> except) {
        return 0;
    }
}
