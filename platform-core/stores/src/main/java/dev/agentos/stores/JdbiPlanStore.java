package dev.agentos.stores;

import dev.agentos.limits.Budget;
import dev.agentos.limits.NamedLimit;
import dev.agentos.limits.RateLimit;
import dev.agentos.quotas.ConcurrencyLimit;
import dev.agentos.quotas.Feature;
import dev.agentos.quotas.Plan;
import dev.agentos.quotas.PlanStore;
import dev.agentos.tenancy.TenantId;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** Plans in PostgreSQL. A feature that this version does not know stays in the database, and is no other's. */
public final class JdbiPlanStore implements PlanStore {

    private final Connections connections;

    /** Over those connections. */
    public JdbiPlanStore(Connections connections) {
        this.connections = connections;
    }

    @Override
    public List<Plan> plans() {
        return connections.asPlatform(handle -> {
            Map<String, List<Budget.Terms>> budgets = new HashMap<>();
            return handle
                    .createQuery("""
                        SELECT p.*, b.scope, CAST(NULL AS text) AS subject, b.amount, b.currency, b.period, b.warn_at,
                               b.enforced, b.by_approval
                          FROM plans p LEFT JOIN plan_budgets b ON b.plan = p.name ORDER BY p.name, b.name
                        """)
                    .map((row, context) -> {
                        List<Budget.Terms> its =
                                budgets.computeIfAbsent(row.getString("name"), name -> new ArrayList<>());
                        if (row.getString("scope") != null) {
                            its.add(JdbiBudgetStore.terms(row));
                        }
                        return plan(row, its);
                    })
                    .collect(Collectors.toMap(Plan::name, plan -> plan, (less, more) -> more, LinkedHashMap::new))
                    .values()
                    .stream()
                    .toList();
        });
    }

    private static Plan plan(ResultSet row, List<Budget.Terms> budgets) throws SQLException {
        Optional<Integer> running = number(row, "running");
        Optional<Integer> queued = number(row, "queued");
        Optional<Integer> requests = number(row, "requests");
        Duration window = Duration.ofSeconds(row.getInt("duration"));
        boolean even = row.getBoolean("even");
        return new Plan(
                row.getString("name"),
                features(row.getArray("features")),
                new Plan.Limits(
                        number(row, "per_day"),
                        number(row, "per_month"),
                        running.map(most -> new ConcurrencyLimit.Terms(most, queued)),
                        number(row, "weight"),
                        requests.map(most -> new RateLimit.Terms(most, window, even)),
                        budgets),
                new NamedLimit.Change(
                        row.getLong("revision"),
                        true,
                        row.getString("changed_by"),
                        JdbiExports.time(row, "changed_at")));
    }

    private static Optional<Integer> number(ResultSet row, String column) throws SQLException {
        int number = row.getInt(column);
        return row.wasNull() ? Optional.empty() : Optional.of(number);
    }

    private static Set<Feature> features(Array words) throws SQLException {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        for (Object word : (Object[]) words.getArray()) {
            Feature.ofWord(String.valueOf(word)).ifPresent(features::add);
        }
        return features;
    }

    @Override
    public List<Subscription> subscriptions() {
        return connections.asPlatform(handle -> handle.createQuery("SELECT * FROM tenant_plans ORDER BY tenant_id")
                .map((row, context) -> {
                    Map<Feature, Boolean> own = new EnumMap<>(Feature.class);
                    features(row.getArray("given")).forEach(feature -> own.put(feature, true));
                    features(row.getArray("withheld")).forEach(feature -> own.put(feature, false));
                    return new Subscription(
                            new TenantId(row.getString("tenant_id")),
                            row.getString("plan"),
                            own,
                            row.getString("changed_by"),
                            JdbiExports.time(row, "changed_at"),
                            row.getLong("revision"));
                })
                .list());
    }

