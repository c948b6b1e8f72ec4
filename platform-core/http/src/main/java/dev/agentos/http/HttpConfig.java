package dev.agentos.http;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * How the server listens.
 *
 * @param host the address to listen on; {@code 127.0.0.1} unless others are to reach it
 * @param port the port, or 0 for any free one
 * @param version the server's version, told to clients
 * @param uploads a directory of the server's own for files while they are uploaded
 * @param grace how long a stop waits for requests under way
 * @param heartbeat how often a silent event stream shows that it lives
 * @param stall how long an event stream's client may read nothing before it is dropped
 * @param origins which other origins there are to a browser
 */
public record HttpConfig(
        String host,
        int port,
        String version,
        Path uploads,
        Duration grace,
        Duration heartbeat,
        Duration stall,
        Origins origins) {

    /**
     * Other origins, as browsers write them: {@code https://console.example.org}, with the port where it is not the
     * scheme's own.
     *
     * @param callers whose pages may use this server's API, with a key
     * @param servers whose API the pages of this server's sites may use
     */
    public record Origins(Set<String> callers, Set<String> servers) {

        /** There is only this server. */
        public static final Origins NONE = new Origins(Set.of(), Set.of());

        public Origins {
            callers = Set.copyOf(callers);
            servers = Collections.unmodifiableSet(new TreeSet<>(servers));
        }
    }

    public HttpConfig {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("A port is 0 to 65535, not " + port);
        }
    }

    /** The usual times: a grace of 20 s, a heartbeat each 15 s, a client dropped after 20 s. */
    public static HttpConfig of(String host, int port, String version, Path uploads) {
        return new HttpConfig(
                host,
                port,
                version,
                uploads,
                Duration.ofSeconds(20),
                Duration.ofSeconds(15),
                Duration.ofSeconds(20),
                Origins.NONE);
    }

    /** The same, with other origins. */
    public HttpConfig with(Origins others) {
        return new HttpConfig(host, port, version, uploads, grace, heartbeat, stall, others);
    }
}
