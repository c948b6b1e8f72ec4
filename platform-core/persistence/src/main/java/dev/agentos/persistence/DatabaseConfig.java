package dev.agentos.persistence;

import dev.agentos.postgres.DataDirectory;
import java.time.Duration;

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
     * @param longestWait how long it is waited for when it cannot be reached at the start
     */
    record External(String url, String user, String password, Duration longestWait) implements DatabaseConfig {

        /** One that must be there. */
        public External(String url, String user, String password) {
            this(url, user, password, Duration.ZERO);
        }

        /** The URL without its parameters, among which there may be secrets. */
        String address() {
            return url.replaceFirst("\\?.*", "");
        }

        @Override
        public String toString() {
            return "External[url=" + address() + ", user=" + user + "]";
        }
    }
}
