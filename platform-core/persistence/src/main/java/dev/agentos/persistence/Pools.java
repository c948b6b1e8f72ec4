package dev.agentos.persistence;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import dev.agentos.postgres.DatabaseErrorCode;
import dev.agentos.spi.AgentOsException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;

/** Connection pools whose connections have become a role and can wait for nothing without a bound. */
final class Pools {

    /** How long one waits for a connection. */
    static final Duration ACQUIRE_LIMIT = Duration.ofSeconds(5);

    private Pools() {}

    /** A pool that holds that many connections at most and one at least, which is made now. */
    static HikariDataSource open(DatabaseConfig.External config, Roles role, String name, int size) {
        return open(config, role, name, size, "");
    }

    /**
     * A pool for a few statements that are run again and again: planned once, whatever their arrays hold. They look
     * rows up by their keys, in the order of an index; a plan that was made while a table was small must not read all
     * of it for ever.
     */
    static HikariDataSource forWriting(DatabaseConfig.External config, String name, int size) {
        return open(
                config,
                Roles.PLATFORM,
                name,
                size,
                "; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;"
                        + " SET enable_mergejoin = off; SET enable_bitmapscan = off");
    }

    private static HikariDataSource open(
            DatabaseConfig.External config, Roles role, String name, int size, String settings) {
        HikariConfig hikari = new HikariConfig();
        hikari.setPoolName(name);
        hikari.setJdbcUrl(config.url());
        hikari.setUsername(config.user());
        hikari.setPassword(config.password());
        hikari.setDataSourceProperties(properties());
        hikari.setMaximumPoolSize(size);
        hikari.setMinimumIdle(1);
        hikari.setConnectionTimeout(ACQUIRE_LIMIT.toMillis());
        hikari.setValidationTimeout(2_000);
        hikari.setIdleTimeout(60_000);
        hikari.setKeepaliveTime(120_000);
        hikari.setMaxLifetime(1_800_000);
        hikari.setInitializationFailTimeout(ACQUIRE_LIMIT.toMillis());
        hikari.setExceptionOverrideClassName(DropReadOnly.class.getName());
        hikari.setConnectionInitSql("SET ROLE " + role.role()
                // No statement here runs as long as its compilation would take.
                + "; SET jit = off; SET statement_timeout = '30s'; SET lock_timeout = '10s';"
                + " SET idle_in_transaction_session_timeout = '60s'" + settings);
        return new HikariDataSource(hikari);
    }

    /** What every connection is told: bounded waits, the schema, the writable server of several. */
    static Properties properties() {
        Properties properties = new Properties();
        properties.setProperty("currentSchema", Schema.NAME);
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("loginTimeout", "10");
        properties.setProperty("socketTimeout", "45");
        properties.setProperty("cancelSignalTimeout", "5");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("targetServerType", "primary");
        properties.setProperty("ApplicationName", "agentos");
        properties.setProperty("reWriteBatchedInserts", "true");
        return properties;
    }

    /** Drops a connection to a server that has become a read-only standby; public because the pool makes it by name. */
    public static final class DropReadOnly implements SQLExceptionOverride {
        @java.lang.Override
        public SQLExceptionOverride.Override adjudicate(SQLException e) {
            return "25006".equals(e.getSQLState())
                    ? SQLExceptionOverride.Override.MUST_EVICT
                    : SQLExceptionOverride.Override.CONTINUE_EVICT;
        }
    }

    /**
     * The two roles that all work is done under. They own nothing and bypass no row-level security; the login becomes
     * one of them on each pooled connection and inherits nothing from either.
     */
    enum Roles {
        /** Work for one tenant: sees the rows of the tenant that the transaction names, and none without one. */
        APP("agentos_app"),
        /**
         * Work for the platform: claiming, sweeping, authenticating, administering; sees all rows by explicit policies.
         */
        PLATFORM("agentos_platform");

        private final String role;

        Roles(String role) {
            this.role = role;
        }

        /** The role's name in the database. */
        String role() {
            return role;
        }

        /** Makes the roles unless they are there, and checks that they are safe and that the login can become them. */
        static void ensure(Connection connection) throws SQLException {
            for (Roles role : values()) {
                if (!exists(connection, role)) {
                    create(connection, role);
                }
                checkSafe(connection, role);
                if (!canBecome(connection, role)) {
                    grant(connection, role);
                }
            }
        }

        private static boolean exists(Connection connection, Roles role) throws SQLException {
            return truth(connection, "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = ?)", role);
        }

        /**
         * The privilege is called SET since PostgreSQL 16; MEMBER, which is all that 15 knows, would not imply it
         * there.
         */
        private static boolean canBecome(Connection connection, Roles role) throws SQLException {
            String privilege = connection.getMetaData().getDatabaseMajorVersion() >= 16 ? "SET" : "MEMBER";
            return truth(connection, "SELECT pg_has_role(current_user, ?, '" + privilege + "')", role);
        }

        private static void create(Connection connection, Roles role) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.execute("DO $$ BEGIN CREATE ROLE " + role.role + " NOLOGIN NOINHERIT NOBYPASSRLS;"
                        + " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$");
            } catch (SQLException e) {
                throw missing(role, e);
            }
        }

        private static void grant(Connection connection, Roles role) throws SQLException {
            boolean options = connection.getMetaData().getDatabaseMajorVersion() >= 16;
            try (Statement statement = connection.createStatement()) {
                statement.execute(
                        "GRANT " + role.role + " TO CURRENT_USER" + (options ? " WITH INHERIT FALSE, SET TRUE" : ""));
            } catch (SQLException e) {
                throw missing(role, e);
            }
        }

        private static void checkSafe(Connection connection, Roles role) throws SQLException {
            boolean unsafe = truth(
                    connection, "SELECT rolsuper OR rolbypassrls OR rolcanlogin FROM pg_roles WHERE rolname = ?", role);
            if (unsafe) {
                throw new AgentOsException(
                        DatabaseErrorCode.ROLES_UNSAFE,
                        "The database role " + role.role
                                + " may log in, is a superuser or bypasses row-level security.",
                        "Run: ALTER ROLE " + role.role + " NOLOGIN NOSUPERUSER NOBYPASSRLS;");
            }
        }

        private static AgentOsException missing(Roles role, SQLException e) {
            return new AgentOsException(
                    DatabaseErrorCode.ROLES_MISSING,
                    "The login may neither create nor become the database role " + role.role + ": " + e.getMessage()
                            + ".",
                    "Let an administrator of the database run: CREATE ROLE " + role.role + " NOLOGIN NOINHERIT; GRANT "
                            + role.role + " TO <the login>; and make the login NOINHERIT.",
                    e);
        }

        private static boolean truth(Connection connection, String sql, Roles role) throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, role.role);
                try (ResultSet result = statement.executeQuery()) {
                    return result.next() && result.getBoolean(1);
                }
            }
        }
    }
}
