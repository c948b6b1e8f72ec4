package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionState;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.PageRequest;
import dev.agentos.limits.Budget;
import dev.agentos.limits.BudgetLimit;
import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.limits.NamedLimit;
import dev.agentos.pluginruntime.PluginHost;
import dev.agentos.policy.Approval;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.TenantId;
import dev.agentos.testkit.SyntheticJar;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Budgets that let people decide whether a call may go beyond them. */
class BudgetOverrideTest extends RulesFixture {

    private static final NamedLimit.Author OWNER = new NamedLimit.Author("key_owner", false);
    private static final NamedLimit.Author PLATFORM = new NamedLimit.Author("key_admin", true);

    @BeforeAll
    void office(@TempDir Path folder) {
        plugins.done(
                plugins.service.install(PluginHost.upload(ObedientOffice.jar().writeTo(folder))));
        plugins.done(plugins.service.install(PluginHost.upload(thinker().writeTo(folder))));
    }

    /** A plugin with nodes that ask the model, one that may be repeated and one that may not. */
    private static SyntheticJar thinker() {
        return SyntheticJar.plugin("thinker", "1.0.0")
                .permissions(new PermissionRequest(
                        Permission.of(PermissionKind.MODEL_INVOKE, "obedient/*"), "its nodes think", false))
                .extension("synthetic.Again", thinking("Again", "again", "IDEMPOTENT"))
                .extension("synthetic.Once", thinking("Once", "once", "NON_IDEMPOTENT"));
    }

    private static String thinking(String type, String name, String effect) {
        return NodeSource.of(type, "thinker." + name, effect, """
            ChatResponse answer = call.models().chat(
                    new ChatRequest(
                            "obedient/it",
                            List.of(Message.User.of("Hi")),
                            List.of(),
                            new ChatOptions(Optional.empty(), Optional.of(50))),
                    text -> {});
            return new NodeOutput(JsonObject.of("out", answer.message().text()));
            """);
    }

    private Execution ofPlugin(TenantId tenant, String name) {
        return rest(start(tenant, "{\"id\": \"work\", \"type\": \"thinker." + name + "\"}", "{}"));
    }

    @Test
    void aPluginsNodeThatMayBeRepeatedWaitsAndIsRunAgain() {
        TenantId tenant = tenant(OWNER, true);
        Execution execution = ofPlugin(tenant, "again");
        assertThat(execution.state()).as(String.valueOf(execution.failure())).isEqualTo(ExecutionState.WAITING);
        Approval approval = open(tenant);
        assertThat(approval.asked().kind()).isEqualTo(Approval.BUDGET);
        assertThat(window(tenant).spent()).as("nothing was asked of a model").isZero();
        approvals.approve(Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.empty());
        Execution done = ended(execution);
        assertThat(done.state()).as(String.valueOf(done.failure())).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(window(tenant).spent()).isPositive();
        assertThat(window(tenant).reserved()).isZero();
        assertThat(approvals
                        .list(Optional.of(tenant), false, Optional.empty(), new PageRequest(10, Optional.empty()))
                        .items())
                .as("nobody is asked twice")
                .hasSize(1);

        TenantId another = tenant(OWNER, true);
        Execution refused = ofPlugin(another, "again");
        Approval other = open(another);
        approvals.reject(Optional.of(another), other.id(), ballot(APPROVER, other));
        assertThat(code(ended(refused))).isEqualTo("limits:BUDGET_EXCEEDED");
        assertThat(ended(refused).failure().orElseThrow().message()).contains("key_approver");
    }

    @Test
    void aNodeThatMayNotBeRepeatedIsRefusedAndNobodyIsAsked() {
        TenantId tenant = tenant(OWNER, true);
        assertThat(code(ofPlugin(tenant, "once"))).isEqualTo("limits:BUDGET_EXCEEDED");
        assertThat(code(ofPlugin(tenant(OWNER, false), "again"))).isEqualTo("limits:BUDGET_EXCEEDED");
        assertThat(approvals
                        .list(Optional.of(tenant), false, Optional.empty(), new PageRequest(10, Optional.empty()))
                        .items())
                .isEmpty();
    }

    private TenantId tenant(NamedLimit.Author author, boolean byApproval) {
        TenantId tenant = new TenantId(ids.next("tnt"));
        set(tenant, 10, author, byApproval);
        return tenant;
    }

    private void set(TenantId tenant, long tokens, NamedLimit.Author author, boolean byApproval) {
        limits.budgets()
                .put(
                        tenant,
                        "small",
                        new Budget.Terms(
                                BudgetScope.TENANT,
                                Optional.empty(),
                                BudgetLimit.tokens(tokens),
                                BudgetPeriod.TOTAL,
                                Budget.WARN_AT,
                                true,
                                byApproval),
                        limits.budgets()
                                .find(tenant, "small")
                                .map(one -> one.change().revision())
                                .orElse(0L),
                        author,
                        false);
    }

    private Execution think(TenantId tenant) {
        return rest(start(tenant, """
            {"id": "work", "type": "llm", "config": {"model": "obedient/it", "prompt": "Hi", "maxOutputTokens": 50,
                                                     "output": "out"}}\
            """, "{}"));
    }

    private Budget.Window window(TenantId tenant) {
        return limits.budgets()
                .windows(limits.budgets().require(tenant, "small"))
                .getFirst();
    }

