package dev.agentos.execution;

import dev.agentos.execution.internal.Commands;
import dev.agentos.graph.ExecutionId;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.LogFields;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One invocation of a graph.
 *
 * @param id {@code exe_…}
 * @param tenant whose it is
 * @param request what was asked for
 * @param state where it stands
 * @param progress how far it is
 * @param output the values of the channels at the end, once succeeded
 * @param failure why it ended, once failed, cancelled or timed out
 * @param times when it changed state
 */
public record Execution(
        ExecutionId id,
        TenantId tenant,
        ExecutionRequest request,
        ExecutionState state,
        Progress progress,
        Optional<JsonObject> output,
        Optional<Failure> failure,
        Times times) {

    /** The failure of whoever names an execution that is not there. */
    public static AgentOsException unknown(ExecutionId id) {
        return Commands.unknown(id);
    }

    /** The same as if that principal had asked for it, when there is one. */
    Execution by(Optional<String> principal) {
        return asked(principal.map(request::by).orElse(request));
    }

    /** The same as if it had been asked for so. */
    Execution asked(ExecutionRequest asked) {
        return new Execution(id, tenant, asked, state, progress, output, failure, times);
    }

    /** The same with the input and the output, which are kept apart from the rest. */
    public Execution with(JsonObject input, Optional<JsonObject> result) {
        return new Execution(id, tenant, request.withInput(input), state, progress, result, failure, times);
    }

    /** As it is once it was admitted, claimed at once or queued. */
    public Execution admitted(Instant at, boolean claimed) {
        return new Execution(
                id,
                tenant,
                request,
                claimed ? ExecutionState.RUNNING : ExecutionState.QUEUED,
                new Progress(0, claimed ? 1 : 0, false),
                Optional.empty(),
                Optional.empty(),
                new Times(at, claimed ? Optional.of(at) : Optional.empty(), Optional.empty()));
    }

    /**
     * As it is when a server takes it over that was waiting.
     *
     * @param pause whether a request to wait is kept
     */
    public Execution resumed(boolean pause) {
        return new Execution(
                id,
                tenant,
                request,
                ExecutionState.RUNNING,
                new Progress(
                        progress.step(),
                        progress.attempt() + 1,
                        progress.cancelRequested(),
                        pause && progress.pauseRequested(),
                        progress.superseded()),
                output,
                failure,
                times);
    }

    /** What the lines of the log say of its work. */
    public Map<String, String> logFields() {
        Map<String, String> fields =
                new HashMap<>(Map.of(LogFields.TENANT, tenant.value(), LogFields.EXECUTION, id.value()));
        request.startedBy().ifPresent(principal -> fields.put(LogFields.PRINCIPAL, principal));
        return fields;
    }

    /**
     * How far an execution is.
     *
     * @param step the number of its latest checkpoint, from 0
     * @param attempt how many servers have claimed it, from 1; 0 before the first
     * @param cancelRequested whether it was asked to stop
     * @param pauseRequested whether it was asked to wait until it is resumed
     * @param superseded how another execution took its session from it; empty when none did
     */
    public record Progress(
            int step, int attempt, boolean cancelRequested, boolean pauseRequested, Optional<WhenBusy> superseded) {

        /** Progress of an execution that has its session for itself. */
        public Progress(int step, int attempt, boolean cancelRequested, boolean pauseRequested) {
            this(step, attempt, cancelRequested, pauseRequested, Optional.empty());
        }

        /** Progress that nobody asked to pause. */
        public Progress(int step, int attempt, boolean cancelRequested) {
            this(step, attempt, cancelRequested, false);
        }
    }

    /**
     * When an execution changed state.
     *
     * @param createdAt admitted
     * @param startedAt first claimed
     * @param finishedAt reached a terminal state
     */
    public record Times(Instant createdAt, Optional<Instant> startedAt, Optional<Instant> finishedAt) {}
}
