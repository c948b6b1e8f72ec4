package dev.agentos.postgres;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.SecretFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A PostgreSQL that is not the server's own: a fresh cluster made with the programs of the operating system, with its
 * defaults, for an administrator to prepare as the documentation says.
 */
public final class InstalledPostgres implements AutoCloseable {

    /** The major version to run on; empty for the one that the server brings. */
    public static final String VERSION = System.getProperty("test.postgresql", "");

    private static final Duration INITIALISE_LIMIT = Duration.ofMinutes(3);

    private final Path home;
    private final PostgresProcess process;
    private final int port;
    private final String password;

    private InstalledPostgres(Path home, PostgresProcess process, int port, String password) {
        this.home = home;
        this.process = process;
        this.port = port;
        this.password = password;
    }

    /** Starts a cluster. */
    public static InstalledPostgres start() {
        try {
            Path home = Files.createTempDirectory("agentos-installed-postgres-");
            return VERSION.isEmpty()
                    ? start(home, PostgresBinaries.unpack(home).resolve("bin"))
                    : start(home, programs().orElseThrow(() -> new AssertionError(missing())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Path> programs() {
        return Stream.of(Path.of("/usr/lib/postgresql", VERSION, "bin"), Path.of("/usr/pgsql-" + VERSION, "bin"))
                .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                .findFirst();
    }

    private static String missing() {
        return "PostgreSQL " + VERSION + " is not installed. On Debian: apt-get install postgresql-" + VERSION;
    }

    /** Skips the round on a PostgreSQL that is not installed, save in continuous integration, where it then fails. */
    public static final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            if (VERSION.isEmpty() || programs().isPresent() || System.getenv("CI") != null) {
                return ConditionEvaluationResult.enabled("There is a PostgreSQL, or there must be one");
            }
            System.err.println("SKIPPED " + context.getDisplayName() + ": " + missing());
            return ConditionEvaluationResult.disabled(missing());
        }
    }

    private static InstalledPostgres start(Path home, Path programs) throws IOException {
        Path parent = Files.createDirectory(home.resolve("cluster"));
        PostgresIdentity identity = PostgresIdentity.choose(home, parent);
        identity.own(parent);
        Path data = parent.resolve("data");
        String password = Ids.system().secret();
        Path file = parent.resolve("password");
        SecretFile.write(file, password);
        identity.own(file);
        Commands.Result made = Commands.run(
                INITIALISE_LIMIT,
                identity.command(List.of(
                        programs.resolve("initdb").toString(),
                        "-D",
                        data.toString(),
                        "-U",
                        "postgres",
                        "--pwfile=" + file,
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale=C",
                        "--no-sync")));
        if (!made.succeeded()) {
            throw PostgresFailures.of(data, made.status(), made.output());
        }
        int port = EmbeddedPostgres.freePort();
        List<String> command = identity.tied(List.of(
                programs.resolve("postgres").toString(),
                "-D",
                data.toString(),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "port=" + port,
                "-c",
                "unix_socket_directories=",
                // No test is about the end of the machine, and hundreds of databases take long to reach the disk.
                "-c",
                "fsync=off",
                "-c",
                "lc_messages=C"));
        return new InstalledPostgres(
                home, PostgresProcess.start(command, data, home.resolve("start.log")), port, password);
    }

    /** A port that nobody listens on. */
    public static int freePort() throws IOException {
        return EmbeddedPostgres.freePort();
    }

    /** The process of the postmaster of a cluster, if it runs. */
    public static Optional<Long> postmaster(Path data) {
        return PostgresProcess.postmaster(data);
    }

    /** Deletes a directory with all that is in it. */
    public static void delete(Path directory) throws IOException {
        PostgresBinaries.deleteTree(directory);
    }

    /** The JDBC URL of a database of that name. */
    public String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    /** Runs statements as the administrator of the cluster. */
    public void administer(String... statements) {
        try (Connection connection = DriverManager.getConnection(url("postgres"), "postgres", password);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.close();
        try {
            PostgresBinaries.deleteTree(home);
        } catch (IOException e) {
            System.err.println("Left behind: " + home + " (" + e + ")");
        }
    }
}
