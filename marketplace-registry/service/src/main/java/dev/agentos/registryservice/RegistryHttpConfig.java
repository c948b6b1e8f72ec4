package dev.agentos.registryservice;

import java.util.Optional;

/**
 * How a registry is served.
 *
 * @param host the address to bind; the loopback address unless others shall reach it
 * @param port 1 to 65535, or 0 for any free one
 * @param people who may publish, and who may agree to it
 */
public record RegistryHttpConfig(String host, int port, RegistryPeople people) {

    /** The port when none is named. */
    public static final int DEFAULT_PORT = 7778;

    public RegistryHttpConfig {
        if (port < 0 || port > 0xFFFF) {
            throw new IllegalArgumentException("A port is 0 to 65535, not " + port);
        }
    }

    /**
     * With one token for all who publish.
     *
     * @param publishToken at least {@value RegistryPeople#MIN_TOKEN} characters; empty when nobody may
     */
    public RegistryHttpConfig(String host, int port, Optional<String> publishToken) {
        this(host, port, publishToken.map(RegistryPeople::publisher).orElse(RegistryPeople.NOBODY));
    }

    /** On the loopback address, without publishing. */
    public static RegistryHttpConfig onLoopback(int port) {
        return new RegistryHttpConfig("127.0.0.1", port, RegistryPeople.NOBODY);
    }

    /** Says nothing of the tokens. */
    @Override
    public String toString() {
        return host + ":" + port + (people.publish() ? " with publishing" : "");
    }
}
