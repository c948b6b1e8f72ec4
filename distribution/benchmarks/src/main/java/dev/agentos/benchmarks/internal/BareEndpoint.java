package dev.agentos.benchmarks.internal;

import com.zaxxer.hikari.HikariDataSource;
import dev.agentos.kernel.Ids;
import dev.agentos.postgres.DataDirectory;
import dev.agentos.postgres.EmbeddedPostgres;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.sql.SQLException;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;

/**
 * The limit of a request: Jetty and Jersey with a resource that runs one query by its key through a pool and answers
 * with the text that it finds. No credentials, no tenant, no limits, no rules, no records, no JSON.
 */
@Path("things")
public final class BareEndpoint {

    private static final int CONNECTIONS = 10;

    private final HikariDataSource pool;

    private BareEndpoint(HikariDataSource pool) {
        this.pool = pool;
    }

    /** Serves the text in a file, kept in a database in a folder, until it is told to end. */
    public static void main(String[] arguments) throws Exception {
        var ids = Ids.system();
        var data = DataDirectory.open(java.nio.file.Path.of(arguments[0]), ids);
        var postgres = EmbeddedPostgres.start(data, ids);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            postgres.close();
            data.close();
        }));
        var pool = new HikariDataSource();
        pool.setJdbcUrl(postgres.url());
        pool.setUsername(postgres.user());
        pool.setPassword(postgres.password());
        pool.setMaximumPoolSize(CONNECTIONS);
        prepare(pool, Files.readString(java.nio.file.Path.of(arguments[1])));
        var server = new Server(new QueuedThreadPool(64, 4));
        var connector = new ServerConnector(server);
        connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
        server.addConnector(connector);
        var context = new ServletContextHandler();
        context.addServlet(
                new ServletHolder(new ServletContainer(
                        new ResourceConfig().register(new BareEndpoint(pool)).register(new Ready()))),
                "/*");
        server.setHandler(context);
        server.start();
        System.out.println("READY http://127.0.0.1:" + connector.getLocalPort());
    }

    private static void prepare(HikariDataSource pool, String text) throws SQLException {
        try (var connection = pool.getConnection();
                var statement = connection.createStatement();
                var insert = connection.prepareStatement("INSERT INTO things VALUES ('one', ?)")) {
            statement.execute("CREATE TABLE IF NOT EXISTS things (id text PRIMARY KEY, body text NOT NULL)");
            insert.setString(1, text);
            insert.executeUpdate();
        }
    }

    /** Finds a text. */
    @GET
    @Path("{id}")
    @Produces(MediaType.APPLICATION_JSON)
    public String find(@PathParam("id") String id) throws SQLException, IOException {
        try (var connection = pool.getConnection();
                var query = connection.prepareStatement("SELECT body FROM things WHERE id = ?")) {
            query.setString(1, id);
            try (var rows = query.executeQuery()) {
                if (!rows.next()) {
                    throw new IOException("There is no such thing");
                }
                return rows.getString(1);
            }
        }
    }

    /** The same behind a body. */
    @POST
    @Path("{id}")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public String answer(@PathParam("id") String id, String body) throws SQLException, IOException {
        return body.isEmpty() ? "{}" : find(id);
    }

    /** Tells that it serves. */
    @Path("readyz")
    public static final class Ready {

        /** It does. */
        @GET
        public String ready() {
            return "ready";
        }
    }
}