    @Test
    void whatAPersonAgreesToPassesOnce() {
        TenantId tenant = tenant(OWNER, true);
        Execution execution = think(tenant);
        assertThat(execution.state()).isEqualTo(ExecutionState.WAITING);
        Approval approval = open(tenant);
        assertThat(approval.asked().kind()).isEqualTo(Approval.BUDGET);
        assertThat(approval.asked().name()).isEqualTo("small");
        JsonObject amount = approval.arguments().object("amount").orElseThrow();
        BigDecimal wanted = amount.number("tokens").orElseThrow().value();
        assertThat(wanted).isGreaterThan(new BigDecimal(50));
        assertThat(approval.rule().text("reason").orElseThrow())
                .contains("'small'", "holds 10 tokens", "this call may take " + wanted + " tokens");
        assertThat(approval.rule().object("values").orElseThrow().object("limit"))
                .contains(JsonObject.of("tokens", 10));
        refused(
                PolicyErrorCode.SELF_APPROVAL,
                () -> approvals.approve(
                        Optional.of(tenant), approval.id(), ballot(person(STARTER), approval), Optional.empty()));
        assertThatThrownBy(() -> approvals.approve(
                        Optional.of(tenant),
                        approval.id(),
                        ballot(APPROVER, approval),
                        Optional.of(JsonObject.of("amount", 1))))
                .isInstanceOf(InvalidInputException.class);

        approvals.approve(Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.empty());
        refused(
                PolicyErrorCode.APPROVAL_OVER,
                () -> approvals.approve(
                        Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.empty()));
        Execution done = ended(execution);
        assertThat(done.state()).as(String.valueOf(done.failure())).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(window(tenant).granted()).isEqualByComparingTo(wanted);
        assertThat(window(tenant).spent()).isEqualByComparingTo("2");
        assertThat(window(tenant).reserved()).isZero();
        assertThat(executions.events(tenant, execution.id(), 0, 100))
                .filteredOn(event -> event.draft().type().equals(ExecutionEvent.CUSTOM)
                        && event.draft().data().toString().contains("budget.override"))
                .singleElement()
                .satisfies(event -> assertThat(event.draft().data().toString()).contains(approval.id()));
    }

    @Test
    void whatWasGrantedToOneExecutionIsNotAnothers() {
        TenantId tenant = tenant(OWNER, true);
        Execution first = think(tenant);
        Approval approval = open(tenant);
        Execution second = think(tenant);
        approvals.approve(Optional.of(tenant), approval.id(), ballot(APPROVER, approval), Optional.empty());
        assertThat(ended(first).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(executions.require(tenant, second.id()).state()).isEqualTo(ExecutionState.WAITING);
        Approval other = open(tenant);
        assertThat(other.id()).isNotEqualTo(approval.id());
        approvals.approve(Optional.of(tenant), other.id(), ballot(APPROVER, other), Optional.empty());
        assertThat(ended(second).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void aRefusalOrNoAnswerEndsTheExecutionAsWithoutAskingAnybody() {
        TenantId tenant = tenant(OWNER, true);
        Execution execution = think(tenant);
        Approval approval = open(tenant);
        approvals.reject(Optional.of(tenant), approval.id(), ballot(APPROVER, approval));
        assertThat(code(ended(execution))).isEqualTo("limits:BUDGET_EXCEEDED");
        assertThat(ended(execution).failure().orElseThrow().message())
                .contains("holds 10 tokens", "key_approver", "as I said", approval.id());
        Execution late = think(tenant);
        assertThat(late.state()).isEqualTo(ExecutionState.WAITING);
        clock.moved = Duration.ofDays(2);
        approvals.sweep();
        clock.moved = Duration.ZERO;
        assertThat(code(ended(late))).isEqualTo("limits:BUDGET_EXCEEDED");
        assertThat(window(tenant).granted()).isZero();
        assertThat(code(think(tenant(OWNER, false)))).isEqualTo("limits:BUDGET_EXCEEDED");
    }

    @Test
    void whatFitsWhenSomebodyHasRefusedPassesAllTheSame() {
        TenantId tenant = tenant(OWNER, true);
        Execution execution = think(tenant);
        set(tenant, 1000, OWNER, true);
        Approval approval = open(tenant);
        approvals.reject(Optional.of(tenant), approval.id(), ballot(APPROVER, approval));
        assertThat(ended(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void beyondABudgetOfThePlatformOnlyItsAdministratorsLetPass() {
        TenantId tenant = tenant(PLATFORM, true);
        Principal owner = new Principal("key_o", "key_o", Optional.of(tenant), Set.of());
        Execution execution = think(tenant);
        Approval approval = open(tenant);
        refused(
                PolicyErrorCode.NOT_ASSIGNED,
                () -> approvals.approve(Optional.of(tenant), approval.id(), ballot(owner, approval), Optional.empty()));
        Approval escalated = approvals.escalate(Optional.of(tenant), approval.id(), ballot(owner, approval));
        refused(
                PolicyErrorCode.NOT_ASSIGNED,
                () -> approvals.approve(
                        Optional.of(tenant), approval.id(), ballot(owner, escalated), Optional.empty()));
        approvals.approve(Optional.of(tenant), approval.id(), ballot(APPROVER, escalated), Optional.empty());
        assertThat(ended(execution).state()).isEqualTo(ExecutionState.SUCCEEDED);
    }
}
