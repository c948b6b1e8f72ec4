package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.tenancy.TenantId;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The catalogue of the migrated database, and what the roles can see. */
@Tag("each-postgresql")
final class RowLevelSecurityIT {

    private static Database database;

    private static final TenantId A = new TenantId("tnt_a");
    private static final TenantId B = new TenantId("tnt_b");

    @BeforeAll
    static void open() throws SQLException {
        DatabaseConfig.External config = PostgresFixture.migrated();
        database = Database.open(config, dev.agentos.kernel.Ids.system());
        try (Connection connection = DriverManager.getConnection(config.url(), config.user(), config.password());
                var statement = connection.createStatement()) {
            statement.execute("""
                SET search_path = agentos;
                CREATE TABLE probe (tenant_id text NOT NULL, n int NOT NULL);
                SELECT protect_tenant_table('probe');
                GRANT SELECT, INSERT, UPDATE, DELETE ON probe TO agentos_app, agentos_platform;
                """);
        }
    }

    @AfterAll
    static void close() {
        database.close();
    }

    @Test
    void everyTenantTableIsProtected() {
        List<String> unprotected = database.platform()
                .call(handle -> handle.createQuery("""
                    SELECT c.relname FROM pg_class c
                      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'agentos'
                      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
                     WHERE c.relkind IN ('r', 'p') AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity
                        OR NOT EXISTS (SELECT 1 FROM pg_policies p WHERE p.tablename = c.relname
                                        AND p.roles = '{agentos_app}' AND p.qual LIKE '%agentos.tenant%'
                                        AND p.with_check LIKE '%agentos.tenant%')
                        OR EXISTS (SELECT 1 FROM pg_policies p WHERE p.tablename = c.relname
                                        AND (p.roles && '{public}' OR (p.roles && '{agentos_app}'
                                        AND p.qual NOT LIKE '%agentos.tenant%'))))
                    """).mapTo(String.class).list());
        assertThat(unprotected).isEmpty();
    }

    @Test
    void aTableThatTheTenantRoleMayReadBelongsToATenant() {
        List<String> open = database.platform()
                .call(handle -> handle.createQuery("""
                    SELECT c.relname FROM pg_class c
                      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'agentos'
                     WHERE c.relkind IN ('r', 'p', 'v', 'm')
                       AND has_table_privilege('agentos_app', c.oid, 'SELECT,INSERT,UPDATE,DELETE')
                       AND NOT EXISTS (SELECT 1 FROM pg_attribute a
                                        WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
                       AND NOT (c.relrowsecurity
                                AND NOT has_table_privilege('agentos_app', c.oid, 'INSERT,UPDATE,DELETE')
                                AND EXISTS (SELECT 1 FROM pg_policies p WHERE p.tablename = c.relname
                                               AND p.roles = '{agentos_app}' AND p.qual LIKE '%tenant_plans%')
                                AND NOT EXISTS (SELECT 1 FROM pg_policies p WHERE p.tablename = c.relname
                                               AND p.roles && '{agentos_app,public}'
                                               AND p.qual NOT LIKE '%tenant_plans%'))
                    """).mapTo(String.class).list());
        assertThat(open).as("but for plans, of which it reads the tenant's own").isEmpty();
    }

    @Test
    void ofPlansTheTenantRoleReadsTheTenantsOwn() {
        TenantId acme = ExecutionFixture.newTenant(database);
        TenantId umbrella = ExecutionFixture.newTenant(database);
        database.platform().call(handle -> {
            for (String plan : List.of("small", "large")) {
                handle.execute(
                        "INSERT INTO plans (name, features, revision, changed_by, changed_at)"
                                + " VALUES (?, '{}', 1, 'key_admin', now())",
                        plan);
                handle.execute(
                        "INSERT INTO plan_budgets VALUES (?, 'plan-day-tokens', 'TENANT', 5, NULL, 'DAY', 0.8, true,"
                                + " false)",
                        plan);
            }
            return handle.execute(
                    "INSERT INTO tenant_plans VALUES (?, 'small', '{}', '{}', 'key_admin', now())", acme.value());
        });
        for (String table : List.of("SELECT name FROM plans", "SELECT plan FROM plan_budgets")) {
            assertThat(texts(acme, table)).as(table).containsExactly("small");
            assertThat(texts(umbrella, table)).as(table).isEmpty();
            assertThat(texts(new TenantId(""), table)).as(table).isEmpty();
        }
        assertThat(texts(umbrella, "SELECT tenant_id FROM budgets_in_force")).isEmpty();
        assertThat(texts(acme, "SELECT tenant_id FROM budgets_in_force")).containsExactly(acme.value());
        assertThatThrownBy(() -> texts(acme, "UPDATE plan_budgets SET amount = 9 RETURNING plan"))
                .hasMessageContaining("permission denied");
    }

