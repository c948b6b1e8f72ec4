package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.SecretCipher;
import dev.agentos.redaction.TokenStore;
import dev.agentos.retention.TenantDataStore;
import dev.agentos.retention.Whose;
import dev.agentos.secrets.DataKey;
import dev.agentos.secrets.DataKeyStore;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys of tenants, and their replacement by two servers, on a real PostgreSQL. */
class JdbiDataKeysIT {

    @TempDir
    private Path directory;

    private final DatabaseConfig.External config = PostgresFixture.migrated();
    private final Database database = Database.open(config, Ids.system());
    private final TenantId acme = tenant("acme");
    private final TenantId umbrella = tenant("umbrella");
    private final List<SecretsFixture> servers = new ArrayList<>();

    private TenantId tenant(String name) {
        return new Tenants(database.tenantStore(), Ids.system(), InstantSource.system())
                .create(name)
                .id();
    }

    @BeforeEach
    void start() throws IOException {
        servers.add(server("a"));
        Files.createDirectories(directory.resolve("b"));
        Files.copy(directory.resolve("a/secrets.key"), directory.resolve("b/secrets.key"));
        servers.add(server("b"));
    }

    private SecretsFixture server(String name) throws IOException {
        return new SecretsFixture(database, Files.createDirectories(directory.resolve(name)), name);
    }

    @AfterEach
    void close() {
        servers.forEach(server -> server.operations.close());
        database.close();
    }

    private void copyKeys() throws IOException {
        Files.writeString(directory.resolve("b/secrets.key"), Files.readString(directory.resolve("a/secrets.key")));
        servers.forEach(server -> server.rotations.present());
    }

    private long count(String sql) {
        return database.platform()
                .call(handle -> handle.createQuery(sql).mapTo(Long.class).one());
    }

    @Test
    void theKeyOfCursorsIsReplacedAndTheOneBeforeIsTakenForAWhile() throws Exception {
        SecretsFixture a = servers.getFirst();
        SecretsFixture b = servers.getLast();
        byte[] first = b.rotations.cursorKeys().getFirst();
        assertThat(b.rotations.cursorKeys()).containsExactly(first);
        assertThat(a.run(a.rotations.startCursors()).text("cursorsTaken")).contains("PT1H");
        assertThat(b.rotations.cursorKeys()).hasSize(2).last().isEqualTo(first);
        byte[] second = b.rotations.cursorKeys().getFirst();
        assertThat(second).hasSize(32).isNotEqualTo(first);
        b.run(b.rotations.startCursors());
        assertThat(a.rotations.cursorKeys())
                .hasSize(2)
                .doesNotContain(first)
                .last()
                .isEqualTo(second);
        database.platform()
                .run(handle -> handle.execute("UPDATE cursor_key SET replaced_at = now() - interval '61 minutes'"));
        assertThat(a.rotations.cursorKeys()).singleElement().isNotEqualTo(second);
    }

    @Test
    void bothKindsOfKeysAreReplacedAndNothingIsLost() throws Exception {
        SecretsFixture a = servers.getFirst();
        SecretsFixture b = servers.getLast();
        a.oldSecret(acme, "OLD", "from before");
        b.secret(acme, "NEW", "with a data key");
        b.secret(umbrella, "NEW", "umbrella's");
        List<String> tokens = a.tokens(acme, "ann@example.com bob@example.com");
        assertThatThrownBy(() -> a.rotations.start(SecretsFixture.KEK)).hasMessageContaining("have not got it: b");
        copyKeys();
        assertThat(a.run(a.rotations.start(SecretsFixture.KEK)).member("unreadable"))
                .contains(JsonValue.of(0));
        assertThat(count("SELECT count(*) FROM tenant_plugin_secrets WHERE data_key IS NULL"))
                .isZero();
        assertThat(b.run(b.rotations.start(SecretsFixture.ALL)).member("unreadable"))
                .contains(JsonValue.of(0));
        assertThat(count("SELECT count(*) FROM data_keys WHERE replaced_at IS NOT NULL"))
                .isEqualTo(2);
        assertThat(a.rotations.retire(false).member("dataKeys")).contains(JsonValue.of(2));
        copyKeys();
        SecretsFixture again = server("a");
        servers.add(again);
        for (SecretsFixture server : List.of(b, again)) {
            assertThat(server.open(acme, "OLD")).isEqualTo("from before");
            assertThat(server.open(acme, "NEW")).isEqualTo("with a data key");
            assertThat(server.open(umbrella, "NEW")).isEqualTo("umbrella's");
            assertThat(server.revealed(acme, tokens)).containsExactly("ann@example.com", "bob@example.com");
            assertThat(server.tokens(acme, "ann@example.com")).isSubsetOf(tokens);
        }
    }

