package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionState;
import dev.agentos.kernel.Json;
import dev.agentos.policy.Approval;
import dev.agentos.policy.KillSwitchTarget;
import dev.agentos.policy.KillSwitches;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is stopped, and the rules before executions start. */
class KillSwitchTest extends RulesFixture {

    private static final KillSwitches.Actor ADMINISTRATOR = new KillSwitches.Actor("key_admin", true);

    private Execution slow(TenantId tenant) {
        Execution execution = start(tenant, """
            {"id": "work", "type": "tool", "config": {"tool": "bench.slow", "arguments": {}, "output": "out"}}\
            """, "{}");
        await().atMost(Duration.ofSeconds(10))
                .until(() -> executions.events(tenant, execution.id(), 0, 100).stream()
                        .anyMatch(event -> event.draft().type().equals(ExecutionEvent.TASK_STARTED)));
        return execution;
    }

    private static KillSwitchTarget of(KillSwitchTarget.Kind kind, String name, TenantId tenant) {
        return new KillSwitchTarget(kind, name, Optional.of(tenant));
    }

    private void stop(KillSwitchTarget target) {
        switches.engage(target, ADMINISTRATOR, "It runs wild.");
    }

    @Test
    void aCallThatRunsIsClosedAndNoOtherBegins() {
        TenantId tenant = new TenantId(ids.next("tnt"));
        Execution running = slow(tenant);
        long begun = System.nanoTime();
        KillSwitchTarget tool = of(KillSwitchTarget.Kind.TOOL, "bench.slow", tenant);
        assertThat(switches.calls(tool, ADMINISTRATOR))
                .as("calls that it would close")
                .isEqualTo(1);
        assertThat(switches.calls(of(KillSwitchTarget.Kind.TOOL, "bench.slow", new TenantId("tnt_x")), ADMINISTRATOR))
                .isZero();
        assertThat(switches.calls(of(KillSwitchTarget.Kind.TOOL, "bench.echo", tenant), ADMINISTRATOR))
                .isZero();
        stop(tool);
        Execution ended = ended(running);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
        assertThat(code(ended)).isEqualTo("policy:KILL_SWITCH_ENGAGED");
        assertThat(ended.failure().orElseThrow().message()).contains("bench.slow", "It runs wild.");
        assertThat(switches.calls(tool, ADMINISTRATOR)).isZero();
        Execution next = rest(start(tenant, """
            {"id": "work", "type": "tool", "config": {"tool": "bench.slow", "arguments": {}, "output": "out"}}\
            """, "{}"));
        assertThat(code(next)).isEqualTo("policy:KILL_SWITCH_ENGAGED");
        assertThat(echo(tenant).state()).as("other tools go on").isEqualTo(ExecutionState.SUCCEEDED);
        switches.lift(of(KillSwitchTarget.Kind.TOOL, "bench.slow", tenant), ADMINISTRATOR, "Tamed.");
        assertThat(executions.retry(tenant, next.id(), Optional.empty()).state().terminal())
                .isFalse();
    }

    @Test
    void aPluginIsStoppedWithAllThatItBrings() {
        TenantId tenant = new TenantId(ids.next("tnt"));
        stop(of(KillSwitchTarget.Kind.PLUGIN, "bench", tenant));
        assertThat(code(echo(tenant))).isEqualTo("policy:KILL_SWITCH_ENGAGED");
        TenantId other = new TenantId(ids.next("tnt"));
        assertThat(echo(other).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void nothingOfAStoppedTenantStartsOrGoesOn() {
        TenantId tenant = tenant("REQUIRE_APPROVAL", "");
        Execution waiting = echo(tenant);
        assertThat(waiting.state()).isEqualTo(ExecutionState.WAITING);
        stop(KillSwitchTarget.of(tenant));
        refused(PolicyErrorCode.KILL_SWITCH_ENGAGED, () -> echo(tenant));
        refused(
                PolicyErrorCode.KILL_SWITCH_ENGAGED,
                () -> executions.resume(
                        tenant,
                        waiting.id(),
                        new Command(Map.of(), Optional.empty(), JsonObject.EMPTY, List.of("work"))));
        Approval approval = open(tenant);
        approvals.approve(Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.empty());
        assertThat(executions.require(tenant, waiting.id()).state())
                .as("it was agreed to, and waits for the switch")
                .isEqualTo(ExecutionState.WAITING);
        switches.lift(KillSwitchTarget.of(tenant), ADMINISTRATOR, "All clear.");
        approvals.sweep();
        assertThat(ended(waiting).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void whatRunsOfAStoppedTenantMakesNoCallThatLasts() {
        TenantId tenant = new TenantId(ids.next("tnt"));
        Execution running = slow(tenant);
        stop(KillSwitchTarget.of(tenant));
        assertThat(code(ended(running))).isEqualTo("policy:KILL_SWITCH_ENGAGED");
    }

    @Test
    void rulesOfAdmissionAreAsked() {
        TenantId tenant = new TenantId(ids.next("tnt"));
        policies.put(
                Optional.of(tenant),
                "admission",
                PolicyDocument.read(Json.parseObject("""
                    {"rules": [{"id": "small", "point": "admission", "effect": "DENY", "reason": "Too many.",
                                "when": "has(input.n) && input.n > 5 && principal == 'key_starter'"}]}\
                    """)),
                0,
                new Policies.Author("key_admin", Optional.empty()),
                false);
        refused(PolicyErrorCode.DENIED, () -> echo(tenant));
        assertThat(rest(start(tenant, """
            {"id": "work", "type": "tool",
             "config": {"tool": "bench.echo", "arguments": {}, "output": "out"}}\
            """, "{\"n\":" + " 3}")).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }
}
