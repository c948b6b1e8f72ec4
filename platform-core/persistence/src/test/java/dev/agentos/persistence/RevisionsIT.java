package dev.agentos.persistence;

import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditCheckpoints;
import dev.agentos.audit.AuditKey;
import dev.agentos.audit.AuditStore;
import dev.agentos.execution.testkit.RevisionsContract;
import dev.agentos.kernel.Ids;
import dev.agentos.limits.BudgetMeter;
import dev.agentos.limits.Limits;
import dev.agentos.limits.Price;
import dev.agentos.limits.RateLimit;
import dev.agentos.retention.RetentionKind;
import dev.agentos.retention.RetentionRules;
import dev.agentos.tenancy.Group;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Role;
import dev.agentos.tenancy.Roles;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Users;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;

/** What is changed in the state that was seen, on a real PostgreSQL. */
final class RevisionsIT extends RevisionsContract {

    private static final Principal ROOT =
            new Principal("key_root", "root", Optional.empty(), EnumSet.allOf(Scope.class));

    private final Ids ids = Ids.system();
    private final InstantSource clock = InstantSource.system();
    private final Database database = PostgresFixture.open();
    private final Users users =
            new Users(database.userStore(), new Roles(database.roleStore()), database.groupStore(), ids, clock);
    private final Limits limits = new Limits(database.limitsStores(), BudgetMeter.NONE, ids, clock);
    private final AuditStore records = database.auditStore();
    private final Audit audit =
            new Audit(records, Duration.ofSeconds(5), new AuditCheckpoints(records, AuditKey.fresh(), clock));
    private final RetentionRules rules =
            new RetentionRules(database.retentionStore(), audit, (kind, rows) -> {}, clock);

    @AfterEach
    void close() throws InterruptedException {
        audit.close();
        database.close();
    }

    @Override
    protected Map<String, Supplier<Kept>> kinds() {
        return Map.of(
                "role", this::role,
                "group", this::group,
                "rate limit", this::rateLimit,
                "price", this::price,
                "retention", this::retention);
    }

    private Kept role() {
        Optional<TenantId> tenant = Optional.of(ExecutionFixture.newTenant(database));
        Set<Scope> scopes = Set.of(Scope.AUDIT_READ);
        return new Kept(
                seen -> users.roles()
                        .put(ROOT, new Role(tenant, "reader", "", scopes, false, seen))
                        .revision(),
                seen -> users.roles().delete(ROOT, tenant, "reader", seen),
                true);
    }

    private Kept group() {
        TenantId tenant = ExecutionFixture.newTenant(database);
        return new Kept(
                seen -> users.groups()
                        .put(ROOT, new Group(tenant, "g", "", Set.of(), Reach.ALL, Set.of(), seen))
                        .revision(),
                seen -> users.groups().delete(ROOT, tenant, "g", seen),
                true);
    }

    private Kept rateLimit() {
        TenantId tenant = ExecutionFixture.newTenant(database);
        RateLimit.Terms terms = new RateLimit.Terms(10, Duration.ofMinutes(1), false);
        return new Kept(
                seen -> limits.rates()
                        .put(tenant, RateLimit.Scope.KEY, terms, seen, "key_a")
                        .revision(),
                seen -> limits.rates().delete(tenant, RateLimit.Scope.KEY, seen),
                true);
    }

    /** Of prices the history stays. */
    private Kept price() {
        String model = ids.next("provider") + "/m";
        Price.Rates rates = new Price.Rates(BigDecimal.ONE, BigDecimal.ONE, "EUR", 100);
        return new Kept(
                seen -> limits.prices()
                        .put(model, rates, Optional.empty(), seen, "key_a")
                        .revision(),
                seen -> limits.prices().remove(model, seen, "key_a"),
                false);
    }

    private Kept retention() {
        Optional<TenantId> tenant = Optional.of(ExecutionFixture.newTenant(database));
        return new Kept(
                seen -> rules.put(tenant, RetentionKind.USAGE, Duration.ofDays(1), seen, "key_a")
                        .revision(),
                seen -> rules.delete(tenant, RetentionKind.USAGE, seen),
                true);
    }
}