    @Test
    void ofManyValuesThoseAreCountedThatAreStillToBeReplaced() throws SQLException {
        SecretsFixture a = servers.getFirst();
        a.tokens(acme, "ann@example.com");
        assertThat(database.dataKeyStore().uses()).isEqualTo(new DataKeyStore.Uses(1, 0, Map.of()));
        String key = database.dataKeyStore()
                .current(Optional.of(acme), DataKey.Purpose.SEAL)
                .orElseThrow()
                .id();
        try (Connection connection = DriverManager.getConnection(config.url(), config.user(), config.password());
                Statement statement = connection.createStatement()) {
            statement.execute("SET search_path TO agentos");
            statement.execute("SET ROLE agentos_platform");
            statement.execute("INSERT INTO data_keys (id, tenant_id, purpose, wrapped, replaced_at) SELECT 'dky_old',"
                    + " tenant_id, purpose, wrapped, clock_timestamp() FROM data_keys WHERE id = '" + key + "'");
            statement.execute("RESET ROLE");
            statement.execute("SET ROLE agentos_app");
            statement.execute("SELECT set_config('agentos.tenant', '" + acme.value() + "', false)");
            String insert = "INSERT INTO redaction_tokens (tenant_id, token, detector, sealed) SELECT '" + acme.value()
                    + "', '%s' || n, 'email', '%s.x' FROM generate_series(1, %d) n";
            statement.execute(insert.formatted("a", "2." + key, 30_000));
            statement.execute(insert.formatted("b", "2.dky_old", 3));
            statement.execute(insert.formatted("c", "1.before", 2));
            statement.execute("RESET ROLE");
            statement.execute("ANALYZE redaction_tokens");
        }
        DataKeyStore.Uses uses = database.dataKeyStore().uses();
        assertThat(uses.current()).isCloseTo(30_001, withinPercentage(1));
        assertThat(uses.replaced()).isEqualTo(3);
        assertThat(uses.direct()).isEqualTo(Map.of("before", 2L));
    }

