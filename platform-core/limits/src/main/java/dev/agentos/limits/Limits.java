package dev.agentos.limits;

import dev.agentos.kernel.Ids;
import java.time.InstantSource;

/** Budgets with the prices that they reckon with and the usage that they leave. */
public final class Limits {

    private final Prices prices;
    private final UsageLedger usage;
    private final Budgets budgets;

    /** Limits kept in those stores. */
    public Limits(
            BudgetStore budgets, PriceStore prices, UsageStore usage, BudgetMeter meter, Ids ids, InstantSource clock) {
        this.prices = new Prices(prices, clock);
        this.usage = new UsageLedger(usage, clock);
        this.budgets = new Budgets(budgets, this.prices, this.usage, meter, ids, clock);
    }

    /** Limits that nobody keeps, for a runtime without a database. */
    public static Limits inMemory() {
        MemoryLimitsStore store = new MemoryLimitsStore();
        return new Limits(store, store, store, BudgetMeter.NONE, Ids.system(), InstantSource.system());
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

    /** Takes over what other servers have changed. */
    public void refresh() {
        budgets.refresh();
    }

    /** Settles what calls have left open. */
    public void settle() {
        budgets.settle();
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
