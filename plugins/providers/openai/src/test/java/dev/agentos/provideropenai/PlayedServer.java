package dev.agentos.provideropenai;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A real HTTP server on the loopback address that plays OpenAI's endpoints; the model's name tells how. */
final class PlayedServer implements AutoCloseable {

    private static final String USAGE = "{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final List<String> keys = new CopyOnWriteArrayList<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch asked = new CountDownLatch(1);
    private final AtomicBoolean clientGone = new AtomicBoolean();

    PlayedServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", this::chat);
        server.createContext("/v1/embeddings", this::embeddings);
        server.setExecutor(threads);
        server.start();
    }

    String baseUrl() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    List<String> bodies() {
        return bodies;
    }

    List<String> keys() {
        return keys;
    }

    void awaitRequest() {
        try {
            asked.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    boolean clientGone() {
        return clientGone.get();
    }

    @Override
    public void close() {
        released.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private void chat(HttpExchange exchange) throws IOException {
        String body = received(exchange);
        String model = body.replaceAll("(?s).*\"model\"\\s*:\\s*\"([^\"]*)\".*", "$1");
        if (model.startsWith("status-")) {
            answer(exchange, Integer.parseInt(model.substring(7)), "{\"error\":{\"message\":\"secret prompt\"}}");
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            switch (model) {
                case "tools" -> tools(out);
                case "slow" -> released.await();
                case "endless" -> endless(out);
                case "dripping" -> dripping(out);
                case "silent" -> {
                    event(out, delta("{\"content\":\"One word \"}", "null"));
                    dripping(out);
                }
                case "cut" -> {
                    event(out, delta("{\"content\":\"Half an \"}", "null"));
                    throw new IOException("cut");
                }
                default -> text(out);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void text(OutputStream out) throws IOException {
        event(out, delta("{\"role\":\"assistant\",\"content\":\"\"}", "null"));
        event(out, delta("{\"content\":\"The answer \"}", "null"));
        event(out, delta("{\"content\":\"is 42 [p1].\"}", "null"));
        event(out, delta("{}", "\"stop\""));
        event(out, "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":" + USAGE + "}");
        event(out, "[DONE]");
    }

    private static void tools(OutputStream out) throws IOException {
        String call = "{\"tool_calls\":[{\"index\":0%s,\"function\":{%s\"arguments\":\"%s\"}}]}";
        event(
                out,
                delta(
                        call.formatted(",\"id\":\"call_9\",\"type\":\"function\"", "\"name\":\"hello_greet\",", ""),
                        "null"));
        event(out, delta(call.formatted("", "", "{\\\"name\\\":"), "null"));
        event(out, delta(call.formatted("", "", "\\\"Ada\\\"}"), "null"));
        event(out, delta("{}", "\"tool_calls\""));
        event(out, "[DONE]");
    }

    private void endless(OutputStream out) throws InterruptedException {
        try {
            while (released.getCount() > 0) {
                event(out, delta("{\"content\":\"word \"}", "null"));
                released.await(5, TimeUnit.MILLISECONDS);
            }
        } catch (IOException e) {
            clientGone.set(true);
        }
    }

    /** Comments alone, which keep the connection open and say nothing. */
    private void dripping(OutputStream out) throws InterruptedException {
        try {
            while (released.getCount() > 0) {
                out.write(": still here\n\n".getBytes(StandardCharsets.UTF_8));
                out.flush();
                released.await(5, TimeUnit.MILLISECONDS);
            }
        } catch (IOException e) {
            clientGone.set(true);
        }
    }

    private void embeddings(HttpExchange exchange) throws IOException {
        received(exchange);
        answer(
                exchange,
                200,
                "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[1.0,0.0]},"
                        + "{\"object\":\"embedding\",\"index\":1,\"embedding\":[0.0,1.0]}],\"model\":\"m\","
                        + "\"usage\":{\"prompt_tokens\":4,\"total_tokens\":4}}");
    }

    private String received(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        bodies.add(body);
        asked.countDown();
        keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        return body;
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    private static void event(OutputStream out, String data) throws IOException {
        out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static String delta(String delta, String finish) {
        return "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
            + "\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]}";
    }
}
