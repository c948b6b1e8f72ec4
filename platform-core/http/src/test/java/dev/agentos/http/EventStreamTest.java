package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Operation;
import dev.agentos.spi.JsonObject;
import dev.agentos.web.events.EventStreams;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(40)
class EventStreamTest {

    private TestServer app;

    @BeforeEach
    void start() {
        app = new TestServer();
    }

    @AfterEach
    void stop() {
        app.close();
    }

    @Test
    void streamsWhatHappensAndEndsBehindTheLastEvent() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        Operation operation = app.operations.start("test", "subject", reporter -> {
            reporter.progress(1, 2, "one");
            goOn.await();
            reporter.progress(2, 2, "two");
            return JsonObject.of("answer", 42);
        });
        HttpResponse<Stream<String>> response =
                app.client.send(events(operation.id()).build(), HttpResponse.BodyHandlers.ofLines());
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        List<String> lines = new ArrayList<>();
        response.body().forEach(line -> {
            lines.add(line);
            if (line.contains("\"one\"")) {
                goOn.countDown();
            }
        });
        assertThat(lines.stream().filter(line -> line.startsWith("id: "))).containsExactly("id: 1", "id: 2", "id: 3");
        assertThat(lines.stream().filter(line -> line.startsWith("event: ")))
                .containsExactly("event: progress", "event: progress", "event: succeeded");
        assertThat(lines).anyMatch(line -> line.contains("\"result\":{\"answer\":42}"));
    }

    @Test
    void resumesExactlyBehindEachEventAndTellsOfAGap() {
        Operation operation = finished(5);
        String whole = body(operation.id(), "");
        for (int after = 0; after <= 6; after++) {
            String suffix = body(operation.id(), String.valueOf(after));
            assertThat(ids(suffix)).containsExactlyElementsOf(ids(whole).subList(after, 6));
            assertThat(suffix).doesNotContain("event: gap");
        }
        for (String unknown : List.of("7", "999999999999999999", "abc", "-1")) {
            String answer = body(operation.id(), unknown);
            assertThat(answer).contains("event: gap\ndata: {");
            assertThat(ids(answer)).isEqualTo(ids(whole));
        }
    }

    @Test
    void answersAPageWhenJsonIsWanted() {
        Operation operation = finished(3);
        JsonObject page = TestServer.json(
                app.send(app.request(app.adminKey, "/api/v1/operations/" + operation.id() + "/events?after=1")
                        .header("Accept", "application/json")));
        assertThat(page.array("items").orElseThrow().size()).isEqualTo(3);
        assertThat(page.text("next")).isEmpty();
    }

    @Test
    void refusesAStreamOfWhatIsNotThere() {
        ApiTest.assertProblem(app.send(events("op_nothing")), 404, "server:NOT_FOUND");
    }

    @Test
    void whoAsksForTheHeadAloneIsAnsweredAndOpensNoStream() throws Exception {
        try (Running running = new Running();
                RawStream stream = new RawStream("HEAD", running.operation.id())) {
            stream.readUntil(line -> line.startsWith("Content-Type: text/event-stream"));
            stream.ask("GET", "op_nothing");
            stream.readUntil(line -> line.startsWith("HTTP/1.1 404"));
        }
    }

    @Test
    void showsThatItLivesWhileNothingHappens() throws Exception {
        try (Running running = new Running();
                RawStream stream = new RawStream(running.operation.id())) {
            stream.readUntil(line -> line.contains(": heartbeat"));
        }
    }

    @Test
    void aTenantHasSoManyStreamsAndOthersTheirs() throws Exception {
        app.server.boundStreams(2);
        try (Running running = new Running();
                RawStream one = new RawStream(running.operation.id());
                RawStream two = new RawStream(running.operation.id())) {
            one.readUntil(line -> line.startsWith("data: "));
            two.readUntil(line -> line.startsWith("data: "));
            HttpResponse<String> refused = app.send(events(running.operation.id()));
            ApiTest.assertProblem(refused, 429, "server:TOO_MANY_STREAMS");
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            HttpResponse<Stream<String>> other = app.client.send(
                    app.request(app.acmeKey, "/api/v1/changes")
                            .header("Accept", "text/event-stream")
                            .build(),
                    HttpResponse.BodyHandlers.ofLines());
            assertThat(other.statusCode()).isEqualTo(200);
            other.body().close();
            running.goOn.countDown();
            one.readUntil(line -> line.contains("succeeded"));
            two.readUntil(line -> line.contains("succeeded"));
            await().untilAsserted(() -> assertThat(
                            app.send(events(running.operation.id())).statusCode())
                    .isEqualTo(200));
        } finally {
            app.server.boundStreams(1_000);
        }
    }

    /** However many ask at the same moment, no more have one than may. */
    @Test
    void ofManyThatOpenAtOnceOnlySoManyDo() throws Exception {
        app.server.boundStreams(5);
        try (Running running = new Running()) {
            for (int round = 0; round < 5; round++) {
                List<HttpResponse<Stream<String>>> answers = Stream.generate(() -> app.client.sendAsync(
                                events(running.operation.id()).build(), HttpResponse.BodyHandlers.ofLines()))
                        .limit(60)
                        .toList()
                        .stream()
                        .map(CompletableFuture::join)
                        .toList();
                answers.forEach(answer -> answer.body().close());
                assertThat(answers.stream().map(HttpResponse::statusCode).filter(status -> status == 200))
                        .hasSize(5);
                HttpResponse<String> none;
                do {
                    // What was closed is noticed as soon as something is written.
                    none = app.send(app.request(app.adminKey, "/api/v1/operations/op_nothing/events")
                            .header("Accept", "text/event-stream"));
                } while (app.server.openStreams() > 0 && none.statusCode() == 404);
            }
        } finally {
            app.server.boundStreams(1_000);
        }
    }

    @Test
    void holdsNoThreadForAStream() throws Exception {
        try (Running running = new Running()) {
            List<RawStream> streams = new ArrayList<>();
            int before = Thread.activeCount();
            for (int i = 0; i < 200; i++) {
                streams.add(new RawStream(running.operation.id()));
            }
            for (RawStream stream : streams) {
                stream.readUntil(line -> line.startsWith("data: "));
            }
            assertThat(Thread.activeCount() - before).isLessThan(64);
            running.goOn.countDown();
            for (RawStream stream : streams) {
                stream.readUntil(line -> line.contains("succeeded"));
                stream.close();
            }
        }
    }

    @Test
    void dropsAClientThatReadsNothingAndLetsItResume() throws Exception {
        String big = "x".repeat(100_000);
        Operation operation = app.operations.start("test", "big", reporter -> {
            for (int i = 1; i <= 400; i++) {
                reporter.progress(i, 400, big);
            }
            return JsonObject.EMPTY;
        });
        await().atMost(Duration.ofSeconds(20))
                .until(() -> app.operations
                        .find(operation.id())
                        .orElseThrow()
                        .state()
                        .terminal());
        try (RawStream stream = new RawStream(operation.id())) {
            await().atMost(Duration.ofSeconds(15)).until(() -> app.server.openStreams() == 1);
            await().atMost(Duration.ofSeconds(15)).until(() -> app.server.openStreams() == 0);
            assertThat(ids(body(operation.id(), "399"))).containsExactly("400", "401");
        }
    }

    @Test
    void endsStreamsWhenTheirCredentialIsRevoked() throws Exception {
        try (Running running = new Running();
                RawStream stream = new RawStream(running.operation.id())) {
            stream.readUntil(line -> line.startsWith("data: "));
            String id = app.apiKeys.authenticate(app.adminKey).orElseThrow().id();
            app.apiKeys.revoke(java.util.Optional.empty(), id);
            stream.readUntil(line -> line.contains("the credential is no longer valid"));
        }
    }

    /** As of one from an identity provider that is away. */
    @Test
    void aCredentialOfWhichNothingIsKnownKeepsNoOtherFromBeingEnded() {
        AtomicBoolean unknownEnded = new AtomicBoolean();
        CountDownLatch revoked = new CountDownLatch(1);
        try (EventStreams streams = new EventStreams(Duration.ofSeconds(1), Duration.ofSeconds(1))) {
            for (int i = 0; i < 100; i++) {
                streams.watch(
                        "unknown " + i,
                        () -> {
                            throw new IllegalStateException("the provider is away");
                        },
                        () -> unknownEnded.set(true));
            }
            streams.watch("revoked", () -> false, revoked::countDown);
            await().atMost(Duration.ofSeconds(15)).until(() -> revoked.getCount() == 0);
            assertThat(unknownEnded).isFalse();
        }
    }

    @Test
    void endsStreamsWithACommentWhenTheServerStops() throws Exception {
        try (Running running = new Running();
                RawStream stream = new RawStream(running.operation.id())) {
            stream.readUntil(line -> line.startsWith("data: "));
            Thread stopping = Thread.ofVirtual().start(app.server::close);
            stream.readUntil(line -> line.contains("server is stopping"));
            assertThat(stopping.join(Duration.ofSeconds(10))).isTrue();
        }
    }

    private final class Running implements AutoCloseable {
        final CountDownLatch goOn = new CountDownLatch(1);
        final Operation operation = app.operations.start("test", "subject", reporter -> {
            reporter.progress(1, 2, "one");
            goOn.await();
            return JsonObject.EMPTY;
        });

        @Override
        public void close() {
            goOn.countDown();
        }
    }

    /** A client on a bare socket. */
    private final class RawStream implements AutoCloseable {

        private final Socket socket;
        private final BufferedReader in;

        RawStream(String operation) throws IOException {
            this("GET", operation);
        }

        RawStream(String method, String operation) throws IOException {
            socket = new Socket("127.0.0.1", app.server.address().getPort());
            socket.setReceiveBufferSize(8 * 1024);
            socket.setSoTimeout(10_000);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            ask(method, operation);
        }

        void ask(String method, String operation) throws IOException {
            socket.getOutputStream()
                    .write((method + " /api/v1/operations/" + operation
                                    + "/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + app.adminKey
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
        }

        void readUntil(Predicate<String> wanted) throws IOException {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (wanted.test(line)) {
                    return;
                }
            }
            throw new AssertionError("The stream ended");
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private Operation finished(int steps) {
        Operation operation = app.operations.start("test", "subject", reporter -> {
            for (int i = 1; i <= steps; i++) {
                reporter.progress(i, steps, "step " + i);
            }
            return JsonObject.EMPTY;
        });
        await().atMost(Duration.ofSeconds(5))
                .until(() -> app.operations
                        .find(operation.id())
                        .orElseThrow()
                        .state()
                        .terminal());
        return operation;
    }

    private HttpRequest.Builder events(String id) {
        return app.request(app.adminKey, "/api/v1/operations/" + id + "/events").header("Accept", "text/event-stream");
    }

    private String body(String id, String lastEventId) {
        HttpRequest.Builder request = events(id);
        if (!lastEventId.isEmpty()) {
            request.header("Last-Event-ID", lastEventId);
        }
        return app.send(request).body();
    }

    private static List<String> ids(String body) {
        return body.lines()
                .filter(line -> line.startsWith("id: "))
                .map(line -> line.substring(4))
                .toList();
    }
}
