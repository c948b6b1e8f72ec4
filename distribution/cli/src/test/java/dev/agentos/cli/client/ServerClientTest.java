package dev.agentos.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerClientTest {
    private final List<String> lastEventIds = new ArrayList<>();
    private HttpServer server = start();
    private ServerClient client = client(server.getAddress().getPort());

    @BeforeEach
    void serve() {
        server.createContext("/api/v1/page", exchange -> {
            var second = "cursor=two".equals(exchange.getRequestURI().getQuery());
            answer(
                    exchange,
                    200,
                    second ? "{\"items\":[{\"id\":2}],\"next\":null}" : "{\"items\":[{\"id\":1}],\"next\":\"two\"}");
        });
        server.createContext(
                "/api/v1/denied",
                exchange ->
                        answer(exchange, 403, "{\"detail\":\"No.\",\"action\":\"Ask.\",\"code\":\"some:REFUSAL\"}"));
        server.createContext(
                "/api/v1/faulty",
                exchange -> answer(
                        exchange,
                        400,
                        "{\"detail\":\"Wrong: a.\",\"action\":\"Send GET.\",\"code\":\"graph:UNKNOWN_EXECUTION\","
                                + "\"errors\":[{\"pointer\":\"/x\",\"message\":\"a.\"},"
                                + "{\"pointer\":\"/y\",\"message\":\"b.\"}]}"));
        server.createContext("/api/v1/events", exchange -> {
            var after = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Last-Event-ID"));
            lastEventIds.add(after.orElse(""));
            answer(exchange, 200, after.isEmpty() ? "id: 1\ndata: {}\n\n" : "id: 2\nevent: end\ndata: {}\n\n");
        });
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void closingLeavesNoThreadThatAnExitWouldWaitFor() {
        client.get("/page");
        client.within(Duration.ofSeconds(5)).get("/page");
        assertThat(waiting()).isNotEmpty();

        ServerClient.closeAll();

        assertThat(waiting()).isEmpty();
    }

    /** The threads of clients that wait for the network. */
    private static List<String> waiting() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.endsWith("SelectorManager"))
                .toList();
    }

    @Test
    void readsAllPages() {
        assertThat(client.list("/page")).hasSize(2);
    }

    @Test
    void speaksToARegistryWithItsTokenAndTellsWhatThatSays(@TempDir Path folder) throws IOException {
        var said = new ArrayList<String>();
        server.createContext("/v1/approvals", exchange -> {
            said.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization") + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            if (exchange.getRequestMethod().equals("GET")) {
                answer(exchange, 200, "{\"id\":\"apr_1\",\"nonce\":\"seen\"}");
            } else {
                answer(exchange, 403, "{\"detail\":\"Your own. Let another.\",\"code\":\"policy:SELF_APPROVAL\"}");
            }
        });
        server.createContext(
                "/v1/releases", exchange -> answer(exchange, 202, "{\"id\":\"apr_1\",\"nonce\":\"seen\"}"));
        var registry = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        assertThat(ServerClient.registry(registry, "token", "/approvals/apr_1", Optional.empty())
                        .text("nonce"))
                .contains("seen");
        assertThatThrownBy(() -> ServerClient.registry(
                        registry, "token", "/approvals/apr_1/approve", Optional.of(JsonObject.of("nonce", "seen"))))
                .as("the registry's own advice, and no commands of a server")
                .hasMessage("Your own. Let another.\n(policy:SELF_APPROVAL)");
        assertThat(said)
                .containsExactly(
                        "GET /v1/approvals/apr_1 Bearer token ",
                        "POST /v1/approvals/apr_1/approve Bearer token {\"nonce\":\"seen\"}");
        var jar = Files.writeString(folder.resolve("a.jar"), "a JAR");
        assertThat(ServerClient.publish(registry, "token", jar).text("id")).contains("apr_1");
        ServerClient.download(registry, "token", "/approvals/apr_1/jar", folder.resolve("b.jar"));
        assertThat(folder.resolve("b.jar")).hasContent("{\"id\":\"apr_1\",\"nonce\":\"seen\"}");
        assertThatThrownBy(() -> ServerClient.publish(registry, "token", folder.resolve("none.jar")))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("There is no file");
    }

    @Test
    void tellsRefusalWithExitCode() {
        assertThatThrownBy(() -> client.get("/denied"))
                .hasMessage("No.\nAsk.\n(some:REFUSAL)")
                .isInstanceOfSatisfying(
                        CliException.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(CliException.DENIED));
    }

    @Test
    void tellsEachFaultOnceAndWhatToType() {
        assertThatThrownBy(() -> client.get("/faulty"))
                .hasMessage("Wrong: a.\n  /y: b.\n'agentos execution list' lists the executions.\n"
                        + "(graph:UNKNOWN_EXECUTION)");
    }

    @Test
    void connectsAgainBehindTheLastEvent() {
        var last = client.follow("/events", "", event -> event.is("end"), event -> true);

        assertThat(last).isEqualTo("2");
        assertThat(lastEventIds).containsExactly("", "1");
    }

    @Test
    void comesBackToAServerThatStillStarts() {
        var asked = new ArrayList<Integer>();
        server.createContext("/api/v1/starting", exchange -> {
            asked.add(asked.isEmpty() ? 503 : 200);
            answer(exchange, asked.getLast(), "id: 1\nevent: end\ndata: {}\n\n");
        });

        assertThat(client.follow("/starting", "", event -> event.is("end"), event -> true))
                .isEqualTo("1");
        assertThat(asked).containsExactly(503, 200);
    }

    @Test
    void tellsThatNoServerAnswers() {
        var port = server.getAddress().getPort();
        server.stop(0);

        assertThatThrownBy(() -> client(port).get("/page"))
                .isInstanceOfSatisfying(
                        CliException.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(CliException.UNAVAILABLE));
    }

    private static HttpServer start() {
        try {
            var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.start();
            return server;
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private static ServerClient client(int port) {
        return new ServerClient(URI.create("http://127.0.0.1:" + port), "key", Optional.empty());
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }
}
