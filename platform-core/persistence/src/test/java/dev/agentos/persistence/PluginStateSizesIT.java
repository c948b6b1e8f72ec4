package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Ids;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginStateStore;
import dev.agentos.pluginruntime.PluginStore;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** How much a plugin keeps is known without looking at all of it, and is what it keeps. */
class PluginStateSizesIT {

    private static final String TENANT = "tnt_a";
    private static final int MOST = PluginStateStore.MOST_VALUES;

    private static Database open(DatabaseConfig.External config) {
        Database database = Database.open(config, Ids.system());
        if (database.tenantStore().find(new TenantId(TENANT)).isEmpty()) {
            database.tenantStore().insert(new Tenant(new TenantId(TENANT), "a", Instant.parse("2026-01-01T00:00:00Z")));
        }
        return database;
    }

    private static Map<String, JsonValue> values(int count) {
        Map<String, JsonValue> values = new HashMap<>();
        for (int n = 0; n < count; n++) {
            values.put("k" + n, JsonNumber.of(n));
        }
        return values;
    }

    @Test
    void whoKeepsAValueLooksAtNoOther() throws Exception {
        DatabaseConfig.External config = PostgresFixture.migrated();
        try (Database database = open(config)) {
            database.pluginStateStore().put(TENANT, "p", values(MOST));
        }
        long before = read(config, MOST);
        int puts = 20;
        try (Database database = open(config)) {
            for (int n = 0; n < puts; n++) {
                database.pluginStateStore().put(TENANT, "p", Map.of("k" + n, JsonNumber.of(-n)));
            }
        }
        assertThat(read(config, MOST + puts) - before).isLessThan(MOST);
    }

    /** How many rows were read so far, once that many are known to have been written. */
    private static long read(DatabaseConfig.External config, long written) throws SQLException {
        try (Connection connection = Schema.connect(config);
                Statement statement = connection.createStatement()) {
            String table = " FROM pg_stat_user_tables WHERE schemaname = 'agentos' AND relname = 'plugin_state'";
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> number(statement, "SELECT n_tup_ins + n_tup_upd" + table) >= written);
            return number(statement, "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0)" + table);
        }
    }

    private static long number(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    @Test
    void whatManyKeepAndRemoveAtOnceIsCountedAsItIs() throws Exception {
        DatabaseConfig.External config = PostgresFixture.migrated();
        try (Database database = open(config);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            PluginStateStore store = database.pluginStateStore();
            List<Callable<Boolean>> calls = new ArrayList<>();
            for (int caller = 0; caller < 32; caller++) {
                Random random = new Random(caller);
                calls.add(() -> {
                    for (int n = 0; n < 25; n++) {
                        change(store, random);
                    }
                    return true;
                });
            }
            for (Future<Boolean> call : callers.invokeAll(calls)) {
                assertThat(call.get()).isTrue();
            }
            assertThat(wrong(config)).isZero();
            database.pluginStore().commit(0, PluginStore.Change.remove("p0"));
            assertThat(wrong(config)).isZero();
            for (int n = 0; n < 40; n++) {
                store.remove(TENANT, "p1", List.of("k" + n, "k" + (n + 1)));
            }
            assertThat(wrong(config)).isZero();
            assertThat(of(config, "SELECT count(*) FROM agentos.plugin_state_sizes"))
                    .isZero();
        }
    }

    private static void change(PluginStateStore store, Random random) {
        String plugin = "p" + random.nextInt(2);
        String key = "k" + random.nextInt(40);
        String other = "k" + random.nextInt(40);
        if (random.nextInt(3) == 0) {
            store.remove(TENANT, plugin, List.of(key, other));
        } else {
            store.put(TENANT, plugin, Map.of(key, new JsonString("x".repeat(random.nextInt(9_000)))));
        }
    }

    /** Plugins of which another size is known than they have. */
    private static long wrong(DatabaseConfig.External config) throws SQLException {
        return of(config, """
            SELECT count(*)
              FROM agentos.plugin_state_sizes s FULL JOIN
                   (SELECT tenant_id, plugin, count(*) AS entries, sum(octet_length(value::text)) AS bytes
                      FROM agentos.plugin_state GROUP BY tenant_id, plugin) r
                   USING (tenant_id, plugin)
             WHERE (s.entries, s.bytes) IS DISTINCT FROM (r.entries, r.bytes)
            """);
    }

    private static long of(DatabaseConfig.External config, String sql) throws SQLException {
        try (Connection connection = Schema.connect(config);
                Statement statement = connection.createStatement()) {
            for (String table : List.of("plugin_state", "plugin_state_sizes")) {
                statement.execute("ALTER TABLE agentos." + table + " NO FORCE ROW LEVEL SECURITY");
            }
            long number = number(statement, sql);
            for (String table : List.of("plugin_state", "plugin_state_sizes")) {
                statement.execute("ALTER TABLE agentos." + table + " FORCE ROW LEVEL SECURITY");
            }
            return number;
        }
    }

    @Test
    void whatIsThereIsCountedAndMayBeOverTheLimitButNotGrow() throws Exception {
        DatabaseConfig.External old = PostgresFixture.before(71);
        execute(
                old,
                "ALTER TABLE agentos.plugin_state NO FORCE ROW LEVEL SECURITY",
                "INSERT INTO agentos.tenants VALUES ('" + TENANT + "', 'a', now())",
                "INSERT INTO agentos.plugin_state SELECT '" + TENANT
                        + "', 'p', 'k' || n, '1' FROM generate_series(1, 10005) n",
                "ALTER TABLE agentos.plugin_state FORCE ROW LEVEL SECURITY");
        try (Database database = open(old)) {
            PluginStateStore store = database.pluginStateStore();
            assertThat(wrong(old)).isZero();
            store.put(TENANT, "p", Map.of("k1", JsonNumber.of(2)));
            assertThatThrownBy(() -> store.put(TENANT, "p", Map.of("k0", JsonNumber.of(1))))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(PluginErrorCode.STATE_TOO_LARGE));
            store.remove(TENANT, "p", List.of("k1", "k2", "k3", "k4", "k5", "k6"));
            store.put(TENANT, "p", Map.of("k0", JsonNumber.of(1)));
            assertThat(wrong(old)).isZero();
        }
    }

    private static void execute(DatabaseConfig.External config, String... statements) throws SQLException {
        try (Connection connection = Schema.connect(config);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
