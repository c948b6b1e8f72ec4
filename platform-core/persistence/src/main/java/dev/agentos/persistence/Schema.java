package dev.agentos.persistence;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/** Brings a database to this release's state: its version checked, its roles made, its migrations run. */
final class Schema {

    /** The schema that holds all tables. */
    static final String NAME = "agentos";

    private static final int OLDEST_MAJOR_VERSION = 15;

    private Schema() {}

    static void prepare(DatabaseConfig.External config) {
        try (Connection connection = connect(config)) {
            int major = connection.getMetaData().getDatabaseMajorVersion();
            if (major < OLDEST_MAJOR_VERSION) {
                throw new AgentOsException(
                        DatabaseErrorCode.VERSION_TOO_OLD,
                        "The database is PostgreSQL " + major + ".",
                        "Use PostgreSQL " + OLDEST_MAJOR_VERSION + " or newer.");
            }
            Pools.Roles.ensure(connection);
            if (AppliedMigrations.complete(connection)) {
                return;
            }
        } catch (SQLException e) {
            throw unreachable(config, e);
        }
        migrate(config);
    }

    static Connection connect(DatabaseConfig.External config) throws SQLException {
        Properties properties = Pools.properties();
        properties.setProperty("user", config.user());
        properties.setProperty("password", config.password());
        return DriverManager.getConnection(config.url(), properties);
    }

    private static void migrate(DatabaseConfig.External config) {
        try {
            Flyway.configure(Schema.class.getClassLoader())
                    .dataSource(config.url(), config.user(), config.password())
                    .jdbcProperties(java.util.Map.of("connectTimeout", "5", "tcpKeepAlive", "true"))
                    .schemas(NAME)
                    .defaultSchema(NAME)
                    .locations("classpath:db/migration")
                    .failOnMissingLocations(true)
                    // Otherwise a schema of a newer release would only be warned of.
                    .ignoreMigrationPatterns(new String[0])
                    .loggers("slf4j")
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            throw new AgentOsException(
                    DatabaseErrorCode.MIGRATION_FAILED,
                    "The database's schema could not be brought to this release: " + e.getMessage() + ".",
                    "Use the release that last ran on this database, or restore a backup, and report this message.",
                    e);
        }
    }

    private static AgentOsException unreachable(DatabaseConfig.External config, SQLException e) {
        String state = String.valueOf(e.getSQLState());
        if (state.startsWith("28")) {
            return new AgentOsException(
                    DatabaseErrorCode.AUTHENTICATION_FAILED,
                    "The database at " + config.url() + " refuses the login " + config.user() + ".",
                    "Check user and password in the settings.",
                    e);
        }
        if (state.equals("3D000")) {
            return new AgentOsException(
                    DatabaseErrorCode.DATABASE_UNKNOWN,
                    "There is no such database at " + config.url() + ".",
                    "Create it, owned by " + config.user() + ".",
                    e);
        }
        return new AgentOsException(
                KernelErrorCode.DATABASE_UNAVAILABLE,
                "The database at " + config.url() + " cannot be reached (" + e.getMessage() + ").",
                "Check that it runs and that the URL is right; the server may try again.",
                e);
    }
}
