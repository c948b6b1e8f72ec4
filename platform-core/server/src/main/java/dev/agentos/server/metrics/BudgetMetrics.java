package dev.agentos.server.metrics;

import dev.agentos.limits.Budget;
import dev.agentos.limits.BudgetMeter;
import dev.agentos.limits.BudgetStore;
import dev.agentos.metrics.ServerMetrics;
import dev.agentos.tenancy.TenantId;

/**
 * Counts what budgets do.
 *
 * @param metrics where
 */
public record BudgetMetrics(ServerMetrics metrics) implements BudgetMeter {

    @Override
    public void warned(TenantId tenant, BudgetStore.Warning warning) {
        metrics.count("agentos.budgets.warnings", 1);
    }

    @Override
    public void refused(Budget budget) {
        metrics.count(
                "agentos.budgets.refusals", 1, "scope", budget.terms().scope().word());
    }
}
