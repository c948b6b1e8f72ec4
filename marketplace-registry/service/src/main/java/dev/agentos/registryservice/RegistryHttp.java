package dev.agentos.registryservice;

import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.spi.AgentOsException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Serves a registry over HTTP: {@code GET /v1/index}, {@code /v1/listings}, {@code /v1/listings/{slug}},
 * {@code /v1/listings/{slug}/releases}, {@code /v1/releases/{sha512}.jar}, {@code POST /v1/releases}, and
 * {@code /v1/approvals} for those who publish and review. Runs from construction to {@link #close()}.
 */
public final class RegistryHttp implements AutoCloseable {

    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final Duration STOP = Duration.ofSeconds(5);
    private static final int THREADS = 32;

    private final Server server;
    private final ServerConnector connector;

    /**
     * Binds and starts.
     *
     * @throws AgentOsException {@code registry:INVALID_ADDRESS} when the address cannot be bound
     */
    public RegistryHttp(RegistryService service, RegistryHttpConfig config) {
        QueuedThreadPool threads = new QueuedThreadPool(THREADS);
        threads.setName("registry-http");
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        server = new Server(threads);
        connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(config.host());
        connector.setPort(config.port());
        connector.setIdleTimeout(IDLE.toMillis());
        server.addConnector(connector);
        server.setStopTimeout(STOP.toMillis());
        server.setErrorHandler(new Problems());
        server.setHandler(new RegistryHandler(service, config.people()));
        start(config);
    }

    private void start(RegistryHttpConfig config) {
        try {
            server.start();
        } catch (Exception e) {
            close();
            throw new AgentOsException(
                    RegistryErrorCode.INVALID_ADDRESS,
                    "The registry cannot listen on " + config.host() + ":" + config.port() + " (" + e.getMessage()
                            + ").",
                    "Choose a free port and an address of this machine.",
                    e);
        }
    }

    /** Where it is served, without {@code /v1}; for the wildcard address, by the loopback one. */
    public URI address() {
        String host = connector.getHost();
        boolean everywhere = host.equals("0.0.0.0") || host.equals("::");
        String shown = everywhere ? InetAddress.getLoopbackAddress().getHostAddress() : host;
        String bracketed = shown.indexOf(':') >= 0 ? "[" + shown + "]" : shown;
        return URI.create("http://" + bracketed + ":" + connector.getLocalPort());
    }

    /** Stops taking requests, lets running ones end for up to 5 s, and returns. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new AgentOsException(
                    RegistryErrorCode.STORAGE_FAILED,
                    "The registry's HTTP server did not stop cleanly (" + e.getMessage() + ").",
                    "End the process.",
                    e);
        }
    }
}
