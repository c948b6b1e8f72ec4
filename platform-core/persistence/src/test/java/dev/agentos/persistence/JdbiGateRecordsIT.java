package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.GateRecord;
import dev.agentos.policy.GateRecordStore;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Evidence of checks on a real PostgreSQL. */
class JdbiGateRecordsIT {

    private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.MICROS);

    private final DatabaseConfig.External config = PostgresFixture.migrated();
    private final Database database = Database.open(config, Ids.system());
    private final GateRecordStore store = database.gateRecordStore();
    private final Tenants tenants = new Tenants(database.tenantStore(), Ids.system(), InstantSource.system());
    private final TenantId acme = tenants.create("acme").id();
    private final TenantId umbrella = tenants.create("umbrella").id();

    @AfterEach
    void close() {
        database.close();
    }

    private static GateRecord record(String id, String execution, GateRecord.Outcome outcome, String detail) {
        return new GateRecord(
                id,
                execution,
                NOW,
                "output a/b",
                JsonObject.of("owner", "tenant", "policy", "p", "version", 3, "rule", "r"),
                "enforce",
                outcome,
                detail);
    }

    private List<String> ids(TenantId tenant, String execution, int limit) {
        List<String> found = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            Page<GateRecord> page = store.list(tenant, execution, new PageRequest(limit, cursor));
            assertThat(page.items().size()).isLessThanOrEqualTo(limit);
            page.items().forEach(record -> found.add(record.id()));
            cursor = page.next();
        } while (cursor.isPresent());
        return found;
    }

    @Test
    void aRecordIsReadAsItWasKeptAndKeptOnce() {
        GateRecord kept = record("gat_1", "exe_1", GateRecord.Outcome.FAILED, "found email (1) \u00e4\ud83d\ude00");
        store.add(acme, kept);
        store.add(acme, record("gat_1", "exe_1", GateRecord.Outcome.PASSED, ""));
        assertThat(store.list(acme, "exe_1", new PageRequest(10, Optional.empty()))
                        .items())
                .as("nothing changes it")
                .containsExactly(kept);
    }

    @Test
    void theNewestComeFirstPageByPage() {
        for (int i = 10; i < 17; i++) {
            store.add(acme, record("gat_" + i, "exe_1", GateRecord.Outcome.PASSED, ""));
            store.add(acme, record("gat_" + i, "exe_2", GateRecord.Outcome.PASSED, ""));
        }
        List<String> all = List.of("gat_16", "gat_15", "gat_14", "gat_13", "gat_12", "gat_11", "gat_10");
        for (int limit : new int[] {1, 3, 7, 50}) {
            assertThat(ids(acme, "exe_1", limit)).as("pages of " + limit).isEqualTo(all);
        }
        assertThat(ids(acme, "exe_nobody", 10)).isEmpty();
    }

    @Test
    void aTenantSeesItsOwnAlsoWhereIdsAreTheSame() throws SQLException {
        store.add(acme, record("gat_1", "exe_1", GateRecord.Outcome.FAILED, "acme's"));
        store.add(umbrella, record("gat_1", "exe_1", GateRecord.Outcome.PASSED, "umbrella's"));
        store.add(umbrella, record("gat_2", "exe_1", GateRecord.Outcome.PASSED, ""));
        assertThat(ids(acme, "exe_1", 10)).containsExactly("gat_1");
        assertThat(store.list(acme, "exe_1", new PageRequest(10, Optional.empty()))
                        .items()
                        .getFirst()
                        .detail())
                .isEqualTo("acme's");
        assertThat(ids(umbrella, "exe_1", 10)).containsExactly("gat_2", "gat_1");
        // The database itself keeps them apart, and lets a tenant's role change nothing.
        try (Connection connection = DriverManager.getConnection(config.url(), config.user(), config.password());
                Statement statement = connection.createStatement()) {
            statement.execute("SET search_path = agentos; SET ROLE agentos_app;" + " SET agentos.tenant = '"
                    + acme.value() + "'");
            var rows = statement.executeQuery("SELECT count(*) FROM gate_records");
            rows.next();
            assertThat(rows.getInt(1)).isEqualTo(1);
            assertThatThrownBy(() -> statement.execute("UPDATE gate_records SET outcome = 'PASSED'"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("permission denied");
        }
    }

    @Test
    void theyGoWithTheTenantAndWithNobodyElse() throws SQLException {
        store.add(acme, record("gat_1", "exe_1", GateRecord.Outcome.PASSED, ""));
        store.add(umbrella, record("gat_2", "exe_1", GateRecord.Outcome.PASSED, ""));
        try (Connection connection = DriverManager.getConnection(config.url(), config.user(), config.password());
                Statement statement = connection.createStatement()) {
            statement.execute("SET search_path = agentos; DELETE FROM tenants WHERE id = '" + acme.value() + "'");
            var rows = statement.executeQuery(
                    "SELECT count(*) FROM gate_records WHERE tenant_id = '" + acme.value() + "'");
            rows.next();
            assertThat(rows.getInt(1)).isZero();
        }
        assertThat(ids(umbrella, "exe_1", 10)).containsExactly("gat_2");
    }
}
