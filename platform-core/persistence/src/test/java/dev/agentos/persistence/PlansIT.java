package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.agentos.execution.Admission;
import dev.agentos.execution.AdmissionTerms;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionRequest.Durability;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.Pauses;
import dev.agentos.kernel.Ids;
import dev.agentos.limits.Budget;
import dev.agentos.limits.BudgetLimit;
import dev.agentos.limits.BudgetMeter;
import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.limits.Budgets;
import dev.agentos.limits.Limits;
import dev.agentos.limits.NamedLimit;
import dev.agentos.limits.RateLimit;
import dev.agentos.limits.RateLimits;
import dev.agentos.limits.Spender;
import dev.agentos.quotas.Allowances;
import dev.agentos.quotas.ConcurrencyLimit;
import dev.agentos.quotas.Feature;
import dev.agentos.quotas.Plan;
import dev.agentos.quotas.PlanStore;
import dev.agentos.quotas.Quota;
import dev.agentos.quotas.QuotaMeter;
import dev.agentos.quotas.QuotasErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Plans, as two servers on a real PostgreSQL know them. */
class PlansIT {

    private static final Plan.Limits NONE =
            new Plan.Limits(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    private static final Plan.Limits SMALL = new Plan.Limits(
            Optional.of(20),
            Optional.of(300),
            Optional.of(new ConcurrencyLimit.Terms(2, Optional.of(10))),
            Optional.of(5),
            Optional.of(new RateLimit.Terms(60, Duration.ofMinutes(1), false)));

    private final Database database = PostgresFixture.open();
    private final TenantId tenant = ExecutionFixture.newTenant(database);
    private final TenantId umbrella = ExecutionFixture.newTenant(database);
    private final Allowances one = server();
    private final Allowances other = server();
    private final Limits limits =
            new Limits(database.limitsStores(), BudgetMeter.NONE, Ids.system(), InstantSource.system());

    private Allowances server() {
        return new Allowances(database.allowanceStores(), QuotaMeter.NONE, InstantSource.system());
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static ExecutionRequest request(Optional<String> agent, Optional<String> session) {
        return new ExecutionRequest(
                agent,
                new GraphReference("gra_any", 1),
                JsonObject.EMPTY,
                JsonObject.EMPTY,
                0,
                Optional.empty(),
                Durability.SYNC,
                Pauses.NONE,
                Optional.empty(),
                session,
                Optional.of("key_1"),
                Optional.empty(),
                Optional.empty());
    }

    private static final ExecutionRequest IN_SESSION = request(Optional.of("pack/agent"), Optional.of("chat"));
    private static final ExecutionRequest OF_GRAPH = request(Optional.empty(), Optional.empty());

    private void give(TenantId whose, String plan, Map<Feature, Boolean> own) {
        one.plans().give(whose, plan, own, given(whose), "key_admin");
        other.refresh();
        limits.refresh();
    }

    private long given(TenantId whose) {
        return one.plans().of(whose).map(PlanStore.Subscription::revision).orElse(0L);
    }

    private List<AdmissionTerms.Count> counts(Allowances server) {
        return server.behind(Admission.FREE).terms(tenant, OF_GRAPH).counts();
    }

    private long seen(String plan) {
        return one.plans().require(plan).change().revision();
    }

    @Test
    void whatAPlanDoesNotOfferIsRefusedUntilThePlanChanges() {
        Admission there = other.behind(Admission.FREE);
        there.start(tenant, IN_SESSION);
        one.plans().put("free", Set.of(Feature.GRAPHS), NONE, 0, "key_admin");
        give(tenant, "free", Map.of());
        there.start(tenant, OF_GRAPH);
        there.start(umbrella, IN_SESSION);
        assertThatThrownBy(() -> there.start(tenant, IN_SESSION))
                .isInstanceOfSatisfying(AgentOsException.class, refusal -> {
                    assertThat(refusal.errorCode()).isEqualTo(QuotasErrorCode.NOT_IN_PLAN);
                    assertThat(refusal.getMessage()).contains("'free'", "(sessions)");
                });
        one.plans().put("free", Set.of(Feature.SESSIONS), NONE, seen("free"), "key_admin");
        other.refresh();
        there.start(tenant, IN_SESSION);
        assertThatThrownBy(() -> there.start(tenant, OF_GRAPH)).hasMessageContaining("(graphs)");
        give(tenant, "free", Map.of(Feature.GRAPHS, true, Feature.SESSIONS, false));
        there.start(tenant, OF_GRAPH);
        assertThatThrownBy(() -> there.start(tenant, IN_SESSION)).hasMessageContaining("(sessions)");
        assertThat(other.plans().of(tenant).orElseThrow().own())
                .isEqualTo(Map.of(Feature.GRAPHS, true, Feature.SESSIONS, false));
        one.plans().take(tenant, given(tenant));
        other.refresh();
        there.start(tenant, IN_SESSION);
        assertThatThrownBy(() -> one.plans().take(tenant, given(tenant))).hasMessageContaining("has no plan");
    }

    @Test
    void whatAPlanLimitsHoldsWhereNothingElseWasSaid() {
        one.plans().put("small", EnumSet.allOf(Feature.class), SMALL, 0, "key_admin");
        assertThat(one.plans().require("small").limits()).isEqualTo(SMALL);
        assertThat(counts(other)).isEmpty();
        give(tenant, "small", Map.of());
        assertThat(counts(other))
                .extracting(AdmissionTerms.Count::name, AdmissionTerms.Count::most, AdmissionTerms.Count::due)
                .containsExactlyInAnyOrder(tuple("plan-day", 20L, 16L), tuple("plan-month", 300L, 240L));
        assertThat(other.quotas().list(tenant)).hasSize(2);
        assertThat(other.quotas().list(umbrella)).isEmpty();
        assertThat(other.behind(Admission.FREE).terms(tenant, OF_GRAPH).places())
                .contains(12);
        assertThat(other.behind(Admission.FREE).atOnce(tenant)).isFalse();
        assertThat(other.concurrency().weight(tenant).value()).isEqualTo(5);
        assertThat(other.concurrency().weight(umbrella).value()).isEqualTo(10);
        int passed = 0;
        while (RateLimits.refusal(limits.rates().count(tenant, "key_1")).isEmpty()) {
            passed++;
        }
        assertThat(passed).isEqualTo(60);

        NamedLimit.Author admin = new NamedLimit.Author("key_admin", true);
        Quota.Terms more =
                new Quota.Terms(BudgetScope.TENANT, Optional.empty(), 50, BudgetPeriod.DAY, new BigDecimal("0.5"));
        one.quotas().put(tenant, "own", more, 0, new NamedLimit.Author("key_owner", false), false);
        assertThat(counts(one)).as("a tenant cannot put its own in the place").hasSize(3);
        one.quotas().put(tenant, "more", more, 0, admin, false);
        one.concurrency()
                .put(
                        tenant,
                        ConcurrencyLimit.Scope.TENANT,
                        new ConcurrencyLimit.Terms(7, Optional.empty()),
                        0,
                        "key_admin");
        one.concurrency().weigh(tenant, Optional.of(33), 0, "key_admin");
        other.refresh();
        assertThat(counts(other))
                .extracting(AdmissionTerms.Count::name)
                .containsExactlyInAnyOrder("plan-month", "own", "more");
        assertThat(other.behind(Admission.FREE).terms(tenant, OF_GRAPH).places())
                .isEmpty();
        assertThat(other.concurrency().weight(tenant).value()).isEqualTo(33);
        assertThatThrownBy(() -> one.quotas().put(tenant, "plan-day", more, 0, admin, false))
                .hasMessageContaining("plan-");
    }

    @Test
    void aPlanThatATenantHasIsNotRemoved() {
        one.plans().put("pro", Set.of(), NONE, 0, "key_admin");
        assertThatThrownBy(() -> one.plans().put("pro", Set.of(), NONE, 0, "key_admin"))
                .hasMessageContaining("was changed");
        give(tenant, "pro", Map.of());
        assertThatThrownBy(() -> one.plans().delete("pro", seen("pro")))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        refusal -> assertThat(refusal.errorCode()).isEqualTo(QuotasErrorCode.PLAN_IN_USE));
        assertThatThrownBy(() -> give(umbrella, "none", Map.of())).hasMessageContaining("no plan 'none'");
        one.plans().take(tenant, given(tenant));
        one.plans().delete("pro", seen("pro"));
        assertThat(one.plans().list()).isEmpty();
    }

    private static Budget.Terms budget(BudgetLimit limit, BudgetPeriod period) {
        return new Budget.Terms(
                period == BudgetPeriod.EXECUTION ? BudgetScope.EXECUTION : BudgetScope.TENANT,
                Optional.empty(),
                limit,
                period,
                Budget.WARN_AT,
                true);
    }

    private static Plan.Limits with(Budget.Terms... budgets) {
        return new Plan.Limits(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(budgets));
    }

    private Budgets.Hold reserve(TenantId whose, int tokens) {
        Spender spender = new Spender(whose, Optional.of("key_1"), Optional.empty(), Optional.of("exe_1"));
        return limits.budgets().reserve(spender, "local/x", () -> tokens, Optional.of(0));
    }

    @Test
    void aPlansBudgetsHoldUntilThePlatformSaysSomethingElseOfTheTenant() {
        Budget.Terms daily = budget(BudgetLimit.tokens(100), BudgetPeriod.DAY);
        Budget.Terms money = budget(BudgetLimit.money("12.5", "USD"), BudgetPeriod.MONTH);
        one.plans().put("small", EnumSet.allOf(Feature.class), with(daily, money), 0, "key_admin");
        assertThat(other.plans().require("small").limits().budgets()).containsExactly(daily, money);
        give(tenant, "small", Map.of());
        give(umbrella, "small", Map.of());
        assertThat(limits.budgets().list(tenant))
                .extracting(Budget::name)
                .containsExactly("plan-day-tokens", "plan-month-usd");
        reserve(tenant, 60);
        assertThatThrownBy(() -> reserve(tenant, 60)).hasMessageContaining("'plan-day-tokens'");
        reserve(umbrella, 60);

        NamedLimit.Author owner = new NamedLimit.Author("key_owner", false);
        NamedLimit.Author admin = new NamedLimit.Author("key_admin", true);
        Budget.Terms larger = budget(BudgetLimit.tokens(1000), BudgetPeriod.DAY);
        assertThatThrownBy(() -> limits.budgets().put(tenant, "plan-day-tokens", larger, 0, admin, false))
                .hasMessageContaining("plan brings");
        limits.budgets().put(tenant, "own", larger, 0, owner, false);
        assertThatThrownBy(() -> reserve(tenant, 60))
                .as("a tenant cannot put its own in the place")
                .hasMessageContaining("'plan-day-tokens'");

        one.plans().put("small", EnumSet.allOf(Feature.class), with(larger, money), seen("small"), "key_admin");
        reserve(tenant, 60);
        one.plans()
                .put(
                        "small",
                        EnumSet.allOf(Feature.class),
                        with(budget(BudgetLimit.tokens(130), BudgetPeriod.DAY), money),
                        seen("small"),
                        "key_admin");
        assertThatThrownBy(() -> reserve(tenant, 60)).as("at once").hasMessageContaining("holds 130 tokens");
        limits.budgets().put(tenant, "agreed", larger, 0, admin, false);
        assertThat(limits.budgets().list(tenant))
                .extracting(Budget::name)
                .containsExactly("agreed", "own", "plan-month-usd");
        reserve(tenant, 60);
        assertThat(limits.budgets().list(umbrella)).hasSize(2);
        limits.budgets()
                .delete(
                        tenant,
                        "agreed",
                        limits.budgets().require(tenant, "agreed").change().revision(),
                        admin);
        assertThat(limits.budgets()
                        .windows(limits.budgets().require(tenant, "plan-day-tokens"))
                        .getFirst()
                        .reserved())
                .as("what it has counted stays")
                .isEqualByComparingTo("120");
        one.plans().take(umbrella, given(umbrella));
        limits.refresh();
        reserve(umbrella, 500);
    }

    @Test
    void aPlanHasOneBudgetForAPeriodAndACurrency() {
        Budget.Terms daily = budget(BudgetLimit.tokens(100), BudgetPeriod.DAY);
        assertThatThrownBy(() -> with(daily, budget(BudgetLimit.tokens(5), BudgetPeriod.DAY)))
                .hasMessageContaining("one budget for each period");
        assertThatThrownBy(() -> with(new Budget.Terms(
                        BudgetScope.AGENT,
                        Optional.empty(),
                        BudgetLimit.tokens(5),
                        BudgetPeriod.DAY,
                        Budget.WARN_AT,
                        true)))
                .hasMessageContaining("of the tenant or of each execution");
    }
}
