package dev.agentos.stores;

import dev.agentos.limits.Budget;
import dev.agentos.limits.BudgetLimit;
import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.limits.BudgetStore;
import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Budgets in PostgreSQL. Reserving and settling lock the rows of what was counted, always in the order of their keys,
 * so that calls wait for each other and never in a circle.
 */
public final class JdbiBudgetStore extends NamedLimitRows<Budget> implements BudgetStore {

    /** A server cannot leave more than it had calls. */
    private static final int MOST_LOST = 1000;

    private static final Tables TABLES = new Tables(
            "budgets",
            List.of("scope", "subject", "amount", "currency", "period", "warn_at", "enforced", "by_approval"),
            "budgets_in_force",
            "budget_windows",
            "budget",
            "spent < :warn_at * :amount");

    /** Over those connections. */
    public JdbiBudgetStore(Connections connections) {
        super(connections, TABLES, JdbiBudgetStore::budget, (statement, budget) -> bind(statement, budget.terms()));
    }

    @Override
    public long generation() {
        return connections.asPlatform(handle -> handle.createQuery("SELECT generation FROM limits_generation")
                .mapTo(Long.class)
                .one());
    }

    /** Binds what a budget says, by the names of the columns. */
    static void bind(SqlStatement<?> statement, Budget.Terms terms) {
        statement
                .bind("scope", terms.scope().name())
                .bindByType("subject", terms.subject().orElse(null), String.class)
                .bind("amount", terms.limit().amount())
                .bindByType("currency", terms.limit().currency().orElse(null), String.class)
                .bind("period", terms.period().name())
                .bind("warn_at", terms.warnAt())
                .bind("enforced", terms.enforced())
                .bind("by_approval", terms.byApproval());
    }

    @Override
    public List<Budget.Window> windows(TenantId tenant, String name, Optional<String> period, int most) {
        return connections.inTenant(
                tenant,
                handle -> handle.createQuery("""
                    SELECT * FROM budget_windows
                     WHERE tenant_id = :tenant AND budget = :name
                       AND (CAST(:period AS text) IS NULL OR split_part(bucket, ' ', 1) = :period)
                     ORDER BY spent + reserved DESC, bucket LIMIT :most
                    """)
                        .bind("tenant", tenant.value())
                        .bind("name", name)
                        .bindByType("period", period.orElse(null), String.class)
                        .bind("most", most)
                        .map(JdbiBudgetStore::window)
                        .list());
    }

    private record Locked(Budget budget, Budget.Window window) {}

    @Override
    public Optional<Refusal> reserve(
            TenantId tenant, String hold, String holder, Optional<String> execution, List<Share> shares) {
        Map<String, BigDecimal> amounts = new HashMap<>();
        shares.forEach(share -> amounts.put(share.budget(), share.amount()));
        return connections.inTenant(tenant, handle -> {
            List<Locked> locked = lock(handle, tenant, shares);
            if (locked.size() < shares.size()) {
                open(handle, tenant, shares);
                locked = lock(handle, tenant, shares);
            }
            List<Refusal> beyond = new ArrayList<>();
            for (Locked one : locked) {
                BigDecimal amount = amounts.getOrDefault(one.budget().name(), BigDecimal.ZERO);
                if (one.budget().terms().enforced()
                        && one.window()
                                        .left(one.budget().terms().limit(), amount)
                                        .signum()
                                < 0) {
                    beyond.add(new Refusal(one.budget(), one.window(), amount));
                }
            }
            Optional<Refusal> refusal = refusal(handle, tenant, execution, beyond);
            if (refusal.isPresent()) {
                return refusal;
            }
            shares(handle.createUpdate("""
                WITH held AS (
                    INSERT INTO budget_holds (tenant_id, id, budget, bucket, amount, holder)
                    SELECT :tenant, :hold, share.budget, share.bucket, share.amount, :holder
                      FROM unnest(:budgets, :buckets, CAST(:amounts AS numeric[])) AS share (budget, bucket, amount)
                      JOIN budget_windows w
                        ON w.tenant_id = :tenant AND w.budget = share.budget AND w.bucket = share.bucket
                    RETURNING budget, bucket, amount)
                UPDATE budget_windows w SET reserved = w.reserved + held.amount
                  FROM held
                 WHERE w.tenant_id = :tenant AND w.budget = held.budget AND w.bucket = held.bucket
                """), tenant, shares)
                    .bind("hold", hold)
                    .bind("holder", holder)
                    .execute();
            return Optional.empty();
        });
    }

