package dev.agentos.persistence;

import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditCheckpoints;
import dev.agentos.audit.AuditKey;
import dev.agentos.audit.AuditStore;
import dev.agentos.kernel.Ids;
import dev.agentos.limits.BudgetMeter;
import dev.agentos.limits.Limits;
import dev.agentos.quotas.Allowances;
import dev.agentos.quotas.QuotaMeter;
import dev.agentos.retention.RetentionRules;
import dev.agentos.retention.testkit.RevisionsContract;
import dev.agentos.tenancy.Roles;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Users;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;

/** What is changed in the state that was seen, on a real PostgreSQL. */
final class RevisionsIT extends RevisionsContract {

    private final Ids ids = Ids.system();
    private final InstantSource clock = InstantSource.system();
    private final Database database = PostgresFixture.open();
    private final Users users =
            new Users(database.userStore(), new Roles(database.roleStore()), database.groupStore(), ids, clock);
    private final Limits limits = new Limits(database.limitsStores(), BudgetMeter.NONE, ids, clock);
    private final Allowances allowances = new Allowances(database.allowanceStores(), QuotaMeter.NONE, clock);
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
    protected Parts parts() {
        return new Parts(users, limits, allowances, rules);
    }

    @Override
    protected TenantId newTenant() {
        return ExecutionFixture.newTenant(database);
    }
}
