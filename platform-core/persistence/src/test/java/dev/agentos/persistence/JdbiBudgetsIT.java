package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.limits.Budget;
import dev.agentos.limits.BudgetExceededException;
import dev.agentos.limits.BudgetLimit;
import dev.agentos.limits.BudgetMeter;
import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.limits.BudgetStore;
import dev.agentos.limits.Budgets;
import dev.agentos.limits.Limits;
import dev.agentos.limits.LimitsErrorCode;
import dev.agentos.limits.NamedLimit;
import dev.agentos.limits.Price;
import dev.agentos.limits.Spender;
import dev.agentos.limits.UsageStore.Part;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Usage;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Budgets, prices and usage of two servers on a real PostgreSQL. */
class JdbiBudgetsIT {

    private static final NamedLimit.Author OWNER = new NamedLimit.Author("key_owner", false);

    private final Database database = PostgresFixture.open();
    private final Tenants tenants = new Tenants(database.tenantStore(), Ids.system(), InstantSource.system());
    private final Tenant acme = tenants.create("acme");
    private final Tenant umbrella = tenants.create("umbrella");
    private final Limits one = server();
    private final Limits other = server();

    private Limits server() {
        return new Limits(database.limitsStores(), BudgetMeter.NONE, Ids.system(), InstantSource.system());
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Budget set(TenantId tenant, String name, BudgetScope scope, BudgetLimit limit, BudgetPeriod period) {
        return one.budgets()
                .put(
                        tenant,
                        name,
                        new Budget.Terms(scope, Optional.empty(), limit, period, Budget.WARN_AT, true),
                        0,
                        OWNER,
                        false);
    }

    private Spender spender(Tenant tenant) {
        return new Spender(tenant.id(), Optional.of("key_1"), Optional.of("p/a"), Optional.of("exe_1"));
    }

    private Budgets.Hold reserve(Limits server, int input, int output) {
        return server.budgets().reserve(spender(acme), "local/x", () -> input, Optional.of(output));
    }

    private Budget.Window window(String name) {
        return one.budgets().windows(one.budgets().require(acme.id(), name)).getFirst();
    }

    @Test
    void aHundredCallsOfTwoServersStayWithinASmallBudget() throws Exception {
        set(acme.id(), "day", BudgetScope.TENANT, BudgetLimit.tokens(1000), BudgetPeriod.DAY);
        set(acme.id(), "execution", BudgetScope.EXECUTION, BudgetLimit.tokens(2000), BudgetPeriod.EXECUTION);
        set(acme.id(), "key", BudgetScope.PRINCIPAL, BudgetLimit.tokens(2000), BudgetPeriod.MONTH);
        other.refresh();
        List<Callable<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Limits server = i % 2 == 0 ? one : other;
            calls.add(() -> {
                try {
                    return server.budgets()
                            .settle(reserve(server, 50, 50), new Usage(50, 50), false)
                            .size();
                } catch (AgentOsException e) {
                    assertThat(e.errorCode()).isEqualTo(LimitsErrorCode.BUDGET_EXCEEDED);
                    return -1;
                }
            });
        }
        int passed = 0;
        int warned = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Integer> call : threads.invokeAll(calls)) {
                passed += call.get() < 0 ? 0 : 1;
                warned += Math.max(0, call.get());
            }
        }
        assertThat(passed).isEqualTo(10);
        assertThat(warned).as("once, by one of them").isEqualTo(1);
        for (String name : List.of("day", "execution", "key")) {
            assertThat(window(name).spent()).as(name).isEqualByComparingTo("1000");
            assertThat(window(name).reserved()).as(name).isZero();
        }
        assertThat(window("day").warned()).isTrue();
        assertThat(window("key").bucket()).endsWith(" key_1");
    }

    @Test
    void whatAServerThatDiedHadReservedIsBookedWholeAndOnce() {
        set(acme.id(), "total", BudgetScope.TENANT, BudgetLimit.tokens(100), BudgetPeriod.TOTAL);
        other.refresh();
        other.settle();
        Budgets.Hold lost = reserve(other, 10, 20);
        one.settle();
        assertThat(database.limitsStores().budgets().settleLost(Duration.ofMinutes(1)))
                .as("it is there")
                .isZero();
        assertThat(window("total").reserved()).isEqualByComparingTo("30");
        other.leave();
        assertThat(database.limitsStores().budgets().settleLost(Duration.ofMinutes(1)))
                .isEqualTo(1);
        assertThat(database.limitsStores().budgets().settleLost(Duration.ofMinutes(1)))
                .isZero();
        assertThat(window("total").reserved()).isZero();
        assertThat(window("total").spent()).isEqualByComparingTo("30");
        other.budgets().settle(lost, new Usage(1, 1), false);
        assertThat(window("total").spent()).as("a server that was only slow").isEqualByComparingTo("30");
    }

    @Test
    void aRaiseALowerLimitAndARemovalHoldAtOnceOnOtherServers() {
        Budget before = set(acme.id(), "total", BudgetScope.TENANT, BudgetLimit.tokens(10), BudgetPeriod.TOTAL);
        other.refresh();
        assertThatThrownBy(() -> reserve(other, 10, 1)).hasMessageContaining("'total'");
        Budget.Terms more = new Budget.Terms(
                BudgetScope.TENANT, Optional.empty(), BudgetLimit.tokens(20), BudgetPeriod.TOTAL, Budget.WARN_AT, true);
        long seen = before.change().revision();
        one.budgets().put(acme.id(), "total", more, seen, OWNER, false);
        Budgets.Hold hold = reserve(other, 10, 1);
        assertThatThrownBy(() -> one.budgets().put(acme.id(), "total", more, seen, OWNER, false))
                .hasMessageContaining("was changed");
        one.budgets().delete(acme.id(), "total", seen + 1, OWNER);
        reserve(other, 1000, 1000);
        other.budgets().settle(hold, new Usage(10, 1), false);
        set(acme.id(), "total", BudgetScope.TENANT, BudgetLimit.tokens(10), BudgetPeriod.TOTAL);
        assertThat(one.budgets().windows(one.budgets().require(acme.id(), "total")))
                .isEmpty();
    }

    @Test
    void tenantsHaveBudgetsOfTheirOwn() {
        set(acme.id(), "total", BudgetScope.TENANT, BudgetLimit.tokens(10), BudgetPeriod.TOTAL);
        set(umbrella.id(), "total", BudgetScope.TENANT, BudgetLimit.tokens(10_000), BudgetPeriod.TOTAL);
        reserve(one, 10, 0);
        one.budgets().reserve(spender(umbrella), "local/x", () -> 5000, Optional.of(1000));
        assertThat(window("total").reserved()).isEqualByComparingTo("10");
        assertThat(one.budgets().list(umbrella.id())).hasSize(1);
        int seen = database.tenants()
                .inTenant(
                        umbrella.id(),
                        handle -> handle.createQuery("SELECT count(*) FROM budget_windows")
                                .mapTo(Integer.class)
                                .one());
        assertThat(seen).isEqualTo(1);
    }

    @Test
    void pricesAndUsageAreSharedAndExact() {
        one.prices()
                .put(
                        "p/m",
                        new Price.Rates(new BigDecimal("0.1"), new BigDecimal("0.2"), "EUR", 100),
                        Optional.empty(),
                        0,
                        "key_admin");
        other.refresh();
        assertThat(other.prices().find("p/m").orElseThrow().currency()).isEqualTo("EUR");
        set(acme.id(), "money", BudgetScope.TENANT, BudgetLimit.money("1", "EUR"), BudgetPeriod.TOTAL);
        other.refresh();
        for (int i = 0; i < 3; i++) {
            Limits server = i == 0 ? one : other;
            Budgets.Hold hold = server.budgets().reserve(spender(acme), "p/m", () -> 1, Optional.of(1));
            server.budgets().settle(hold, new Usage(1, 1), i == 0);
        }
        one.flush();
        other.flush();
        assertThat(window("money").spent()).isEqualByComparingTo("0.0000009");
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        assertThat(one.usage().sums(acme.id(), today.minusDays(1), today, Set.of(Part.MODEL, Part.PRINCIPAL), 10))
                .singleElement()
                .satisfies(use -> {
                    assertThat(use.sums().calls()).isEqualTo(3);
                    assertThat(use.sums().estimated()).isEqualTo(1);
                    assertThat(use.sums().cost()).isEqualByComparingTo("0.0000009");
                    assertThat(use.key().principal()).isEqualTo("key_1");
                });
        assertThat(one.usage().ofExecution(umbrella.id(), "exe_1")).isEmpty();
        one.prices().remove("p/m", 1, "key_admin");
        other.refresh();
        assertThat(other.prices().find("p/m")).isEmpty();
        assertThat(other.prices().history("p/m")).hasSize(2);
    }

    @Test
    void usageOfATenantThatIsGoneIsLeftOut() {
        Spender gone = new Spender(new TenantId("tnt_gone"), Optional.empty(), Optional.empty(), Optional.empty());
        one.budgets().settle(one.budgets().reserve(gone, "local/x", () -> 1, Optional.empty()), new Usage(1, 1), false);
        one.budgets()
                .settle(
                        one.budgets().reserve(spender(acme), "local/x", () -> 1, Optional.empty()),
                        new Usage(2, 3),
                        false);
        one.flush();
        assertThat(one.usage().ofExecution(acme.id(), "exe_1"))
                .singleElement()
                .satisfies(use -> assertThat(use.sums().outputTokens()).isEqualTo(3));
    }

    /** A budget of ten tokens beyond which people may let a call pass. */
    private void setAsking() {
        Budget.Terms asking = new Budget.Terms(
                BudgetScope.TENANT,
                Optional.empty(),
                BudgetLimit.tokens(10),
                BudgetPeriod.TOTAL,
                Budget.WARN_AT,
                true,
                true);
        one.budgets().put(acme.id(), "asking", asking, 0, OWNER, false);
    }

    @Test
    void aGrantLetsOneCallOfItsExecutionPassOnAnyServer() {
        setAsking();
        other.refresh();
        BudgetStore.Refusal refusal = refusal(other, 20, 30);
        assertThat(refusal.hard()).isFalse();
        assertThat(one.budgets().require(acme.id(), "asking").terms().byApproval())
                .isTrue();
        assertThat(one.budgets().grant(grant(umbrella, refusal)))
                .as("of another tenant")
                .isFalse();
        assertThat(one.budgets().grant(grant(acme, refusal))).isTrue();
        assertThat(other.budgets().grant(grant(acme, refusal))).as("once").isFalse();
        Limits restarted = server();
        restarted.refresh();
        assertThat(refusal(restarted, 20, 31).wanted())
                .as("more than was granted")
                .isEqualByComparingTo("51");
        assertThatThrownBy(() -> restarted
                        .budgets()
                        .reserve(
                                new Spender(acme.id(), Optional.empty(), Optional.empty(), Optional.of("exe_2")),
                                "local/x",
                                () -> 20,
                                Optional.of(30)))
                .as("of another execution")
                .isInstanceOf(BudgetExceededException.class);
        Budgets.Hold hold = reserve(restarted, 20, 30);
        assertThat(window("asking").granted()).isEqualByComparingTo("50");
        refusal(one, 20, 30);
        assertThat(one.budgets().grant(grant(acme, refusal))).as("not again").isFalse();
        refusal(one, 20, 30);
        restarted.budgets().settle(hold, new Usage(3, 4), false);
        assertThat(window("asking").spent()).isEqualByComparingTo("7");
        reserve(one, 23, 30);
    }

    @Test
    void whatNobodyCanLetPassIsSaidFirstAndUsesNothing() {
        Budget before = set(acme.id(), "z-hard", BudgetScope.TENANT, BudgetLimit.tokens(10), BudgetPeriod.DAY);
        setAsking();
        BudgetStore.Refusal hard = refusal(one, 20, 30);
        assertThat(hard.budget().name()).isEqualTo("z-hard");
        assertThat(hard.hard()).isTrue();
        one.budgets().delete(acme.id(), "z-hard", before.change().revision(), OWNER);
        assertThat(one.budgets().grant(grant(acme, refusal(one, 20, 30)))).isTrue();
        Budget again = set(acme.id(), "z-hard", BudgetScope.TENANT, BudgetLimit.tokens(10), BudgetPeriod.DAY);
        assertThat(refusal(one, 20, 30).hard()).isTrue();
        assertThat(window("asking").granted()).isZero();
        one.budgets().delete(acme.id(), "z-hard", again.change().revision(), OWNER);
        reserve(one, 20, 30);
        assertThat(window("asking").granted()).isEqualByComparingTo("50");
    }

    private static BudgetStore.Grant grant(Tenant tenant, BudgetStore.Refusal refusal) {
        return new BudgetStore.Grant(
                tenant.id(),
                "apr_1",
                "exe_1",
                new BudgetStore.Share(refusal.budget().name(), refusal.window().bucket(), refusal.wanted()));
    }

    private BudgetStore.Refusal refusal(Limits server, int input, int output) {
        try {
            reserve(server, input, output);
        } catch (BudgetExceededException e) {
            return e.refusal();
        }
        throw new AssertionError("It was not refused");
    }
}
