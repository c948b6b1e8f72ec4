package dev.agentos.limits;

import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Keeps budgets, what is reserved of them and what is spent. */
public interface BudgetStore extends NamedLimitStore<Budget> {

    /** A number that grows with each change of a budget or a price. */
    long generation();

    /**
     * What a budget has counted, most first.
     *
     * @param period how the buckets begin; all when empty
     */
    List<Budget.Window> windows(TenantId tenant, String name, Optional<String> period, int most);

    /**
     * A part of a reservation.
     *
     * @param budget its name
     * @param bucket where it is counted
     * @param amount how much, or what it came to
     */
    record Share(String budget, String bucket, BigDecimal amount) {}

    /**
     * A budget that has not enough left.
     *
     * @param budget as it is now
     * @param window what it has counted
     * @param wanted what was to be reserved
     */
    record Refusal(Budget budget, Budget.Window window, BigDecimal wanted) {

        /** Whether nobody can let the call pass. */
        public boolean hard() {
            return !budget.terms().byApproval();
        }
    }

    /**
     * Reserves all shares or none, in one atomic step across all servers. A budget that is no more is left out; of one
     * that has not enough left a grant of the execution for as much is used up.
     *
     * @param hold the id of the reservation
     * @param holder the server that settles it
     * @param execution for which the call is made
     * @return the budget that refuses, rather one that asks nobody
     */
    Optional<Refusal> reserve(
            TenantId tenant, String hold, String holder, Optional<String> execution, List<Share> shares);

    /**
     * What people have agreed to: one call of an execution beyond a budget.
     *
     * @param approval its id
     * @param execution whose call
     * @param share where, and how much at most
     */
    record Grant(TenantId tenant, String approval, String execution, Share share) {}

    /** Adds a grant, once for each approval; false when it was there, used or not. */
    boolean grant(Grant grant);

    /**
     * A budget that a call has brought to where a warning is due.
     *
     * @param budget its name
     * @param window what it has counted
     */
    record Warning(String budget, Budget.Window window) {}

    /**
     * Ends a reservation: books what its shares came to and gives back the rest. Does nothing the second time.
     *
     * @param actual the amounts by budget
     */
    List<Warning> settle(TenantId tenant, String hold, List<Share> actual);

    /** Says that a server is there. */
    void present(String holder);

    /** A server goes, and has settled all. */
    void gone(String holder);

    /**
     * Books the reservations of servers that were not there for that long, whole: what they came to is not known.
     *
     * @return how many reservations
     */
    int settleLost(Duration away);
}
