package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.retention.Erasure;
import dev.agentos.retention.ErasureStore;
import dev.agentos.retention.Export;
import dev.agentos.retention.ExportStore;
import dev.agentos.retention.TenantDataStore;
import dev.agentos.retention.Whose;
import dev.agentos.stores.TenantTable;
import dev.agentos.stores.TenantTables;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is kept of tenants and people is known as a whole, handed out without secrets, and gone when it is erased. */
final class RetentionIT {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration LEASE = Duration.ofSeconds(30);

    private final Ids ids = Ids.system();
    private final DatabaseConfig.External config = PostgresFixture.migrated();
    private final Database database = Database.open(config, ids);
    private final TenantDataStore data = database.tenantDataStore();
    private final TenantId acme = new TenantId(ids.next("tnt"));
    private final TenantId other = new TenantId(ids.next("tnt"));

    @BeforeEach
    void fill() throws SQLException {
        for (TenantId tenant : List.of(acme, other)) {
            database.tenantStore()
                    .insert(new Tenant(tenant, "t" + tenant.value().substring(20), NOW));
            fill(tenant.value());
        }
    }

    @AfterEach
    void close() {
        database.close();
    }

    /**
     * A row in each table of tenants; whatever is to stay secret reads SECRET, and what tells a tenant TELLS and its
     * id.
     */
    private void fill(String t) throws SQLException {
        fillRules(t);
        fillPeople(t);
        execution(t, "exe_1" + t, null, "key_" + t);
        execution(t, "exe_2" + t, "own", "key_" + t);
        execution(t, "exe_3" + t, "shared", "key_" + t);
        execution(t, "exe_4" + t, "shared", "key_b" + t);
        execution(t, "exe_5" + t, null, "key_b" + t);
        execute("""
            INSERT INTO webhook_deliveries (id, tenant_id, execution, url, created_at) VALUES
                ('msg_1%1$s', '%1$s', 'exe_1%1$s', 'https://example.org/TELLS %1$s', now()),
                ('msg_5%1$s', '%1$s', 'exe_5%1$s', 'https://example.org/', now())
            """.formatted(t));
    }