    /** Who holds the windows' locks uses up what the execution was granted in them, or nothing of it. */
    private static Optional<Refusal> refusal(
            Handle handle, TenantId tenant, Optional<String> execution, List<Refusal> beyond) {
        List<String> approvals = new ArrayList<>();
        List<Refusal> left = new ArrayList<>();
        for (Refusal one : beyond) {
            Optional<String> grant = one.hard() || execution.isEmpty()
                    ? Optional.empty()
                    : granted(handle, tenant, execution.get(), one);
            grant.ifPresentOrElse(approvals::add, () -> left.add(one));
        }
        if (left.isEmpty() && !approvals.isEmpty()) {
            handle.createUpdate("""
                WITH used AS (
                    UPDATE budget_grants SET used_at = now()
                     WHERE tenant_id = :tenant AND approval = ANY (:approvals)
                    RETURNING budget, bucket, amount)
                UPDATE budget_windows w SET granted = w.granted + used.amount
                  FROM used
                 WHERE w.tenant_id = :tenant AND w.budget = used.budget AND w.bucket = used.bucket
                """)
                    .bind("tenant", tenant.value())
                    .bindArray("approvals", String.class, approvals)
                    .execute();
        }
        return left.stream()
                .filter(Refusal::hard)
                .findFirst()
                .or(() -> left.stream().findFirst());
    }

    private static Optional<String> granted(Handle handle, TenantId tenant, String execution, Refusal refusal) {
        return handle.createQuery("""
            SELECT approval FROM budget_grants
             WHERE tenant_id = :tenant AND budget = :budget AND bucket = :bucket AND execution = :execution
               AND used_at IS NULL AND amount >= :wanted
             ORDER BY amount, approval LIMIT 1
            """)
                .bind("tenant", tenant.value())
                .bind("budget", refusal.budget().name())
                .bind("bucket", refusal.window().bucket())
                .bind("execution", execution)
                .bind("wanted", refusal.wanted())
                .mapTo(String.class)
                .findOne();
    }

    @Override
    public boolean grant(Grant grant) {
        return connections.inTenant(
                grant.tenant(),
                handle -> handle.createUpdate("""
                    INSERT INTO budget_grants (tenant_id, approval, budget, bucket, execution, amount)
                    SELECT w.tenant_id, :approval, w.budget, w.bucket, :execution, :amount
                      FROM budget_windows w
                     WHERE w.tenant_id = :tenant AND w.budget = :budget AND w.bucket = :bucket
                    ON CONFLICT DO NOTHING
                    """)
                                .bind("tenant", grant.tenant().value())
                                .bind("approval", grant.approval())
                                .bind("execution", grant.execution())
                                .bind("budget", grant.share().budget())
                                .bind("bucket", grant.share().bucket())
                                .bind("amount", grant.share().amount())
                                .execute()
                        == 1);
    }

    /** Locks what the shares are counted in, as far as it is there. */
    private static List<Locked> lock(Handle handle, TenantId tenant, List<Share> shares) {
        return shares(handle.createQuery("""
            SELECT b.*, w.bucket, w.spent, w.reserved, w.warned, w.granted
              FROM unnest(:budgets, :buckets, CAST(:amounts AS numeric[])) AS share (budget, bucket, amount)
              JOIN budget_windows w ON w.tenant_id = :tenant AND w.budget = share.budget AND w.bucket = share.bucket
              JOIN budgets_in_force b ON b.tenant_id = :tenant AND b.name = share.budget
             ORDER BY w.budget, w.bucket FOR UPDATE OF w
            """), tenant, shares)
                .map((row, context) -> new Locked(budget(row, context), window(row, context)))
                .list();
    }

    /** Begins to count where nothing was counted yet. */
    private static void open(Handle handle, TenantId tenant, List<Share> shares) {
        shares(handle.createUpdate("""
            INSERT INTO budget_windows (tenant_id, budget, bucket)
            SELECT :tenant, share.budget, share.bucket
              FROM unnest(:budgets, :buckets, CAST(:amounts AS numeric[])) AS share (budget, bucket, amount)
              JOIN budgets_in_force b ON b.tenant_id = :tenant AND b.name = share.budget
             ORDER BY share.budget
            ON CONFLICT DO NOTHING
            """), tenant, shares).execute();
    }

    private static <S extends SqlStatement<S>> S shares(S statement, TenantId tenant, List<Share> shares) {
        return statement
                .bind("tenant", tenant.value())
                .bindArray("budgets", String.class, texts(shares, Share::budget))
                .bindArray("buckets", String.class, texts(shares, Share::bucket))
                .bindArray(
                        "amounts",
                        String.class,
                        texts(shares, share -> share.amount().toPlainString()));
    }

    private static Object[] texts(List<Share> shares, Function<Share, String> part) {
        return shares.stream().map(part).toArray();
    }

    @Override
    public List<Warning> settle(TenantId tenant, String hold, List<Share> actual) {
        return connections.inTenant(tenant, handle -> settle(handle, tenant, hold, actual));
    }

