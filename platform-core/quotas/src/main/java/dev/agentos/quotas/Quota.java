package dev.agentos.quotas;

import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.limits.NamedLimit;
import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * How many executions a tenant, or a part of it, may begin in a period.
 *
 * @param tenant whose it is
 * @param name unique within the tenant
 * @param terms what it says
 * @param change who said so
 */
public record Quota(TenantId tenant, String name, Terms terms, Change change) implements NamedLimit<Quota.Terms> {

    private static final int MOST = 1_000_000_000;

    /**
     * What a quota says.
     *
     * @param scope whose executions it counts: those of the tenant, a principal or an agent
     * @param subject the id of the principal or agent; each for itself when empty
     * @param executions how many may begin, 1 to a thousand million
     * @param period a day or a month, of UTC
     * @param warnAt the part at which to warn, more than 0 and at most 1
     */
    public record Terms(
            BudgetScope scope, Optional<String> subject, long executions, BudgetPeriod period, BigDecimal warnAt)
            implements NamedLimit.Terms<Terms> {
        public Terms {
            if (scope == BudgetScope.EXECUTION) {
                throw Quotas.invalid("/scope", "A quota counts executions of a tenant, a principal or an agent.");
            }
            if (period != BudgetPeriod.DAY && period != BudgetPeriod.MONTH) {
                throw Quotas.invalid("/period", "A quota is for a day or a month.");
            }
            if (executions < 1 || executions > MOST) {
                throw Quotas.invalid("/executions", "A quota is of 1 to " + MOST + " executions.");
            }
            warnAt = warnAt.stripTrailingZeros();
            NamedLimit.require(scope, subject, warnAt, "quota", Quotas::invalid);
        }

        /** How many have begun when a warning is due. */
        long due() {
            return warnAt.multiply(BigDecimal.valueOf(executions))
                    .setScale(0, RoundingMode.CEILING)
                    .longValueExact();
        }

        @Override
        public boolean counts(Terms other) {
            return scope == other.scope && subject.equals(other.subject) && period == other.period;
        }
    }

    /**
     * What a quota has counted in a period, of one subject.
     *
     * @param bucket the period and the subject, as in {@code 2026-11 research/reader}
     * @param used how many executions have begun
     * @param warned whether a warning was given
     */
    public record Window(String bucket, long used, boolean warned) {}

    /** Where an execution is counted that begins now; empty when the quota does not count it. */
    Optional<String> bucket(Optional<String> principal, Optional<String> agent, Instant now) {
        if (terms.scope() == BudgetScope.TENANT) {
            return Optional.of(current(now));
        }
        Optional<String> who = terms.scope() == BudgetScope.AGENT ? agent : principal;
        return who.filter(one ->
                        terms.subject().isEmpty() || terms.subject().get().equals(one))
                .map(one -> terms.subject().isPresent() ? current(now) : current(now) + " " + one);
    }

    /** The period that is now; all buckets of it begin so. */
    String current(Instant now) {
        return terms.period().at(now);
    }

    /** When the period is over that a time is in. */
    public Instant resets(Instant now) {
        ZonedDateTime day = now.atZone(ZoneOffset.UTC).truncatedTo(ChronoUnit.DAYS);
        return (terms.period() == BudgetPeriod.DAY
                        ? day.plusDays(1)
                        : day.withDayOfMonth(1).plusMonths(1))
                .toInstant();
    }

    /** How long that is from now. */
    Duration until(Instant now) {
        return Duration.between(now, resets(now));
    }
}