    private static List<String> texts(TenantId tenant, String sql) {
        return database.tenants()
                .inTenant(
                        tenant,
                        handle -> handle.createQuery(sql).mapTo(String.class).list());
    }

    @Test
    void theRolesOwnNothingAndBypassNothing() {
        List<String> owned = database.platform()
                .call(handle -> handle.createQuery("""
                    SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
                     WHERE r.rolname IN ('agentos_app', 'agentos_platform')
                    """).mapTo(String.class).list());
        List<String> bypassing = database.platform()
                .call(handle -> handle.createQuery("""
                    SELECT rolname FROM pg_roles
                     WHERE rolname IN ('agentos_app', 'agentos_platform') AND (rolbypassrls OR rolsuper OR rolcanlogin)
                    """).mapTo(String.class).list());
        assertThat(owned).isEmpty();
        assertThat(bypassing).isEmpty();
        assertThat(role(A)).isEqualTo("agentos_app");
    }

    @Test
    void withoutATenantThereAreNoRowsAndNoneCanBeWritten() {
        insert(A, 1);
        TenantId none = new TenantId("");
        assertThat(count(none)).isZero();
        assertThatThrownBy(() -> database.tenants()
                        .runInTenant(none, handle -> handle.execute("INSERT INTO probe VALUES ('tnt_a', 1)")))
                .isInstanceOf(JdbiException.class)
                .hasMessageContaining("row-level security");
        assertThatThrownBy(() -> database.tenants()
                        .runInTenant(
                                B,
                                handle -> handle.createUpdate("INSERT INTO probe VALUES ('tnt_a', 1)")
                                        .execute()))
                .hasMessageContaining("row-level security");
    }

    @Test
    void whatASessionIsToldNeverOutlivesItsTransaction() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed=" + seed);
        insert(A, 1);
        AtomicInteger wrong = new AtomicInteger();
        try (var threads = Executors.newFixedThreadPool(16)) {
            List<Callable<Boolean>> tasks = IntStream.range(0, 200)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        Random random = new Random(seed + i);
                        for (int n = 0; n < 20; n++) {
                            TenantId tenant = new TenantId("tnt_" + random.nextInt(8) + "x");
                            insert(tenant, n);
                            Function<Handle, List<String>> look =
                                    handle -> handle.createQuery("SELECT DISTINCT tenant_id FROM probe")
                                            .mapTo(String.class)
                                            .list();
                            List<String> seen = random.nextBoolean()
                                    ? database.tenants().inTenant(tenant, look)
                                    : database.tenants().lookUp(tenant, look);
                            if (!seen.equals(List.of(tenant.value()))) {
                                wrong.incrementAndGet();
                            }
                            String left = database.tenants()
                                    .transact(
                                            handle -> {},
                                            handle -> handle.createQuery(
                                                            "SELECT coalesce(current_setting('agentos.tenant', true),"
                                                                    + " '') || current_setting('plan_cache_mode')")
                                                    .mapTo(String.class)
                                                    .one());
                            if (!left.equals("auto")) {
                                wrong.incrementAndGet();
                            }
                        }
                        return true;
                    })
                    .toList();
            for (var done : threads.invokeAll(tasks)) {
                assertThat(done.get()).isTrue();
            }
        }
        assertThat(wrong).hasValue(0);
    }

    private static String role(TenantId tenant) {
        return database.tenants()
                .inTenant(
                        tenant,
                        handle -> handle.createQuery("SELECT current_user")
                                .mapTo(String.class)
                                .one());
    }

    private static void insert(TenantId tenant, int n) {
        database.tenants()
                .runInTenant(
                        tenant,
                        handle -> handle.createUpdate("INSERT INTO probe VALUES (:t, :n)")
                                .bind("t", tenant.value())
                                .bind("n", n)
                                .execute());
    }

    private static int count(TenantId tenant) {
        return database.tenants()
                .inTenant(
                        tenant,
                        handle -> handle.createQuery("SELECT count(*) FROM probe")
                                .mapTo(Integer.class)
                                .one());
    }
}
