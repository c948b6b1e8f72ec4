package dev.agentos.persistence;

/** Which PostgreSQL the server uses. */
public sealed interface DatabaseConfig {

    /**
     * The server's own, in its data directory.
     *
     * @param directory the locked data directory
     */
    record Embedded(DataDirectory directory) implements DatabaseConfig {}

    /**
     * One that somebody else runs, version 15 or newer.
     *
     * @param url its JDBC URL, {@code jdbc:postgresql://…}
     * @param user a login that owns the database and may create roles, or for which the roles were made beforehand
     * @param password the login's password
     */
    record External(String url, String user, String password) implements DatabaseConfig {
        @Override
        public String toString() {
            return "External[url=" + url + ", user=" + user + "]";
        }
    }
}
