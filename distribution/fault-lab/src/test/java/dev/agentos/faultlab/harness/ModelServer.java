package dev.agentos.faultlab.harness;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * A model behind OpenAI's protocol whose name says how it behaves, with the number behind the last hyphen, if any:
 * {@code echo}, {@code slow-N} (N milliseconds a word), {@code status-N}, {@code flaky-N} (fails N times, then
 * answers), {@code garbage}, {@code cut} (in the middle), {@code endless}, {@code drip} (comments alone),
 * {@code caller} (asks for the tool that is offered first, then answers), {@code stranger} (asks for a tool that there
 * is none of).
 */
public final class ModelServer implements AutoCloseable {

    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: *([0-9]+)");

    private final ServerSocket listener;
    private final List<Call> calls = new ArrayList<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private volatile boolean closed;

    /** A call that came in, and when its client closed the connection before the end, if it did. */
    public static final class Call {
        private final String model;
        private final JsonObject body;
        private final String authorization;
        private volatile int words;
        private volatile Optional<Instant> abandoned = Optional.empty();

        Call(String model, JsonObject body, String authorization) {
            this.model = model;
            this.body = body;
            this.authorization = authorization;
        }

        /** The model that was asked. */
        public String model() {
            return model;
        }

        /** The request's whole text. */
        public String body() {
            return body.toString();
        }

        String authorization() {
            return authorization;
        }

        /** How many words were sent so far. */
        public int words() {
            return words;
        }

        /** When the client went away. */
        public Optional<Instant> abandoned() {
            return abandoned;
        }
    }

    ModelServer() throws IOException {
        listener = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("model-server").start(this::accept);
    }

    String baseUrl() {
        return "http://127.0.0.1:" + listener.getLocalPort() + "/v1";
    }

    private void accept() {
        while (!closed) {
            try {
                Socket socket = listener.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            String head = head(in);
            Matcher length = LENGTH.matcher(head);
            JsonObject body = Json.parseObject(new String(
                    in.readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0), StandardCharsets.UTF_8));
            String model = body.text("model").orElseThrow();
            Call call = new Call(
                    model,
                    body,
                    head.lines()
                            .filter(line -> line.regionMatches(true, 0, "authorization:", 0, 14))
                            .findFirst()
                            .orElse(""));
            int count;
            synchronized (this) {
                calls.add(call);
                count = counts.merge(model + last(body), 1, Integer::sum);
            }
            try {
                play(call, count, socket.getOutputStream());
            } catch (IOException e) {
                call.abandoned = Optional.of(Instant.now());
            }
        } catch (IOException | InterruptedException e) {
            // The client went away before it had asked.
            return;
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("No request");
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private void play(Call call, int count, OutputStream out) throws IOException, InterruptedException {
        String[] name = call.model().split("-(?=[0-9]+$)");
        int number = name.length > 1 ? Integer.parseInt(name[1]) : 0;
        switch (name[0]) {
            case "status" -> status(out, number);
            case "flaky" -> {
                if (count <= number) {
                    status(out, 503);
                } else {
                    say(call, out, answer(call.body), 0);
                }
            }
            case "garbage" -> {
                headers(out);
                out.write("data: {\"choices\": [{]]\n\ndata: <html>502</html>\n\n".getBytes(StandardCharsets.UTF_8));
            }
            case "cut" -> {
                headers(out);
                word(call, out, "Half an ");
                throw new IOException("cut");
            }
            case "endless" -> endless(call, out);
            case "drip" -> drip(out);
            case "caller" -> {
                if (last(call.body).contains("\"role\":\"tool\"")) {
                    say(call, out, answer(call.body), 0);
                } else {
                    callTool(out, offered(call.body));
                }
            }
            case "stranger" -> {
                if (last(call.body).contains("\"role\":\"tool\"")) {
                    say(call, out, "I was told so.", 0);
                } else {
                    callTool(out, "no_such_tool");
                }
            }
            default -> say(call, out, answer(call.body), number);
        }
    }

    private static String last(JsonObject body) {
        JsonArray messages = body.array("messages").orElse(JsonArray.EMPTY);
        return messages.size() == 0 ? "" : messages.items().getLast().toString();
    }

    private static String answer(JsonObject body) {
        JsonObject last =
                (JsonObject) body.array("messages").orElseThrow().items().getLast();
        return "You said: " + last.text("content").orElse("nothing");
    }

    private static String offered(JsonObject body) {
        JsonObject tool = (JsonObject) body.array("tools").orElseThrow().items().getFirst();
        return tool.object("function").orElseThrow().text("name").orElseThrow();
    }

    private static void status(OutputStream out, int status) throws IOException {
        byte[] body = "{\"error\":{\"message\":\"an error of the lab\"}}".getBytes(StandardCharsets.UTF_8);
        out.write(("HTTP/1.1 " + status + " Lab\r\nContent-Type: application/json\r\nContent-Length: " + body.length
                        + "\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));
        out.write(body);
        out.flush();
    }

    private static void headers(OutputStream out) throws IOException {
        out.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                .getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static void say(Call call, OutputStream out, String text, int millis)
            throws IOException, InterruptedException {
        headers(out);
        for (String word : text.split("(?<=\\s)(?=\\S)")) {
            word(call, out, word);
            Thread.sleep(millis);
        }
        event(out, delta(JsonObject.EMPTY, "\"stop\""));
        event(
                out,
                "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
                        + "\"completion_tokens\":3,\"total_tokens\":10}}");
        event(out, "[DONE]");
    }

    private static void word(Call call, OutputStream out, String word) throws IOException {
        event(out, delta(JsonObject.of("content", word), "null"));
        call.words++;
    }

    private void endless(Call call, OutputStream out) throws IOException, InterruptedException {
        headers(out);
        while (!closed) {
            word(call, out, "word ");
            Thread.sleep(5);
        }
    }

    private void drip(OutputStream out) throws IOException, InterruptedException {
        headers(out);
        while (!closed) {
            out.write(": still here\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            Thread.sleep(50);
        }
    }

    private static void callTool(OutputStream out, String tool) throws IOException {
        headers(out);
        JsonObject call = JsonObject.of(
                "index",
                0,
                "id",
                "call_1",
                "type",
                "function",
                "function",
                JsonObject.of("name", tool, "arguments", "{\"note\":\"asked by the model\"}"));
        event(out, delta(JsonObject.of("tool_calls", List.of(call)), "null"));
        event(out, delta(JsonObject.EMPTY, "\"tool_calls\""));
        event(out, "[DONE]");
    }

    private static void event(OutputStream out, String data) throws IOException {
        out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static String delta(JsonObject delta, String finish) {
        return "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
            + "\"delta\":" + Json.write(delta) + ",\"finish_reason\":" + finish + "}]}";
    }

    /** The calls whose request has that text in it, in order. */
    public synchronized List<Call> calls(String text) {
        return calls.stream().filter(call -> call.body().contains(text)).toList();
    }

    synchronized List<Call> calls() {
        return List.copyOf(calls);
    }

    /** Waits for a call with that text that has sent so many words. */
    public Call awaitWords(String text, int words) {
        return Awaitility.await(words + " words about " + text)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> calls(text).stream()
                                .filter(call -> call.words() >= words)
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    @Override
    public void close() throws IOException {
        closed = true;
        listener.close();
    }
}
