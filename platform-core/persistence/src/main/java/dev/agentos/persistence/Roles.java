package dev.agentos.persistence;

import dev.agentos.spi.AgentOsException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The two roles that all work is done under. They own nothing and bypass no row-level security; the login becomes one
 * of them on each pooled connection and inherits nothing from either.
 */
enum Roles {
    /** Work for one tenant: sees the rows of the tenant that the transaction names, and none without one. */
    APP("agentos_app"),
    /** Work for the platform: claiming, sweeping, authenticating, administering; sees all rows by explicit policies. */
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
     * The privilege is called SET since PostgreSQL 16; MEMBER, which is all that 15 knows, would not imply it there.
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
                    "The database role " + role.role + " may log in, is a superuser or bypasses row-level security.",
                    "Run: ALTER ROLE " + role.role + " NOLOGIN NOSUPERUSER NOBYPASSRLS;");
        }
    }

    private static AgentOsException missing(Roles role, SQLException e) {
        return new AgentOsException(
                DatabaseErrorCode.ROLES_MISSING,
                "The login may neither create nor become the database role " + role.role + ": " + e.getMessage() + ".",
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
