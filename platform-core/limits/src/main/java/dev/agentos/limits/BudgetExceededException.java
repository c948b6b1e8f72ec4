package dev.agentos.limits;

import dev.agentos.spi.AgentOsException;
import java.math.BigDecimal;

/** A call that might go beyond a budget, and was not made. */
public final class BudgetExceededException extends AgentOsException {

    private static final long serialVersionUID = 1L;

    private final transient BudgetStore.Refusal refusal;

    BudgetExceededException(BudgetStore.Refusal refusal) {
        super(LimitsErrorCode.BUDGET_EXCEEDED, why(refusal), what(refusal.budget()));
        this.refusal = refusal;
    }

    /** The budget that refuses, and what it has counted. */
    public BudgetStore.Refusal refusal() {
        return refusal;
    }

    private static String why(BudgetStore.Refusal refusal) {
        BudgetLimit limit = refusal.budget().terms().limit();
        Budget.Window window = refusal.window();
        BigDecimal granted = window.granted();
        return "The budget '" + refusal.budget().name() + "' (" + window.bucket() + ") holds "
                + limit.write(limit.amount())
                + (granted.signum() > 0 ? " and " + limit.write(granted) + " that were let pass beside" : "") + ": "
                + limit.write(window.spent()) + " are spent, " + limit.write(window.reserved())
                + " reserved for calls that run, and this call may take " + limit.write(refusal.wanted()) + ".";
    }

    private static String what(Budget budget) {
        return switch (budget.terms().period()) {
                    case DAY -> "Wait for the next day (UTC), ";
                    case MONTH -> "Wait for the next month (UTC), ";
                    case TOTAL, EXECUTION -> "";
                }
                + "raise it with PUT /api/v1/budgets/" + budget.name()
                + ", or allow a shorter answer (maxOutputTokens); then retry.";
    }
}
