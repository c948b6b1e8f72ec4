package dev.agentos.pluginruntime;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.OperationStore;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Operations in memory. */
public final class FakeOperationStore implements OperationStore {

    private final Map<String, Operation> operations = new HashMap<>();
    private final Map<String, List<Event>> events = new HashMap<>();

    @Override
    public synchronized void insert(Operation operation) {
        operations.put(operation.id(), operation);
    }

    @Override
    public synchronized void update(Operation operation, JsonObject event) {
        operations.put(operation.id(), operation);
        List<Event> of = events.computeIfAbsent(operation.id(), id -> new ArrayList<>());
        of.add(new Event(of.size() + 1L, event));
    }

    @Override
    public synchronized Optional<Operation> find(String id) {
        return Optional.ofNullable(operations.get(id));
    }

    @Override
    public synchronized Page<Operation> list(PageRequest request) {
        List<Operation> all = new ArrayList<>(operations.values());
        all.sort(Comparator.comparing(Operation::id).reversed());
        return Page.of(all, request.limit(), Operation::id);
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
    public void asked(String id, JsonObject asked) {
        // Nobody keeps records here.
    }

    @Override
    public List<Unrecorded> unrecorded(Instant before, int most) {
        return List.of();
    }

    @Override
    public void recorded(String id) {
        // Nobody keeps records here.
    }

    @Override
    public synchronized int failRunning(Failure failure, Set<String> except) {
        return 0;
    }
}
