package dev.agentos.registryclient;

import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.spi.AgentOsException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/**
 * How a remote registry is reached.
 *
 * @param address http or https, host, port and path below which {@code /v1} lies; no user, query or fragment
 * @param connectTimeout how long making a connection may take
 * @param responseTimeout how long an answer may take to start, and a download may stand still
 */
public record HttpRegistryConfig(URI address, Duration connectTimeout, Duration responseTimeout) {

    private static final Set<String> SCHEMES = Set.of("http", "https");

    /** Checks the address; fails with {@code registry:INVALID_ADDRESS}. */
    public HttpRegistryConfig {
        String scheme = address.getScheme() == null ? "" : address.getScheme().toLowerCase(Locale.ROOT);
        if (!SCHEMES.contains(scheme)
                || address.getHost() == null
                || address.getUserInfo() != null
                || address.getRawQuery() != null
                || address.getRawFragment() != null) {
            throw new AgentOsException(
                    RegistryErrorCode.INVALID_ADDRESS,
                    "The registry's address is not one of http or https with a host, and without user, query and"
                            + " fragment.",
                    "Write it as in https://registry.example.org.");
        }
        if (!connectTimeout.isPositive() || !responseTimeout.isPositive()) {
            throw new IllegalArgumentException("Timeouts are positive");
        }
    }

    /** That address, 10 s to connect, 30 s to answer. */
    public static HttpRegistryConfig of(URI address) {
        return new HttpRegistryConfig(address, Duration.ofSeconds(10), Duration.ofSeconds(30));
    }
}
