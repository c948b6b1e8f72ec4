package dev.agentos.persistence;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.persistence.internal.SqlStates;
import dev.agentos.postgres.DatabaseErrorCode;
import dev.agentos.spi.AgentOsException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.postgresql.Driver;

/** Brings a database to this release's state: its version checked, its roles made, its migrations run. */
final class Schema {

    /** The schema that holds all tables. */
    static final String NAME = "agentos";

    private static final int OLDEST_MAJOR_VERSION = 15;

    private Schema() {}

    static void prepare(DatabaseConfig.External config) {
        if (Driver.parseURL(config.url(), new Properties()) == null) {
            throw new AgentOsException(
                    KernelErrorCode.INVALID_SETTING,
                    "The database's URL is not understood: " + config.address() + ".",
                    "Write it as in jdbc:postgresql://db.example.com:5432/agentos.");
        }
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

    /** A failure as it is told: one that passes is waited for or tried again, any other is not. */
    static RuntimeException translated(DatabaseConfig.External config, RuntimeException e) {
        SQLException sql = Transactions.find(e, SQLException.class);
        return sql != null && SqlStates.passing(sql) ? unavailable(config, sql) : e;
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
            RuntimeException passing = translated(config, e);
            if (passing != e) {
                throw passing;
            }
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
                    "The database at " + config.address() + " refuses the login " + config.user() + ".",
                    "Check user and password in the settings.",
                    e);
        }
        if (state.equals("3D000")) {
            return new AgentOsException(
                    DatabaseErrorCode.DATABASE_UNKNOWN,
                    "There is no such database at " + config.address() + ".",
                    "Create it, owned by " + config.user() + ".",
                    e);
        }
        if (SqlStates.passing(e)) {
            return unavailable(config, e);
        }
        return new AgentOsException(
                DatabaseErrorCode.REFUSED,
                "The database at " + config.address() + " refuses the server (" + e.getMessage() + ").",
                "Do what the database says, then start the server again.",
                e);
    }

    private static AgentOsException unavailable(DatabaseConfig.External config, SQLException e) {
        return new AgentOsException(
                KernelErrorCode.DATABASE_UNAVAILABLE,
                "The database at " + config.address() + " cannot be reached (" + e.getMessage() + ").",
                "Check that it runs, that host and port in the URL are right, and that nothing in between cuts it off.",
                e);
    }
}
