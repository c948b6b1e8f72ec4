package dev.agentos.quotas;

import dev.agentos.limits.Budget;
import dev.agentos.limits.BudgetScope;
import dev.agentos.limits.NamedLimit;
import dev.agentos.limits.RateLimit;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the administrator of the platform offers to tenants under a name.
 *
 * @param name unique on the server
 * @param features what its tenants may use; nothing else of the {@link Feature}s
 * @param limits what holds for a tenant of which nothing else was said
 * @param change who said so
 */
public record Plan(String name, Set<Feature> features, Limits limits, NamedLimit.Change change) {

    private static final int MOST = 1_000_000_000;

    public Plan {
        EnumSet<Feature> sorted = EnumSet.noneOf(Feature.class);
        sorted.addAll(features);
        features = Collections.unmodifiableSet(sorted);
    }

    /**
     * What holds for each tenant of a plan; nothing is limited where it is empty.
     *
     * @param perDay executions that may begin in a day, 1 to a thousand million
     * @param perMonth executions that may begin in a month, as many
     * @param concurrency executions that run and wait at once
     * @param weight the part of the places, 1 to 100
     * @param rate requests to the API
     * @param budgets what may be used of models, by the whole tenant or each of its executions: at most one for each
     *     period and currency
     */
    public record Limits(
            Optional<Integer> perDay,
            Optional<Integer> perMonth,
            Optional<ConcurrencyLimit.Terms> concurrency,
            Optional<Integer> weight,
            Optional<RateLimit.Terms> rate,
            List<Budget.Terms> budgets) {
        public Limits {
            requireBetween("/limits/executionsPerDay", perDay, MOST);
            requireBetween("/limits/executionsPerMonth", perMonth, MOST);
            requireBetween("/limits/weight", weight, 100);
            budgets = List.copyOf(budgets);
            Set<String> names = new HashSet<>();
            for (Budget.Terms budget : budgets) {
                if (budget.scope() != BudgetScope.TENANT && budget.scope() != BudgetScope.EXECUTION) {
                    throw Plans.invalid("/limits/budgets", "A plan's budget is of the tenant or of each execution.");
                }
                if (!names.add(budget.nameInPlan())) {
                    throw Plans.invalid(
                            "/limits/budgets", "A plan has one budget for each period and currency, or for tokens.");
                }
            }
        }

        /** Limits without a budget. */
        public Limits(
                Optional<Integer> perDay,
                Optional<Integer> perMonth,
                Optional<ConcurrencyLimit.Terms> concurrency,
                Optional<Integer> weight,
                Optional<RateLimit.Terms> rate) {
            this(perDay, perMonth, concurrency, weight, rate, List.of());
        }

        private static void requireBetween(String pointer, Optional<Integer> number, int most) {
            if (number.filter(one -> one < 1 || one > most).isPresent()) {
                throw Plans.invalid(pointer, "It is 1 to " + most + ".");
            }
        }
    }
}
