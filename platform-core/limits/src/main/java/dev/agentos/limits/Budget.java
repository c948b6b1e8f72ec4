package dev.agentos.limits;

import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * How much a tenant, or a part of it, may use in a period.
 *
 * @param tenant whose it is
 * @param name unique within the tenant
 * @param terms what it says
 * @param change who said so
 */
public record Budget(TenantId tenant, String name, Terms terms, Change change) implements NamedLimit<Budget.Terms> {

    /**
     * What a budget says.
     *
     * @param scope whose calls it counts
     * @param subject the id of the principal or agent; each for itself when empty
     * @param limit how much may be used
     * @param period when it begins anew
     * @param warnAt the part of the limit at which to warn, more than 0 and at most 1
     * @param enforced whether calls beyond it are refused; else they are counted and warned of
     * @param byApproval whether people are asked before a call beyond it is refused; of one that is enforced
     */
    public record Terms(
            BudgetScope scope,
            Optional<String> subject,
            BudgetLimit limit,
            BudgetPeriod period,
            BigDecimal warnAt,
            boolean enforced,
            boolean byApproval)
            implements NamedLimit.Terms<Terms> {
        public Terms {
            if ((scope == BudgetScope.EXECUTION) != (period == BudgetPeriod.EXECUTION)) {
                throw Budgets.invalid("/period", "The scope execution and the period execution go together.");
            }
            if (byApproval && !enforced) {
                throw Budgets.invalid("/override", "A budget that refuses nothing has nothing to be overridden.");
            }
            warnAt = warnAt.stripTrailingZeros();
            NamedLimit.require(scope, subject, warnAt, "budget", Budgets::invalid);
        }

        /** One that asks nobody. */
        public Terms(
                BudgetScope scope,
                Optional<String> subject,
                BudgetLimit limit,
                BudgetPeriod period,
                BigDecimal warnAt,
                boolean enforced) {
            this(scope, subject, limit, period, warnAt, enforced, false);
        }

        /** The name of such a budget when a plan brings it, as in {@code plan-month-usd}. */
        public String nameInPlan() {
            return "plan-" + period.word() + "-"
                    + limit.currency()
                            .map(code -> code.toLowerCase(Locale.ROOT))
                            .orElse("tokens");
        }

        /** What is spent when a warning is due. */
        BigDecimal due() {
            return warnAt.multiply(limit.amount());
        }

        @Override
        public boolean counts(Terms other) {
            return scope == other.scope
                    && subject.equals(other.subject)
                    && period == other.period
                    && limit.currency().equals(other.limit.currency());
        }
    }

    /**
     * What a budget has seen in a period of one subject.
     *
     * @param bucket the period and the subject, as in {@code 2026-11 research/reader}
     * @param spent settled
     * @param reserved for calls that run
     * @param warned whether a warning was given
     * @param granted what people have let pass beyond the limit, as far as calls have used it
     */
    public record Window(String bucket, BigDecimal spent, BigDecimal reserved, boolean warned, BigDecimal granted) {

        /** How far the limit is from what is spent, reserved and wanted; negative when it is beyond. */
        public BigDecimal left(BudgetLimit limit, BigDecimal wanted) {
            return limit.amount()
                    .add(granted)
                    .subtract(spent)
                    .subtract(reserved)
                    .subtract(wanted);
        }
    }

    /** Where the calls of a spender are counted now; empty when the budget does not count them. */
    Optional<String> bucket(Spender spender, Instant now) {
        Optional<String> who = terms.scope().of(spender);
        if (terms.subject().isPresent()) {
            return who.filter(terms.subject().get()::equals).map(one -> current(now));
        }
        return switch (terms.scope()) {
            case TENANT -> Optional.of(current(now));
            case EXECUTION -> who;
            case PRINCIPAL, AGENT -> who.map(one -> current(now) + " " + one);
        };
    }

    /** The period that is now; all buckets of it begin so. */
    String current(Instant now) {
        return terms.period().at(now);
    }
}
