package dev.agentos.smoketests;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.awaitility.Awaitility;

/** Somebody who is told of ends: keeps all that comes in, and answers as it was told to, with 204 otherwise. */
final class Receiver implements AutoCloseable {

    private final HttpServer server;
    private final List<Message> messages = new ArrayList<>();
    private final Deque<Integer> answers = new ArrayDeque<>();

    /** What came in. */
    record Message(String path, String id, long timestamp, List<String> signatures, String text) {

        JsonObject event() {
            return Json.parseObject(text);
        }

        String execution() {
            return event().object("data").orElseThrow().text("execution").orElseThrow();
        }

        /** Whether one of the signatures is of that secret, as a receiver would look. */
        boolean signedWith(String secret) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(
                        Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
                byte[] sum = mac.doFinal((id + "." + timestamp + "." + text).getBytes(StandardCharsets.UTF_8));
                return signatures.contains("v1," + Base64.getEncoder().encodeToString(sum));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    Receiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.createContext("/", this::receive);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    /** Answers the next messages with these. */
    synchronized void answer(Integer... statuses) {
        answers.addAll(List.of(statuses));
    }

    private void receive(HttpExchange exchange) throws IOException {
        String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        int status;
        synchronized (this) {
            messages.add(new Message(
                    exchange.getRequestURI().getPath(),
                    exchange.getRequestHeaders().getFirst("webhook-id"),
                    Long.parseLong(exchange.getRequestHeaders().getFirst("webhook-timestamp")),
                    List.of(exchange.getRequestHeaders()
                            .getFirst("webhook-signature")
                            .split(" ")),
                    text));
            status = answers.isEmpty() ? 204 : answers.poll();
        }
        if (status / 100 == 3) {
            exchange.getResponseHeaders().set("Location", url("/elsewhere"));
        }
        byte[] body = status == 204 ? new byte[0] : "not today".getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    synchronized List<Message> messages() {
        return List.copyOf(messages);
    }

    /** What was told of an execution. */
    List<Message> of(String execution) {
        return messages().stream()
                .filter(message -> message.execution().equals(execution))
                .toList();
    }

    /** Waits until that much was told of an execution. */
    List<Message> await(String execution, int count) {
        return Awaitility.await(count + " messages about " + execution)
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> of(execution), told -> told.size() >= count);
    }

    Stream<String> paths() {
        return messages().stream().map(Message::path);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
