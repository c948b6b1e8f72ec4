package examples.ollama;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** An Ollama that always says the same. */
final class StubOllama {

    private StubOllama() {}

    static HttpServer start() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/api/chat", exchange -> {
                boolean unknown = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)
                        .contains("no-such-model");
                String answer = unknown
                        ? "{\"error\":\"model 'no-such-model' not found\"}"
                        : line("Hello ", "\"done\":false")
                                + line("there.", "\"done\":false")
                                + line(
                                        "",
                                        "\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":5,\"eval_count\":2");
                exchange.getResponseHeaders().set("Content-Type", "application/x-ndjson");
                exchange.sendResponseHeaders(unknown ? 404 : 200, 0);
                exchange.getResponseBody().write(answer.getBytes(StandardCharsets.UTF_8));
                exchange.close();
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String line(String text, String rest) {
        return "{\"model\":\"llama3.2\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\""
                + text + "\"}," + rest + "}\n";
    }
}
