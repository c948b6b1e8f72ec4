package dev.agentos.benchmarks;

import com.sun.net.httpserver.HttpServer;
import dev.agentos.kernel.Ids;
import dev.agentos.postgres.DataDirectory;
import dev.agentos.postgres.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * The least program that a start of the server can be compared with: a virtual machine, the same PostgreSQL, and one
 * page over HTTP. With {@code none} for a directory it is the virtual machine and the page alone.
 */
final class LowerBound {
    private static final int OK = 200;

    private LowerBound() {}

    /** Runs until it is told to end. */
    public static void main(String[] arguments) throws IOException {
        if (!arguments[0].equals("none")) {
            var ids = Ids.system();
            var directory = DataDirectory.open(Path.of(arguments[0]), ids);
            var postgres = EmbeddedPostgres.start(directory, ids);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                postgres.close();
                directory.close();
            }));
        }
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/readyz", exchange -> {
            exchange.sendResponseHeaders(OK, -1);
            exchange.close();
        });
        server.start();
        System.out.println("READY http://127.0.0.1:" + server.getAddress().getPort());
    }
}
