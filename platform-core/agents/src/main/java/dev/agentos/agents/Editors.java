package dev.agentos.agents;

import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.ExecutionId;
import dev.agentos.policy.Approval;
import java.util.Set;
import java.util.function.Function;

/**
 * Tells of an approval who has changed the state of the execution that asks.
 *
 * @param store of executions
 */
public record Editors(ExecutionStore store) implements Function<Approval, Set<String>> {

    @Override
    public Set<String> apply(Approval approval) {
        String execution = approval.asked().execution();
        boolean none = execution.isEmpty() || approval.asked().kind().equals(Approval.PLUGIN);
        return none
                ? Set.of()
                : approval.tenant()
                        .map(tenant -> store.editors(tenant, new ExecutionId(execution)))
                        .orElse(Set.of());
    }
}