    private void fillRules(String t) throws SQLException {
        execute("""
            INSERT INTO api_keys (id, tenant_id, name, prefix, digest, scopes, created_at, principal) VALUES
                ('key_%1$s', '%1$s', 'TELLS %1$s', 'SECRETp', 'SECRETd %1$s', '{}', now(), 'key_%1$s'),
                ('key_b%1$s', '%1$s', 'b', 'SECRETp', 'SECRETe %1$s', '{}', now(), 'key_b%1$s');
            INSERT INTO tenant_packs VALUES ('%1$s', 'pack', '{"a": "TELLS %1$s"}', 1, now());
            INSERT INTO graphs VALUES ('gra_%1$s', '%1$s', 'greet', 'TELLS %1$s', 1);
            INSERT INTO graph_versions VALUES ('%1$s', 'gra_%1$s', 1, 'greet', 'o', 'd', '{"a": "TELLS %1$s"}', now());
            INSERT INTO plugin_state VALUES ('%1$s', 'plugin', 'key', '{"a": "TELLS %1$s"}');
            INSERT INTO idempotency_keys VALUES ('%1$s', 'key_%1$s', 'r', 'k', 'f', now(), now(), '{"a": "x"}');
            INSERT INTO tenant_plugins VALUES
                ('%1$s', 'plugin', true, '{"a": "TELLS %1$s"}', 3, 1, now());
            INSERT INTO data_keys (id, tenant_id, purpose, wrapped) VALUES ('dky_%1$s', '%1$s', 'SEAL', '1.SECRET.a');
            INSERT INTO tenant_plugin_secrets VALUES ('%1$s', 'plugin', 'TOKEN', '2.dky_%1$s.SECRET');
            INSERT INTO webhook_secrets (tenant_id, id, sealed) VALUES ('%1$s', 'whs_1', '2.dky_%1$s.SECRET');
            INSERT INTO policies VALUES ('%1$s', 'mail', 1, '{"a": "TELLS %1$s"}', now(), 'key_%1$s', 'note');
            INSERT INTO approvals VALUES ('apr_%1$s', '%1$s', 'exe_1%1$s', 'effect', 'digest', '{}',
                '{"a": "TELLS %1$s"}', '{}', '{}', 'key_%1$s', 'PENDING', 'SECRETn', '[]', NULL, NULL, NULL, 1, now(),
                now());
            INSERT INTO kill_switches VALUES
                ('ksw_%1$s', '%1$s', 'tool', 'x', false, 'key_%1$s', now(), 'TELLS %1$s');
            INSERT INTO audit_acts VALUES ('act_%1$s', '%1$s', '{"a": "SECRET"}', now());
            INSERT INTO audit_records VALUES ('%1$s', 1, '{"a": "TELLS %1$s"}', 'p', 'h', now(), 'key_%1$s', 'a', 'DONE');
            INSERT INTO audit_chains VALUES ('%1$s', 1, 'h');
            INSERT INTO audit_checkpoints VALUES ('%1$s', 1, 'TELLS %1$s', now(), 'k', 's');
            INSERT INTO budgets VALUES ('%1$s', 'TELLS %1$s', 'TENANT', NULL, 1, NULL, 'DAY', 0.8, true, 1, false, 'b',
                now());
            INSERT INTO budget_windows VALUES ('%1$s', 'TELLS %1$s', 'bucket', 1, 1);
            INSERT INTO budget_grants VALUES ('%1$s', 'apr_1', 'TELLS %1$s', 'bucket', 'exe_1', 1, now(), NULL);
            INSERT INTO budget_holds VALUES ('%1$s', 'h', 'TELLS %1$s', 'bucket', 1, 'node');
            INSERT INTO rate_limits VALUES ('%1$s', 'TENANT', 1, 1, true, 'TELLS %1$s', now());
            INSERT INTO quotas VALUES ('%1$s', 'q', 'TENANT', NULL, 5, 'DAY', 0.8, 1, false, 'TELLS %1$s', now());
            INSERT INTO quota_windows VALUES ('%1$s', 'q', '2026-01-01 TELLS %1$s', 1, false, '2026-01-01');
            INSERT INTO concurrency_limits VALUES ('%1$s', 'TENANT', 5, NULL, 'TELLS %1$s', now());
            INSERT INTO tenant_weights VALUES ('%1$s', 5, 'TELLS %1$s', now());
            INSERT INTO plans (name, features, revision, changed_by, changed_at)
                VALUES ('free', '{}', 1, 'key_admin', now()) ON CONFLICT DO NOTHING;
            INSERT INTO tenant_plans VALUES ('%1$s', 'free', '{}', '{}', 'TELLS %1$s', now());
            INSERT INTO rate_windows VALUES ('%1$s', 'TENANT', 's', now(), 1, 1, 1);
            INSERT INTO rule_windows VALUES ('%1$s', 's', now(), 1, 1, 1);
            INSERT INTO model_usage VALUES
                ('%1$s', '2026-01-01', 'exe_1%1$s', 'm', 'TELLS %1$s', 'key_%1$s', '', 1, 0, 1, 1, 0);
            """.formatted(t));
    }

