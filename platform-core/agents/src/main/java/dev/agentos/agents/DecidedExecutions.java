package dev.agentos.agents;

import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.Executions;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.policy.Approval;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Lets executions go on whose approval was decided: they ask again, and find what was said. */
public final class DecidedExecutions implements Predicate<Approval> {

    private final Executions executions;

    /** Executions that wait there. */
    public DecidedExecutions(Executions executions) {
        this.executions = executions;
    }

    /** False when the execution does not wait yet, or cannot go on now: it has to be told again then. */
    @Override
    public boolean test(Approval approval) {
        TenantId tenant = approval.tenant().orElseThrow();
        ExecutionId id = new ExecutionId(approval.asked().execution());
        Optional<Execution> execution = executions.find(tenant, id);
        if (execution.isEmpty() || execution.get().state().terminal()) {
            return true;
        }
        if (execution.get().state() != ExecutionState.WAITING
                || execution.get().progress().pauseRequested()) {
            // It may be on its way to the wait. Whoever has paused it lets it go on, and nobody else.
            return false;
        }
        boolean waits =
                executions
                        .findCheckpoint(tenant, id, Optional.empty())
                        .map(Checkpoint::interrupts)
                        .orElse(List.of())
                        .stream()
                        .anyMatch(interrupt -> interrupt.id().equals(approval.id()));
        if (!waits) {
            // Somebody has sent it another way.
            return true;
        }
        try {
            // As a change, so that one that is asked to pause at this moment stays paused.
            executions.resume(
                    tenant,
                    id,
                    new Command(
                            Map.of(approval.id(), Command.DECIDED),
                            Optional.empty(),
                            JsonObject.EMPTY,
                            List.of(),
                            Optional.empty(),
                            true,
                            Optional.empty()));
            return true;
        } catch (AgentOsException e) {
            return false;
        }
    }
}
