package dev.agentos.http.internal;

import dev.agentos.limits.Budget;
import dev.agentos.limits.BudgetLimit;
import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.spi.JsonObject;
import dev.agentos.web.Fields;
import java.util.Map;
import java.util.Optional;

/** What a budget says, as the API reads and writes it: of a tenant, or in a plan. */
final class BudgetTerms {

    private static final String APPROVAL = "approval";

    private BudgetTerms() {}

    /** Those of a tenant's budget. */
    static Budget.Terms of(Fields fields) {
        return terms(
                fields,
                BudgetScope.ofWord(fields.requiredText("scope", 20))
                        .orElseThrow(() -> Fields.invalid("scope", "is none of tenant, principal, agent, execution")),
                fields.text("subject"));
    }

    /** Those of a plan's budget, which is of the tenant, or for the time of an execution of each of those. */
    static Budget.Terms inPlan(JsonObject body) {
        Fields fields = Fields.of(body, "PlanBudget");
        BudgetScope scope = period(fields) == BudgetPeriod.EXECUTION ? BudgetScope.EXECUTION : BudgetScope.TENANT;
        return terms(fields, scope, Optional.empty());
    }

    private static Budget.Terms terms(Fields fields, BudgetScope scope, Optional<String> subject) {
        Optional<String> override = fields.text("override");
        if (override.filter(word -> !word.equals(APPROVAL)).isPresent()) {
            throw Fields.invalid("override", "is not approval");
        }
        return new Budget.Terms(
                scope,
                subject,
                limit(fields),
                period(fields),
                NamedLimitRequests.warnAt(fields),
                !fields.has("enforced") || fields.flag("enforced"),
                override.isPresent());
    }

    private static BudgetPeriod period(Fields fields) {
        return BudgetPeriod.ofWord(fields.requiredText("period", 20))
                .orElseThrow(() -> Fields.invalid("period", "is none of day, month, total, execution"));
    }

    private static BudgetLimit limit(Fields fields) {
        JsonObject body = fields.optionalObject("limit").orElseThrow(() -> Fields.invalid("limit", "is required"));
        Fields limit = Fields.of(body, "BudgetLimit");
        Optional<String> currency = limit.text("currency");
        if (limit.has("tokens") == limit.has("amount") || limit.has("amount") != currency.isPresent()) {
            throw Fields.invalid("limit", "holds either tokens, or an amount with its currency");
        }
        return new BudgetLimit(
                currency.isPresent()
                        ? LimitViews.decimal("limit", limit.requiredText("amount", 40))
                        : NamedLimitRequests.number(
                                "limit", limit.value("tokens").orElseThrow()),
                currency);
    }

    /** How much, for how long, and what happens then. */
    static void write(Budget.Terms terms, Map<String, Object> members) {
        members.put("limit", terms.limit().toJson(terms.limit().amount()));
        members.put("period", terms.period().word());
        members.put("warnAt", terms.warnAt());
        members.put("enforced", terms.enforced());
        if (terms.byApproval()) {
            members.put("override", APPROVAL);
        }
    }
}