    @Test
    void nothingIsLostWhileTwoServersWriteReadAndRotate() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> writers = new ArrayList<>();
            for (int w = 0; w < 4; w++) {
                int writer = w;
                SecretsFixture server = servers.get(w % 2);
                TenantId tenant = w < 2 ? acme : umbrella;
                writers.add(threads.submit(() -> {
                    int n = 0;
                    for (; !over.get() || n < 5; n++) {
                        String address = "w" + writer + "n" + n + "@example.com";
                        List<String> tokens = kept(server, tenant, address);
                        assertThat(server.revealed(tenant, tokens)).containsExactly(address);
                    }
                    return n;
                }));
            }
            try {
                for (int round = 0; round < 3; round++) {
                    List<Future<?>> rotations = new ArrayList<>();
                    for (SecretsFixture server : servers) {
                        rotations.add(threads.submit(() -> server.run(server.rotations.start(SecretsFixture.ALL))));
                    }
                    for (Future<?> rotation : rotations) {
                        rotation.get();
                    }
                    servers.getFirst().rotations.retire(false);
                }
            } finally {
                over.set(true);
            }
            for (Future<Integer> writer : writers) {
                assertThat(writer.get()).isPositive();
            }
        }
        assertThat(servers.getLast().run(servers.getLast().rotations.check()).member("unreadable"))
                .contains(JsonValue.of(0));
        assertThat(count("SELECT count(*) FROM redaction_tokens")).isGreaterThan(19);
    }

    /** Keys have no grace here, so that one may go between the sealing and the writing: then nothing is written. */
    private static List<String> kept(SecretsFixture server, TenantId tenant, String address) {
        while (true) {
            try {
                return server.tokens(tenant, address);
            } catch (UnableToExecuteStatementException e) {
                assertThat(e).hasMessageContaining("redaction_tokens_data_key_fkey");
            }
        }
    }

    @Test
    void theDatabaseKeepsKeysThatAreNeededAndRefusesValuesWhoseKeyIsGone() {
        SecretsFixture a = servers.getFirst();
        a.secret(acme, "NAME", "text");
        String id = a.database
                .dataKeyStore()
                .current(Optional.of(acme), DataKey.Purpose.SEAL)
                .orElseThrow()
                .id();
        assertThatThrownBy(() -> count("WITH gone AS (DELETE FROM data_keys WHERE id = '" + id
                        + "' RETURNING 1) SELECT count(*) FROM gone"))
                .hasMessageContaining("tenant_plugin_secrets");
        assertThat(a.database.dataKeyStore().removeUnused(Duration.ZERO, false)).isZero();
        assertThatThrownBy(() -> database.tokenStore()
                        .keep(acme.value(), List.of(new TokenStore.Kept("tok_x", "email", "2.dky_gone.AAAA"))))
                .hasStackTraceContaining("redaction_tokens_data_key_fkey");
        assertThat(a.open(acme, "NAME")).isEqualTo("text");
    }

    @Test
    void aValueInAnotherRowOrOfAnotherTenantDoesNotOpen() {
        SecretsFixture a = servers.getFirst();
        a.secret(acme, "ONE", "text");
        a.secret(acme, "TWO", "other");
        a.secret(umbrella, "ONE", "foreign");
        count("WITH moved AS (UPDATE tenant_plugin_secrets t SET sealed = (SELECT sealed FROM tenant_plugin_secrets"
                + " WHERE tenant_id = '" + acme + "' AND name = 'ONE') WHERE name = 'TWO' OR tenant_id = '" + umbrella
                + "' RETURNING 1) SELECT count(*) FROM moved");
        assertThat(a.open(acme, "ONE")).isEqualTo("text");
        assertThatThrownBy(() -> a.open(acme, "TWO")).isInstanceOf(AgentOsException.class);
        assertThatThrownBy(() -> a.open(umbrella, "ONE")).hasMessageContaining("another tenant's");
    }

    @Test
    void keysGoWithTheirTenant() throws InterruptedException {
        SecretsFixture a = servers.getFirst();
        for (TenantId tenant : List.of(acme, umbrella)) {
            a.secret(tenant, "NAME", "text");
            a.tokens(tenant, "ann@example.com");
        }
        a.run(a.rotations.start(SecretsFixture.ALL));
        TenantDataStore data = database.tenantDataStore();
        Whose whose = Whose.of(acme);
        List<String> kinds = data.removable(whose);
        assertThat(kinds.subList(0, 4))
                .containsExactly("redaction-tokens", "tenant-plugin-secrets", "webhook-secrets", "data-keys");
        for (String kind : kinds.subList(0, 4)) {
            RetentionIT.removeAll(data, whose, kind, 1);
        }
        assertThat(count("SELECT count(*) FROM data_keys WHERE tenant_id = '" + acme + "'"))
                .isZero();
        assertThat(a.open(umbrella, "NAME")).isEqualTo("text");
        // And when the tenant is simply gone, whatever it has.
        assertThat(database.tenantStore().delete(umbrella)).isTrue();
        assertThat(count("SELECT count(*) FROM data_keys WHERE tenant_id IS NOT NULL"))
                .isZero();
        assertThatThrownBy(() -> servers.getLast().vault.naming(umbrella.value()))
                .isInstanceOf(AgentOsException.class);
    }

    @Test
    void whatWasKeptBeforeThereWereDataKeysIsTakenOver() throws Exception {
        DatabaseConfig.External old = PostgresFixture.before(24);
        execute(
                old,
                "ALTER TABLE agentos.tenant_plugins NO FORCE ROW LEVEL SECURITY",
                "INSERT INTO agentos.tenants VALUES ('tnt_old', 'old', now())",
                "INSERT INTO agentos.tenant_plugins VALUES ('tnt_old', 'mailer', true, '{}', '{\"A\": \"1.x.a\", \"B\":"
                        + " \"1.x.b\"}', 3, 1, now()), ('tnt_old', 'other', true, '{}', '{}', NULL, 1, now())",
                "ALTER TABLE agentos.tenant_plugins FORCE ROW LEVEL SECURITY");
        try (Database upgraded = Database.open(old, Ids.system())) {
            assertThat(upgraded.tenantPluginStore()
                            .find("tnt_old", "mailer")
                            .orElseThrow()
                            .secrets())
                    .containsOnlyKeys("A", "B")
                    .containsEntry("B", "1.x.b");
            assertThat(upgraded.tenantPluginStore().list("tnt_old")).hasSize(2);
            // The names that its values have stay those that the key makes which it had then.
            SecretsFixture server = new SecretsFixture(upgraded, directory.resolve("a"), "c");
            byte[] before = SecretCipher.of(Files.readString(directory.resolve("a/secrets.key")), new SecureRandom())
                    .derived("redaction/tnt_old");
            assertThat(server.vault.naming("tnt_old")).isEqualTo(before);
            assertThat(upgraded.dataKeyStore().byKek()).doesNotContainKey("");
            server.operations.close();
        }
    }

    private static void execute(DatabaseConfig.External config, String... statements) throws SQLException {
        try (Connection connection = Schema.connect(config);
                var statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
