package dev.agentos.invocation.internal;

import dev.agentos.invocation.CallScope;
import dev.agentos.invocation.PolicyGate.Clearance;
import dev.agentos.limits.Budget;
import dev.agentos.limits.BudgetExceededException;
import dev.agentos.limits.BudgetLimit;
import dev.agentos.limits.BudgetStore;
import dev.agentos.limits.Budgets;
import dev.agentos.limits.LimitsErrorCode;
import dev.agentos.policy.Approval;
import dev.agentos.policy.ApprovalTerms;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.RuleEffect;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.util.Optional;

/**
 * Asks people about a call that a budget has refused, where the budget says so. What they agree to is a grant: one call
 * of that execution, of at most the amount that they have seen. A call that is refused again although its grant was
 * used, since the model had failed perhaps, is asked about again.
 */
public final class BudgetOverrides {

    private final Budgets budgets;
    private final Approvals approvals;

    /** Of those budgets, asked about there. */
    public BudgetOverrides(Budgets budgets, Approvals approvals) {
        this.budgets = budgets;
        this.approvals = approvals;
    }

    /**
     * Asks for a node, which waits, and has made no call.
     *
     * @param refused what its call has met
     * @return that it waits, or may make the call again
     * @throws AgentOsException {@code limits:BUDGET_EXCEEDED}: nobody can be asked, or somebody has refused
     */
    public Clearance clear(CallScope scope, BudgetExceededException refused) {
        Approval approval = ask(scope, refused);
        return approval.state() == Approval.State.PENDING
                ? new Clearance.Awaited(approval)
                : new Clearance.Given(approval.arguments());
    }

    /**
     * The same.
     *
     * @return what they were asked: {@code PENDING}, or {@code APPROVED} when the call may be made again
     */
    public Approval ask(CallScope scope, BudgetExceededException refused) {
        BudgetStore.Refusal refusal = refused.refusal();
        Optional<String> execution = scope.execution();
        if (refusal.hard() || execution.isEmpty()) {
            throw refused;
        }
        TenantId tenant = new TenantId(scope.tenant());
        for (int again = 1; ; again++) {
            Approval approval = approvals.ask(
                    tenant,
                    asked(scope, execution.get(), refusal, again),
                    rule(refused),
                    refusal.budget().change().byPlatform() ? ApprovalTerms.OF_PLATFORM : ApprovalTerms.USUAL);
            switch (approval.state()) {
                case PENDING -> {
                    return approval;
                }
                case REJECTED, EXPIRED, WITHDRAWN -> throw refused(refused, approval);
                case APPROVED -> {
                    if (budgets.grant(grant(tenant, execution.get(), approval, refusal))) {
                        tell(scope, approval);
                        return approval;
                    }
                }
            }
        }
    }

    private static Approval.Asked asked(CallScope scope, String execution, BudgetStore.Refusal refusal, int again) {
        return new Approval.Asked(
                execution,
                scope.idempotencyKey() + " beyond " + again,
                Approval.BUDGET,
                refusal.budget().name(),
                JsonObject.of(
                        "bucket",
                        refusal.window().bucket(),
                        "amount",
                        refusal.budget().terms().limit().toJson(refusal.wanted())),
                scope.subject().principal());
    }

    /** As a rule is told; what it has looked at is the budget as it stood when it was asked. */
    private static JsonObject rule(BudgetExceededException refused) {
        Budget budget = refused.refusal().budget();
        Budget.Window window = refused.refusal().window();
        BudgetLimit limit = budget.terms().limit();
        return JsonObject.of(
                "owner",
                budget.change().byPlatform() ? "platform" : "tenant",
                "policy",
                "budgets",
                "version",
                budget.change().revision(),
                "rule",
                budget.name(),
                "effect",
                RuleEffect.REQUIRE_APPROVAL.name(),
                "mode",
                "enforce",
                "reason",
                String.valueOf(refused.getMessage()),
                "values",
                JsonObject.of(
                        "limit", limit.toJson(limit.amount()),
                        "granted", limit.toJson(window.granted()),
                        "spent", limit.toJson(window.spent()),
                        "reserved", limit.toJson(window.reserved())));
    }

    private static BudgetStore.Grant grant(
            TenantId tenant, String execution, Approval approval, BudgetStore.Refusal refusal) {
        return new BudgetStore.Grant(
                tenant,
                approval.id(),
                execution,
                new BudgetStore.Share(refusal.budget().name(), refusal.window().bucket(), refusal.wanted()));
    }

    private static void tell(CallScope scope, Approval approval) {
        scope.events()
                .emit(
                        "budget.override",
                        JsonObject.of(
                                "budget", approval.asked().name(),
                                "approval", approval.id(),
                                "bucket", approval.arguments().text("bucket").orElse(""),
                                "amount", approval.arguments().object("amount").orElse(JsonObject.EMPTY)));
    }

    private static AgentOsException refused(BudgetExceededException refused, Approval approval) {
        String why = approval.standing().votes().stream()
                .filter(vote -> !vote.agreed())
                .findFirst()
                .map(vote -> vote.by() + " has refused to let it pass"
                        + vote.reason().map(reason -> ": " + reason).orElse(""))
                .orElse("Nobody has agreed to let it pass in time");
        return new AgentOsException(
                LimitsErrorCode.BUDGET_EXCEEDED,
                refused.getMessage() + " " + why + (why.endsWith(".") ? "" : ".") + " (" + approval.id() + ")",
                refused.action());
    }
}
