package dev.agentos.execution.internal;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.ExecutionStore.Outcome;
import dev.agentos.execution.ExecutionStore.Stored;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What this server has stored of the executions that it began or resumed, so that who follows them need not read it
 * from the database. Holds nothing that is not durable. What is not here is asked of the store: executions that other
 * servers carry on, what became of those that wait, and what grew large.
 */
final class Tails {

    /** Larger ones are read from the store; most executions are far smaller. */
    private static final int MOST_BYTES_OF_ONE = 1 << 20;

    private static final long MOST_BYTES = 32L << 20;

    /** Of executions that wait, which may be for days, only those are kept that may be answered at once. */
    private static final int MOST_WAITING = 1_024;

    private final Map<ExecutionId, Tail> running = new HashMap<>();
    /** In the order in which this server was done with them. */
    private final SequencedMap<ExecutionId, Tail> ended = new LinkedHashMap<>();

    private final SequencedMap<ExecutionId, Tail> waiting = new LinkedHashMap<>();

    private long bytes;

    private static final class Tail {
        private final List<ExecutionEvent> events = new ArrayList<>();
        private Execution execution;
        private Optional<Checkpoint> checkpoint = Optional.empty();
        private int bytes;

        Tail(Execution execution) {
            this.execution = execution;
        }

        /** The events after that number; empty when some of them are not here. */
        Optional<List<ExecutionEvent>> after(long number, int most) {
            long before = events.getFirst().sequence() - 1;
            if (number < before) {
                return Optional.empty();
            }
            int from = (int) Math.min(number - before, events.size());
            return Optional.of(List.copyOf(events.subList(from, Math.min(from + most, events.size()))));
        }
    }

    /** Something became durable. */
    synchronized void stored(Stored stored) {
        ExecutionId id = stored.lease().execution();
        stored.begun().ifPresent(one -> begin(one, stored.events().getFirst().sequence()));
        Tail tail = running.get(id);
        if (tail == null) {
            return;
        }
        tail.bytes += stored.bytes();
        bytes += stored.bytes();
        tail.events.addAll(stored.events());
        tail.checkpoint = stored.checkpoint().or(() -> tail.checkpoint);
        if (tail.bytes > MOST_BYTES_OF_ONE || stopped(stored.move())) {
            forget(id);
        } else {
            leave(id, tail, stored);
        }
        shrink();
    }

    /** Why is told by who stopped it, perhaps between the claim and the first of what was stored: the store knows. */
    private static boolean stopped(Move move) {
        return move instanceof Move.Finish(Outcome outcome) && outcome.state() == ExecutionState.CANCELLED;
    }

    private void leave(ExecutionId id, Tail tail, Stored stored) {
        switch (stored.move()) {
            case Move.Stay _ -> {}
            case Move.Suspend _ -> {
                running.remove(id);
                waiting.put(id, tail);
            }
            case Move.Finish(Outcome outcome) -> {
                running.remove(id);
                ended.put(id, tail);
                tail.execution = end(tail, outcome, stored);
                tail.checkpoint = Optional.empty();
            }
        }
    }

    /** Goes on behind what is remembered of it from before it waited, if nothing is missing in between. */
    private void begin(Execution execution, long sequence) {
        forget(execution.id());
        Tail tail = new Tail(execution);
        Tail before = waiting.remove(execution.id());
        if (before == null) {
            before = ended.remove(execution.id());
        }
        if (before != null) {
            if (before.events.getLast().sequence() == sequence - 1) {
                tail.events.addAll(before.events);
                tail.bytes = before.bytes;
            } else {
                bytes -= before.bytes;
            }
        }
        running.put(execution.id(), tail);
    }

    private static Execution end(Tail tail, Outcome outcome, Stored stored) {
        Execution before = tail.execution;
        int step = tail.checkpoint.map(Checkpoint::number).orElse(0);
        Optional<JsonObject> output = outcome.state() == ExecutionState.SUCCEEDED
                ? tail.checkpoint.map(Checkpoint::values)
                : Optional.empty();
        return new Execution(
                before.id(),
                before.tenant(),
                before.request(),
                outcome.state(),
                new Execution.Progress(
                        step,
                        before.progress().attempt(),
                        before.progress().cancelRequested(),
                        before.progress().pauseRequested(),
                        before.progress().superseded()),
                output,
                outcome.failure(),
                new Execution.Times(
                        before.times().createdAt(),
                        before.times().startedAt(),
                        Optional.of(stored.events().getLast().time())));
    }

    /** From now on the store alone tells of it: another server has it, or somebody changed it. */
    synchronized void forget(ExecutionId id) {
        Tail tail = running.remove(id);
        if (tail != null) {
            bytes -= tail.bytes;
        }
    }

    private void shrink() {
        while (!waiting.isEmpty() && (waiting.size() > MOST_WAITING || bytes > MOST_BYTES)) {
            bytes -= waiting.pollFirstEntry().getValue().bytes;
        }
        while (bytes > MOST_BYTES && !ended.isEmpty()) {
            bytes -= ended.pollFirstEntry().getValue().bytes;
        }
        while (bytes > MOST_BYTES && !running.isEmpty()) {
            forget(running.keySet().iterator().next());
        }
    }

    /**
     * Events after that number, at most so many, none as long as there are none; empty when the store must be asked.
     */
    synchronized Optional<List<ExecutionEvent>> events(TenantId tenant, ExecutionId id, long after, int most) {
        Optional<List<ExecutionEvent>> told = find(tenant, id).flatMap(tail -> tail.after(after, most));
        // What is remembered of an execution that waits is true, but another server may have added to it.
        return told.filter(events -> !events.isEmpty() || !waiting.containsKey(id));
    }

    /** The execution, running or ended; empty when the store must be asked. */
    synchronized Optional<Execution> execution(TenantId tenant, ExecutionId id) {
        return waiting.containsKey(id) ? Optional.empty() : find(tenant, id).map(tail -> tail.execution);
    }

    private Optional<Tail> find(TenantId tenant, ExecutionId id) {
        Tail tail = running.get(id);
        if (tail == null) {
            tail = waiting.get(id);
        }
        if (tail == null) {
            tail = ended.get(id);
        }
        return Optional.ofNullable(tail).filter(one -> one.execution.tenant().equals(tenant));
    }
}
