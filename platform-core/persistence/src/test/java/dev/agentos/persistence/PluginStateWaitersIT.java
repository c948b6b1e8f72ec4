package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Ids;
import dev.agentos.pluginruntime.PluginStateStore;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Those that wait to keep something in one plugin's state for one tenant leave the connections to others. */
class PluginStateWaitersIT {

    private static final TenantId TENANT = new TenantId("tnt_a");
    private static final int WAITERS = 40;

    @Test
    void whoWaitsForAnotherHoldsNoConnection() throws Exception {
        DatabaseConfig.External config = PostgresFixture.migrated();
        try (Database database = Database.open(config, Ids.system());
                Connection other = DriverManager.getConnection(config.url(), config.user(), config.password());
                Statement statement = other.createStatement()) {
            database.tenantStore().insert(new Tenant(TENANT, "a", Instant.parse("2026-01-01T00:00:00Z")));
            PluginStateStore store = database.pluginStateStore();
            String lock = "(hashtextextended('state p " + TENANT.value() + "', 0))";
            statement.execute("SELECT pg_advisory_lock" + lock);
            List<Thread> waiters = new ArrayList<>();
            for (int n = 0; n < WAITERS; n++) {
                Map<String, JsonValue> one = Map.of("k" + n, JsonNumber.of(n));
                waiters.add(Thread.ofVirtual().start(() -> store.put(TENANT.value(), "p", one)));
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> waiting(statement) > 0);
            // Others of the same server get through meanwhile.
            assertThat(store.get(TENANT.value(), "q", List.of("k"))).isEmpty();
            store.put(TENANT.value(), "q", Map.of("k", JsonNumber.of(1)));
            assertThat(waiting(statement)).isEqualTo(1);

            Thread last = waiters.getLast();
            last.interrupt();
            assertThat(last.join(Duration.ofSeconds(30))).isTrue();

            statement.execute("SELECT pg_advisory_unlock" + lock);
            for (Thread waiter : waiters) {
                assertThat(waiter.join(Duration.ofSeconds(60))).isTrue();
            }
            assertThat(store.get(TENANT.value(), "p", List.of("k0", "k" + (WAITERS - 2))))
                    .hasSize(2);
        }
    }

    private static int waiting(Statement statement) throws Exception {
        var rows = statement.executeQuery("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                + " WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted");
        rows.next();
        return rows.getInt(1);
    }
}
