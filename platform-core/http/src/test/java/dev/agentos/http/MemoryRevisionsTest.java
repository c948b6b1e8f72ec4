package dev.agentos.http;

import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditCheckpoints;
import dev.agentos.audit.AuditKey;
import dev.agentos.audit.MemoryAuditStore;
import dev.agentos.kernel.Ids;
import dev.agentos.limits.Limits;
import dev.agentos.quotas.Allowances;
import dev.agentos.retention.RetentionRules;
import dev.agentos.retention.testkit.RevisionsContract;
import dev.agentos.tenancy.FakeGroupStore;
import dev.agentos.tenancy.FakeRoleStore;
import dev.agentos.tenancy.FakeUserStore;
import dev.agentos.tenancy.Roles;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Users;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;

/** What is changed in the state that was seen, in memory. */
final class MemoryRevisionsTest extends RevisionsContract {

    private final Ids ids = Ids.system();
    private final InstantSource clock = InstantSource.system();
    private final FakeUserStore userStore = new FakeUserStore();
    private final Users users =
            new Users(userStore, new Roles(new FakeRoleStore(userStore)), new FakeGroupStore(userStore), ids, clock);
    private final Limits limits = Limits.inMemory();
    private final Allowances allowances = Allowances.inMemory();
    private final MemoryAuditStore records = new MemoryAuditStore();
    private final Audit audit =
            new Audit(records, Duration.ofSeconds(5), new AuditCheckpoints(records, AuditKey.fresh(), clock));
    private final RetentionRules rules = new RetentionRules(new FakeRetentionStore(), audit, (kind, rows) -> {}, clock);

    @AfterEach
    void close() throws InterruptedException {
        audit.close();
    }

    @Override
    protected Parts parts() {
        return new Parts(users, limits, allowances, rules);
    }

    @Override
    protected TenantId newTenant() {
        return new TenantId(ids.next("tnt"));
    }
}
