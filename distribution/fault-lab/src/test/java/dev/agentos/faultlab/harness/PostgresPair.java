package dev.agentos.faultlab.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A primary and a standby that follows it, of a PostgreSQL that is installed on this machine with all its programs. */
public final class PostgresPair implements AutoCloseable {

    private static final String PASSWORD = "not a secret";
    private static final Postgres.Login SUPERUSER = new Postgres.Login("postgres", PASSWORD);
    private static final Postgres.Login OWNER = new Postgres.Login("agentos", PASSWORD);

    private final Postgres primary;
    private final Postgres standby;

    private PostgresPair(Postgres primary, Postgres standby) {
        this.primary = primary;
        this.standby = standby;
    }

    /** The programs of the newest PostgreSQL that is installed. */
    public static Optional<Path> programs() {
        Path all = Path.of("/usr/lib/postgresql");
        if (!Files.isDirectory(all)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(all)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("pg_basebackup"))
                            && Files.isExecutable(bin.resolve("initdb")))
                    .max(Path::compareTo);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes and starts both; what is committed is on both. */
    public static PostgresPair start(Path programs, Path directory) {
        try {
            Path home = Files.createDirectories(directory);
            Postgres.handOver(home);
            Path data = home.resolve("primary");
            run(home, programs, "initdb", "-D", data.toString(), "-U", SUPERUSER.user(), "--auth=trust", "-E", "UTF8");
            Postgres primary = Postgres.of(programs, data, SUPERUSER, OWNER);
            primary.start("wal_level=replica", "max_wal_senders=4");
            Sql sql = primary.sql("postgres");
            sql.run("CREATE ROLE agentos LOGIN NOINHERIT CREATEROLE PASSWORD '" + PASSWORD + "'");
            sql.run("CREATE DATABASE agentos OWNER agentos");
            Path copy = home.resolve("standby");
            run(
                    home,
                    programs,
                    "pg_basebackup",
                    "-D",
                    copy.toString(),
                    "-R",
                    "-X",
                    "stream",
                    "-c",
                    "fast",
                    "-h",
                    "127.0.0.1",
                    "-p",
                    Integer.toString(primary.port()),
                    "-U",
                    SUPERUSER.user());
            Postgres standby = Postgres.of(programs, copy, SUPERUSER, OWNER);
            standby.start("hot_standby=on");
            sql.run("ALTER SYSTEM SET synchronous_standby_names = '*'");
            sql.run("SELECT pg_reload_conf()");
            return new PostgresPair(primary, standby);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(Path home, Path programs, String program, String... arguments) {
        List<String> command = new ArrayList<>(Postgres.identity(home));
        command.add(programs.resolve(program).toString());
        command.addAll(List.of(arguments));
        if (!Children.succeeds(command)) {
            throw new IllegalStateException("Failed: " + String.join(" ", command));
        }
    }

    /** The one that takes writes at first. */
    public Postgres primary() {
        return primary;
    }

    /** The one that follows. */
    public Postgres standby() {
        return standby;
    }

    /** Lets the standby take writes. */
    public void promote() {
        standby.sql("postgres").run("SELECT pg_promote()");
    }

    /** Lets the primary take no writes any more, on connections that are open too. */
    public void makePrimaryReadOnly() {
        setReadOnly("on");
    }

    /** Lets the primary take writes again. */
    public void makePrimaryWritable() {
        setReadOnly("off");
    }

    private void setReadOnly(String wanted) {
        Sql sql = primary.sql("postgres");
        sql.run("ALTER SYSTEM SET default_transaction_read_only = " + wanted);
        sql.run("SELECT pg_reload_conf()");
        // The server is told by a signal, and tells its backends.
        Awaitility.await("a primary that is read-only: " + wanted)
                .atMost(Duration.ofSeconds(10))
                .until(() -> sql.rows("SHOW default_transaction_read_only").equals(List.of(wanted)));
    }

    @Override
    public void close() {
        standby.stopImmediately();
        primary.stopImmediately();
    }
}
