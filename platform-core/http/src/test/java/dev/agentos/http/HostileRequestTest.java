package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that no well-meaning client sends, over bare sockets. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileRequestTest {

    private TestServer app;

    @BeforeAll
    void start() {
        app = new TestServer();
    }

    @AfterAll
    void stop() {
        app.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /livez\r\n\r\n",
                "GET /livez HTTP/9.9\r\nHost: x\r\n\r\n",
                "GET /livez HTTP/1.1\r\n\r\n",
                "GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                "GET /livez HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n",
                "GET /livez HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
                "POST /api/v1/tenants HTTP/1.1\r\n"
                        + "Host: x\r\n"
                        + "Content-Length: 5\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n"
                        + "0\r\n\r\n",
                "POST /api/v1/tenants HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
                "POST /api/v1/tenants HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
                "GET /api/v1/%2e%2e/%2f HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /api/v1/a%00b HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
            })
    void refusesMalformedRequestsWithAProblem(String request) throws IOException {
        Answer answer = send(request.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(answer.status()).as(answer.head()).isIn(400, 501, 505);
        if (!request.startsWith("GET /livez\r\n")) {
            assertThat(answer.head().toLowerCase(Locale.ROOT)).contains("content-type: application/problem+json");
            assertThat(Json.parseObject(answer.body()).text("code")).isPresent();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/audit?actor=a%00b",
                "/audit?target=%00",
                "/audit?action=%00",
                "/executions?agent=%00",
                "/executions?graph=%00",
                "/agents?cursor=%00",
                "/users?limit=%00"
            })
    void refusesWhatNoDatabaseKeeps(String path) {
        HttpResponse<String> answer = app.get(app.acmeKey, "/api/v1" + path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).containsAnyOf("U+0000", "server:UNKNOWN_FIELD");
    }

    /** How a cursor looks is no secret; only the server's key makes one, also of a place that there is. */
    @ParameterizedTest
    @CsvSource({
        "audit, /audit",
        "audit-checkpoints, /audit/checkpoints",
        "sessions, /sessions",
        "policy-versions, /policies/paged/versions"
    })
    void refusesAMadeUpCursor(String list, String path) {
        app.send(app.request(app.acmeKey, "/api/v1/policies/paged")
                .header("Content-Type", "application/json")
                .header("If-Match", "*")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"rules\": []}")));
        for (String place : List.of("x", "-1", "9".repeat(30), "1.5", "1\0", " 1", "٣", "1")) {
            String content = Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString((list + '\n' + place).getBytes(StandardCharsets.UTF_8));
            String checksum = Digests.sha256((list + '\n' + place).getBytes(StandardCharsets.UTF_8))
                    .substring(0, 12);
            String summed = Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString((checksum + place).getBytes(StandardCharsets.UTF_8));
            for (String cursor : List.of("A".repeat(22) + content, content, summed, "A".repeat(5000), "")) {
                HttpResponse<String> answer = app.get(app.acmeKey, "/api/v1" + path + "?cursor=" + cursor);
                assertThat(answer.statusCode()).as(place + answer.body()).isEqualTo(400);
                assertThat(answer.body()).contains("server:INVALID_CURSOR", "/cursor");
            }
        }
        HttpResponse<String> first = app.get(app.acmeKey, "/api/v1" + path);
        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/executions?limit=1&limit=2",
                "/executions?state=FAILED&state=FAILED",
                "/audit?cursor=x&cursor=y",
                "/agents?limit=1&%6cimit=2"
            })
    void refusesAParameterThatIsThereTwice(String path) {
        HttpResponse<String> answer = app.get(app.acmeKey, "/api/v1" + path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).contains("server:INVALID_FIELD", "is there 2 times");
    }

    @Test
    void takesAListThatNamesOneEachTime() {
        HttpResponse<String> answer = app.send(app.request(
                        app.adminKey, "/api/v1/plugins?acceptPermissions=env.read%20A&acceptPermissions=env.read%20B")
                .header("Content-Type", "application/java-archive")
                .POST(HttpRequest.BodyPublishers.ofString("no archive")));
        assertThat(answer.body()).contains("plugin:VERIFICATION_FAILED");
    }

    /** Nothing may come to stand for another thing by how a proxy in front decodes its name. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/prices/openai%2Fgpt-4.1",
                "/prices/openai%2fgpt-4.1",
                "/plugins/a%2Fb",
                "/policies/a%2F..%2Fb",
                "/kill-switches/tool/a%2Fb",
                "/kill-switches/agent%2Facme/bot",
                "/agents/acme%2Fbot",
                "/executions/exe_1%2Fevents",
                "/tenants/acme%5Cother",
                "/roles/a%252Fb/..%2F..%2Ftenants"
            })
    void saysThatASlashInANameStandsAsItIs(String path) {
        for (String method : List.of("GET", "PUT", "DELETE", "POST")) {
            HttpResponse<String> answer = app.send(app.request(app.adminKey, "/api/v1" + path)
                    .header("Content-Type", "application/json")
                    .header("If-Match", "*")
                    .method(method, HttpRequest.BodyPublishers.ofString("{}")));
            assertThat(answer.statusCode()).as(method + answer.body()).isEqualTo(400);
            assertThat(answer.body()).contains("server:BAD_REQUEST", "not as %2F");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32"})
    void takesABodyInUtf8Alone(String charset) {
        for (String type : List.of("application/json", "application/json; charset=" + charset)) {
            HttpResponse<String> answer = app.send(app.request(app.adminKey, "/api/v1/tenants")
                    .header("Content-Type", type)
                    .POST(HttpRequest.BodyPublishers.ofString("{\"name\": \"wide\"}", Charset.forName(charset))));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
            assertThat(answer.body()).contains("server:MALFORMED_JSON", "not in UTF-8");
        }
    }

    @Test
    void refusesHeadersThatAreTooLarge() throws IOException {
        Answer answer = send(("GET /livez HTTP/1.1\r\nHost: x\r\nA: " + "x".repeat(40_000) + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        assertThat(answer.status()).isEqualTo(431);
        assertThat(Json.parseObject(answer.body()).text("code")).contains("server:HEADERS_TOO_LARGE");
    }

    @Test
    void theAnswerToATooLongAddressIsThereForWhoStillSends() throws Exception {
        for (int times = 0; times < 3; times++) {
            try (Socket socket = connect()) {
                byte[] more = "x".repeat(8_000).getBytes(StandardCharsets.US_ASCII);
                socket.getOutputStream()
                        .write(("GET /api/v1/agents?a=" + "x".repeat(17_000)).getBytes(StandardCharsets.US_ASCII));
                for (int i = 0; i < 4; i++) {
                    Thread.sleep(100);
                    socket.getOutputStream().write(more);
                }
                Thread.sleep(100);
                Answer answer = readAll(socket.getInputStream());
                assertThat(answer.status()).isEqualTo(414);
                assertThat(Json.parseObject(answer.body()).text("code")).isPresent();
            }
        }
    }

    @Test
    void refusesATooLargeBodyBeforeReadingIt() throws IOException {
        long start = System.nanoTime();
        Answer answer = send(head("Content-Length: 104857600").getBytes(StandardCharsets.US_ASCII));
        assertThat(answer.status()).isEqualTo(413);
        assertThat(Json.parseObject(answer.body()).text("code")).contains("server:BODY_TOO_LARGE");
        assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(5_000);
    }

    @Test
    void refusesATooLargeChunkedBody() throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head("Transfer-Encoding: chunked").getBytes(StandardCharsets.US_ASCII));
            byte[] chunk = ("100000\r\n" + " ".repeat(0x100000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 40; i++) {
                socket.getOutputStream().write(chunk);
            }
            assertThat(readAll(socket.getInputStream()).status()).isEqualTo(413);
        }
    }

    @Test
    void aShortBodyMayComeInPieces() throws Exception {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head("Content-Length: 2").getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write('{');
            Thread.sleep(300);
            socket.getOutputStream().write('}');
            Answer answer = readAll(socket.getInputStream());
            assertThat(answer.status()).as(answer.body()).isEqualTo(400);
            assertThat(answer.body()).contains("server:INVALID_FIELD");
        }
    }

    @Test
    void aBodyThatComesTooSlowlyIsNoDefectOfTheServer() throws Exception {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head("Content-Length: 100").getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write("{\"name\":".getBytes(StandardCharsets.US_ASCII));
            Thread.sleep(5_500);
            socket.getOutputStream().write(" ".repeat(20).getBytes(StandardCharsets.US_ASCII));
            Answer answer = readAll(socket.getInputStream());
            assertThat(answer.status()).as(answer.body()).isEqualTo(408);
            assertThat(answer.body()).contains("server:REQUEST_TIMEOUT");
        }
    }

    /** Each of them is below what is large, and none comes to its end. */
    @Test
    void manySlowBodiesTakeNoMoreThanTheirRoom() throws Exception {
        byte[] nearlyLarge = new byte[(1 << 20) - 1];
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 40; i++) {
                Socket socket = connect();
                slow.add(socket);
                try {
                    socket.getOutputStream()
                            .write(head("Content-Length: 2097152").getBytes(StandardCharsets.US_ASCII));
                    socket.getOutputStream().write(nearlyLarge);
                } catch (SocketException e) {
                    // It was refused before it was written.
                }
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> answered(slow).size() >= 5);
            Answer refused = readAll(answered(slow).getFirst().getInputStream());
            assertThat(refused.status()).as(refused.body()).isEqualTo(503);
            assertThat(refused.body()).contains("server:TOO_BUSY");
            assertThat(app.get(app.adminKey, "/api/v1/tenants").statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
        String large = "{\"name\":\"" + "x".repeat(4 << 20) + "\"}";
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(
                                app.post(app.adminKey, "/api/v1/tenants", large).statusCode())
                        .isEqualTo(400));
    }

    private static List<Socket> answered(List<Socket> sockets) throws IOException {
        List<Socket> answered = new ArrayList<>();
        for (Socket socket : sockets) {
            if (socket.getInputStream().available() > 0) {
                answered.add(socket);
            }
        }
        return answered;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/login", "/login/invitation", "/login/invitation/look"})
    void whoIsNotKnownSendsNothingLarge(String path) throws IOException {
        String head = "POST /api/v1" + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Connection: close\r\nContent-Length: ";
        Answer large = send((head + "65537\r\n\r\n" + " ".repeat(65_537)).getBytes(StandardCharsets.US_ASCII));
        assertThat(large.status()).as(large.body()).isEqualTo(413);
        assertThat(large.body()).contains("larger than 64 KiB");
        Answer most = send((head + "65536\r\n\r\n{}" + " ".repeat(65_534)).getBytes(StandardCharsets.US_ASCII));
        assertThat(most.status()).as(most.body()).isNotEqualTo(413).isBetween(400, 422);
    }

    @Test
    void connectionsHaveABoundAtWhichOthersWait() throws Exception {
        byte[] request = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        try (HttpServer server = new HttpServer(TestServer.config(), Readiness.READY, 0, 2)) {
            server.start();
            int port = server.address().getPort();
            try (Socket one = new Socket("127.0.0.1", port);
                    Socket two = new Socket("127.0.0.1", port)) {
                for (Socket socket : List.of(one, two)) {
                    socket.getOutputStream().write(request);
                    assertThat(answer(socket.getInputStream())).startsWith("HTTP/1.1 200");
                }
                try (Socket three = new Socket("127.0.0.1", port)) {
                    three.getOutputStream().write(request);
                    three.setSoTimeout(1_000);
                    assertThatThrownBy(() -> answer(three.getInputStream())).isInstanceOf(SocketTimeoutException.class);
                    one.close();
                    three.setSoTimeout(10_000);
                    assertThat(answer(three.getInputStream())).startsWith("HTTP/1.1 200");
                }
            }
        }
    }

    @Test
    void refusesDocumentsThatAreNoSensibleJson() throws IOException {
        assertRefused("{\"name\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}");
        assertRefused("{\"name\":" + "9".repeat(1_000_000) + "}");
        assertRefused("{\"name\":\"a\",\"name\":\"b\"}");
        assertRefused("{\"name\":\"\\ud800\"}");
        assertRefused("{\"name\":\"\\u0000\"}");
        assertRefused("{\"\\u0000\":1}");
        assertRefused("{\"name\":\"a\"} {}");
        assertRefused("{'name':'a'}");
        assertRefused("[]");
        assertRefused("");
        assertRefused("{\"name\":NaN}");
    }

    @Test
    void refusesPackedBodies() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(new byte[10_000_000]);
        }
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head("Content-Encoding: gzip\r\nContent-Length: " + packed.size())
                .getBytes(StandardCharsets.US_ASCII));
        packed.writeTo(request);
        Answer answer = send(request.toByteArray());
        assertThat(answer.status()).isEqualTo(415);
        assertThat(Json.parseObject(answer.body()).text("code")).contains("server:UNSUPPORTED_MEDIA_TYPE");
    }

    @Test
    void neverSplitsAnAnswer() throws IOException {
        Answer answer = send(("GET /api/v1/tenants/a%0d%0aSet-Cookie:%20b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                        + app.adminKey + "\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        assertThat(answer.head()).doesNotContainIgnoringCase("Set-Cookie");
        assertThat(answer.status()).isIn(400, 404);
    }

    private void assertRefused(String body) throws IOException {
        long start = System.nanoTime();
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head("Content-Length: " + bytes.length).getBytes(StandardCharsets.US_ASCII));
        request.writeBytes(bytes);
        Answer answer = send(request.toByteArray());
        String shown = body.substring(0, Math.min(40, body.length()));
        assertThat(answer.status()).as(shown).isIn(400, 413);
        JsonObject problem = Json.parseObject(answer.body());
        assertThat(problem.text("code").orElse("")).as(shown).startsWith("server:");
        assertThat((System.nanoTime() - start) / 1_000_000).as(shown).isLessThan(5_000);
    }

    private String head(String headers) {
        return "POST /api/v1/tenants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + app.adminKey
                + "\r\nContent-Type: application/json\r\n" + headers + "\r\nConnection: close\r\n\r\n";
    }

    private record Answer(int status, String head, String body) {}

    private Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", app.server.address().getPort());
        socket.setSoTimeout(8_000);
        return socket;
    }

    private Answer send(byte[] request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request);
            return readAll(socket.getInputStream());
        }
    }

    /** Reads one answer: its head, and as much body as it says it has. */
    private static Answer readAll(InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        try {
            byte[] buffer = new byte[8_192];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                text.append(new String(buffer, 0, read, StandardCharsets.UTF_8));
                if (complete(text)) {
                    break;
                }
            }
        } catch (SocketException | SocketTimeoutException e) {
            if (text.isEmpty()) {
                return new Answer(0, "", "{}");
            }
        }
        int end = text.indexOf("\r\n\r\n");
        String head = end < 0 ? text.toString() : text.substring(0, end);
        String[] words = head.split(" ", 3);
        int status = words.length > 1 && words[1].matches("[0-9]{3}") ? Integer.parseInt(words[1]) : 0;
        return new Answer(status, head, end < 0 ? "" : text.substring(end + 4));
    }

    private static boolean complete(StringBuilder text) {
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        java.util.regex.Matcher length =
                java.util.regex.Pattern.compile("(?i)content-length: ([0-9]+)").matcher(text.substring(0, end));
        return length.find()
                && text.substring(end + 4).getBytes(StandardCharsets.UTF_8).length >= Integer.parseInt(length.group(1));
    }

    /** A body that comes behind its own refusal must not take the next request down. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /api/v1/tenants",
                "POST /api/v1/nothing",
                "PATCH /api/v1/tenants",
                "POST /api/v1/plugins",
                "PUT /api/v1/tenants/self/packs/nobody",
                "PUT /api/v1/publishers/%2500%250d%250a",
                "POST /api/v1/approvals/a%0D%0AX-Injected:%201/approve"
            })
    void aRefusalLeavesTheConnectionUsable(String request) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", app.server.address().getPort())) {
            socket.setSoTimeout(10_000);
            String head =
                    request + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n";
            for (int i = 0; i < 3; i++) {
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
                Thread.sleep(100);
                socket.getOutputStream().write("{}".getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
                String answer = answer(socket.getInputStream());
                assertThat(answer).startsWith("HTTP/1.1 4").doesNotContainIgnoringCase("connection: close");
            }
        }
    }

    private static String answer(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return "closed behind: " + head;
            }
            head.append((char) next);
        }
        int length = head.toString()
                .lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
                .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
                .findFirst()
                .orElse(0);
        in.readNBytes(length);
        return head.toString();
    }
}
