package dev.agentos.agents;

import dev.agentos.execution.Admission;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.Executions;
import dev.agentos.graph.ExecutionId;
import dev.agentos.kernel.Failure;
import dev.agentos.policy.KillSwitch;
import dev.agentos.policy.KillSwitches;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyPoint;
import dev.agentos.policy.PolicyQuestion;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rules and kill switches before executions begin or go on, and the end of those that are stopped. */
public final class ExecutionRules implements Admission {

    private static final Logger LOG = LoggerFactory.getLogger(ExecutionRules.class);

    private final Policies policies;
    private final KillSwitches switches;

    /** Those rules and switches. */
    public ExecutionRules(Policies policies, KillSwitches switches) {
        this.policies = policies;
        this.switches = switches;
    }

    @Override
    public void start(TenantId tenant, ExecutionRequest request) {
        require(tenant, request);
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
        require(execution.tenant(), execution.request());
    }

    private void require(TenantId tenant, ExecutionRequest request) {
        switches.ofExecution(tenant.value(), request.agent()).ifPresent(one -> {
            throw KillSwitches.failure(one);
        });
    }

    /** Ends the executions that run or are about to although they are stopped. */
    public void sweep(Executions executions) {
        switches.sweep((active, one) -> end(executions, active, one));
    }

    private static void end(Executions executions, KillSwitch.Active active, KillSwitch one) {
        AgentOsException why = KillSwitches.failure(one);
        try {
            executions.cancel(
                    active.tenant(),
                    new ExecutionId(active.execution()),
                    Failure.of(why.errorCode(), String.valueOf(why.getMessage()), why.action()));
        } catch (AgentOsException e) {
            // It has ended meanwhile, or the database is away; it is looked at again.
            LOG.debug("Execution {} is not ended yet", active.execution(), e);
        }
    }
}
