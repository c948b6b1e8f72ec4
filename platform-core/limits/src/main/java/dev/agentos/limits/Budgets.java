package dev.agentos.limits;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.limits.BudgetStore.Share;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Usage;
import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Budgets, and the reservations by which calls of models stay within them: before a call the most that it may take is
 * reserved in every budget that counts it, all or nothing; afterwards what it took is booked and the rest given back.
 * Which budgets there are is known in memory, so that the calls of a tenant without one ask nobody.
 */
public final class Budgets extends NamedLimits<Budget.Terms, Budget> {

    private static final Logger LOG = LoggerFactory.getLogger(Budgets.class);
    private static final int MOST_WINDOWS = 100;

    /** How long an answer is reckoned with when neither its request nor the price table says. */
    static final int MAX_OUTPUT_TOKENS = 4096;

    /**
     * After this a server that said nothing is taken for lost: much longer than a pause or a short cut of the network.
     */
    static final Duration LOST = Duration.ofMinutes(1);

    private static final Kind KIND = new Kind(
            "budget",
            "scope, subject, period and currency",
            "plan-(day|month|total|execution)-([a-z]{3}|tokens)",
            new Codes(
                    LimitsErrorCode.BUDGET_CHANGED,
                    LimitsErrorCode.INVALID_BUDGET,
                    LimitsErrorCode.SET_BY_PLATFORM,
                    LimitsErrorCode.TOO_MANY_BUDGETS,
                    LimitsErrorCode.UNKNOWN_BUDGET),
            "docs/how-to/set-a-budget.md");

    private final BudgetStore store;
    private final Prices prices;
    private final UsageLedger ledger;
    private final BudgetMeter meter;
    private final Ids ids;
    private final InstantSource clock;
    private final String holder;
    private final Queue<Settlement> unsettled = new ConcurrentLinkedQueue<>();
    private Instant told = Instant.MIN;

    private record Settlement(TenantId tenant, String hold, List<Share> actual) {}

    /**
     * Budgets kept in that store.
     *
     * @param ids of reservations and of this server
     * @param changed told after each change
     */
    Budgets(
            BudgetStore store,
            Prices prices,
            UsageLedger ledger,
            BudgetMeter meter,
            Ids ids,
            InstantSource clock,
            Runnable changed) {
        super(KIND, store, clock, changed);
        this.store = store;
        this.prices = prices;
        this.ledger = ledger;
        this.meter = meter;
        this.ids = ids;
        this.clock = clock;
        this.holder = ids.next("srv");
    }

    @Override
    protected Budget limit(TenantId tenant, String name, Budget.Terms terms, NamedLimit.Change change) {
        return new Budget(tenant, name, terms, change);
    }

    /**
     * What a call may take.
     *
     * @param id of the reservation; empty when no budget counts the call
     * @param spender on whose account
     * @param model that is called
     * @param rates what it costs; empty when nobody has said
     * @param shares what is reserved
     * @param maxOutputTokens the longest answer that was reckoned with; empty when no budget counts the call
     */
    public record Hold(
            Optional<String> id,
            Spender spender,
            String model,
            Optional<Price.Rates> rates,
            List<Reserved> shares,
            Optional<Integer> maxOutputTokens) {}

    /** A reserved share, and whether it is of money or tokens. */
    record Reserved(Share share, boolean money) {}

    /**
     * Reserves what a call may take at most.
     *
     * @param inputTokens an estimate from above, asked for only when a budget counts the call
     * @param maxOutputTokens as the request says
     * @throws BudgetExceededException {@code limits:BUDGET_EXCEEDED}
     * @throws AgentOsException {@code limits:UNKNOWN_PRICE}
     */
    public Hold reserve(Spender spender, String model, LongSupplier inputTokens, Optional<Integer> maxOutputTokens) {
        List<Budget> budgets = known(spender.tenant());
        Optional<Price.Rates> rates = prices.find(model);
        Instant now = clock.instant();
        List<Reserved> shares = new ArrayList<>();
        Usage most = null;
        int output = maxOutputTokens.orElseGet(
                () -> rates.map(Price.Rates::maxOutputTokens).orElse(MAX_OUTPUT_TOKENS));
        for (Budget budget : budgets) {
            Optional<String> bucket = budget.bucket(spender, now);
            if (bucket.isPresent()) {
                most = most == null ? new Usage(inputTokens.getAsLong(), output) : most;
                share(budget, model, rates, most)
                        .ifPresent(amount -> shares.add(new Reserved(
                                new Share(budget.name(), bucket.get(), amount),
                                budget.terms().limit().currency().isPresent())));
            }
        }
        if (shares.isEmpty()) {
            return new Hold(Optional.empty(), spender, model, rates, List.of(), Optional.empty());
        }
        String hold = ids.next("hld");
        List<Share> asked = shares.stream().map(Reserved::share).toList();
        reserve(spender, hold, asked).ifPresent(refusal -> {
            meter.refused(refusal.budget());
            throw new BudgetExceededException(refusal);
        });
        return new Hold(Optional.of(hold), spender, model, rates, List.copyOf(shares), Optional.of(output));
    }

