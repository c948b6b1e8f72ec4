package dev.agentos.redis;

import java.util.Optional;

/**
 * Where a Redis is, and as whom to speak to it.
 *
 * @param host its name or address
 * @param port 1 to 65535
 * @param tls whether what is said is encrypted
 * @param user the user of its access list; empty for the usual one
 * @param password what proves it; empty when none is asked for
 * @param database the number of its database, 0 or more
 */
public record RedisConfig(
        String host, int port, boolean tls, Optional<String> user, Optional<String> password, int database) {

    /** Without the password. */
    @Override
    public String toString() {
        return (tls ? "rediss://" : "redis://") + host + ":" + port + "/" + database;
    }
}
