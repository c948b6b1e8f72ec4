package dev.agentos.registryservice;

import java.util.Optional;

/**
 * How a registry is served.
 *
 * @param host the address to bind; the loopback address unless others shall reach it
 * @param port 1 to 65535, or 0 for any free one
 * @param publishToken who sends it may publish; at least {@value #MIN_TOKEN} characters; empty when nobody may
 */
public record RegistryHttpConfig(String host, int port, Optional<String> publishToken) {

    /** The shortest publish token, in characters. */
    public static final int MIN_TOKEN = 20;

    /** The port when none is named. */
    public static final int DEFAULT_PORT = 7778;

    public RegistryHttpConfig {
        if (port < 0 || port > 0xFFFF) {
            throw new IllegalArgumentException("A port is 0 to 65535, not " + port);
        }
        if (publishToken.filter(token -> token.length() < MIN_TOKEN).isPresent()) {
            throw new IllegalArgumentException("A publish token has at least " + MIN_TOKEN + " characters");
        }
    }

    /** On the loopback address, without publishing. */
    public static RegistryHttpConfig onLoopback(int port) {
        return new RegistryHttpConfig("127.0.0.1", port, Optional.empty());
    }

    /** Says nothing of the token. */
    @Override
    public String toString() {
        return host + ":" + port + (publishToken.isPresent() ? " with publishing" : "");
    }
}
