package dev.agentos.persistence;

import dev.agentos.kernel.Ids;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/** One embedded PostgreSQL for all tests of a JVM, and a fresh database for each that asks. */
public final class PostgresFixture {

    private static final AtomicInteger COUNT = new AtomicInteger();

    private PostgresFixture() {}

    private static final class Shared {
        static final EmbeddedPostgres POSTGRES = start();

        private static EmbeddedPostgres start() {
            try {
                Path home = Files.createTempDirectory("agentos-postgres-");
                DataDirectory directory = DataDirectory.open(home, Ids.system());
                EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, Ids.system());
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    postgres.close();
                    directory.close();
                    try {
                        PostgresBinaries.deleteTree(home);
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

    /** The coordinates of a new, empty database, owned by its login. */
    public static DatabaseConfig.External create() {
        EmbeddedPostgres postgres = Shared.POSTGRES;
        String name = "test_" + COUNT.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(postgres.url(), postgres.user(), postgres.password());
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        String url = postgres.url();
        return new DatabaseConfig.External(
                url.substring(0, url.lastIndexOf('/') + 1) + name, postgres.user(), postgres.password());
    }

    /** A new database, migrated; close it when done. */
    public static Database open() {
        return Database.open(create(), Ids.system());
    }
}