    private void fillPeople(String t) throws SQLException {
        execute("""
            INSERT INTO sessions (tenant_id, id, agent, graph_id, graph_version, state, created_at, changed_at) VALUES
                ('%1$s', 'own', NULL, 'gra_%1$s', 1, '{"a": "TELLS %1$s"}', now(), now()),
                ('%1$s', 'shared', NULL, 'gra_%1$s', 1, '{}', now(), now());
            INSERT INTO retention_rules VALUES ('%1$s', 'usage', 10, 'TELLS %1$s', now());
            INSERT INTO users VALUES ('usr_%1$s', 'SECRET %1$s', 'SECRET', now());
            INSERT INTO memberships VALUES
                ('%1$s', 'usr_%1$s', 'PERSON', 'TELLS %1$s', 'ann@example.com', '{owner}', 'ACTIVE', now());
            INSERT INTO subject_names VALUES ('%1$s', 'sub_1', 'TELLS %1$s', NULL, now());
            INSERT INTO roles VALUES ('%1$s', 'clerk', 'TELLS %1$s', '{}');
            INSERT INTO groups VALUES ('%1$s', 'TELLS %1$s', 'd', '{viewer}');
            INSERT INTO group_members VALUES ('%1$s', 'TELLS %1$s', 'usr_%1$s');
            INSERT INTO logins VALUES ('log_%1$s', 'SECRET %1$s', 'usr_%1$s', '%1$s', now(), now(), now());
            INSERT INTO invitations VALUES ('SECRET %1$s', 'usr_%1$s', '%1$s', false, now());
            INSERT INTO redaction_tokens VALUES ('%1$s', 'tok_a', 'TELLS %1$s', '2.dky_%1$s.SECRET', now());
            INSERT INTO gate_records
                VALUES ('%1$s', 'exe_of_none', 'gat_1', now(), 'TELLS %1$s', '{}', 'enforce', 'PASSED', '');
            INSERT INTO tenant_exports VALUES
                ('exp_%1$s', '%1$s', NULL, 'key_%1$s', 'op', 'READY', now(), now() + interval '1 day');
            INSERT INTO tenant_export_parts VALUES ('%1$s', 'exp_%1$s', 0, 'SECRET');
            INSERT INTO erasures VALUES ('ers_%1$s', '%1$s', 'TELLS %1$s', 'key_gone', 'b', now(), NULL, '{}', NULL, NULL,
                now());
            """.formatted(t));
    }

