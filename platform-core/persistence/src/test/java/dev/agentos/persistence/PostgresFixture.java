package dev.agentos.persistence;

import dev.agentos.kernel.Ids;
import dev.agentos.postgres.DataDirectory;
import dev.agentos.postgres.EmbeddedPostgres;
import dev.agentos.postgres.InstalledPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;

/**
 * One PostgreSQL for all tests of a JVM, and a fresh database for each that asks: the embedded one, or with the system
 * property {@code test.postgresql} one of that version which the operating system brought.
 */
public final class PostgresFixture {

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static Optional<Server> installed = Optional.empty();
    private static String template = "";

    private PostgresFixture() {}

    private static final class Shared {
        static final EmbeddedPostgres POSTGRES = start();

        private static EmbeddedPostgres start() {
            try {
                Path home = Files.createTempDirectory("agentos-postgres-");
                DataDirectory directory = DataDirectory.open(home, Ids.system());
                // No test is about the end of the machine, and hundreds of databases take long to reach the disk.
                EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, Ids.system(), Map.of("fsync", "off"));
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    postgres.close();
                    directory.close();
                    try {
                        InstalledPostgres.delete(home);
                    } catch (IOException e) {
                        System.err.println("Left behind: " + home + " (" + e + ")");
                    }
                }));
                return postgres;
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    /** Where databases can be made, and by whom. */
    private record Server(String url, String user, String password) {}

    private static Server server() {
        return InstalledPostgres.VERSION.isEmpty()
                ? new Server(Shared.POSTGRES.url(), Shared.POSTGRES.user(), Shared.POSTGRES.password())
                : installed().orElseThrow();
    }

    private static synchronized Optional<Server> installed() {
        installed = installed.or(PostgresFixture::install);
        return installed;
    }

    private static Optional<Server> install() {
        InstalledPostgres postgres = InstalledPostgres.start();
        Runtime.getRuntime().addShutdownHook(new Thread(postgres::close));
        String password = Ids.system().secret();
        postgres.administer(
                "CREATE ROLE agentos LOGIN NOINHERIT CREATEROLE CREATEDB PASSWORD '" + password + "'",
                "CREATE DATABASE agentos OWNER agentos");
        return Optional.of(new Server(postgres.url("agentos"), "agentos", password));
    }

    /** The coordinates of a new, empty database, owned by its login. */
    public static DatabaseConfig.External create() {
        return create("");
    }

    /** The coordinates of a new database that a start finds complete: a copy, made much sooner than it is migrated. */
    public static DatabaseConfig.External migrated() {
        return create(" TEMPLATE " + template());
    }

    /**
     * The coordinates of a new database as it was before a migration, for what that makes of what is there.
     *
     * @param migration its number
     */
    public static DatabaseConfig.External before(int migration) {
        DatabaseConfig.External old = create();
        // Roles and the schema are made as a start does; then everything is migrated anew up to the one before.
        Schema.prepare(old);
        try (Connection connection = Schema.connect(old);
                Statement statement = connection.createStatement()) {
            statement.execute("DROP SCHEMA agentos CASCADE");
            statement.execute("CREATE SCHEMA agentos");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        Flyway.configure(Schema.class.getClassLoader())
                .dataSource(old.url(), old.user(), old.password())
                .schemas("agentos")
                .defaultSchema("agentos")
                .locations("classpath:db/migration")
                .target(String.valueOf(migration - 1))
                .load()
                .migrate();
        return old;
    }

    private static synchronized String template() {
        if (template.isEmpty()) {
            DatabaseConfig.External config = create();
            Schema.prepare(config);
            template = config.url().substring(config.url().lastIndexOf('/') + 1);
        }
        return template;
    }

    private static DatabaseConfig.External create(String source) {
        Server postgres = server();
        String name = "test_" + COUNT.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(postgres.url(), postgres.user(), postgres.password());
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name + source);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        String url = postgres.url();
        return new DatabaseConfig.External(
                url.substring(0, url.lastIndexOf('/') + 1) + name, postgres.user(), postgres.password());
    }

    /** A new database, migrated; close it when done. */
    public static Database open() {
        return Database.open(migrated(), Ids.system());
    }
}
