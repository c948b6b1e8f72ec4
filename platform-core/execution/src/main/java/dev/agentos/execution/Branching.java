package dev.agentos.execution;

import dev.agentos.execution.Executions.Started;
import dev.agentos.execution.internal.AgentSettings;
import dev.agentos.execution.internal.Commands;
import dev.agentos.execution.internal.StartCheck;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.Control;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.Fork;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Begins executions where others stood. */
final class Branching {

    private final Executions executions;

    Branching(Executions executions) {
        this.executions = executions;
    }

    /** See {@link Executions#fork}. */
    Started fork(
            TenantId tenant,
            ExecutionId id,
            Optional<Integer> checkpoint,
            Fork fork,
            Optional<String> principal,
            Optional<RequestKey> key) {
        Execution other = executions.require(tenant, id).by(principal);
        CompiledGraph graph = executions.graphs().find(tenant, other.request().graph());
        Checkpoint at = executions.findCheckpoint(tenant, id, checkpoint).orElseThrow(() -> unknown(id, checkpoint));
        Commands.require(graph, at, fork);
        return branch(other, graph, at, fork, List.of(), Map.of(), key);
    }

    private static AgentOsException unknown(ExecutionId id, Optional<Integer> checkpoint) {
        return new AgentOsException(
                GraphErrorCode.UNKNOWN_CHECKPOINT,
                "The execution " + id + " has no checkpoint " + checkpoint.orElse(0) + ".",
                "List its checkpoints.");
    }

    /** See {@link Executions#retry}. */
    Started retry(TenantId tenant, ExecutionId id, Optional<String> principal, Optional<RequestKey> key) {
        Execution other = executions.require(tenant, id).by(principal);
        if (!other.state().terminal() || other.state() == ExecutionState.SUCCEEDED) {
            throw new AgentOsException(
                    GraphErrorCode.NOT_FAILED,
                    "The execution " + id + " is " + other.state() + ", so there is nothing to try again.",
                    "Fork it at a checkpoint to run a part of it anew.");
        }
        ExecutionStore.Remainder left =
                executions.store().remainder(tenant, id).orElseThrow(() -> Commands.unknown(id));
        CompiledGraph graph = executions.graphs().find(tenant, other.request().graph());
        return branch(other, graph, left.checkpoint(), Fork.REPLAY, kept(left), Map.of(), key);
    }

    private static List<PendingWrite> kept(ExecutionStore.Remainder left) {
        return left.pending().stream()
                .filter(write -> write.interrupts().isEmpty() && !left.failed().contains(write.task()))
                .map(Fork::kept)
                .toList();
    }

    /** See {@link Executions#migrate}. */
    Moving.Moved migrate(
            TenantId tenant, ExecutionId id, Moving moving, Optional<String> principal, Optional<RequestKey> key) {
        Execution other = executions.require(tenant, id).by(principal);
        if (!other.state().terminal()) {
            // What it has begun could happen twice, and what is done beside would be lost to the other one.
            throw new AgentOsException(
                    GraphErrorCode.NOT_ENDED,
                    "The execution " + id + " has not ended (" + other.state() + "), and goes on in its own version.",
                    "Cancel it first; what its last superstep has finished is kept, and where it is not known whether"
                            + " an effect happened, that is asked again.");
        }
        boolean broken = other.state() != ExecutionState.SUCCEEDED;
        Optional<ExecutionStore.Remainder> left =
                broken && moving.checkpoint().isEmpty() ? executions.store().remainder(tenant, id) : Optional.empty();
        Checkpoint at = left.map(ExecutionStore.Remainder::checkpoint)
                .or(() -> executions.findCheckpoint(tenant, id, moving.checkpoint()))
                .orElseThrow(() -> unknown(id, moving.checkpoint()));
        List<PendingWrite> kept = left.map(Branching::kept).orElse(List.of());
        GraphReference from = other.request().graph();
        GraphReference to = new GraphReference(from.graph(), moving.version());
        CompiledGraph before = executions.graphs().find(tenant, from);
        CompiledGraph after = executions.graphs().find(tenant, to);
        Moving.Place place = moving.place(
                new Migration.Side(from.version(), before), new Migration.Side(to.version(), after), at, kept);
        StartCheck.requireTypes(after, executions.handlers());
        requireBegun(other, at);
        JsonObject configuration = AgentSettings.of(
                after,
                executions.agents(),
                tenant,
                Moving.configuration(after, other.request().configuration()));
        if (moving.dryRun()) {
            return new Moving.Moved(place.migration(), Optional.empty());
        }
        Execution moved = other.asked(other.request().on(to, configuration));
        Map<String, JsonValue> said = Map.of("migration", place.migration().toJson());
        return new Moving.Moved(
                place.migration(), Optional.of(branch(moved, after, place.checkpoint(), Fork.REPLAY, kept, said, key)));
    }

    private static void requireBegun(Execution other, Checkpoint at) {
        if (other.request().session().isPresent() && at.number() == 0) {
            throw new AgentOsException(
                    GraphErrorCode.UNKNOWN_CHECKPOINT,
                    "At checkpoint 0 the execution " + other.id() + " had not begun: its session's state is not in it.",
                    "Fork it at checkpoint 1 or later, or start it anew in its session.");
        }
    }

    private Started branch(
            Execution other,
            CompiledGraph graph,
            Checkpoint at,
            Fork fork,
            List<PendingWrite> pending,
            Map<String, JsonValue> more,
            Optional<RequestKey> key) {
        requireBegun(other, at);
        StartCheck.requireTypes(graph, executions.handlers());
        Instant now = executions.clock().instant();
        Optional<Instant> until = other.request()
                .deadline()
                .map(old -> now.truncatedTo(ChronoUnit.MICROS)
                        .plus(Duration.between(other.times().createdAt(), old)));
        ExecutionRequest request = other.request().from(new ExecutionRequest.Origin(other.id(), at.number()), until);
        Map<String, JsonValue> said = new LinkedHashMap<>();
        said.put("origin", JsonObject.of("execution", other.id().value(), "checkpoint", at.number()));
        said.putAll(more);
        Commands.say(said, fork.update(), fork.asNode());
        Checkpoint first = fork.first(graph, at, graph.pauses(request.pauses()), executions.memory(other.tenant()));
        return executions.admit(
                executions.candidate(other.tenant(), graph, request),
                // Attempts and times count anew, effects do not.
                Planner.timed(graph, first, now, Control.of(at.control()).spent()),
                pending,
                new JsonObject(said),
                key,
                false);
    }
}
