package dev.agentos.execution;

import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.PendingWrite;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One execution with all that belongs to it. */
final class FakeRow {
    Execution execution;
    boolean held;
    String owner = "";
    long epoch;
    int crashes;
    int crashedAt = -1;
    Instant leasedUntil = Instant.EPOCH;
    Optional<Command> command = Optional.empty();
    final List<Checkpoint> checkpoints = new ArrayList<>();
    final Map<String, PendingWrite> pending = new LinkedHashMap<>();
    final List<ExecutionEvent> events = new ArrayList<>();
    Optional<Instant> due = Optional.empty();
    final FakeHistory history = new FakeHistory(pending);

    FakeRow(Execution execution) {
        this.execution = execution;
    }

    ExecutionState state() {
        return execution.state();
    }
}
