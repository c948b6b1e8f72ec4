package dev.agentos.agents;

import dev.agentos.execution.Admission;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyPoint;
import dev.agentos.policy.PolicyQuestion;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.util.Map;
import java.util.Optional;

/** Rules before executions begin. */
public final class ExecutionRules implements Admission {

    private final Policies policies;

    /** Those rules. */
    public ExecutionRules(Policies policies) {
        this.policies = policies;
    }

    @Override
    public void start(TenantId tenant, ExecutionRequest request) {
        Map<String, String> names = Map.of("agent", request.agent().orElse(""));
        policies.decide(new PolicyQuestion(
                        PolicyPoint.ADMISSION,
                        Optional.of(tenant),
                        names,
                        () -> JsonObject.of(
                                "principal", request.startedBy().orElse(""),
                                "graph",
                                        JsonObject.of(
                                                "id", request.graph().graph(),
                                                "version", request.graph().version()),
                                "input", request.input(),
                                "config", request.configuration(),
                                "session", request.session().orElse(""),
                                "priority", request.priority())))
                .requireNotDenied(request.agent()
                        .map(agent -> "the agent '" + agent + "'")
                        .orElse("the graph " + request.graph().graph()));
    }

    @Override
    public void resume(Execution execution) {
        // What was admitted may go on.
    }
}
