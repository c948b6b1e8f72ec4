package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
class SocketApiTest {

    private static final String PATH = "/api/v1/ws";

    private TestServer app;

    @BeforeEach
    void start() {
        app = new TestServer();
        for (String type : List.of("settings", "slow")) {
            store(type, type);
        }
    }

    @AfterEach
    void stop() {
        app.close();
    }

    private void store(String name, String type) {
        HttpResponse<String> stored = app.post(app.acmeKey, "/api/v1/graphs", """
            {"metadata": {"name": "%s"}, "channels": {"settings": {"type": "any", "reducer": "last"}},
             "nodes": [{"id": "only", "type": "%s", "config": {}}],
             "edges": [{"source": "START", "target": "only"}, {"source": "only", "target": "END"}]}
            """.formatted(name, type));
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
    }

    private String begun(String graph) {
        HttpResponse<String> begun = app.post(app.acmeKey, "/api/v1/executions", "{\"graph\": \"" + graph + "\"}");
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        return TestServer.json(begun).text("id").orElseThrow();
    }

    static String subscribe(String execution) {
        return "{\"type\": \"subscribe\", \"execution\": \"" + execution + "\"}";
    }

    @Test
    void carriesTheEventsOfSeveralExecutions() throws Exception {
        String slow = begun("slow");
        String quick = begun("settings");
        try (Client client = Client.open(app, app.acmeKey)) {
            client.say(subscribe(slow));
            client.say(subscribe(quick));
            assertThat(client.until("end", quick))
                    .first()
                    .extracting(SocketApiTest::type)
                    .isEqualTo("subscribed");
            assertThat(client.events(quick))
                    .isEqualTo(IntStream.rangeClosed(1, client.events(quick).size())
                            .boxed()
                            .toList());
            assertThat(client.all(quick))
                    .anyMatch(one -> one.object("event")
                            .flatMap(event -> event.text("type"))
                            .filter("execution.succeeded"::equals)
                            .isPresent());
            app.post(app.acmeKey, "/api/v1/executions/" + slow + "/cancel", "");
            JsonObject end = client.until("end", slow).getLast();
            assertThat(end.member("reason")).contains(JsonNull.NULL);
        }
    }

    @Test
    void goesOnBehindAnEventAndLeavesWhenItIsTold() throws Exception {
        String quick = begun("settings");
        String slow = begun("slow");
        try (Client client = Client.open(app, app.acmeKey)) {
            client.say(subscribe(quick));
            client.until("end", quick);
            List<Integer> all = client.events(quick);
            for (int after = 1; after <= all.size(); after++) {
                client.forget();
                client.say("{\"type\": \"subscribe\", \"execution\": \"" + quick + "\", \"after\": \"" + after + "\"}");
                client.until("end", quick);
                assertThat(client.events(quick)).isEqualTo(all.subList(after, all.size()));
            }
            client.say(subscribe(slow));
            client.until("event", slow);
            client.say("{\"type\": \"unsubscribe\", \"execution\": \"" + slow + "\"}");
            client.until("unsubscribed", slow);
            client.forget();
            app.post(app.acmeKey, "/api/v1/executions/" + slow + "/cancel", "");
            client.say("{\"type\": \"unsubscribe\", \"execution\": \"" + slow + "\"}");
            assertThat(client.until("problem", slow)).hasSize(1);
        }
    }

