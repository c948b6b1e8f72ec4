package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionState;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.Approval;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Nodes of plugins, whose code calls a tool that people have to agree to. */
class PluginNodeApprovalTest extends RulesFixture {

    private Execution work(TenantId tenant, String type) {
        return rest(start(tenant, "{\"id\": \"work\", \"type\": \"bench." + type + "\"}", "{\"n\":" + " 7}"));
    }

    private List<Approval> pending(TenantId tenant) {
        return approvals
                .list(
                        Optional.of(tenant),
                        false,
                        Optional.of(Approval.State.PENDING),
                        new PageRequest(10, Optional.empty()))
                .items();
    }

    /** Waits until the execution waits for the one approval about that number, and agrees to it. */
    private void agree(TenantId tenant, Execution execution, int n) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> pending(tenant).size() == 1
                        && executions.require(tenant, execution.id()).state() == ExecutionState.WAITING);
        Approval approval = open(tenant);
        assertThat(approval.asked().arguments()).isEqualTo(JsonObject.of("n", n));
        approvals.approve(Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.empty());
    }

    @Test
    void itWaitsForEachCallAndIsRunAgain() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = work(tenant, "twice");
        assertThat(execution.state()).as(String.valueOf(execution.failure())).isEqualTo(ExecutionState.WAITING);
        assertThat(echoes(tenant)).isZero();
        agree(tenant, execution, 7);
        agree(tenant, execution, 8);
        Execution done = ended(execution);
        assertThat(done.state()).as(String.valueOf(done.failure())).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(done.output().orElseThrow().array("out").orElseThrow().size())
                .isEqualTo(2);
        assertThat(echoes(tenant))
                .as("the first call is made again with the second, which was agreed to later")
                .isEqualTo(3);
        assertThat(approvals
                        .list(Optional.of(tenant), false, Optional.empty(), new PageRequest(10, Optional.empty()))
                        .items())
                .as("nobody is asked twice about one call")
                .hasSize(2);
    }

    @Test
    void whatItMakesOfTheFailureIsNotKept() {
        TenantId tenant = tenant(ASK, ", \"when\": \"tool.arguments.n > 7\"");
        Execution execution = work(tenant, "careless");
        assertThat(execution.state()).as(String.valueOf(execution.failure())).isEqualTo(ExecutionState.WAITING);
        agree(tenant, execution, 8);
        assertThat(ended(execution)
                        .output()
                        .orElseThrow()
                        .array("out")
                        .orElseThrow()
                        .size())
                .isEqualTo(2);
    }

    @Test
    void aRefusalFailsItWithTheReason() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = work(tenant, "twice");
        Approval approval = open(tenant);
        approvals.reject(Optional.of(tenant), approval.id(), ballot(APPROVER, approval));
        assertThat(code(ended(execution))).isEqualTo("policy:REJECTED");
        assertThat(ended(execution).failure().orElseThrow().message()).contains("key_approver", "as I said");
        assertThat(echoes(tenant)).isZero();
    }

    @Test
    void otherArgumentsThanItsOwnItCannotTake() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = work(tenant, "twice");
        Approval approval = open(tenant);
        approvals.approve(
                Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.of(JsonObject.of("n", 9)));
        assertThat(code(ended(execution))).isEqualTo("policy:REJECTED");
        assertThat(ended(execution).failure().orElseThrow().message()).contains("other arguments");
        assertThat(echoes(tenant)).isZero();
    }

    @Test
    void whatMayNotBeRepeatedCannotWait() {
        TenantId tenant = tenant(ASK, "");
        Execution execution = work(tenant, "posted");
        assertThat(execution.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(code(execution)).isEqualTo("policy:APPROVAL_IMPOSSIBLE");
        assertThat(pending(tenant)).as("nobody is asked in vain").isEmpty();
        assertThat(echoes(tenant)).isZero();
    }
}
