package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a server answers before it is ready, and that it holds its port from the beginning. */
final class StartingTest {

    private final HttpClient client = HttpClient.newHttpClient();
    private final Phases phases = new Phases();
    private final HttpServer server = new HttpServer(TestServer.config(), phases);

    /** A start that is over when the test says so. */
    private static final class Phases implements Readiness {

        private volatile boolean started;
        private volatile Optional<String> lack = Optional.empty();

        @Override
        public Optional<String> starting() {
            return started ? Optional.empty() : Optional.of("The server is starting.");
        }

        @Override
        public Optional<String> unready() {
            return starting();
        }

        @Override
        public Optional<String> impaired() {
            return lack;
        }
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void livesButIsNotReady() throws Exception {
        server.bind();
        server.start();
        assertThat(get("/livez").statusCode()).isEqualTo(200);
        assertThat(get("/startupz").statusCode()).isEqualTo(503);
        assertThat(get("/readyz").statusCode()).isEqualTo(503);
        HttpResponse<String> refused = get("/api/v1/graphs");
        ApiTest.assertProblem(refused, 503, "server:SHUTTING_DOWN");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    }

    @Test
    void servesTheApiOnceTheStartIsOver() throws Exception {
        server.start();
        try (TestServer app = new TestServer()) {
            server.serve(app.services);
            assertThat(get("/api/v1/graphs").statusCode()).isEqualTo(503);
            phases.started = true;
            assertThat(get("/readyz").statusCode()).isEqualTo(200);
            ApiTest.assertProblem(get("/api/v1/graphs"), 401, "tenancy:UNAUTHENTICATED");
        }
    }

    @Test
    void whatComesBetweenBindAndStartIsAnswered() throws Exception {
        server.bind();
        CompletableFuture<HttpResponse<String>> early = client.sendAsync(request("/livez"), BodyHandlers.ofString());
        server.start();
        assertThat(early.get().statusCode()).isEqualTo(200);
    }

    @Test
    void whatIsMissedIsToldWithoutTurningTrafficAway() throws Exception {
        server.start();
        phases.lack = Optional.of("Something is away.");
        assertThat(get("/readyz").statusCode()).isEqualTo(503);
        phases.started = true;
        HttpResponse<String> ready = get("/readyz");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(ready.body()).isEqualTo("{\"status\":\"ok\",\"impaired\":\"Something is away.\"}");
        assertThat(get("/livez").body()).isEqualTo("{\"status\":\"ok\"}");
        phases.lack = Optional.empty();
        assertThat(get("/readyz").body()).isEqualTo("{\"status\":\"ok\"}");
    }

    @Test
    void holdsThePortBeforeItStarts() {
        server.bind();
        HttpConfig usual = TestServer.config();
        HttpConfig same = HttpConfig.of("127.0.0.1", server.address().getPort(), "0", usual.uploads());
        assertThatThrownBy(new HttpServer(same, Readiness.READY)::bind)
                .isInstanceOfSatisfying(AgentOsException.class, e -> {
                    assertThat(e.errorCode().code()).isEqualTo("server:PORT_IN_USE");
                    assertThat(e.action()).contains("--http-port");
                });
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(request(path), BodyHandlers.ofString());
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create(server.address() + path)).build();
    }
}
