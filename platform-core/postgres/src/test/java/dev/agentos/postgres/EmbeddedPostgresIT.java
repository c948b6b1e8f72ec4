package dev.agentos.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Ids;
import dev.agentos.spi.AgentOsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedPostgresIT {

    private static final Ids IDS = Ids.system();

    /** What a first start leaves, for the tests that are not about one. */
    @TempDir
    static Path left;

    @TempDir
    Path temporary;

    @BeforeAll
    static void startForTheFirstTime() {
        try (DataDirectory directory = DataDirectory.open(left.resolve("data"), IDS)) {
            EmbeddedPostgres.start(directory, IDS).close();
        }
    }

    /** A data directory that was used before. */
    private DataDirectory used(String name) throws Exception {
        Path copy = temporary.resolve(name);
        assertThat(new ProcessBuilder("cp", "-a", left.resolve("data").toString(), copy.toString())
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
        return DataDirectory.open(copy, IDS);
    }

    @Test
    void keepsItsDataOverAStopAndStartsQuickly() throws Exception {
        Path home = temporary.resolve("data directory with spaces");
        try (DataDirectory directory = DataDirectory.open(home, IDS)) {
            long begun = System.nanoTime();
            try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, IDS)) {
                report("first start", begun);
                execute(postgres, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
                assertThat(query(postgres, "SHOW fsync")).isEqualTo("on");
                assertThat(query(postgres, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
                assertThat(query(postgres, "SHOW server_encoding")).isEqualTo("UTF8");
                assertThat(query(postgres, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
                        .isEqualTo("f");
            }
            begun = System.nanoTime();
            try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, IDS)) {
                report("warm start", begun);
                assertThat(query(postgres, "SELECT n FROM kept")).isEqualTo("7");
                assertThatThrownBy(() -> DriverManager.getConnection(postgres.url(), postgres.user(), "wrong"))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("password authentication failed");
            }
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("postgres/credentials"))))
                .isEqualTo("rw-------");
    }

    @Test
    void runsBelowADirectoryThatOnlyItsOwnerMayEnter() throws Exception {
        Path closed = Files.createDirectory(
                temporary.resolve("closed"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (DataDirectory directory = DataDirectory.open(closed.resolve("data"), IDS);
                EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, IDS)) {
            assertThat(query(postgres, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void startsAgainByItselfWhenItsProcessIsKilled() throws Exception {
        try (DataDirectory directory = used("data");
                EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, IDS)) {
            execute(postgres, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
            long killed = PostgresProcess.postmaster(data(directory)).orElseThrow();
            assertThat(Commands.signal("KILL", killed)).isTrue();
            await().atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .until(() -> query(postgres, "SELECT n FROM kept").equals("7"));
            assertThat(PostgresProcess.postmaster(data(directory)).orElseThrow())
                    .isNotEqualTo(killed);
        }
    }

    @Test
    void stopsWhatAnEarlierServerLeftRunning() throws Exception {
        Process orphan;
        try (DataDirectory directory = used("data")) {
            Path postgres = directory.path().resolve("postgres");
            PostgresIdentity identity = PostgresIdentity.choose(directory.path(), postgres);
            orphan = new ProcessBuilder(identity.command(java.util.List.of(
                            postgres.resolve("bin-" + PostgresBinaries.version() + "/bin/postgres")
                                    .toString(),
                            "-D",
                            data(directory).toString(),
                            "-c",
                            "listen_addresses=127.0.0.1",
                            "-c",
                            "port=" + EmbeddedPostgres.freePort(),
                            "-c",
                            "unix_socket_directories=")))
                    .redirectErrorStream(true)
                    .redirectOutput(temporary.resolve("orphan.log").toFile())
                    .start();
            await().until(() -> PostgresProcess.postmaster(data(directory)).isPresent());
            try (EmbeddedPostgres started = EmbeddedPostgres.start(directory, IDS)) {
                assertThat(query(started, "SELECT 1")).isEqualTo("1");
                assertThat(orphan.waitFor(10, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void aLockFileWithAnotherProcessesNumberIsNoObstacle() throws Exception {
        try (DataDirectory directory = used("data")) {
            Files.writeString(
                    data(directory).resolve("postmaster.pid"),
                    ProcessHandle.current().pid() + "\n/x\n0\n0\n\n\n\nready\n");
            try (EmbeddedPostgres started = EmbeddedPostgres.start(directory, IDS)) {
                assertThat(query(started, "SELECT 1")).isEqualTo("1");
            }
            assertThat(ProcessHandle.current().isAlive()).isTrue();
        }
    }

    @Test
    void saysThatTheClusterIsDamaged() throws Exception {
        try (DataDirectory directory = used("data")) {
            Files.write(data(directory).resolve("global/pg_control"), new byte[8192]);
            // Each attempt makes its lock file and takes it away again while the start looks for it.
            for (int attempt = 1; attempt <= 20; attempt++) {
                assertThatThrownBy(() -> EmbeddedPostgres.start(directory, IDS))
                        .as("attempt %d", attempt)
                        .isInstanceOfSatisfying(
                                AgentOsException.class,
                                e -> assertThat(e.errorCode())
                                        .as("%s", e)
                                        .isEqualTo(DatabaseErrorCode.CLUSTER_CORRUPTED));
            }
        }
    }

    @Test
    void twoRunSideBySide() throws Exception {
        try (DataDirectory one = used("one");
                DataDirectory two = used("two");
                EmbeddedPostgres first = EmbeddedPostgres.start(one, IDS);
                EmbeddedPostgres second = EmbeddedPostgres.start(two, IDS)) {
            execute(first, "CREATE TABLE only_here (n int)");
            assertThat(query(second, "SELECT count(*) FROM pg_tables WHERE tablename = 'only_here'"))
                    .isEqualTo("0");
        }
    }

    private static Path data(DataDirectory directory) {
        return directory.path().resolve("postgres/data-18");
    }

    private static void report(String what, long begun) {
        System.out.println(what + ": " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun) + " ms");
    }

    private static void execute(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres);
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            assertThat(result.next()).isTrue();
            return result.getString(1);
        }
    }

    private static Connection connect(EmbeddedPostgres postgres) throws SQLException {
        return DriverManager.getConnection(postgres.url(), postgres.user(), postgres.password());
    }
}
