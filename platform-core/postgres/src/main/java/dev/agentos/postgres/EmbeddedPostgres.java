package dev.agentos.postgres;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.SecretFile;
import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL of the server's own in its data directory: unpacked, initialised, started, supervised and stopped from
 * here, with durable writes and passwords, listening on the loopback address alone.
 */
public final class EmbeddedPostgres implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final Duration INITIALISE_LIMIT = Duration.ofMinutes(3);
    private static final String DATABASE = "agentos";
    private static final String LOGIN = "agentos";
    private static final String SUPERUSER = "postgres";
    private static final int START_ATTEMPTS = 5;
    /** Where the lock file of a postmaster names its port, counted from 0. */
    private static final int PORT_LINE = 3;

    /**
     * Iterations make a guessable password costly to guess. The generated ones are 160 random bits, so they would only
     * cost time at each connection: 4,096 hashes by code that is not compiled yet.
     */
    private static final int SCRAM_ITERATIONS = 1;

    private static final List<String> USUAL = List.of(
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=60",
            "shared_buffers=64MB",
            "io_method=sync",
            "max_worker_processes=2",
            "max_parallel_workers=2",
            "max_wal_senders=0",
            "max_wal_size=512MB",
            "jit=off",
            "huge_pages=off",
            "timezone=UTC",
            "log_timezone=UTC",
            "lc_messages=C",
            "password_encryption=scram-sha-256",
            "scram_iterations=" + SCRAM_ITERATIONS,
            "tcp_keepalives_idle=30",
            "tcp_keepalives_interval=10",
            "tcp_keepalives_count=3",
            "logging_collector=on",
            "log_filename=postgresql-%a.log",
            "log_rotation_age=1d",
            "log_rotation_size=0",
            "log_truncate_on_rotation=on",
            "log_error_verbosity=terse",
            "log_checkpoints=off");

    private final PostgresProcess process;
    private final int port;
    private final Secrets secrets;

    /** The two generated passwords; never printed. */
    private record Secrets(String superuser, String login) {
        @Override
        public String toString() {
            return "Secrets[…]";
        }
    }

    private EmbeddedPostgres(PostgresProcess process, int port, Secrets secrets) {
        this.process = process;
        this.port = port;
        this.secrets = secrets;
    }

    /**
     * Starts PostgreSQL in {@code postgres} below that directory; the first time this unpacks and initialises it. A
     * postmaster that an earlier process left behind is stopped first: the directory's lock proves that it has no
     * owner.
     *
     * @throws AgentOsException with a {@link DatabaseErrorCode} or {@code server:DATA_DIRECTORY_UNUSABLE}
     */
    public static EmbeddedPostgres start(DataDirectory directory, Ids ids) {
        return start(directory, ids, Map.of());
    }

    /**
     * Starts PostgreSQL with settings of its own in place of the usual ones, as in {@code max_connections}; for a
     * program that needs more of it than a server does.
     *
     * @throws AgentOsException as {@link #start(DataDirectory, Ids)}
     */
    public static EmbeddedPostgres start(DataDirectory directory, Ids ids, Map<String, String> settings) {
        Path home = directory.path().resolve("postgres");
        try {
            return start(directory.path(), home, ids, settings);
        } catch (IOException e) {
            throw PostgresFailures.of(home, e);
        }
    }

    private static EmbeddedPostgres start(Path directory, Path home, Ids ids, Map<String, String> settings)
            throws IOException {
        long begun = System.nanoTime();
        Files.createDirectories(home);
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        Path binaries = PostgresBinaries.unpack(home);
        Secrets secrets = secrets(home.resolve("credentials"), ids);
        PostgresIdentity identity = PostgresIdentity.choose(directory, home);
        identity.own(home);
        Path log = Files.createDirectories(home.resolve("log"));
        identity.own(log);
        Path data = home.resolve("data-18");
        if (!Files.isDirectory(data)) {
            initialise(identity, binaries, data, secrets);
        }
        removeOrphan(data);
        for (int attempt = 1; ; attempt++) {
            int port = freePort();
            List<String> command = identity.tied(command(binaries, data, log, port, settings));
            try {
                EmbeddedPostgres started = new EmbeddedPostgres(
                        PostgresProcess.start(command, data, home.resolve("log/start.log")), port, secrets);
                started.prepare();
                LOG.info("PostgreSQL runs on port {} ({} ms)", port, (System.nanoTime() - begun) / 1_000_000);
                return started;
            } catch (AgentOsException e) {
                boolean portTaken = String.valueOf(e.getMessage()).contains("could not create any TCP/IP sockets");
                if (!portTaken || attempt == START_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /**
     * How to reach a PostgreSQL that another process runs in its data directory.
     *
     * @param url its JDBC URL
     * @param user the login that owns the server's database
     * @param password the login's password
     */
    public record Running(String url, String user, String password) {
        @Override
        public String toString() {
            return "Running[" + url + "]";
        }
    }

    /** Whether a server has made its PostgreSQL in that directory. */
    public static boolean existsIn(Path directory) {
        return Files.isDirectory(directory.resolve("postgres/data-18"));
    }

    /** The one that another process runs in that directory, as far as its files tell; empty when there is none. */
    public static Optional<Running> running(Path directory) {
        Path home = directory.resolve("postgres");
        try {
            List<String> postmaster = Files.readAllLines(home.resolve("data-18/postmaster.pid"));
            Properties passwords = new Properties();
            passwords.load(new StringReader(Files.readString(home.resolve("credentials"))));
            int port = Integer.parseInt(postmaster.get(PORT_LINE).strip());
            return Optional.of(new Running(url(port), LOGIN, passwords.getProperty("login", "")));
        } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
            LOG.debug("No PostgreSQL runs in {}", home, e);
            return Optional.empty();
        }
    }

    /** The JDBC URL of the server's database. */
    public String url() {
        return url(port);
    }

    private static String url(int port) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
    }

    /** The login that owns the server's database; it is not a superuser. */
    public String user() {
        return LOGIN;
    }

    /** The login's password. */
    public String password() {
        return secrets.login();
    }

    /** The TCP port on 127.0.0.1. */
    public int port() {
        return port;
    }

    /** Stops PostgreSQL by a fast shutdown: open transactions are rolled back, everything committed is on disk. */
    @Override
    public void close() {
        process.close();
    }

    private static List<String> command(Path binaries, Path data, Path log, int port, Map<String, String> settings) {
        List<String> command = new ArrayList<>(usual(binaries, data, log, port));
        // Of a setting that is given twice, PostgreSQL takes the last.
        settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        return command;
    }

    private static List<String> usual(Path binaries, Path data, Path log, int port) {
        List<String> command =
                new ArrayList<>(List.of(binaries.resolve("bin/postgres").toString(), "-D", data.toString()));
        USUAL.forEach(setting -> command.addAll(List.of("-c", setting)));
        command.addAll(List.of("-c", "port=" + port, "-c", "log_directory=" + log));
        return command;
    }

    private static void initialise(PostgresIdentity identity, Path binaries, Path data, Secrets secrets)
            throws IOException {
        Path temporary = data.resolveSibling(data.getFileName() + ".new");
        PostgresBinaries.deleteTree(temporary);
        Path password = data.resolveSibling("initial-password");
        SecretFile.write(password, secrets.superuser());
        identity.own(password);
        try {
            Commands.Result result = Commands.run(
                    INITIALISE_LIMIT,
                    identity.command(List.of(
                            binaries.resolve("bin/initdb").toString(),
                            "-D",
                            temporary.toString(),
                            "-U",
                            SUPERUSER,
                            "--pwfile=" + password,
                            "--auth=scram-sha-256",
                            "--encoding=UTF8",
                            "--locale-provider=builtin",
                            "--builtin-locale=C.UTF-8",
                            "--locale=C",
                            "--sync-method=syncfs",
                            "--set=scram_iterations=" + SCRAM_ITERATIONS,
                            "--no-instructions")));
            if (!result.succeeded()) {
                throw PostgresFailures.of(data, result.status(), result.output());
            }
        } finally {
            Files.deleteIfExists(password);
        }
        Files.move(temporary, data, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Stops what an earlier server left, or removes a lock file whose process number now belongs to something else. */
    private static void removeOrphan(Path data) throws IOException {
        PostgresProcess.postmaster(data).ifPresent(pid -> {
            LOG.warn("An earlier server left PostgreSQL running (process {}); it is stopped", pid);
            PostgresProcess.stop(pid);
        });
        if (PostgresProcess.postmaster(data).isPresent()) {
            throw PostgresFailures.notStarted(data, "the one that an earlier server left does not stop", null);
        }
        Files.deleteIfExists(data.resolve("postmaster.pid"));
    }

    private static Secrets secrets(Path file, Ids ids) throws IOException {
        Properties properties = new Properties();
        if (Files.exists(file)) {
            properties.load(new StringReader(Files.readString(file)));
        } else {
            properties.setProperty("superuser", ids.secret());
            properties.setProperty("login", ids.secret());
            StringWriter text = new StringWriter();
            properties.store(text, "Passwords of the embedded PostgreSQL");
            SecretFile.write(file, text.toString());
        }
        return new Secrets(properties.getProperty("superuser", ""), properties.getProperty("login", ""));
    }

    /** Makes the login and the database unless they are there; an interrupted first start is completed by the next. */
    private void prepare() {
        try {
            try (Connection connection = DriverManager.getConnection(url(), LOGIN, secrets.login())) {
                connection.isValid(5);
                return;
            } catch (SQLException e) {
                String state = String.valueOf(e.getSQLState());
                if (!state.startsWith("28") && !state.equals("3D000")) {
                    throw e;
                }
            }
            createLogin();
        } catch (SQLException e) {
            close();
            throw PostgresFailures.notStarted(Path.of(url()), String.valueOf(e.getMessage()), e);
        }
    }

    private void createLogin() throws SQLException {
        String url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
        try (Connection connection = DriverManager.getConnection(url, SUPERUSER, secrets.superuser());
                Statement statement = connection.createStatement()) {
            statement.execute("DO $$ BEGIN CREATE ROLE " + LOGIN
                    + " LOGIN NOINHERIT CREATEROLE CREATEDB; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
            // The password is of the alphabet of Ids.secret(), so it needs no quoting beyond this.
            statement.execute("ALTER ROLE " + LOGIN + " PASSWORD '" + secrets.login() + "'");
            boolean exists;
            try (var found = statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'")) {
                exists = found.next();
            }
            if (!exists) {
                statement.execute("CREATE DATABASE " + DATABASE + " OWNER " + LOGIN);
                statement.execute("REVOKE ALL ON DATABASE " + DATABASE + " FROM PUBLIC");
            }
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
