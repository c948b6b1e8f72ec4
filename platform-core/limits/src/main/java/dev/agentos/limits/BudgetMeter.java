package dev.agentos.limits;

import dev.agentos.tenancy.TenantId;

/** Hears of what budgets do; must return soon and not throw. */
public interface BudgetMeter {

    /** Measures nothing. */
    BudgetMeter NONE = new BudgetMeter() {
        @Override
        public void warned(TenantId tenant, BudgetStore.Warning warning) {}

        @Override
        public void refused(Budget budget) {}
    };

    /** A budget is nearly used up. */
    void warned(TenantId tenant, BudgetStore.Warning warning);

    /** A budget has refused a call. */
    void refused(Budget budget);
}
