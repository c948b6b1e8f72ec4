package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Ids;
import dev.agentos.retention.Export;
import dev.agentos.retention.ExportStore;
import dev.agentos.retention.TenantDataStore;
import dev.agentos.retention.Whose;
import dev.agentos.stores.Connections;
import dev.agentos.stores.JdbiTenantData;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is handed out and erased where there is much of it, and much of others. */
final class RetentionOfManyIT {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Ids ids = Ids.system();
    private final Database database = PostgresFixture.open();
    private final TenantId acme = ExecutionFixture.newTenant(database);
    private final TenantId other = ExecutionFixture.newTenant(database);

    @AfterEach
    void close() {
        database.close();
    }

    private long logs(TenantId tenant) {
        return database.platform()
                .call(handle -> handle.createQuery("SELECT count(*) FROM execution_log WHERE tenant_id = :tenant")
                        .bind("tenant", tenant.value())
                        .mapTo(Long.class)
                        .one());
    }

    /** Logs that nobody's executions have any more are found by their key, however many others there are. */
    @Test
    void noStepOfAnErasureReadsTheLogsOfAllTenants() {
        database.platform().run(handle -> {
            handle.execute(
                    "INSERT INTO execution_log SELECT ?, 1000 + n, 1, 1, 1, 1, now(), 'x'"
                            + " FROM generate_series(1, 20000) n",
                    other.value());
            handle.execute(
                    "INSERT INTO execution_log SELECT ?, n, s, 1, 1, 1, now(), 'x'"
                            + " FROM generate_series(900, 30000, 29100) n, generate_series(1, 5) s",
                    acme.value());
        });
        List<Long> read = new ArrayList<>();
        TenantDataStore watched = new JdbiTenantData(new Connections() {
            @Override
            public <T> T inTenant(TenantId tenant, Function<Handle, T> work) {
                return database.tenants().inTenant(tenant, work);
            }

            @Override
            public <T> T asPlatform(Function<Handle, T> work) {
                return database.platform().call(handle -> {
                    T done = work.apply(handle);
                    read.add(handle.createQuery(
                                    "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'execution_log'")
                            .mapTo(Long.class)
                            .one());
                    return done;
                });
            }
        });
        Whose whose = Whose.of(acme);
        assertThat(watched.count(whose)).doesNotContainKey("execution-log");
        for (String kind : watched.removable(whose)) {
            long removed = RetentionIT.removeAll(watched, whose, kind, 500);
            assertThat(removed).as(kind).isEqualTo(kind.equals("execution-log") ? 10 : removed);
        }
        assertThat(read).hasSizeGreaterThan(70).containsOnly(0L);
        assertThat(logs(acme)).isZero();
        assertThat(logs(other)).isEqualTo(20_000);
    }

    /** As many as the tenant's share of the connections. */
    @Test
    void exportsAtOnceDoNotWaitForEachOther() throws Exception {
        database.tenants()
                .runInTenant(
                        acme,
                        handle -> handle.createUpdate(
                                        "INSERT INTO plugin_state SELECT :tenant, 'plugin', 'k' || n, '{}'"
                                                + " FROM generate_series(1, 501) n")
                                .bind("tenant", acme.value())
                                .execute());
        int most = 8;
        ExportStore store = database.exportStore();
        CountDownLatch begun = new CountDownLatch(most);
        List<Callable<Integer>> all = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            Export export = export();
            assertThat(store.insert(export, most)).isTrue();
            all.add(() -> {
                List<String> read = new ArrayList<>();
                database.tenantDataStore().read(Whose.of(acme), "plugin-state", row -> {
                    read.add(row);
                    if (read.size() % 100 == 1) {
                        begun.countDown();
                        await(begun);
                        store.append(export, read.size(), new byte[] {1});
                    }
                });
                return read.size();
            });
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Integer> one : threads.invokeAll(all)) {
                assertThat(one.get()).isEqualTo(501);
            }
        }
    }

    /** What is behind the first rows is gone when it would be read. */
    @Test
    void largeRowsAreReadAFewAtATime() {
        database.tenants()
                .runInTenant(
                        acme,
                        handle -> handle.createUpdate("INSERT INTO plugin_state SELECT :tenant, 'plugin', 'k' || n,"
                                        + " json_build_object('x', repeat('y', 1000000)) FROM generate_series(10,"
                                        + " 29) n")
                                .bind("tenant", acme.value())
                                .execute());
        List<String> read = new ArrayList<>();
        database.tenantDataStore().read(Whose.of(acme), "plugin-state", row -> {
            if (read.isEmpty()) {
                database.tenants()
                        .runInTenant(
                                acme,
                                handle -> handle.createUpdate("DELETE FROM plugin_state WHERE tenant_id = :tenant")
                                        .bind("tenant", acme.value())
                                        .execute());
            }
            read.add(row);
        });
        assertThat(read).hasSize(4);
    }

    private Export export() {
        return new Export(
                ids.next("exp"),
                Whose.of(acme),
                "key_a",
                "op_a",
                Export.State.RUNNING,
                Export.Made.NOTHING,
                NOW,
                NOW.plusSeconds(60));
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
