package dev.agentos.persistence.internal;

import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore.Claimant;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.kernel.Json;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where an execution is behind a row of its log, as the columns of its own row say it.
 *
 * @param failure why it failed, as JSON
 * @param due when it can be claimed although nobody answered
 */
record Place(
        String state, @Nullable String failure, @Nullable String due) {

    /** Where an execution is that has just been admitted. */
    static Place of(Optional<Claimant> claimant) {
        return at(claimant.isEmpty() ? ExecutionState.QUEUED : ExecutionState.RUNNING);
    }

    /** Where a row takes an execution that is running. */
    static Place of(Move move) {
        return switch (move) {
            case Move.Stay() -> at(ExecutionState.RUNNING);
            case Move.Suspend(Optional<Instant> due) ->
                new Place(
                        ExecutionState.WAITING.name(),
                        null,
                        due.map(Instant::toString).orElse(null));
            case Move.Finish(var outcome) ->
                new Place(
                        outcome.state().name(),
                        outcome.failure().map(one -> Json.write(one.toJson())).orElse(null),
                        null);
        };
    }

    private static Place at(ExecutionState state) {
        return new Place(state.name(), null, null);
    }
}