    @Override
    public boolean put(Plan plan, long expected) {
        String sql = expected == 0 ? """
            INSERT INTO plans (name, features, per_day, per_month, running, queued, weight, requests, duration, even,
                               revision, changed_by, changed_at)
            VALUES (:name, :features, :perDay, :perMonth, :running, :queued, :weight, :requests, :duration, :even,
                    :revision, :by, :at)
            ON CONFLICT DO NOTHING
            """ : """
                UPDATE plans
                   SET features = :features, per_day = :perDay, per_month = :perMonth, running = :running,
                       queued = :queued, weight = :weight, requests = :requests, duration = :duration, even = :even,
                       revision = :revision, changed_by = :by, changed_at = :at
                 WHERE name = :name AND revision = :expected
                """;
        Plan.Limits limits = plan.limits();
        return connections.asPlatform(handle -> {
            var update = handle.createUpdate(sql)
                    .bind("name", plan.name())
                    .bindArray("features", String.class, words(plan.features()))
                    .bindByType("perDay", limits.perDay().orElse(null), Integer.class)
                    .bindByType("perMonth", limits.perMonth().orElse(null), Integer.class)
                    .bindByType(
                            "running",
                            limits.concurrency()
                                    .map(ConcurrencyLimit.Terms::running)
                                    .orElse(null),
                            Integer.class)
                    .bindByType(
                            "queued",
                            limits.concurrency()
                                    .flatMap(ConcurrencyLimit.Terms::queued)
                                    .orElse(null),
                            Integer.class)
                    .bindByType("weight", limits.weight().orElse(null), Integer.class)
                    .bindByType(
                            "requests",
                            limits.rate().map(RateLimit.Terms::requests).orElse(null),
                            Integer.class)
                    .bindByType(
                            "duration",
                            limits.rate()
                                    .map(rate -> Math.toIntExact(rate.window().toSeconds()))
                                    .orElse(null),
                            Integer.class)
                    .bindByType("even", limits.rate().map(RateLimit.Terms::even).orElse(null), Boolean.class)
                    .bind("revision", plan.change().revision())
                    .bind("by", plan.change().by())
                    .bind("at", plan.change().at());
            if (expected != 0) {
                update.bind("expected", expected);
            }
            if (update.execute() == 0) {
                return false;
            }
            budgets(handle, plan);
            return true;
        });
    }

    private static void budgets(Handle handle, Plan plan) {
        handle.createUpdate("DELETE FROM plan_budgets WHERE plan = :plan")
                .bind("plan", plan.name())
                .execute();
        for (Budget.Terms terms : plan.limits().budgets()) {
            var update = handle.createUpdate("""
                INSERT INTO plan_budgets (plan, name, scope, amount, currency, period, warn_at, enforced, by_approval)
                VALUES (:plan, :name, :scope, :amount, :currency, :period, :warn_at, :enforced, :by_approval)
                """).bind("plan", plan.name()).bind("name", terms.nameInPlan());
            JdbiBudgetStore.bind(update, terms);
            update.execute();
        }
    }

    private static List<String> words(Set<Feature> features) {
        return features.stream().map(Feature::word).sorted().toList();
    }

    @Override
    public boolean delete(String name, long expected) {
        return connections.asPlatform(handle -> {
            // Whoever gives the plan to a tenant at this moment waits, or is waited for and seen.
            boolean there = handle.createQuery(
                            "SELECT name FROM plans WHERE name = :name AND revision = :expected FOR UPDATE")
                    .bind("name", name)
                    .bind("expected", expected)
                    .mapTo(String.class)
                    .findOne()
                    .isPresent();
            return there
                    && handle.createUpdate("DELETE FROM plans WHERE name = :name AND NOT EXISTS"
                                            + " (SELECT FROM tenant_plans t WHERE t.plan = :name)")
                                    .bind("name", name)
                                    .execute()
                            == 1;
        });
    }

    @Override
    public boolean subscribe(Subscription subscription, long seen) {
        return connections.asPlatform(handle -> {
            // Whoever removes the plan at this moment waits, or is waited for and seen.
            boolean there = handle.createQuery("SELECT name FROM plans WHERE name = :plan FOR KEY SHARE")
                    .bind("plan", subscription.plan())
                    .mapTo(String.class)
                    .findOne()
                    .isPresent();
            return there
                    && RevisedRow.only("tenant_plans", subscription.tenant())
                                    .write(
                                            handle,
                                            List.of(
                                                    "plan",
                                                    "given",
                                                    "withheld",
                                                    "changed_by",
                                                    "changed_at",
                                                    "revision"),
                                            seen)
                                    .bind("plan", subscription.plan())
                                    .bindArray("given", String.class, words(having(subscription, true)))
                                    .bindArray("withheld", String.class, words(having(subscription, false)))
                                    .bind("changed_by", subscription.by())
                                    .bind("changed_at", subscription.at())
                                    .bind("revision", subscription.revision())
                                    .execute()
                            == 1;
        });
    }

    private static Set<Feature> having(Subscription subscription, boolean given) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        subscription.own().forEach((feature, has) -> {
            if (has == given) {
                features.add(feature);
            }
        });
        return features;
    }

    @Override
    public boolean unsubscribe(TenantId tenant, long seen) {
        return connections.asPlatform(
                handle -> RevisedRow.only("tenant_plans", tenant).delete(handle, seen));
    }
}
