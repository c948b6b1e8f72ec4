package dev.agentos.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A server that answers what a test says, and remembers what commands asked. */
final class PlayedServer implements AutoCloseable {

    private final List<Asked> asked = new ArrayList<>();
    private final Map<String, Answer> answers = new HashMap<>();
    private final String root;
    private final String usual;
    private final HttpServer server;

    /** A request that came, with what it replaces and for whom. */
    record Asked(String method, String path, String ifMatch, String tenant, String body) {
        JsonObject json() {
            return Json.parseObject(body);
        }

        /** As in {@code GET /api/v1/plugins}. */
        String line() {
            return method + " " + path;
        }
    }

    private record Answer(int status, String body) {}

    /** How a command ended, and what it said of that. */
    record Outcome(int exitCode, String err) {}

    /**
     * Answers all that nothing else is said about with 200 and that body.
     *
     * @param root what the paths that a test sees and says begin behind
     */
    PlayedServer(String root, String usual) throws IOException {
        this.root = root;
        this.usual = usual;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(root + "/", this::answer);
        server.start();
    }

    /** Answers that request so from now on, whatever is asked with it unless that is said too. */
    void answers(String request, int status, String body) {
        answers.put(request, new Answer(status, body));
    }

    /** What was asked so far. */
    List<Asked> asked() {
        return List.copyOf(asked);
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Runs a command with this server and the key in that directory. */
    Outcome run(Path directory, String... words) {
        return execute(Stream.concat(Stream.of(words), Stream.of("--data-dir=" + directory, "--server=" + address()))
                .toArray(String[]::new));
    }

    /** Runs a command as it stands. */
    static Outcome execute(String... words) {
        var err = new StringWriter();
        var exitCode =
                AgentOs.commandLine(words).setErr(new PrintWriter(err, true)).execute(words);
        return new Outcome(exitCode, err.toString());
    }

    private void answer(HttpExchange exchange) throws IOException {
        var headers = exchange.getRequestHeaders();
        var request = new Asked(
                exchange.getRequestMethod(),
                exchange.getRequestURI().toString().substring(root.length()),
                Optional.ofNullable(headers.getFirst("If-Match")).orElse(""),
                Optional.ofNullable(headers.getFirst("AgentOS-Tenant")).orElse(""),
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        asked.add(request);
        var whole = request.line();
        var answer = Optional.ofNullable(answers.get(whole))
                .or(() -> Optional.ofNullable(answers.get(whole.replaceFirst("\\?.*", ""))))
                .orElse(new Answer(200, usual));
        var bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("ETag", "\"7\"");
        exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
