package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.postgres.DataDirectory;
import dev.agentos.postgres.InstalledPostgres;
import dev.agentos.spi.AgentOsException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that starts beside other work. */
final class DatabaseIT {

    private static final Ids IDS = Ids.system();
    private static final List<AgentOsException> TOLD = new CopyOnWriteArrayList<>();

    @TempDir
    Path temporary;

    @Test
    void aStoreThatIsUsedDuringTheStartWaitsForIt() {
        try (Database database = Database.start(PostgresFixture.create(), IDS, TOLD::add)) {
            assertThat(database.pluginStore().list()).isEmpty();
            assertThat(database.responds()).isTrue();
        }
    }

    @Test
    void aStartThatIsGivenUpLeavesNothingRunning() {
        try (DataDirectory directory = DataDirectory.open(temporary.resolve("data"), IDS)) {
            Database.start(new DatabaseConfig.Embedded(directory), IDS, TOLD::add)
                    .close();
            assertThat(InstalledPostgres.postmaster(directory.path().resolve("postgres/data-18")))
                    .isEmpty();
            try (Database again = Database.start(new DatabaseConfig.Embedded(directory), IDS, TOLD::add)) {
                again.await();
                assertThat(again.responds()).isTrue();
            }
        }
    }

    @Test
    void aDatabaseThatTakesNoWritesDoesNotRespondUntilItDoes() {
        try (InstalledPostgres postgres = InstalledPostgres.start()) {
            postgres.administer(
                    "CREATE ROLE agentos LOGIN NOINHERIT CREATEROLE PASSWORD 'secret'",
                    "CREATE DATABASE agentos OWNER agentos");
            try (Database database =
                    Database.open(new DatabaseConfig.External(postgres.url("agentos"), "agentos", "secret"), IDS)) {
                assertThat(database.responds()).isTrue();
                // Reaches connections that are open, too.
                postgres.administer("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()");
                await().until(() -> !database.responds());
                postgres.administer("ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()");
                await().until(database::responds);
                assertThat(database.pluginStore().list()).isEmpty();
            }
        }
    }

    @Test
    void whoWaitsIsToldWhyTheStartFailed() throws Exception {
        DatabaseConfig.External closed = new DatabaseConfig.External(
                "jdbc:postgresql://127.0.0.1:" + InstalledPostgres.freePort() + "/agentos", "agentos", "secret");
        try (Database database = Database.start(closed, IDS, TOLD::add)) {
            assertThatThrownBy(database::await)
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.DATABASE_UNAVAILABLE));
            assertThat(database.responds()).isFalse();
        }
    }

    @Test
    void aWaitThatIsGivenUpEndsAtOnce() throws Exception {
        DatabaseConfig.External closed = new DatabaseConfig.External(
                "jdbc:postgresql://127.0.0.1:" + InstalledPostgres.freePort() + "/agentos?password=hidden",
                "agentos",
                "secret",
                Duration.ofDays(1));
        List<AgentOsException> told = new CopyOnWriteArrayList<>();
        Database database = Database.start(closed, IDS, told::add);
        await().until(() -> !told.isEmpty());
        database.close();
        assertThatThrownBy(database::await)
                .hasMessageContaining("cannot be reached")
                .hasMessageNotContaining("hidden");
        assertThat(told.getFirst().action()).contains("Check that it runs");
    }

    @Test
    void whatNoWaitingMendsEndsTheStart() {
        DatabaseConfig.External good = PostgresFixture.create();
        Duration day = Duration.ofDays(1);
        refuses(new DatabaseConfig.External(good.url(), good.user(), "wrong", day), "database:AUTHENTICATION_FAILED");
        refuses(
                new DatabaseConfig.External(good.url() + "_not", good.user(), good.password(), day),
                "database:DATABASE_UNKNOWN");
        refuses(
                new DatabaseConfig.External("jdbc:postgresql://db:port/x", good.user(), good.password(), day),
                "server:INVALID_SETTING");
    }

    private static void refuses(DatabaseConfig config, String code) {
        assertThatThrownBy(() -> Database.open(config, IDS))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode().code()).isEqualTo(code));
    }
}
