package dev.agentos.smoketests;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/** A real HTTP server on the loopback address that speaks OpenAI's protocol and says what a test wants. */
final class ScriptedOpenAi implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Function<Asked, Said> script;
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    /** Whether answers that come slowly stop in their middle. */
    private final AtomicBoolean hushed = new AtomicBoolean();

    /**
     * A request.
     *
     * @param model that it names
     * @param body the whole of it
     * @param key what authorises it
     */
    record Asked(String model, String body, String key) {}

    /**
     * An answer: a text with 200, or the body of an error.
     *
     * @param between how long it takes from one word to the next; zero for all at once
     */
    record Said(int status, String text, Duration between) {

        Said(int status, String text) {
            this(status, text, Duration.ZERO);
        }

        static Said text(String text) {
            return new Said(200, text);
        }

        /** The words one after the other, as a model says them. */
        static Said slowly(String text, Duration between) {
            return new Said(200, text, between);
        }
    }

    ScriptedOpenAi(Function<Asked, Said> script) throws IOException {
        this.script = script;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", this::chat);
        server.setExecutor(threads);
        server.start();
    }

    String baseUrl() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    /** The requests so far. */
    List<Asked> asked() {
        return asked;
    }

    /** From now on answers that are said slowly stop in their middle, and go on when this is over. */
    void hush(boolean wanted) {
        synchronized (hushed) {
            hushed.set(wanted);
            hushed.notifyAll();
        }
    }

    private void awaitLeave() throws InterruptedException {
        synchronized (hushed) {
            while (hushed.get()) {
                hushed.wait();
            }
        }
    }

    /** The models that were asked, in order. */
    List<String> models() {
        return asked.stream().map(Asked::model).toList();
    }

    private void chat(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String key = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        Asked request = new Asked(Json.parseObject(body).text("model").orElse(""), body, key);
        asked.add(request);
        Said said = script.apply(request);
        try (OutputStream out = exchange.getResponseBody()) {
            if (said.status() != 200) {
                byte[] bytes = said.text().getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(said.status(), bytes.length);
                out.write(bytes);
                return;
            }
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            String[] parts = said.between().isZero()
                    ? new String[] {said.text()}
                    : said.text().split("(?<= )");
            for (int at = 0; at < parts.length; at++) {
                if (at > 0 && at == parts.length / 2) {
                    awaitLeave();
                }
                event(out, chunk(JsonObject.of("role", "assistant", "content", parts[at]), null));
                Thread.sleep(said.between());
            }
            event(out, chunk(JsonObject.EMPTY, "stop"));
            event(out, """
                {"id":"c","object":"chat.completion.chunk","choices":[],\
                "usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}\
                """);
            event(out, "[DONE]");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String chunk(JsonObject delta, String finish) {
        return JsonObject.of(
                        "id",
                        "c",
                        "object",
                        "chat.completion.chunk",
                        "choices",
                        List.of(JsonObject.of("index", 0, "delta", delta, "finish_reason", finish)))
                .toString();
    }

    private static void event(OutputStream out, String data) throws IOException {
        out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
