package dev.agentos.quotas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.limits.NamedLimit;
import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuotaTest {

    private static final Instant EVE = Instant.parse("2028-02-29T23:59:59.250Z");

    private static Quota quota(BudgetScope scope, Optional<String> subject, int executions, BudgetPeriod period) {
        return new Quota(
                new TenantId("tnt_a"),
                "q",
                new Quota.Terms(scope, subject, executions, period, new BigDecimal("0.8")),
                new NamedLimit.Change(1, false, "key_a", EVE));
    }

    @Test
    void aPeriodEndsAtMidnightOrOnTheFirstOfUtc() {
        Quota day = quota(BudgetScope.TENANT, Optional.empty(), 10, BudgetPeriod.DAY);
        Quota month = quota(BudgetScope.TENANT, Optional.empty(), 10, BudgetPeriod.MONTH);
        assertThat(day.resets(EVE)).isEqualTo("2028-03-01T00:00:00Z");
        assertThat(month.resets(EVE)).isEqualTo("2028-03-01T00:00:00Z");
        assertThat(day.until(EVE)).isEqualTo(Duration.ofMillis(750));
        Instant turn = Instant.parse("2028-03-01T00:00:00Z");
        assertThat(day.resets(turn)).isEqualTo("2028-03-02T00:00:00Z");
        assertThat(month.resets(turn)).isEqualTo("2028-04-01T00:00:00Z");
        assertThat(month.resets(Instant.parse("2028-12-31T12:00:00Z"))).isEqualTo("2029-01-01T00:00:00Z");
    }

    @Test
    void anExecutionIsCountedByTheQuotasThatAreOfIt() {
        Optional<String> key = Optional.of("key_a");
        Optional<String> agent = Optional.of("pack/agent");
        assertThat(quota(BudgetScope.TENANT, Optional.empty(), 1, BudgetPeriod.MONTH)
                        .bucket(Optional.empty(), Optional.empty(), EVE))
                .contains("2028-02");
        assertThat(quota(BudgetScope.AGENT, Optional.empty(), 1, BudgetPeriod.DAY)
                        .bucket(key, agent, EVE))
                .contains("2028-02-29 pack/agent");
        assertThat(quota(BudgetScope.AGENT, Optional.empty(), 1, BudgetPeriod.DAY)
                        .bucket(key, Optional.empty(), EVE))
                .isEmpty();
        assertThat(quota(BudgetScope.PRINCIPAL, key, 1, BudgetPeriod.DAY).bucket(key, agent, EVE))
                .contains("2028-02-29");
        assertThat(quota(BudgetScope.PRINCIPAL, key, 1, BudgetPeriod.DAY).bucket(Optional.of("key_b"), agent, EVE))
                .isEmpty();
    }

    @Test
    void aWarningIsDueAtTheFirstWholeNumberAtThePart() {
        assertThat(quota(BudgetScope.TENANT, Optional.empty(), 10, BudgetPeriod.DAY)
                        .terms()
                        .due())
                .isEqualTo(8);
        assertThat(quota(BudgetScope.TENANT, Optional.empty(), 1, BudgetPeriod.DAY)
                        .terms()
                        .due())
                .isEqualTo(1);
        assertThat(quota(BudgetScope.TENANT, Optional.empty(), 7, BudgetPeriod.DAY)
                        .terms()
                        .due())
                .isEqualTo(6);
    }

    @Test
    void whatCannotBeCountedIsNoQuota() {
        assertThatThrownBy(() -> quota(BudgetScope.EXECUTION, Optional.empty(), 1, BudgetPeriod.DAY))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> quota(BudgetScope.TENANT, Optional.empty(), 1, BudgetPeriod.TOTAL))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> quota(BudgetScope.TENANT, Optional.of("x"), 1, BudgetPeriod.DAY))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> quota(BudgetScope.AGENT, Optional.of(" "), 1, BudgetPeriod.DAY))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> quota(BudgetScope.TENANT, Optional.empty(), 0, BudgetPeriod.DAY))
                .isInstanceOf(InvalidInputException.class);
    }
}
