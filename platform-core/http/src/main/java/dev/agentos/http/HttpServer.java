package dev.agentos.http;

import dev.agentos.audit.Audit;
import dev.agentos.http.internal.ProtocolServlet;
import dev.agentos.http.internal.SiteServlet;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.web.ApiServlet;
import dev.agentos.web.AuditFeature;
import dev.agentos.web.AuthenticationFilter;
import dev.agentos.web.FrontHandler;
import dev.agentos.web.HealthHandler;
import dev.agentos.web.HttpErrorCode;
import dev.agentos.web.MetricsServlet;
import dev.agentos.web.OpenApi;
import dev.agentos.web.ProblemErrorHandler;
import dev.agentos.web.changes.Changes;
import dev.agentos.web.events.EventStreams;
import dev.agentos.web.filters.BodyRoom;
import dev.agentos.web.filters.LingeringConnector;
import dev.agentos.web.filters.OtherOrigins;
import dev.agentos.web.filters.RefusalFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.MultipartConfigElement;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.glassfish.jersey.server.ResourceConfig;

/**
 * The HTTP server. It holds its port from the first moment and answers the probes while the rest of the server still
 * starts; the API follows when there are services to serve.
 */
public final class HttpServer implements AutoCloseable {

    private static final int HEADER_BYTES = 16 * 1024;
    private static final long IDLE_MILLIS = 30_000;

    /** What a connection takes at most as long as nothing is counted of its request. */
    private static final int CONNECTION_BYTES = 64 * 1024;

    private static final int LEAST_CONNECTIONS = 4_096;

    private final HttpConfig config;
    private final Server server;
    private final ServerConnector connector;
    private final ProblemErrorHandler errors;
    private final HealthHandler health;
    private final EventStreams streams;
    private final Changes changes;
    private final BodyRoom room;
    private volatile boolean stopping;

    /** A server that tells the probes that; it does not listen before {@link #bind()}. */
    public HttpServer(HttpConfig config, Readiness readiness) {
        this(config, readiness, Runtime.getRuntime().maxMemory(), LEAST_CONNECTIONS);
    }

