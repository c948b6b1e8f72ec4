package dev.agentos.benchmarks;

import dev.agentos.benchmarks.internal.HttpConnection;
import dev.agentos.benchmarks.internal.Latencies;
import dev.agentos.benchmarks.internal.Load;
import dev.agentos.benchmarks.internal.ProcessTimes;
import dev.agentos.benchmarks.internal.Usage;
import dev.agentos.benchmarks.internal.Window;
import dev.agentos.graph.GraphCodec;
import dev.agentos.kernel.Json;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A server as the clients of W5 and W6 see it: its address, their credential, and the requests that they repeat. */
final class HttpTarget {

    private static final byte[] EVENT = "event: ".getBytes(StandardCharsets.UTF_8);
    private static final byte[] WAITING = "event: execution.waiting".getBytes(StandardCharsets.UTF_8);
    private static final byte[] SUCCEEDED = "event: execution.succeeded".getBytes(StandardCharsets.UTF_8);
    private static final String API = "/api/v1";
    private static final int OK = 200;
    private static final int ACCEPTED = 202;
    private static final int ERRORS = 300;
    private static final int UNAVAILABLE = 503;
    private static final int MOST_TRIES = 20;

    private final InetSocketAddress address;
    private final String[] credential;
    private final Latencies first = new Latencies();
    private final Latencies whole = new Latencies();

    /** A server whose administrator has that key. */
    HttpTarget(URI server, String key) {
        this.address = new InetSocketAddress(server.getHost(), server.getPort());
        this.credential = new String[] {"Authorization: Bearer " + key, "AgentOS-Tenant: default"};
    }

    /** The median time until the first event of the last window, in milliseconds. */
    double firstMillis() {
        return first.medianMillis();
    }

    /** The median time until the stream of the last window ended, in milliseconds. */
    double wholeMillis() {
        return whole.medianMillis();
    }

    /** The time within which 99 of 100 streams of the last window ended, in milliseconds. */
    double slowestMillis() {
        return whole.quantileMillis(0.99);
    }

    /** Stores a graph. */
    void save(GraphDefinition definition) {
        var document = Json.write(GraphCodec.write(definition));
        try (var connection = new HttpConnection(address)) {
            if (connection.send(HttpConnection.request("POST", API + "/graphs", document, credential)) >= ERRORS) {
                connection.readToEnd();
                throw new IllegalStateException("The graph was refused: " + connection.body());
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The request that starts an execution and wants its events. */
    byte[] start(String graph, JsonObject input) {
        var body = Json.write(JsonObject.of("graph", graph, "input", input));
        var headers = new ArrayList<>(List.of(credential));
        headers.add("Accept: text/event-stream");
        return HttpConnection.request("POST", API + "/executions", body, headers.toArray(String[]::new));
    }

    /** One stream as its client got it. */
    byte[] record(byte[] start) {
        try (var connection = new HttpConnection(address)) {
            stream(connection, start);
            return connection.body().getBytes(StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Measures a closed loop of clients that start an execution and read its events to the end. */
    Window streams(byte[] start, int clients, Duration ramp, Duration length) {
        return load(clients, ramp, length, connections -> stream(connections.events, start));
    }

    /** Measures a closed loop of clients that start an execution, answer what it asks, and read on to its end. */
    Window answers(byte[] start, int clients, Duration ramp, Duration length) {
        return load(clients, ramp, length, connections -> answer(connections, start));
    }

    /** What a client has: a stream of events, and another connection to answer on meanwhile. */
    private record Connections(HttpConnection events, HttpConnection commands) {}

    @FunctionalInterface
    private interface Exchange {
        void run(Connections connections) throws IOException;
    }

    private Window load(int clients, Duration ramp, Duration length, Exchange exchange) {
        var self = ProcessHandle.current().pid();
        var connections = new ArrayList<Connections>();
        for (var i = 0; i < clients; i++) {
            connections.add(new Connections(new HttpConnection(address), new HttpConnection(address)));
        }
        try {
            return Load.measure(
                    clients,
                    Thread.ofVirtual().name("http-", 0).factory(),
                    client -> {
                        exchange.run(connections.get(client));
                        return 1;
                    },
                    ramp,
                    length,
                    () -> {
                        first.toggle();
                        whole.toggle();
                        return new Usage(ProcessTimes.of(self), Double.NaN);
                    });
        } finally {
            connections.forEach(HttpTarget::close);
        }
    }

    private void stream(HttpConnection connection, byte[] start) throws IOException {
        var began = System.nanoTime();
        open(connection, start);
        require(connection, EVENT);
        var seen = System.nanoTime();
        require(connection, SUCCEEDED);
        connection.readToEnd();
        whole.add(System.nanoTime() - began);
        first.add(seen - began);
    }

    private void answer(Connections connections, byte[] start) throws IOException {
        var began = System.nanoTime();
        open(connections.events, start);
        require(connections.events, WAITING);
        var resume = HttpConnection.request(
                "POST",
                API + "/executions/" + execution(connections.events) + "/resume",
                "{\"answer\":\"yes\"}",
                credential);
        var status = send(connections.commands, resume);
        connections.commands.readToEnd();
        if (status != ACCEPTED) {
            throw new IOException("The answer was refused: " + connections.commands.body());
        }
        require(connections.events, SUCCEEDED);
        connections.events.readToEnd();
        whole.add(System.nanoTime() - began);
    }

    /** The id of the execution that a stream is about, from the address in its head. */
    private static String execution(HttpConnection connection) {
        var place = connection.head().indexOf("/executions/exe_") + "/executions/".length();
        return connection
                .head()
                .substring(place)
                .lines()
                .findFirst()
                .orElseThrow()
                .strip();
    }

    private static void open(HttpConnection connection, byte[] request) throws IOException {
        if (send(connection, request) != OK) {
            connection.readToEnd();
            throw new IOException("No stream was opened: " + connection.head() + connection.body());
        }
    }

    /** Sends a request, and again when the server has too many on a slow disk; the time it takes counts. */
    private static int send(HttpConnection connection, byte[] request) throws IOException {
        var status = connection.send(request);
        for (var tries = 1; status == UNAVAILABLE && tries < MOST_TRIES; tries++) {
            connection.readToEnd();
            status = connection.send(request);
        }
        return status;
    }

    private static void require(HttpConnection connection, byte[] text) throws IOException {
        if (!connection.readUntil(text)) {
            throw new IOException(
                    "The stream ended without " + new String(text, StandardCharsets.UTF_8) + ": " + connection.body());
        }
    }

    private static void close(Connections connections) {
        try {
            connections.events.close();
            connections.commands.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