    private static List<Warning> settle(Handle handle, TenantId tenant, String hold, List<Share> actual) {
        handle.createQuery("""
            SELECT w.budget
              FROM budget_holds h
              JOIN budget_windows w ON w.tenant_id = h.tenant_id AND w.budget = h.budget AND w.bucket = h.bucket
             WHERE h.tenant_id = :tenant AND h.id = :hold
             ORDER BY w.budget, w.bucket FOR UPDATE OF w
            """)
                .bind("tenant", tenant.value())
                .bind("hold", hold)
                .mapTo(String.class)
                .list();
        return shares(handle.createQuery("""
            WITH gone AS (
                DELETE FROM budget_holds WHERE tenant_id = :tenant AND id = :hold
                RETURNING budget, bucket, amount),
            came AS (
                SELECT gone.*, coalesce(share.amount, gone.amount) AS actual
                  FROM gone
                  LEFT JOIN unnest(:budgets, :buckets, CAST(:amounts AS numeric[])) AS share (budget, bucket, amount)
                    USING (budget, bucket)),
            due AS (
                SELECT w.budget, w.bucket
                  FROM came
                  JOIN budget_windows w
                    ON w.tenant_id = :tenant AND w.budget = came.budget AND w.bucket = came.bucket
                  JOIN budgets_in_force b ON b.tenant_id = :tenant AND b.name = w.budget
                 WHERE NOT w.warned AND w.spent + came.actual >= b.warn_at * b.amount),
            settled AS (
                UPDATE budget_windows w
                   SET reserved = w.reserved - came.amount, spent = w.spent + came.actual,
                       warned = w.warned OR EXISTS (
                           SELECT FROM due WHERE due.budget = w.budget AND due.bucket = w.bucket)
                  FROM came
                 WHERE w.tenant_id = :tenant AND w.budget = came.budget AND w.bucket = came.bucket
                RETURNING w.*)
            SELECT settled.* FROM settled JOIN due USING (budget, bucket) ORDER BY budget
            """), tenant, actual)
                .bind("hold", hold)
                .map((row, context) -> new Warning(row.getString("budget"), window(row, context)))
                .list();
    }

    @Override
    public void present(String holder) {
        connections.asPlatform(
                handle -> handle.createUpdate("""
                    INSERT INTO budget_holders (id, seen_at) VALUES (:id, now())
                    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
                    """).bind("id", holder).execute());
    }

    @Override
    public void gone(String holder) {
        connections.asPlatform(handle -> handle.createUpdate("DELETE FROM budget_holders WHERE id = :id")
                .bind("id", holder)
                .execute());
    }

    private record Lost(TenantId tenant, String hold, Share share) {}

    @Override
    public int settleLost(Duration away) {
        List<Lost> lost = connections.asPlatform(handle -> handle.createQuery("""
            SELECT h.* FROM budget_holds h
             WHERE NOT EXISTS (
                SELECT FROM budget_holders s
                 WHERE s.id = h.holder AND s.seen_at > now() - CAST(:away AS interval))
             ORDER BY h.tenant_id, h.id, h.budget LIMIT :most
            """)
                .bind("away", away.toString())
                .bind("most", MOST_LOST)
                .map((row, context) -> new Lost(
                        new TenantId(row.getString("tenant_id")),
                        row.getString("id"),
                        new Share(row.getString("budget"), row.getString("bucket"), row.getBigDecimal("amount"))))
                .list());
        Map<String, TenantId> holds = new HashMap<>();
        lost.forEach(one -> holds.put(one.hold(), one.tenant()));
        holds.forEach((hold, tenant) -> settle(
                tenant,
                hold,
                lost.stream()
                        .filter(one -> one.hold().equals(hold))
                        .map(Lost::share)
                        .toList()));
        connections.asPlatform(
                handle -> handle.createUpdate("""
                    DELETE FROM budget_holders
                     WHERE seen_at < now() - 2 * CAST(:away AS interval)
                       AND NOT EXISTS (SELECT FROM budget_holds h WHERE h.holder = budget_holders.id)
                    """).bind("away", away.toString()).execute());
        return holds.size();
    }

    private static Budget.Window window(ResultSet row, StatementContext context) throws SQLException {
        return new Budget.Window(
                row.getString("bucket"),
                row.getBigDecimal("spent"),
                row.getBigDecimal("reserved"),
                row.getBoolean("warned"),
                row.getBigDecimal("granted"));
    }

    private static Budget budget(ResultSet row, StatementContext context) throws SQLException {
        return new Budget(new TenantId(row.getString("tenant_id")), row.getString("name"), terms(row), change(row));
    }

    /** What the budget of a row says. */
    static Budget.Terms terms(ResultSet row) throws SQLException {
        return new Budget.Terms(
                BudgetScope.valueOf(row.getString("scope")),
                Optional.ofNullable(row.getString("subject")),
                new BudgetLimit(row.getBigDecimal("amount"), Optional.ofNullable(row.getString("currency"))),
                BudgetPeriod.valueOf(row.getString("period")),
                row.getBigDecimal("warn_at"),
                row.getBoolean("enforced"),
                row.getBoolean("by_approval"));
    }
}