    /**
     * The same for a heap of that many bytes: how many connections there may be, while others wait, and how much their
     * bodies may take.
     */
    HttpServer(HttpConfig config, Readiness readiness, long heap, int leastConnections) {
        this.config = config;
        room = new BodyRoom(heap);
        RandomGenerator random = new SecureRandom();
        streams = new EventStreams(config.heartbeat(), config.stall());
        changes = new Changes(streams);
        QueuedThreadPool threads = new QueuedThreadPool(64, 4);
        threads.setName("http");
        threads.setVirtualThreadsExecutor(Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("request-", 0).factory()));
        server = new Server(threads);
        server.setStopTimeout(config.grace().toMillis());
        connector = new LingeringConnector(server, new HttpConnectionFactory(configuration()));
        connector.setHost(config.host());
        connector.setPort(config.port());
        connector.setIdleTimeout(IDLE_MILLIS);
        connector.setAcceptQueueSize(1_024);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(
                (int) Math.clamp(heap / CONNECTION_BYTES, leastConnections, Integer.MAX_VALUE), connector));
        errors = new ProblemErrorHandler(random);
        server.setErrorHandler(errors);
        health = new HealthHandler(
                readiness::starting,
                () -> stopping ? Optional.of("The server is stopping.") : readiness.unready(),
                readiness::impaired,
                new Description(config.version()));
        server.setHandler(
                new FrontHandler(new OtherOrigins(health, config.origins().callers()), random));
    }

    /** Sets how many event streams a tenant may have open at once. */
    public void boundStreams(int mostOfATenant) {
        streams.bound(mostOfATenant);
    }

    /**
     * Takes the port; what comes there waits until {@link #start()}.
     *
     * @throws AgentOsException {@code server:PORT_IN_USE} or {@code server:ADDRESS_UNUSABLE}
     */
    public void bind() {
        try {
            connector.open();
        } catch (IOException e) {
            close();
            throw failure(e);
        }
    }

    /**
     * Takes the port unless that is done, and answers the probes; all else is refused with 503 as long as readiness
     * says that the server is starting.
     *
     * @throws AgentOsException {@code server:PORT_IN_USE} or {@code server:ADDRESS_UNUSABLE}
     */
    public void start() {
        try {
            server.start();
        } catch (Exception e) {
            close();
            throw failure(e);
        }
    }

    /** Serves the API, beside the probes; to be called once, after {@link #start()}. */
    public void serve(HttpServices services) {
        services.work().executions().onChange((tenant, id) -> {
            streams.wake(id.value());
            changes.hear(Optional.of(tenant), "executions");
        });
        HttpServices.Access access = services.access();
        Handler api = new GracefulHandler(context(
                api(
                        ApiApplication.of(config, services, streams, changes, room),
                        access.control().audit()),
                new MetricsServlet(services.metrics(), access.apiKeys()),
                new ProtocolServlet(
                        services.work().protocols(),
                        new AuthenticationFilter(access.people().credentials(), access.tenants()),
                        access.control().limits().rates(),
                        new AuditFeature(access.control().audit(), services.operations(), services.clock()),
                        streams,
                        room),
                new SiteServlet(
                        services.extensions().plugins().extensions()::site,
                        config.origins().servers()),
                errors,
                new RefusalFilter(access.control().audit().refusals())));
        // What is added to a started server is neither started nor stopped with it unless it is asked to.
        api.setServer(server);
        try {
            api.start();
        } catch (Exception e) {
            throw new IllegalStateException("The API cannot be served", e);
        }
        health.setHandler(api);
        health.manage(api);
    }

    /** Where it listens, as {@code http://127.0.0.1:7777}. */
    public URI address() {
        String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
        return URI.create("http://" + host + ":" + connector.getLocalPort());
    }

    /** What is told to those who follow lists. */
    public Changes changes() {
        return changes;
    }

    /** How many event streams are open. */
    public int openStreams() {
        return streams.size();
    }

    /** Stops: turns unready, ends the event streams, lets requests under way finish within the grace, and closes. */
    @Override
    public void close() {
        stopping = true;
        streams.close();
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("The HTTP server did not stop in order", e);
        } finally {
            // A port that was taken and never listened on is not given back by the stop.
            connector.close();
            server.destroy();
        }
    }

    private static HttpConfiguration configuration() {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendDateHeader(true);
        http.setRequestHeaderSize(HEADER_BYTES);
        http.setResponseHeaderSize(HEADER_BYTES);
        http.setHttpCompliance(HttpCompliance.STRICT);
        // The front handler refuses what is wrong, when there is a request to answer.
        http.setUriCompliance(UriCompliance.UNSAFE);
        return http;
    }

    private ServletHolder api(ResourceConfig api, Audit audit) {
        ServletHolder holder = new ServletHolder("api", new ApiServlet(api, audit));
        holder.setAsyncSupported(true);
        holder.setInitOrder(1);
        holder.getRegistration()
                .setMultipartConfig(new MultipartConfigElement(
                        config.uploads().toString(), Uploads.MAX_BYTES, Uploads.MAX_BYTES + 64 * 1024, 0));
        return holder;
    }

    private ServletContextHandler context(
            ServletHolder api,
            MetricsServlet metrics,
            ProtocolServlet protocols,
            SiteServlet sites,
            ProblemErrorHandler errors,
            RefusalFilter refusals) {
        ServletContextHandler context =
                new ServletContextHandler("/", ServletContextHandler.NO_SESSIONS | ServletContextHandler.NO_SECURITY);
        FilterHolder counted = new FilterHolder(refusals);
        counted.setAsyncSupported(true);
        context.addFilter(counted, "/*", EnumSet.of(DispatcherType.REQUEST));
        context.addServlet(api, "/api/v1/*");
        context.addServlet(new ServletHolder("metrics", metrics), "/metrics");
        context.addServlet(new ServletHolder("protocols", protocols), ProtocolServlet.ROOT + "*");
        context.addServlet(new ServletHolder("sites", sites), "/");
        context.setErrorHandler(errors);
        ServerWebSocketContainer.ensure(server, context);
        return context;
    }

    private AgentOsException failure(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return new AgentOsException(
                        HttpErrorCode.PORT_IN_USE,
                        "Port " + config.port() + " of " + config.host() + " cannot be listened on: "
                                + cause.getMessage() + ".",
                        "Stop the program that listens there, or choose another port with --http-port.",
                        e);
            }
        }
        return new AgentOsException(
                HttpErrorCode.ADDRESS_UNUSABLE,
                "The server cannot listen on " + new InetSocketAddress(config.host(), config.port()) + ".",
                "Choose another address with AGENTOS_HTTP_HOST.",
                e);
    }

    /** The API's description, made when it is first asked for. */
    private static final class Description implements Supplier<byte[]> {

        private final String version;
        private byte[] document = {};

        Description(String version) {
            this.version = version;
        }

        @Override
        public synchronized byte[] get() {
            if (document.length == 0) {
                document = Json.writeBytes(OpenApi.of(ApiApplication.RESOURCES, version));
            }
            return document;
        }
    }
}