    private void execution(String t, String id, @org.jspecify.annotations.Nullable String session, String by)
            throws SQLException {
        execute("""
            WITH e AS (
                INSERT INTO executions (tenant_id, id, graph_id, graph_version, configuration, priority, durability,
                                        state, created_at, queued_at, finished_at, session, started_by)
                VALUES ('%1$s', '%2$s', 'gra_%1$s', 1, '{"a": "TELLS %1$s"}', 0, 'SYNC', 'SUCCEEDED', now(), now(),
                        now(), %3$s, '%4$s')
                RETURNING tenant_id, number)
            INSERT INTO execution_log SELECT tenant_id, number, 1, 1, 1, 1, now(), 'SECRETl' FROM e
            """.formatted(t, id, session == null ? "NULL" : "'" + session + "'", by));
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(config.url(), config.user(), config.password());
                var statement = connection.createStatement()) {
            statement.execute("SET search_path = agentos; SET ROLE agentos_platform; RESET ROLE; ");
            statement.execute("""
                CREATE OR REPLACE FUNCTION pg_temp.open() RETURNS void LANGUAGE plpgsql AS $$
                DECLARE name text;
                BEGIN
                    FOR name IN SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                                 WHERE n.nspname = 'agentos' AND relforcerowsecurity LOOP
                        EXECUTE format('ALTER TABLE agentos.%I NO FORCE ROW LEVEL SECURITY', name);
                    END LOOP;
                END $$;
                SELECT pg_temp.open();
                """);
            statement.execute(sql);
        }
    }

    private Map<String, Long> rows(String tenant) {
        Map<String, Long> rows = new TreeMap<>();
        for (String table : tables().keySet()) {
            rows.put(
                    table,
                    database.platform()
                            .call(handle -> handle.createQuery(
                                            "SELECT count(*) FROM " + table + " WHERE tenant_id = :tenant")
                                    .bind("tenant", tenant)
                                    .mapTo(Long.class)
                                    .one()));
        }
        return rows;
    }

    private Map<String, Set<String>> tables() {
        Map<String, Set<String>> tables = new TreeMap<>();
        database.platform()
                .call(handle -> handle.createQuery("""
                    SELECT c.relname || ' ' || a.attname FROM pg_class c
                      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'agentos'
                      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                     WHERE c.relkind IN ('r', 'p') AND EXISTS (
                           SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id'
                              AND NOT t.attisdropped)
                    """).mapTo(String.class).list())
                .forEach(pair -> tables.computeIfAbsent(pair.split(" ")[0], any -> new LinkedHashSet<>())
                        .add(pair.split(" ")[1]));
        return tables;
    }

    @Test
    void everyTableAndColumnOfTenantsIsHandedOutAndErasedOrNamedWithAReason() {
        Map<String, Set<String>> tables = tables();
        assertThat(TenantTables.ALL)
                .extracting(TenantTable::name)
                .as("tables with a tenant_id; name a new one in TenantTables")
                .containsExactlyInAnyOrderElementsOf(tables.keySet());
        for (TenantTable table : TenantTables.ALL) {
            Set<String> named = new LinkedHashSet<>(table.exported());
            named.addAll(table.leftOut().keySet());
            if (table.exported().isEmpty()) {
                assertThat(table.leftOut()).as(table.name()).containsOnlyKeys("*");
            } else {
                assertThat(tables.get(table.name())).as(table.name()).containsExactlyInAnyOrderElementsOf(named);
            }
            assertThat(table.leftOut().values()).noneMatch(String::isBlank);
            assertThat(table.exported()).containsAll(orderOf(table));
            assertThat(table.kept().filter(String::isBlank)).isEmpty();
        }
        // What stays of an erased tenant is a decision, and not what somebody forgot.
        assertThat(TenantTables.ALL.stream()
                        .filter(table -> table.kept().isPresent())
                        .map(TenantTable::name))
                .containsExactlyInAnyOrder("audit_records", "audit_checkpoints", "audit_chains", "erasures");
    }

    private static List<String> orderOf(TenantTable table) {
        return table.exported().isEmpty() ? List.of() : List.of(table.order().split(", "));
    }

    /** Otherwise rows are left out where one page ends and the next begins. */
    @Test
    void noTwoRowsOfATenantHaveTheSamePlaceInAnExport() {
        Map<String, List<Set<String>>> unique = new TreeMap<>();
        database.platform()
                .call(handle -> handle.createQuery("""
                    SELECT c.relname || ' ' || string_agg(a.attname, ' ') FROM pg_index i
                      JOIN pg_class c ON c.oid = i.indrelid
                      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'agentos'
                      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
                     WHERE i.indisunique AND i.indpred IS NULL GROUP BY c.relname, i.indexrelid
                    """).mapTo(String.class).list())
                .forEach(index -> {
                    Set<String> columns = new LinkedHashSet<>(List.of(index.split(" ")));
                    String table = index.split(" ")[0];
                    columns.remove(table);
                    unique.computeIfAbsent(table, any -> new ArrayList<>()).add(columns);
                });
        for (TenantTable table : TenantTables.ALL) {
            Set<String> known = new LinkedHashSet<>(orderOf(table));
            known.add("tenant_id");
            if (!table.exported().isEmpty()) {
                assertThat(unique.getOrDefault(table.name(), List.of()))
                        .as(table.name())
                        .anyMatch(known::containsAll);
            }
        }
    }

    @Test
    void handsOutAllOfATenantAndNothingElse() {
        Whose whose = Whose.of(acme);
        for (String kind : data.readable(whose)) {
            List<String> read = new ArrayList<>();
            data.read(whose, kind, read::add);
            String all = String.join("\n", read);
            assertThat(read).as(kind).isNotEmpty();
            assertThat(all).as(kind).doesNotContain("SECRET", other.value());
            if (!all.contains("\"shared\"")) {
                assertThat(all).as(kind).contains("TELLS " + acme.value());
            }
        }
        assertThat(rows(acme.value()).values())
                .as("the fixture fills each table")
                .doesNotContain(0L);
        assertThat(data.readable(whose)).contains("executions", "sessions", "graph-versions", "audit-records");
    }

    @Test
    void readsMoreRowsThanItHoldsInMemory() throws SQLException {
        execute("INSERT INTO plugin_state SELECT '" + acme
                + "', 'plugin', 'k' || n, '{}' FROM generate_series(1, 5000) n");
        List<String> read = new ArrayList<>();
        data.read(Whose.of(acme), "plugin-state", read::add);
        assertThat(read).hasSize(5001).doesNotHaveDuplicates();
    }

    @Test
    void erasesAllOfATenantInBatchesAndNothingElse() {
        Whose whose = Whose.of(acme);
        Map<String, Long> before = rows(other.value());
        Map<String, Long> counted = data.count(whose);
        Map<String, Long> removed = new TreeMap<>();
        for (String kind : data.removable(whose)) {
            long gone = removeAll(data, whose, kind, 2);
            if (gone > 0) {
                removed.put(kind, gone);
            }
        }
        assertThat(removed).containsExactlyInAnyOrderEntriesOf(counted);
        assertThat(database.tenantStore().delete(acme)).isTrue();
        Map<String, Long> left = rows(acme.value());
        Set<String> kept = TenantTables.ALL.stream()
                .filter(table -> table.kept().isPresent())
                .map(TenantTable::name)
                .collect(Collectors.toSet());
        left.forEach((table, rows) -> assertThat(rows).as(table).isEqualTo(kept.contains(table) ? 1 : 0));
        assertThat(rows(other.value())).isEqualTo(before);
        assertThat(people()).as("who was a member of nothing else is nobody").containsExactly("usr_" + other);
    }

    static long removeAll(TenantDataStore data, Whose whose, String kind, int most) {
        long removed = 0;
        Optional<String> after = Optional.empty();
        do {
            TenantDataStore.Step step = data.remove(whose, kind, after, most);
            removed += step.removed();
            after = step.next();
        } while (after.isPresent());
        return removed;
    }

    private List<String> people() {
        return database.platform()
                .call(handle -> handle.createQuery("SELECT id FROM users ORDER BY id")
                        .mapTo(String.class)
                        .list());
    }

    @Test
    void erasesWhatAPersonBeganAndLeavesWhatOthersSaid() {
        Whose whose = new Whose(acme, Optional.of("key_" + acme));
        assertThat(data.left(whose)).isEqualTo(Map.of("sessions", List.of("shared")));
        List<String> read = new ArrayList<>();
        data.read(whose, "executions", read::add);
        assertThat(read).hasSize(3);
        assertThat(data.shutOut(whose)).isEqualTo(Map.of("api-keys made anonymous", 1L));
        for (String kind : data.removable(whose)) {
            removeAll(data, whose, kind, 10);
        }
        assertThat(data.count(whose)).isEmpty();
        Map<String, Long> left = rows(acme.value());
        assertThat(left).containsEntry("executions", 3L).containsEntry("execution_log", 3L);
        assertThat(left)
                .containsEntry("sessions", 1L)
                .containsEntry("approvals", 0L)
                .containsEntry("api_keys", 2L);
        assertThat(database.apiKeyStore().find(Optional.of(acme), "key_" + acme).orElseThrow())
                .matches(key -> key.name().equals("erased") && key.revokedAt().isPresent());
        assertThat(rows(other.value())).containsEntry("executions", 5L);
    }

    @Test
    void aTenantThatIsErasedIsNoneForWhoeverAsks() {
        ErasureStore store = database.erasureStore();
        assertThat(database.apiKeyStore().findByDigest("SECRETd " + acme)).isPresent();
        Erasure first = store.begin(erasure(Optional.empty())).orElseThrow();
        assertThat(store.begin(erasure(Optional.empty()))).contains(first);
        assertThat(database.tenantStore().find(acme)).isEmpty();
        assertThat(database.tenantStore().findByName("acme")).isEmpty();
        assertThat(database.apiKeyStore().findByDigest("SECRETd " + acme)).isEmpty();
        assertThat(database.apiKeyStore().findByDigest("SECRETd " + other)).isPresent();
        assertThat(store.begun(acme)).isTrue();
        assertThat(store.erased(acme)).isTrue();
        assertThat(store.erased(other)).isFalse();
    }

    @Test
    void oneServerAtATimeErases() {
        ErasureStore store = database.erasureStore();
        String id = store.begin(erasure(Optional.empty())).orElseThrow().id();
        assertThat(store.claim(id, "a", LEASE)).isTrue();
        assertThat(store.claim(id, "b", LEASE)).isFalse();
        assertThat(store.claim("b", LEASE)).isEmpty();
        assertThat(store.advance(id, "b", Map.of("x", 1L), LEASE)).isFalse();
        assertThat(store.advance(id, "a", Map.of("x", 1L), LEASE)).isTrue();
        assertThat(store.advance(id, "a", Map.of("x", 2L, "y", 1L), LEASE)).isTrue();
        // It starts anew, and nobody works there on what it had.
        store.releaseAll("a");
        assertThat(store.claim("b", LEASE))
                .singleElement()
                .matches(one -> one.counts().equals(Map.of("x", 3L, "y", 1L)));
        assertThat(store.advance(id, "a", Map.of(), LEASE)).isFalse();
        store.finish(id, NOW);
        assertThat(store.claim("b", LEASE)).isEmpty();
        assertThat(store.find(Optional.empty(), id).orElseThrow().finishedAt()).contains(NOW);
        assertThat(store.find(Optional.of(other), id)).isEmpty();
    }

    private Erasure erasure(Optional<String> principal) {
        return new Erasure(
                ids.next("ers"),
                new Whose(acme, principal),
                "acme",
                "key_admin",
                NOW,
                Optional.empty(),
                Map.of(),
                Optional.empty());
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

    @Test
    void keepsExportsByPartsUntilTheyExpire() {
        ExportStore store = database.exportStore();
        Export export = export();
        // The fixture's is there as well.
        assertThat(store.insert(export, 1)).isFalse();
        assertThat(store.insert(export, 2)).isTrue();
        store.append(export, 0, new byte[] {1, 2});
        store.append(export, 1, new byte[] {3});
        store.finish(export, Export.State.READY, new Export.Made(3, "abc", Map.of("executions", 5L)));
        assertThat(store.find(acme, export.id()).orElseThrow().file())
                .isEqualTo(new Export.Made(3, "abc", Map.of("executions", 5L)));
        assertThat(store.part(acme, export.id(), 1).orElseThrow()).containsExactly(3);
        assertThat(store.part(acme, export.id(), 2)).isEmpty();
        assertThat(store.find(other, export.id())).isEmpty();
        assertThat(store.part(other, export.id(), 0)).isEmpty();
        assertThat(store.delete(other, export.id())).isFalse();
        assertThat(store.expire(NOW.plusSeconds(60))).isEqualTo(1);
        assertThat(store.part(acme, export.id(), 0)).isEmpty();
    }

    @Test
    void anExportSeesNoOtherTenantWhateverItsQuerySays() {
        // The role that reads sees one tenant's rows, so that even a query without a condition would.
        for (TenantTable table : TenantTables.ALL) {
            if (!table.exported().isEmpty()) {
                List<String> seen = database.tenants()
                        .inTenant(
                                acme,
                                handle -> handle.createQuery("SELECT DISTINCT tenant_id FROM " + table.name())
                                        .mapTo(String.class)
                                        .list());
                assertThat(seen).as(table.name()).containsExactly(acme.value());
            }
        }
        assertThatThrownBy(() -> data.read(Whose.of(acme), "nothing", row -> {}))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
