package dev.agentos.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Usage;
import dev.agentos.tenancy.TenantId;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class BudgetsTest {

    private static final TenantId A = new TenantId("tnt_a");
    private static final TenantId B = new TenantId("tnt_b");
    private static final NamedLimit.Author OWNER = new NamedLimit.Author("key_owner", false);
    private static final NamedLimit.Author PLATFORM = new NamedLimit.Author("key_admin", true);

    private final Clock clock = new Clock();
    private final MemoryLimitsStore store = new MemoryLimitsStore();
    private final Limits limits = new Limits(
            new Limits.Stores(store, store, store, new MemoryRateLimitStore(() -> 0, store::changed)),
            BudgetMeter.NONE,
            Ids.system(),
            clock);
    private final Budgets budgets = limits.budgets();

    private static final class Clock implements InstantSource {
        private Instant now = Instant.parse("2026-11-30T23:59:00Z");

        @Override
        public Instant instant() {
            return now;
        }
    }

    private static Budget.Terms terms(BudgetScope scope, BudgetLimit limit, BudgetPeriod period) {
        return new Budget.Terms(scope, Optional.empty(), limit, period, Budget.WARN_AT, true);
    }

    private void set(TenantId tenant, String name, Budget.Terms terms) {
        budgets.put(tenant, name, terms, 0, OWNER, false);
    }

    private static Spender spender(TenantId tenant) {
        return new Spender(tenant, Optional.of("key_1"), Optional.of("research/reader"), Optional.of("exe_1"));
    }

    private Budgets.Hold reserve(Spender spender, String model, int input, int output) {
        return budgets.reserve(spender, model, () -> input, Optional.of(output));
    }

    private static void refused(LimitsErrorCode code, Runnable act, String... words) {
        assertThatThrownBy(act::run).isInstanceOfSatisfying(AgentOsException.class, e -> {
            assertThat(e.errorCode()).isEqualTo(code);
            assertThat(List.of(words))
                    .allSatisfy(word -> assertThat(e.getMessage()).contains(word));
        });
    }

    private Budget.Window window(TenantId tenant, String name) {
        return budgets.windows(budgets.require(tenant, name)).getFirst();
    }

    @Test
    void aCallIsReservedBeforeAndSettledAfter() {
        set(A, "tokens", terms(BudgetScope.TENANT, BudgetLimit.tokens(100), BudgetPeriod.DAY));
        Budgets.Hold hold = reserve(spender(A), "local/x", 20, 40);
        assertThat(window(A, "tokens").reserved()).isEqualByComparingTo("60");
        refused(
                LimitsErrorCode.BUDGET_EXCEEDED,
                () -> reserve(spender(A), "local/x", 20, 21),
                "'tokens'",
                "100 tokens",
                "60 tokens reserved",
                "41 tokens");
        assertThat(budgets.settle(hold, new Usage(10, 5), false)).isEmpty();
        assertThat(window(A, "tokens").reserved()).isZero();
        assertThat(window(A, "tokens").spent()).isEqualByComparingTo("15");
        budgets.settle(hold, new Usage(10, 5), false);
        assertThat(window(A, "tokens").spent()).as("once").isEqualByComparingTo("15");
        assertThat(reserve(spender(A), "local/x", 20, 65).id()).isPresent();
    }

    @Test
    void whatWasReservedAlthoughTheAnswerWasLostIsGivenBack() {
        AtomicBoolean lost = new AtomicBoolean(true);
        BudgetStore losing = (BudgetStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {BudgetStore.class}, (proxy, method, arguments) -> {
                    Object answer = method.invoke(store, arguments);
                    if (method.getName().equals("reserve") && lost.getAndSet(false)) {
                        throw new AgentOsException(KernelErrorCode.DATABASE_UNAVAILABLE, "It is away.", "Try again.");
                    }
                    return answer;
                });
        Limits others = new Limits(
                new Limits.Stores(losing, store, store, new MemoryRateLimitStore(() -> 0, store::changed)),
                BudgetMeter.NONE,
                Ids.system(),
                clock);
        Budget budget = others.budgets()
                .put(
                        A,
                        "tokens",
                        terms(BudgetScope.TENANT, BudgetLimit.tokens(100), BudgetPeriod.DAY),
                        0,
                        OWNER,
                        false);
        assertThatThrownBy(() -> others.budgets().reserve(spender(A), "local/x", () -> 20, Optional.of(40)))
                .hasMessage("It is away.");
        assertThat(others.budgets().windows(budget).getFirst().reserved()).isEqualByComparingTo("60");
        others.budgets().settle();
        assertThat(others.budgets().windows(budget).getFirst().reserved()).isZero();
        assertThat(others.budgets().windows(budget).getFirst().spent()).isZero();
    }

    @Test
    void ofOneBudgetThatIsUsedUpNothingIsReservedInTheOthers() {
        set(A, "a-large", terms(BudgetScope.TENANT, BudgetLimit.tokens(1000), BudgetPeriod.TOTAL));
        set(A, "b-small", terms(BudgetScope.EXECUTION, BudgetLimit.tokens(10), BudgetPeriod.EXECUTION));
        refused(LimitsErrorCode.BUDGET_EXCEEDED, () -> reserve(spender(A), "local/x", 10, 10), "b-small", "exe_1");
        assertThat(budgets.windows(budgets.require(A, "a-large")))
                .allSatisfy(window -> assertThat(window.reserved()).isZero());
    }

    @Test
    void aTenantWithoutABudgetIsNeitherHeldNorAsked() {
        set(A, "tokens", terms(BudgetScope.TENANT, BudgetLimit.tokens(1), BudgetPeriod.DAY));
        Budgets.Hold hold = budgets.reserve(
                spender(B),
                "unknown/x",
                () -> {
                    throw new AssertionError("the request is not even measured");
                },
                Optional.empty());
        assertThat(hold.id()).isEmpty();
        assertThat(hold.maxOutputTokens()).isEmpty();
        budgets.settle(hold, new Usage(7, 8), false);
        assertThat(limits.usage().ofExecution(B, "exe_1")).singleElement().satisfies(use -> {
            assertThat(use.sums().inputTokens()).isEqualTo(7);
            assertThat(use.key().currency()).as("nobody knows the price").isEmpty();
        });
        assertThat(limits.usage().ofExecution(A, "exe_1")).isEmpty();
    }

    @Test
    void aHundredCallsAtOnceStayWithinASmallBudget() throws Exception {
        set(A, "tokens", terms(BudgetScope.TENANT, BudgetLimit.tokens(1000), BudgetPeriod.TOTAL));
        Callable<Boolean> call = () -> {
            try {
                Budgets.Hold hold = reserve(spender(A), "local/x", 50, 50);
                Thread.sleep(1);
                budgets.settle(hold, new Usage(50, 50), false);
                return true;
            } catch (AgentOsException e) {
                return false;
            }
        };
        int passed = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> one : threads.invokeAll(Collections.nCopies(100, call))) {
                passed += one.get() ? 1 : 0;
            }
        }
        assertThat(passed).isEqualTo(10);
        assertThat(window(A, "tokens").spent()).isEqualByComparingTo("1000");
        assertThat(window(A, "tokens").reserved()).isZero();
    }

    @Test
    void periodsBeginAnew() {
        set(A, "day", terms(BudgetScope.TENANT, BudgetLimit.tokens(10), BudgetPeriod.DAY));
        set(A, "month", terms(BudgetScope.TENANT, BudgetLimit.tokens(20), BudgetPeriod.MONTH));
        set(A, "total", terms(BudgetScope.TENANT, BudgetLimit.tokens(25), BudgetPeriod.TOTAL));
        Budgets.Hold before = reserve(spender(A), "local/x", 5, 5);
        clock.now = clock.now.plus(Duration.ofMinutes(2));
        budgets.settle(before, new Usage(5, 5), false);
        assertThat(budgets.windows(budgets.require(A, "day")))
                .as("the call belongs to the day on which it began")
                .isEmpty();
        budgets.settle(reserve(spender(A), "local/x", 5, 5), new Usage(5, 5), false);
        assertThat(window(A, "day").bucket()).isEqualTo("2026-12-01");
        assertThat(window(A, "month").bucket()).isEqualTo("2026-12");
        assertThat(window(A, "month").spent()).isEqualByComparingTo("10");
        assertThat(window(A, "total").spent()).isEqualByComparingTo("20");
        refused(LimitsErrorCode.BUDGET_EXCEEDED, () -> reserve(spender(A), "local/x", 3, 0), "'day'");
    }

    @Test
    void moneyIsCountedExactly() {
        limits.prices().put("p/m", rates("0.1", "0.3"), Optional.empty(), 0, "key_admin");
        set(A, "money", terms(BudgetScope.TENANT, BudgetLimit.money("0.000003", "USD"), BudgetPeriod.TOTAL));
        for (int i = 0; i < 10; i++) {
            budgets.settle(reserve(spender(A), "p/m", 0, 1), new Usage(0, 1), false);
        }
        assertThat(window(A, "money").spent()).isEqualByComparingTo("0.000003");
        refused(LimitsErrorCode.BUDGET_EXCEEDED, () -> reserve(spender(A), "p/m", 1, 0), "0.0000001 USD");
    }

    @Test
    void aModelWithoutAPriceIsRefusedByABudgetOfMoneyOnly() {
        set(A, "tokens", terms(BudgetScope.TENANT, BudgetLimit.tokens(1000), BudgetPeriod.TOTAL));
        budgets.settle(reserve(spender(A), "strange/m", 1, 1), new Usage(1, 1), false);
        set(A, "money", terms(BudgetScope.TENANT, BudgetLimit.money("5", "USD"), BudgetPeriod.TOTAL));
        refused(LimitsErrorCode.UNKNOWN_PRICE, () -> reserve(spender(A), "strange/m", 1, 1), "strange/m", "USD");
        limits.prices().put("strange/*", new Price.Rates(one(), one(), "EUR", 10), Optional.empty(), 0, "key_admin");
        refused(LimitsErrorCode.UNKNOWN_PRICE, () -> reserve(spender(A), "strange/m", 1, 1), "USD");
        assertThat(reserve(spender(A), "local/m", 1, 1).id())
                .as("what is free needs no currency")
                .isPresent();
    }

    @Test
    void eachPrincipalOrAgentIsCountedForItselfAndSoIsOneThatIsNamed() {
        set(A, "each", terms(BudgetScope.PRINCIPAL, BudgetLimit.tokens(10), BudgetPeriod.DAY));
        budgets.put(
                A,
                "one",
                new Budget.Terms(
                        BudgetScope.AGENT,
                        Optional.of("research/reader"),
                        BudgetLimit.tokens(15),
                        BudgetPeriod.DAY,
                        Budget.WARN_AT,
                        true),
                0,
                OWNER,
                false);
        Spender other = new Spender(A, Optional.of("key_2"), Optional.of("research/reader"), Optional.empty());
        Spender third = new Spender(A, Optional.of("key_3"), Optional.of("research/other"), Optional.empty());
        reserve(spender(A), "local/x", 10, 0);
        refused(LimitsErrorCode.BUDGET_EXCEEDED, () -> reserve(spender(A), "local/x", 1, 0), "'each'", "key_1");
        refused(LimitsErrorCode.BUDGET_EXCEEDED, () -> reserve(other, "local/x", 6, 0), "'one'");
        reserve(other, "local/x", 5, 0);
        reserve(third, "local/x", 10, 0);
        assertThat(budgets.windows(budgets.require(A, "each"))).hasSize(3);
    }

    @Test
    void fourFifthsWarnOnceAndAgainAfterARaise() {
        set(A, "tokens", terms(BudgetScope.TENANT, BudgetLimit.tokens(100), BudgetPeriod.TOTAL));
        assertThat(budgets.settle(reserve(spender(A), "local/x", 79, 0), new Usage(79, 0), false))
                .isEmpty();
        assertThat(budgets.settle(reserve(spender(A), "local/x", 1, 0), new Usage(1, 0), false))
                .singleElement()
                .satisfies(warning -> assertThat(warning.window().spent()).isEqualByComparingTo("80"));
        assertThat(budgets.settle(reserve(spender(A), "local/x", 1, 0), new Usage(1, 0), false))
                .isEmpty();
        Budget.Terms raised = terms(BudgetScope.TENANT, BudgetLimit.tokens(110), BudgetPeriod.TOTAL);
        budgets.put(A, "tokens", raised, budgets.require(A, "tokens").change().revision(), OWNER, false);
        assertThat(budgets.settle(reserve(spender(A), "local/x", 7, 0), new Usage(7, 0), false))
                .hasSize(1);
    }

    @Test
    void aBudgetThatIsTriedOnlyCounts() {
        budgets.put(
                A,
                "trial",
                new Budget.Terms(
                        BudgetScope.TENANT,
                        Optional.empty(),
                        BudgetLimit.money("1", "USD"),
                        BudgetPeriod.DAY,
                        Budget.WARN_AT,
                        false),
                0,
                OWNER,
                false);
        assertThat(reserve(spender(A), "strange/m", 1, 1).id()).isEmpty();
        limits.prices().put("strange/m", rates("1000000", "1000000"), Optional.empty(), 0, "key_admin");
        assertThat(budgets.settle(reserve(spender(A), "strange/m", 1, 1), new Usage(1, 1), false))
                .hasSize(1);
        assertThat(window(A, "trial").spent()).isEqualByComparingTo("2");
    }

    @Test
    void whatThePlatformHasSetATenantDoesNotChange() {
        Budget.Terms terms = terms(BudgetScope.TENANT, BudgetLimit.tokens(100), BudgetPeriod.TOTAL);
        long seen = budgets.put(A, "tokens", terms, 0, PLATFORM, false).change().revision();
        refused(LimitsErrorCode.SET_BY_PLATFORM, () -> budgets.put(A, "tokens", terms, seen, OWNER, false));
        refused(LimitsErrorCode.SET_BY_PLATFORM, () -> budgets.delete(A, "tokens", seen, OWNER));
        refused(LimitsErrorCode.BUDGET_CHANGED, () -> budgets.delete(A, "tokens", seen + 1, PLATFORM));
        budgets.delete(A, "tokens", seen, PLATFORM);
        refused(LimitsErrorCode.UNKNOWN_BUDGET, () -> budgets.require(A, "tokens"));
    }

    @Test
    void amountsAreWrittenWithoutAnExponent() {
        BudgetLimit limit = BudgetLimit.tokens(5000);
        assertThat(limit.toJson(limit.amount()).toString()).isEqualTo("{\"tokens\":5000}");
        BudgetLimit money = BudgetLimit.money("100.00", "USD");
        assertThat(money.toJson(money.amount()).toString()).isEqualTo("{\"amount\":\"100\",\"currency\":\"USD\"}");
    }

    @Test
    void whatCannotBeABudgetIsSaidSo() {
        for (Runnable wrong : List.<Runnable>of(
                () -> BudgetLimit.tokens(0),
                () -> BudgetLimit.money("-1", "USD"),
                () -> BudgetLimit.money("1", "dollars"),
                () -> BudgetLimit.money("0.0000001", "USD"),
                () -> new BudgetLimit(new BigDecimal("1.5"), Optional.empty()),
                () -> new BudgetLimit(new BigDecimal("1e20"), Optional.empty()),
                () -> terms(BudgetScope.TENANT, BudgetLimit.tokens(1), BudgetPeriod.EXECUTION),
                () -> terms(BudgetScope.EXECUTION, BudgetLimit.tokens(1), BudgetPeriod.DAY),
                () -> set(A, "No Name", terms(BudgetScope.TENANT, BudgetLimit.tokens(1), BudgetPeriod.DAY)))) {
            refused(LimitsErrorCode.INVALID_BUDGET, wrong);
        }
    }

    @Test
    void theMostExactPriceHoldsAndTheHistoryStays() {
        Prices prices = limits.prices();
        prices.put("p/*", rates("1", "1"), Optional.empty(), 0, "k");
        prices.put("p/large-*", rates("2", "2"), Optional.empty(), 0, "k");
        prices.put("p/large-1", rates("3", "3"), Optional.of(clock.now.plusSeconds(60)), 0, "k");
        assertThat(input("p/small")).isEqualTo("1");
        assertThat(input("p/large-1")).as("not yet").isEqualTo("2");
        clock.now = clock.now.plusSeconds(60);
        assertThat(input("p/large-1")).isEqualTo("3");
        prices.remove("p/large-1", 1, "k");
        assertThat(prices.find("p/large-1"))
                .as("unknown, and not that of another")
                .isEmpty();
        assertThat(prices.history("p/large-1")).hasSize(2);
        assertThat(prices.list())
                .extracting(one -> one.price().model())
                .contains("p/*", "openai/gpt-4o")
                .doesNotContain("p/large-1");
        refused(LimitsErrorCode.UNKNOWN_PRICE, () -> prices.remove("q/x", 0, "k"));
        for (String wrong : List.of("p", "*", "p/a*b", "p/a b", "/x", "p/")) {
            refused(LimitsErrorCode.INVALID_PRICE, () -> prices.put(wrong, rates("1", "1"), Optional.empty(), 0, "k"));
        }
    }

    private String input(String model) {
        return BudgetLimit.plain(limits.prices().find(model).orElseThrow().input());
    }

    private static BigDecimal one() {
        return BigDecimal.ONE;
    }

    private static Price.Rates rates(String input, String output) {
        return new Price.Rates(new BigDecimal(input), new BigDecimal(output), "USD", 100);
    }
}
