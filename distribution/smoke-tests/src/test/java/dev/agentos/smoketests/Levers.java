package dev.agentos.smoketests;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What a script in a browser may ask of the test that runs it, over a socket: to stop the server, for example. */
final class Levers implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** Does something, told what stands behind the question mark, and answers with a text. */
    @FunctionalInterface
    interface Lever {
        String pull(String told) throws Exception;
    }

    Levers() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.start();
    }

    Levers with(String name, Lever lever) {
        server.createContext("/" + name, exchange -> pull(exchange, lever));
        return this;
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private static void pull(HttpExchange exchange, Lever lever) throws IOException {
        int status = 200;
        String said;
        try {
            String told = exchange.getRequestURI().getQuery();
            said = lever.pull(told == null ? "" : told);
        } catch (Exception e) {
            status = 500;
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            said = trace.toString();
        }
        byte[] body = said.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
