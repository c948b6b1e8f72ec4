package dev.agentos.limits;

import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/**
 * How much a tenant, or a part of it, may use in a period.
 *
 * @param tenant whose it is
 * @param name unique within the tenant
 * @param terms what it says
 * @param change who said so
 */
public record Budget(TenantId tenant, String name, Terms terms, Change change) {

    private static final int LONGEST_SUBJECT = 200;

    /** When to warn unless it is set otherwise: at four fifths. */
    public static final BigDecimal WARN_AT = new BigDecimal("0.8");

    /**
     * What a budget says.
     *
     * @param scope whose calls it counts
     * @param subject the id of the principal or agent; each for itself when empty
     * @param limit how much may be used
     * @param period when it begins anew
     * @param warnAt the part of the limit at which to warn, more than 0 and at most 1
     * @param enforced whether calls beyond it are refused; else they are counted and warned of
     */
    public record Terms(
            BudgetScope scope,
            Optional<String> subject,
            BudgetLimit limit,
            BudgetPeriod period,
            BigDecimal warnAt,
            boolean enforced) {
        public Terms {
            if ((scope == BudgetScope.EXECUTION) != (period == BudgetPeriod.EXECUTION)) {
                throw Budgets.invalid("/period", "The scope execution and the period execution go together.");
            }
            if (subject.isPresent() && scope != BudgetScope.PRINCIPAL && scope != BudgetScope.AGENT) {
                throw Budgets.invalid("/subject", "Only a budget of a principal or an agent has a subject.");
            }
            if (subject.filter(id -> id.isBlank() || id.length() > LONGEST_SUBJECT)
                    .isPresent()) {
                throw Budgets.invalid("/subject", "A subject has 1 to " + LONGEST_SUBJECT + " characters.");
            }
            if (warnAt.signum() <= 0 || warnAt.compareTo(BigDecimal.ONE) > 0 || warnAt.scale() > 4) {
                throw Budgets.invalid(
                        "/warnAt", "The part to warn at is more than 0 and at most 1, with at most 4 decimal places.");
            }
        }

        /** What is spent when a warning is due. */
        BigDecimal due() {
            return warnAt.multiply(limit.amount());
        }

        /** Whether what one has counted means the same to the other. */
        boolean counts(Terms other) {
            return scope == other.scope
                    && subject.equals(other.subject)
                    && period == other.period
                    && limit.currency().equals(other.limit.currency());
        }
    }

    /**
     * Who set a budget.
     *
     * @param revision counts from 1
     * @param byPlatform whether an administrator of the platform did: nobody else changes it then
     * @param by the id of the principal
     * @param at when
     */
    public record Change(long revision, boolean byPlatform, String by, Instant at) {}

    /**
     * What a budget has seen in a period of one subject.
     *
     * @param bucket the period and the subject, as in {@code 2026-11 research/reader}
     * @param spent settled
     * @param reserved for calls that run
     * @param warned whether a warning was given
     */
    public record Window(String bucket, BigDecimal spent, BigDecimal reserved, boolean warned) {}

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
