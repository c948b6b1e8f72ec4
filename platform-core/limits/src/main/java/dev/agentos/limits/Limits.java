package dev.agentos.limits;

import dev.agentos.kernel.Ids;
import java.time.InstantSource;

/** Budgets with the prices that they reckon with and the usage that they leave, and limits of rates. */
public final class Limits {

    private final BudgetStore store;
    private final Prices prices;
    private final UsageLedger usage;
    private final Budgets budgets;
    private final RateLimits rates;
    private long generation = -1;

    /**
     * Where limits are kept.
     *
     * @param budgets what may be used
     * @param prices what models cost
     * @param usage what was used
     * @param rates how often the API may be asked
     */
    public record Stores(BudgetStore budgets, PriceStore prices, UsageStore usage, RateLimitStore rates) {}

    /** Limits kept in those stores. */
    public Limits(Stores stores, BudgetMeter meter, Ids ids, InstantSource clock) {
        this.store = stores.budgets();
        this.prices = new Prices(stores.prices(), clock);
        this.usage = new UsageLedger(stores.usage(), clock);
        this.budgets = new Budgets(store, prices, usage, meter, ids, clock, this::refresh);
        this.rates = new RateLimits(stores.rates(), clock, System::nanoTime, this::refresh);
    }

    /** Limits that nobody keeps, for a runtime without a database. */
    public static Limits inMemory() {
        MemoryLimitsStore store = new MemoryLimitsStore();
        return new Limits(
                new Stores(store, store, store, new MemoryRateLimitStore(System::nanoTime, store::changed)),
                BudgetMeter.NONE,
                Ids.system(),
                InstantSource.system());
    }

    /** What may be used. */
    public Budgets budgets() {
        return budgets;
    }

    /** What models cost. */
    public Prices prices() {
        return prices;
    }

    /** What was used. */
    public UsageLedger usage() {
        return usage;
    }

    /** How often the API may be asked. */
    public RateLimits rates() {
        return rates;
    }

    /** Takes over what was changed, here or by other servers. */
    public synchronized void refresh() {
        long now = store.generation();
        if (now != generation) {
            prices.refresh();
            budgets.load();
            rates.load();
            generation = now;
        }
    }

    /** Settles what calls have left open. */
    public void settle() {
        budgets.settle();
        rates.sweep();
    }

    /** Writes what was used. */
    public void flush() {
        usage.flush();
    }

    /** Leaves nothing behind that another server would have to settle. */
    public void leave() {
        usage.flush();
        budgets.leave();
    }
}
