package dev.agentos.faultlab.harness;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;

/**
 * The world outside: a service that records every effect by its idempotency key and lives through any fault of a
 * server. It also has gates, at which nodes wait until a test lets them on.
 */
public final class Ledger implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Call> calls = new ArrayList<>();
    private final Set<String> applied = new HashSet<>();
    private final Set<String> open = new HashSet<>();
    private final Map<String, Integer> failures = new HashMap<>();
    private final Set<String> held = new HashSet<>();

    /**
     * A call that came in.
     *
     * @param kind the tool, or {@code gate}
     * @param key the idempotency key, or the gate's name
     * @param execution which execution made it
     * @param server the life of the server that made it
     * @param effect whether it changed anything here
     * @param time when it came
     */
    public record Call(String kind, String key, String execution, String server, boolean effect, Instant time) {}

    Ledger() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Where it is told of ends. */
    public String webhook() {
        return "http://127.0.0.1:" + port() + "/webhook";
    }

    private void answer(HttpExchange exchange) throws IOException {
        if (exchange.getRequestURI().getPath().equals("/webhook")) {
            told(exchange);
            return;
        }
        Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
        String kind = exchange.getRequestURI().getPath().substring(1);
        int status;
        try {
            status = switch (kind) {
                case "gate" -> gate(query);
                case "slow" -> slow(query);
                case "flaky" -> flaky(query);
                default -> effect(kind, query);
            };
        } catch (InterruptedException e) {
            exchange.close();
            return;
        }
        byte[] body = Json.writeBytes(JsonObject.of("kind", kind));
        exchange.sendResponseHeaders(status, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    /** Notes what it is told of an end, under the id that it is told with; no task has done that. */
    private void told(HttpExchange exchange) throws IOException {
        JsonObject event =
                Json.parseObject(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        String id = exchange.getRequestHeaders().getFirst("webhook-id");
        String execution =
                event.object("data").flatMap(data -> data.text("execution")).orElse("");
        record("webhook", Map.of("key", id, "execution", execution), false);
        exchange.sendResponseHeaders(204, -1);
        exchange.close();
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> query = new HashMap<>();
        for (String pair : raw.split("&")) {
            int equals = pair.indexOf('=');
            query.put(pair.substring(0, equals), URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return query;
    }

    private synchronized void record(String kind, Map<String, String> query, boolean effect) {
        calls.add(new Call(
                kind,
                query.getOrDefault("key", ""),
                query.getOrDefault("execution", ""),
                query.getOrDefault("server", ""),
                effect,
                Instant.now()));
        notifyAll();
    }

    private synchronized int effect(String kind, Map<String, String> query) throws InterruptedException {
        // The service keeps its side of the bargain: one effect for a key, unless the tool is one that has none.
        boolean effect = kind.equals("once") || applied.add(query.get("key"));
        record(kind, query, effect);
        while (held.contains(kind)) {
            wait();
        }
        return 200;
    }

    private synchronized int gate(Map<String, String> query) throws InterruptedException {
        String name = query.get("key");
        record("gate", query, false);
        while (!open.contains(name) && !open.contains(name + "@" + query.get("execution"))) {
            wait();
        }
        return 200;
    }

    private int slow(Map<String, String> query) throws InterruptedException {
        record("slow", query, false);
        Thread.sleep(Long.parseLong(query.get("millis")));
        return 200;
    }

    private synchronized int flaky(Map<String, String> query) {
        record("flaky", query, false);
        int before = failures.merge(query.get("key"), 1, Integer::sum);
        return before <= Integer.parseInt(query.get("failures")) ? 503 : 200;
    }

    /** Opens a gate for everybody, for good. */
    public synchronized void open(String gate) {
        open.add(gate);
        notifyAll();
    }

    /** Opens a gate for one execution. */
    public synchronized void open(String gate, String execution) {
        open.add(gate + "@" + execution);
        notifyAll();
    }

    /** From now on effects of that kind are recorded, and their callers hear nothing until they are released. */
    public synchronized void hold(String kind) {
        held.add(kind);
    }

    /** Answers those who were held. */
    public synchronized void release(String kind) {
        held.remove(kind);
        notifyAll();
    }

    /** Everything that one execution did, in order. */
    public synchronized List<Call> calls(String execution) {
        return calls.stream().filter(call -> call.execution().equals(execution)).toList();
    }

    /** Everything. */
    public synchronized List<Call> calls() {
        return List.copyOf(calls);
    }

    /** The calls of one kind of one execution. */
    public List<Call> calls(String execution, String kind) {
        return calls(execution).stream()
                .filter(call -> call.kind().equals(kind))
                .toList();
    }

    /** Waits until an execution has made that many calls of a kind. */
    public void awaitCalls(String execution, String kind, int count) {
        Awaitility.await(count + " calls of " + kind + " by " + execution)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> calls(execution, kind).size() >= count);
    }

    /** Ends every hold; gates that are open stay open. */
    synchronized void reset() {
        held.clear();
        notifyAll();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
