package dev.agentos.faultlab.harness;

import dev.agentos.kernel.Ids;
import dev.agentos.postgres.DataDirectory;
import dev.agentos.postgres.EmbeddedPostgres;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A real PostgreSQL in a directory and on a port of its own, stopped and started again at will. */
public final class Postgres implements AutoCloseable {

    private static final int NOBODY = 65_534;
    private static final String DATABASE = "agentos";

    private final Path binaries;
    private final Path data;
    private final int port;
    private final Login superuser;
    private final Login owner;
    private @Nullable Process process;

    /** Who may log in. */
    record Login(String user, String password) {}

    private Postgres(Path binaries, Path data, int port, Login superuser, Login owner) {
        this.binaries = binaries;
        this.data = data;
        this.port = port;
        this.superuser = superuser;
        this.owner = owner;
    }

    /**
     * The PostgreSQL that the server itself would run, made by the server's own code in that directory; not started.
     */
    public static Postgres create(Path directory) {
        try (DataDirectory own = DataDirectory.open(directory, Ids.system());
                EmbeddedPostgres made = EmbeddedPostgres.start(own, Ids.system())) {
            Path home = own.path().resolve("postgres");
            Properties credentials = new Properties();
            credentials.load(new StringReader(Files.readString(home.resolve("credentials"))));
            return new Postgres(
                    only(home, "bin-").resolve("bin"),
                    only(home, "data-"),
                    freePort(),
                    new Login("postgres", credentials.getProperty("superuser")),
                    new Login(made.user(), made.password()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Another PostgreSQL with programs of that directory; {@code fill} makes its files as the user that it runs as. */
    static Postgres of(Path binaries, Path data, Login superuser, Login owner) {
        return new Postgres(binaries, data, freePort(), superuser, owner);
    }

    private static Path only(Path directory, String prefix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** A port that nobody listens on. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    /** The JDBC URL of the server's database by way of another port, as that of a proxy. */
    String url(int by) {
        return "jdbc:postgresql://127.0.0.1:" + by + "/" + DATABASE;
    }

    Login owner() {
        return owner;
    }

    /** Statements as the superuser, on a connection that no fault touches. */
    public Sql sql() {
        return new Sql(() -> connect(DATABASE, superuser));
    }

    Sql sql(String database) {
        return new Sql(() -> connect(database, superuser));
    }

    /** Statements as the tenant's role does them, bound to that tenant. */
    public Sql sqlOfTenant(String tenant) {
        return new Sql(() -> {
            Connection connection = connect(DATABASE, owner);
            try (var statement =
                    connection.prepareStatement("SELECT set_config('agentos.tenant', ?, false) FROM set_config('role',"
                            + " 'agentos_app', false)")) {
                statement.setString(1, tenant);
                statement.execute();
                return connection;
            }
        });
    }

    private Connection connect(String database, Login login) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/" + database, login.user(), login.password());
    }

    /** Starts it and waits until it takes connections. */
    public void start(String... options) {
        List<String> command = new ArrayList<>(identity(data));
        command.addAll(Children.tied("INT", List.of(binaries.resolve("postgres").toString(), "-D", data.toString())));
        List<String> settings = new ArrayList<>(List.of(
                "listen_addresses=127.0.0.1",
                "port=" + port,
                "unix_socket_directories=",
                "max_connections=200",
                "shared_buffers=64MB",
                "fsync=on",
                "jit=off",
                "timezone=UTC",
                "lc_messages=C",
                "log_error_verbosity=terse"));
        settings.addAll(List.of(options));
        settings.forEach(setting -> command.addAll(List.of("-c", setting)));
        process = Children.start(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        data.resolveSibling(data.getFileName() + ".log").toFile())));
        awaitConnections();
    }

    private void awaitConnections() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try (Connection connection = connect("postgres", superuser)) {
                connection.isValid(5);
                return;
            } catch (SQLException e) {
                if (System.nanoTime() > end || !running()) {
                    throw new IllegalStateException("PostgreSQL takes no connections; its log is beside " + data, e);
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public boolean running() {
        return process != null && process.isAlive();
    }

    /** A fast shutdown: connections are closed, what is open is rolled back. */
    public void stop() {
        end("INT");
    }

    /** An immediate shutdown, as a crash: the next start recovers from the log. */
    public void stopImmediately() {
        end("QUIT");
    }

    private void end(String signal) {
        Process running = process;
        if (running == null || !running.isAlive()) {
            return;
        }
        Children.signal(signal, running.pid());
        try {
            if (!running.waitFor(30, TimeUnit.SECONDS)) {
                running.destroyForcibly();
                throw new IllegalStateException("PostgreSQL did not stop within 30 s");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends the backends of the server's connections for which a condition on {@code pg_stat_activity} holds. */
    public long terminateBackends(String condition) {
        return sql().number("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                + " WHERE pid <> pg_backend_pid() AND usename = '" + owner.user() + "' AND (" + condition + ")");
    }

    @Override
    public void close() {
        stop();
    }

    /** The command that becomes the user whose files these are: PostgreSQL refuses to be root. */
    static List<String> identity(Path data) {
        int self = userOf(realSelf());
        int user = userOf(data);
        if (user != self) {
            return List.of("setpriv", "--reuid=" + user, "--regid=" + NOBODY, "--clear-groups", "--inh-caps=-all");
        }
        return self == 0 ? List.of("unshare", "--map-user=" + NOBODY, "--map-group=" + NOBODY) : List.of();
    }

    /** Hands an empty directory to somebody whom PostgreSQL can run as. */
    static void handOver(Path directory) {
        List<String> nobody =
                List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "test", "-x");
        List<String> reach = new ArrayList<>(nobody);
        reach.add(Objects.requireNonNull(directory.getParent()).toString());
        if (userOf(realSelf()) == 0 && Children.succeeds(reach)) {
            try {
                Files.setAttribute(directory, "unix:uid", NOBODY);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static Path realSelf() {
        try {
            return Path.of("/proc/self").toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int userOf(Path file) {
        try {
            return (int) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
