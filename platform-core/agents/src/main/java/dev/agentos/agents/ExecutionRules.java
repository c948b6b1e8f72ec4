package dev.agentos.agents;

import dev.agentos.execution.Admission;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.invocation.RuleLimits;
import dev.agentos.policy.Decision;
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
    private final RuleLimits limits;

    /** Those rules, and what counts for those that limit. */
    public ExecutionRules(Policies policies, RuleLimits limits) {
        this.limits = limits;
        this.policies = policies;
    }

    @Override
    public void start(TenantId tenant, ExecutionRequest request) {
        Map<String, String> names = Map.of("agent", request.agent().orElse(""));
        PolicyQuestion question = new PolicyQuestion(
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
                        "priority", request.priority()));
        String what = request.agent()
                .map(agent -> "the agent '" + agent + "'")
                .orElse("the graph " + request.graph().graph());
        Decision decision = policies.decide(question);
        decision.requireNotDenied(what);
        limits.count(question, decision, what);
    }

    @Override
    public void resume(Execution execution) {
        // What was admitted may go on.
    }
}
