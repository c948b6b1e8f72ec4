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
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Budgets, and the reservations by which calls of models stay within them: before a call the most that it may take is
 * reserved in every budget that counts it, all or nothing; afterwards what it took is booked and the rest given back.
 * Which budgets there are is known in memory, so that the calls of a tenant without one ask nobody.
 */
public final class Budgets {

    private static final Logger LOG = LoggerFactory.getLogger(Budgets.class);
    private static final int MOST_BUDGETS = 100;
    private static final int MOST_WINDOWS = 100;

    /** How long an answer is reckoned with when neither its request nor the price table says. */
    static final int MAX_OUTPUT_TOKENS = 4096;

    /**
     * After this a server that said nothing is taken for lost: much longer than a pause or a short cut of the network.
     */
    static final Duration LOST = Duration.ofMinutes(1);

    private final BudgetStore store;
    private final Prices prices;
    private final UsageLedger ledger;
    private final BudgetMeter meter;
    private final Ids ids;
    private final InstantSource clock;
    private final Runnable changed;
    private final String holder;
    private final Queue<Settlement> unsettled = new ConcurrentLinkedQueue<>();
    private volatile Map<String, List<Budget>> known = Map.of();
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
        this.changed = changed;
        this.store = store;
        this.prices = prices;
        this.ledger = ledger;
        this.meter = meter;
        this.ids = ids;
        this.clock = clock;
        this.holder = ids.next("srv");
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
     * @throws AgentOsException {@code limits:BUDGET_EXCEEDED}, {@code limits:UNKNOWN_PRICE}
     */
    public Hold reserve(Spender spender, String model, LongSupplier inputTokens, Optional<Integer> maxOutputTokens) {
        List<Budget> budgets = known.getOrDefault(spender.tenant().value(), List.of());
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
        store.reserve(
                        spender.tenant(),
                        hold,
                        holder,
                        shares.stream().map(Reserved::share).toList())
                .ifPresent(refusal -> {
                    meter.refused(refusal.budget());
                    throw exceeded(refusal);
                });
        return new Hold(Optional.of(hold), spender, model, rates, List.copyOf(shares), Optional.of(output));
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

    private static AgentOsException exceeded(BudgetStore.Refusal refusal) {
        Budget budget = refusal.budget();
        BudgetLimit limit = budget.terms().limit();
        Budget.Window window = refusal.window();
        return new AgentOsException(
                LimitsErrorCode.BUDGET_EXCEEDED,
                "The budget '" + budget.name() + "' (" + window.bucket() + ") holds " + limit.write(limit.amount())
                        + ": " + limit.write(window.spent()) + " are spent, " + limit.write(window.reserved())
                        + " reserved for calls that run, and this call may take " + limit.write(refusal.wanted()) + ".",
                switch (budget.terms().period()) {
                            case DAY -> "Wait for the next day (UTC), ";
                            case MONTH -> "Wait for the next month (UTC), ";
                            case TOTAL, EXECUTION -> "";
                        }
                        + "raise it with PUT /api/v1/budgets/" + budget.name()
                        + ", or allow a shorter answer (maxOutputTokens); then retry.");
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

    /** A tenant's budgets, by name. */
    public List<Budget> list(TenantId tenant) {
        return store.list(tenant);
    }

    /** A tenant's budget. */
    public Optional<Budget> find(TenantId tenant, String name) {
        return store.find(tenant, name);
    }

    /**
     * A tenant's budget.
     *
     * @throws AgentOsException {@code limits:UNKNOWN_BUDGET}
     */
    public Budget require(TenantId tenant, String name) {
        return find(tenant, name)
                .orElseThrow(() -> new AgentOsException(
                        LimitsErrorCode.UNKNOWN_BUDGET,
                        "There is no budget '" + name + "'.",
                        "GET /api/v1/budgets lists them."));
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

    /**
     * Who changes a budget.
     *
     * @param id of the principal
     * @param platform whether it administers the platform
     */
    public record Author(String id, boolean platform) {}

    /**
     * Sets a budget; what is spent stays.
     *
     * @param seen the revision that the caller has seen, 0 for none
     * @param dryRun whether to check only
     * @throws AgentOsException {@code limits:BUDGET_CHANGED}, {@code limits:TOO_MANY_BUDGETS},
     *     {@code limits:SET_BY_PLATFORM}
     * @throws InvalidInputException {@code limits:INVALID_BUDGET} for a name that cannot be
     */
    public Budget put(TenantId tenant, String name, Budget.Terms terms, long seen, Author author, boolean dryRun) {
        if (!name.matches("[a-z][a-z0-9-]{0,62}")) {
            throw invalid(
                    "/name",
                    "A budget's name is 1 to 63 lower-case letters, digits and hyphens, beginning with a letter.");
        }
        List<Budget> others = store.list(tenant);
        Optional<Budget> before =
                others.stream().filter(one -> one.name().equals(name)).findFirst();
        before.ifPresent(one -> requireMay(one, author));
        if (before.filter(one -> !one.terms().counts(terms)).isPresent()) {
            throw invalid(
                    "/scope",
                    "The budget '" + name + "' has counted something else: its scope, subject, period and currency stay"
                            + " what they are. Remove it first, or choose another name.");
        }
        if (before.isEmpty() && others.size() >= MOST_BUDGETS) {
            throw new AgentOsException(
                    LimitsErrorCode.TOO_MANY_BUDGETS,
                    "There are " + MOST_BUDGETS + " budgets already.",
                    "Remove one; one budget can count each agent or key for itself.");
        }
        Budget budget = new Budget(
                tenant, name, terms, new Budget.Change(seen + 1, author.platform(), author.id(), clock.instant()));
        if (dryRun) {
            return budget;
        }
        if (!store.put(budget, seen)) {
            throw changed(name);
        }
        changed.run();
        return budget;
    }

    /** Removes a budget and what it has counted; fails as {@link #put} and {@link #require}. */
    public void delete(TenantId tenant, String name, long seen, Author author) {
        requireMay(require(tenant, name), author);
        if (!store.delete(tenant, name, seen)) {
            throw changed(name);
        }
        changed.run();
    }

    private static void requireMay(Budget budget, Author author) {
        if (budget.change().byPlatform() && !author.platform()) {
            throw new AgentOsException(
                    LimitsErrorCode.SET_BY_PLATFORM,
                    "The budget '" + budget.name() + "' was set by an administrator of the platform.",
                    "Ask one to change it.");
        }
    }

    private static AgentOsException changed(String name) {
        return new AgentOsException(
                LimitsErrorCode.BUDGET_CHANGED,
                "The budget '" + name + "' was changed since it was read.",
                "Read it again and repeat the change.");
    }

    /** Reads all budgets again. */
    void load() {
        known = store.all().stream()
                .collect(Collectors.groupingBy(one -> one.tenant().value()));
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
        return InvalidInputException.of(
                LimitsErrorCode.INVALID_BUDGET, pointer, message, "Correct it, as docs/how-to/set-a-budget.md shows.");
    }
}
