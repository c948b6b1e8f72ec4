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
    record Refusal(Budget budget, Budget.Window window, BigDecimal wanted) {}

    /**
     * Reserves all shares or none, in one atomic step across all servers. A budget that is no more is left out.
     *
     * @param hold the id of the reservation
     * @param holder the server that settles it
     */
    Optional<Refusal> reserve(TenantId tenant, String hold, String holder, List<Share> shares);

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