    @Test
    void isOpenedByTheHeaderOrTheQueryAndTheKeyIsInNoLog() throws Exception {
        String quick = begun("settings");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        lines.start();
        root.addAppender(lines);
        try (Client client = Client.open(app, "", "?access_token=" + app.acmeKey, builder -> builder)) {
            client.say(subscribe(quick));
            client.until("end", quick);
            client.say("{\"type\": \"subscribe\", \"execution\": \"nothing\"}");
            client.until("problem", "nothing");
            assertThat(client.received.toString()).doesNotContain(app.acmeKey);
        } finally {
            root.detachAppender(lines);
        }
        assertThat(lines.list.toString()).doesNotContain(app.acmeKey);
        assertThat(app.get(app.adminKey, "/api/v1/audit?limit=200").body()).doesNotContain(app.acmeKey);
        assertThat(refused(app.acmeKey, "?access_token=" + app.acmeKey, builder -> builder))
                .isEqualTo(401);
        assertThat(refused("", "", builder -> builder)).isEqualTo(401);
        assertThat(refused("", "?access_token=aos_wrong", builder -> builder)).isEqualTo(401);
        assertThat(app.client
                        .send(
                                java.net.http.HttpRequest.newBuilder(URI.create(
                                                app.server.address() + "/api/v1/agents?access_token=" + app.acmeKey))
                                        .build(),
                                HttpResponse.BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void refusesPagesOfOtherOriginsAndWhoMayNotRead() {
        assertThat(refused(app.acmeKey, "", builder -> builder.header("Origin", "https://elsewhere.example")))
                .isEqualTo(403);
        String blind = app.key(Optional.of(app.acme.id()), "blind", Set.of(Scope.AGENTS_READ));
        assertThat(refused(blind, "", builder -> builder)).isEqualTo(403);
        assertThat(refused(app.adminKey, "", builder -> builder)).isEqualTo(400);
        ApiTest.assertProblem(app.get(app.acmeKey, PATH), 400, "server:BAD_REQUEST");
    }

    @Test
    void showsAnotherTenantNothing() throws Exception {
        String foreign = begun("settings");
        try (Client client = Client.open(app, app.umbrellaKey)) {
            client.say(subscribe(foreign));
            client.say(subscribe("exe_nothing"));
            JsonObject unknown = client.until("problem", "exe_nothing").getLast();
            assertThat(client.all(foreign)).hasSize(1);
            assertThat(code(client.all(foreign).getFirst()))
                    .isEqualTo(code(unknown))
                    .isEqualTo("graph:UNKNOWN_EXECUTION");
        }
    }

    @Test
    void answersWhatItDoesNotUnderstandAndGoesOn() throws Exception {
        String quick = begun("settings");
        try (Client client = Client.open(app, app.acmeKey)) {
            for (String wrong : List.of(
                    "no json",
                    "[]",
                    "{}",
                    "{\"type\": \"sing\", \"execution\": \"x\"}",
                    "{\"type\": \"subscribe\", \"execution\": \"x\", \"more\": 1}",
                    "{\"type\": \"subscribe\", \"execution\": \"x\", \"after\": \"-1\"}",
                    "{\"type\": \"subscribe\", \"execution\": \"" + quick + "\", \"modes\": \"loud\"}",
                    "{\"type\": \"subscribe\", \"execution\": \"x\\u0000\"}")) {
                client.say(wrong);
                JsonObject problem = client.next();
                assertThat(type(problem)).as(wrong).isEqualTo("problem");
                assertThat(number(problem.object("problem").orElseThrow(), "status"))
                        .as(wrong)
                        .isBetween(400, 499);
            }
            client.say(subscribe(quick));
            client.until("end", quick);
        }
    }

    @Test
    void isClosedWhenItsKeyIsRevoked() throws Exception {
        String slow = begun("slow");
        var made = app.apiKeys.create(
                Optional.of(app.acme.id()), "short", Set.of(Scope.EXECUTIONS_READ), Optional.empty());
        try (Client client = Client.open(app, made.secret())) {
            client.say(subscribe(slow));
            client.until("event", slow);
            app.apiKeys.revoke(Optional.of(app.acme.id()), made.key().id());
            assertThat(client.closed.get(20, TimeUnit.SECONDS)).isEqualTo(1008);
        }
    }

    @Test
    void isClosedWhenTheServerStops() throws Exception {
        try (Client client = Client.open(app, app.acmeKey)) {
            client.say(subscribe(begun("slow")));
            client.next();
            app.server.close();
            assertThat(client.closed.get(20, TimeUnit.SECONDS)).isEqualTo(1001);
        }
    }

    @Test
    void closesOnWhatIsTooLongOrNoText() throws Exception {
        try (Client client = Client.open(app, app.acmeKey)) {
            client.say("x".repeat(20_000));
            assertThat(client.closed.get(20, TimeUnit.SECONDS)).isEqualTo(1009);
        }
        try (Client client = Client.open(app, app.acmeKey)) {
            client.socket().sendBinary(ByteBuffer.allocate(3), true).join();
            assertThat(client.closed.get(20, TimeUnit.SECONDS)).isEqualTo(1003);
        }
        try (Raw raw = new Raw(app)) {
            // A text frame that says to be as long as 2^40 octets.
            raw.write(new byte[] {(byte) 0x81, (byte) 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4});
            assertThat(raw.closing()).isEqualTo(1009);
        }
    }

    @Test
    void dropsWhoAnswersNoPing() throws Exception {
        try (Raw raw = new Raw(app)) {
            raw.text(subscribe(begun("slow")));
            assertThat(raw.frames()).contains(0x9).doesNotContain(0x8);
        }
    }

    @Test
    void dropsWhoTakesNothingAndKeepsLittleForHim() throws Exception {
        app.close();
        HttpConfig usual = TestServer.config();
        app = new TestServer(new HttpConfig(
                usual.host(),
                usual.port(),
                usual.version(),
                usual.uploads(),
                usual.grace(),
                usual.heartbeat(),
                Duration.ofSeconds(6),
                usual.origins()));
        String channels = "\"settings\": {\"type\": \"any\", \"reducer\": \"last\"}";
        app.post(app.acmeKey, "/api/v1/graphs", """
            {"metadata": {"name": "big"}, "channels": {%s, "input": {"type": "any", "reducer": "last"}},
             "nodes": [{"id": "only", "type": "settings", "config": {}}],
             "edges": [{"source": "START", "target": "only"}, {"source": "only", "target": "END"}]}
            """.formatted(channels));
        List<String> executions = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            HttpResponse<String> begun = app.post(
                    app.acmeKey,
                    "/api/v1/executions",
                    "{\"graph\": \"big\", \"input\": {\"input\": \"" + "x".repeat(500_000) + "\"}}");
            executions.add(TestServer.json(begun).text("id").orElseThrow());
        }
        try (Raw raw = new Raw(app)) {
            for (String execution : executions) {
                raw.text("{\"type\": \"subscribe\", \"execution\": \"" + execution + "\", \"modes\": \"values\"}");
            }
            // Far from all is read for him, and so they have not ended.
            await().atMost(Duration.ofSeconds(20)).until(() -> app.server.openStreams() > 0);
            await().atMost(Duration.ofSeconds(30)).until(() -> app.server.openStreams() == 0);
        }
    }

    private int refused(String key, String query, UnaryOperator<WebSocket.Builder> with) {
        try (Client _ = Client.open(app, key, query, with)) {
            throw new AssertionError("The socket was opened");
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException handshake) {
                return handshake.getResponse().statusCode();
            }
            throw e;
        }
    }

    static String type(JsonObject message) {
        return message.text("type").orElse("");
    }

    static int number(JsonObject object, String name) {
        return object.number(name).orElseThrow().value().intValueExact();
    }

    private static String code(JsonObject message) {
        return message.object("problem").flatMap(one -> one.text("code")).orElse("");
    }

    /** A client after RFC 6455 that notes all that it receives. */
    static final class Client implements WebSocket.Listener, AutoCloseable {

        final BlockingQueue<JsonObject> received = new LinkedBlockingQueue<>();
        final CompletableFuture<Integer> closed = new CompletableFuture<>();
        final List<JsonObject> seen = new ArrayList<>();
        private final StringBuilder text = new StringBuilder();
        private @Nullable WebSocket socket;

        static Client open(TestServer app, String key) {
            return open(app, key, "", builder -> builder);
        }

        static Client open(TestServer app, String key, String query, UnaryOperator<WebSocket.Builder> with) {
            Client client = new Client();
            WebSocket.Builder builder = with.apply(app.client.newWebSocketBuilder());
            if (!key.isEmpty()) {
                builder.header("Authorization", "Bearer " + key);
            }
            client.socket = builder.buildAsync(
                            URI.create(app.server.address().toString().replace("http://", "ws://") + PATH + query),
                            client)
                    .join();
            return client;
        }

        WebSocket socket() {
            return Objects.requireNonNull(socket);
        }

        void say(String said) {
            socket().sendText(said, true).join();
        }

        JsonObject next() throws InterruptedException {
            JsonObject message = received.poll(20, TimeUnit.SECONDS);
            assertThat(message).as("a message after " + seen).isNotNull();
            seen.add(message);
            return message;
        }

        /** What comes of an execution up to a message of that type. */
        List<JsonObject> until(String type, String execution) throws InterruptedException {
            while (true) {
                JsonObject message = next();
                if (type(message).equals(type)
                        && message.text("execution").orElse("").equals(execution)) {
                    return all(execution);
                }
            }
        }

        List<JsonObject> all(String execution) {
            return seen.stream()
                    .filter(one -> one.text("execution").orElse("").equals(execution))
                    .toList();
        }

        List<Integer> events(String execution) {
            return all(execution).stream()
                    .flatMap(one -> one.object("event").stream())
                    .map(event -> number(event, "sequence"))
                    .toList();
        }

        void forget() {
            seen.clear();
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                received.add(Json.parseObject(text.toString()));
                text.setLength(0);
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            closed.complete(code);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            closed.completeExceptionally(error);
        }

        @Override
        public void close() {
            socket().abort();
        }
    }

    /** A client that does only what it is told to: no pong, no reading. */
    private static final class Raw implements AutoCloseable {

        private final Socket socket;
        private final DataInputStream in;

        Raw(TestServer app) throws IOException {
            URI address = app.server.address();
            socket = new Socket(address.getHost(), address.getPort());
            socket.setSoTimeout(20_000);
            in = new DataInputStream(socket.getInputStream());
            write(("GET " + PATH + " HTTP/1.1\r\nHost: " + address.getAuthority() + "\r\nAuthorization: Bearer "
                            + app.acmeKey
                            + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Extensions: permessage-deflate\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.readUnsignedByte());
            }
            assertThat(head.toString())
                    .startsWith("HTTP/1.1 101")
                    .contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                    .doesNotContainIgnoringCase("permessage-deflate");
        }

        void write(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
        }

        void text(String text) throws IOException {
            byte[] payload = text.getBytes(StandardCharsets.UTF_8);
            ByteBuffer frame = ByteBuffer.allocate(8 + payload.length);
            frame.put((byte) 0x81).put((byte) (0x80 | 126)).putShort((short) payload.length);
            frame.putInt(0).put(payload);
            write(frame.array());
        }

        /** The kinds of all frames until the connection ends. */
        List<Integer> frames() throws IOException {
            List<Integer> kinds = new ArrayList<>();
            try {
                while (true) {
                    kinds.add(in.readUnsignedByte() & 0xf);
                    in.skipNBytes(length());
                }
            } catch (EOFException | SocketException e) {
                return kinds;
            }
        }

        /** The code of the closing frame. */
        int closing() throws IOException {
            while (true) {
                int kind = in.readUnsignedByte() & 0xf;
                int length = length();
                if (kind == 0x8) {
                    return in.readUnsignedShort();
                }
                in.skipNBytes(length);
            }
        }

        private int length() throws IOException {
            int length = in.readUnsignedByte();
            return switch (length) {
                case 126 -> in.readUnsignedShort();
                case 127 -> (int) in.readLong();
                default -> length;
            };
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