    private Optional<BudgetStore.Refusal> reserve(Spender spender, String hold, List<Share> asked) {
        try {
            return store.reserve(spender.tenant(), hold, holder, spender.execution(), asked);
        } catch (RuntimeException e) {
            // It may be reserved although the answer was lost, and no call is made that would settle it.
            List<Share> nothing = asked.stream()
                    .map(one -> new Share(one.budget(), one.bucket(), BigDecimal.ZERO))
                    .toList();
            unsettled.add(new Settlement(spender.tenant(), hold, nothing));
            throw e;
        }
    }

    /** What a budget reckons a use with; empty for one that only counts, and cannot without a price. */
    private Optional<BigDecimal> share(Budget budget, String model, Optional<Price.Rates> rates, Usage usage) {
        Optional<String> currency = budget.terms().limit().currency();
        if (currency.isEmpty()) {
            return Optional.of(BigDecimal.valueOf(usage.inputTokens() + usage.outputTokens()));
        }
        Optional<Price.Rates> known =
                rates.filter(price -> price.free() || price.currency().equals(currency.get()));
        if (known.isEmpty() && budget.terms().enforced()) {
            meter.refused(budget);
            throw new AgentOsException(
                    LimitsErrorCode.UNKNOWN_PRICE,
                    "Nobody has said what the model '" + model + "' costs in " + currency.get() + ", and the budget '"
                            + budget.name() + "' counts it.",
                    "Have an administrator of the platform set its price with PUT /api/v1/prices/" + model
                            + ", or choose a model whose price is known.");
        }
        return known.map(price -> price.cost(usage));
    }

    /** Lets one call of an execution pass beyond a budget, once for each approval; false when it was let already. */
    public boolean grant(BudgetStore.Grant grant) {
        return store.grant(grant);
    }

    /**
     * Books what a call took, and gives back what it did not.
     *
     * @param estimated whether nobody has counted the tokens
     * @return the budgets of which to warn
     */
    public List<BudgetStore.Warning> settle(Hold hold, Usage usage, boolean estimated) {
        count(hold, usage, estimated);
        if (hold.id().isEmpty()) {
            return List.of();
        }
        List<Share> actual = hold.shares().stream()
                .map(one -> new Share(one.share().budget(), one.share().bucket(), came(one, hold, usage)))
                .toList();
        Settlement settlement =
                new Settlement(hold.spender().tenant(), hold.id().get(), actual);
        try {
            return settled(settlement);
        } catch (RuntimeException e) {
            // The answer is there and must not be lost for it; until it is settled all of it counts.
            LOG.warn("A reservation is settled later, because the database cannot do it now", e);
            unsettled.add(settlement);
            return List.of();
        }
    }

    private static BigDecimal came(Reserved reserved, Hold hold, Usage usage) {
        return reserved.money()
                ? hold.rates().orElseThrow().cost(usage)
                : BigDecimal.valueOf(usage.inputTokens() + usage.outputTokens());
    }

    private void count(Hold hold, Usage usage, boolean estimated) {
        if (usage.equals(Usage.NONE)) {
            return;
        }
        Spender spender = hold.spender();
        ledger.add(new ModelUse(
                new ModelUse.Key(
                        spender.tenant(),
                        ledger.today(),
                        hold.model(),
                        spender.agent().orElse(""),
                        spender.principal().orElse(""),
                        spender.execution().orElse(""),
                        hold.rates().map(Price.Rates::currency).orElse("")),
                new ModelUse.Sums(
                        1,
                        estimated ? 1 : 0,
                        usage.inputTokens(),
                        usage.outputTokens(),
                        hold.rates().map(rates -> rates.cost(usage)).orElse(BigDecimal.ZERO))));
    }

    private List<BudgetStore.Warning> settled(Settlement settlement) {
        List<BudgetStore.Warning> warnings = store.settle(settlement.tenant(), settlement.hold(), settlement.actual());
        warnings.forEach(warning -> {
            LOG.warn(
                    "The budget '{}' of tenant {} ({}) is nearly used up: {} spent",
                    warning.budget(),
                    settlement.tenant(),
                    warning.window().bucket(),
                    BudgetLimit.plain(warning.window().spent()));
            meter.warned(settlement.tenant(), warning);
        });
        return warnings;
    }

    /** What a budget has counted in the period that is now, the most first; at most a hundred subjects. */
    public List<Budget.Window> windows(Budget budget) {
        boolean executions = budget.terms().period() == BudgetPeriod.EXECUTION;
        return store.windows(
                budget.tenant(),
                budget.name(),
                executions ? Optional.empty() : Optional.of(budget.current(clock.instant())),
                MOST_WINDOWS);
    }

    /** Settles what could not be settled, and what servers left that are gone. */
    void settle() {
        Instant now = clock.instant();
        if (now.isBefore(told) || Duration.between(told, now).compareTo(LOST.dividedBy(10)) >= 0) {
            store.present(holder);
            int lost = store.settleLost(LOST);
            if (lost > 0) {
                LOG.warn("{} calls of servers that are gone were booked with all that was reserved for them", lost);
            }
            told = now;
        }
        for (Settlement next = unsettled.peek(); next != null; next = unsettled.peek()) {
            settled(next);
            unsettled.remove(next);
        }
    }

    /** Nothing of this server is left to be settled. */
    void leave() {
        settle();
        store.gone(holder);
    }

    static InvalidInputException invalid(String pointer, String message) {
        return invalid(KIND, pointer, message);
    }
}
