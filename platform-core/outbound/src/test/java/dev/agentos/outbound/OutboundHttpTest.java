package dev.agentos.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.HttpRequest;
import dev.agentos.spi.HttpResponse;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocketFactory;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests to real sockets on loopback; names are looked up in the test. */
@Timeout(60)
class OutboundHttpTest {

    private static final Duration SHORT = Duration.ofMillis(300);

    private final List<String> lookedUp = new ArrayList<>();

    private OutboundHttp http(Names names, String... grants) {
        return new OutboundHttp(ListedGrants.of(grants), names, () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
    }

    /** Every name leads to these addresses. */
    private Names leadingTo(String... addresses) {
        return host -> {
            lookedUp.add(host);
            return List.of(addresses).stream().map(InetAddress::ofLiteral).toList();
        };
    }

    private static String everything(int port) {
        return "*:" + port;
    }

    private static String loopback(int port) {
        return "127.0.0.1:" + port;
    }

    private static void assertFails(String code, ThrowingCallable work) {
        assertThatThrownBy(work)
                .asInstanceOf(type(AgentOsException.class))
                .extracting(failure -> failure.errorCode().code())
                .isEqualTo(code);
    }

    @Test
    void requestArrivesAndResponseComesBack() throws IOException {
        try (StubServer server = StubServer.saying("{\"a\":1}")) {
            HttpRequest request = HttpRequest.post(
                            "http://Service.test:" + server.port() + "/a%20b?q=1&r=%26", JsonObject.of("x", "é"))
                    .withHeader("X-Key", "k");
            HttpResponse response = http(
                            leadingTo("127.0.0.1"), "service.test:" + server.port(), loopback(server.port()))
                    .send(request);
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.header("Content-Type")).contains("text/plain");
            assertThat(response.json()).isEqualTo(JsonObject.of("a", 1));
            assertThat(server.requests.getFirst())
                    .startsWith("POST /a%20b?q=1&r=%26 HTTP/1.1\r\n")
                    .containsIgnoringCase("\r\nhost: service.test:" + server.port() + "\r\n")
                    .containsIgnoringCase("\r\nx-key: k\r\n")
                    .containsIgnoringCase("\r\ncontent-type: application/json\r\n")
                    .containsIgnoringCase("\r\nconnection: close\r\n")
                    .endsWith("\r\n\r\n{\"x\":\"\u00c3\u00a9\"}");
            assertThat(lookedUp).containsExactly("service.test");
        }
    }

    @Test
    void everyStatusIsAResponse() throws IOException {
        try (StubServer server =
                new StubServer((head, out) -> out.write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".getBytes()))) {
            HttpResponse response = http(Names.SYSTEM, loopback(server.port()))
                    .send(HttpRequest.get("http://" + loopback(server.port())));
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.successful()).isFalse();
        }
    }

    @Test
    void withoutAGrantNothingIsLookedUpOrConnected() throws IOException {
        try (StubServer server = StubServer.saying("secret")) {
            OutboundHttp http = http(leadingTo("127.0.0.1"), "other.test:*", loopback(server.port() ^ 1));
            assertFails(
                    "plugin:PERMISSION_DENIED",
                    () -> http.send(HttpRequest.get("http://service.test:" + server.port() + "/")));
            assertFails(
                    "plugin:PERMISSION_DENIED",
                    () -> http.send(HttpRequest.get("http://127.0.0.1:" + server.port() + "/")));
            assertThat(lookedUp).isEmpty();
            assertThat(server.requests).isEmpty();
        }
    }

    /** Case 89: a granted name, also every name, does not open what is inside the network. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0"})
    void aNameThatLeadsInsideIsRefused(String address) throws IOException {
        try (StubServer server = StubServer.saying("secret")) {
            OutboundHttp http = http(leadingTo(address), everything(server.port()));
            assertFails(
                    "http:ADDRESS_REFUSED",
                    () -> http.send(HttpRequest.get("http://service.test:" + server.port() + "/")));
            assertThat(server.requests).isEmpty();
        }
    }

    /** Case 89: an address in the URI needs a grant that names it. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "[fd00:ec2::254]"})
    void anAddressThatIsCoveredByEverythingOnlyIsRefused(String host) {
        OutboundHttp http = http(leadingTo(), "*:*");
        assertFails("http:ADDRESS_REFUSED", () -> http.send(HttpRequest.get("http://" + host + ":8080/")));
    }

    /** Case 89: one bad address among good ones refuses the name, before anything is connected. */
    @Test
    void everyAddressOfANameIsChecked() throws IOException {
        try (StubServer server = StubServer.saying("first")) {
            OutboundHttp http =
                    http(leadingTo("127.0.0.1", "127.0.0.2"), "service.test:" + server.port(), loopback(server.port()));
            assertFails(
                    "http:ADDRESS_REFUSED",
                    () -> http.send(HttpRequest.get("http://service.test:" + server.port() + "/")));
            assertThat(server.requests).isEmpty();
        }
    }

    /** Case 89: a name that leads elsewhere at the second look-up gains nothing, since there is none. */
    @Test
    void rebindingANameIsOfNoUse() throws IOException {
        AtomicInteger lookUps = new AtomicInteger();
        try (StubServer good = StubServer.saying("good");
                StubServer inside = onPort(good.port(), "127.0.0.2")) {
            Names rebinding =
                    host -> List.of(InetAddress.ofLiteral(lookUps.incrementAndGet() == 1 ? "127.0.0.1" : "127.0.0.2"));
            OutboundHttp http = http(rebinding, "service.test:" + good.port(), loopback(good.port()));
            HttpRequest request = HttpRequest.get("http://service.test:" + good.port() + "/");
            assertThat(http.send(request).text()).isEqualTo("good");
            assertThat(lookUps).hasValue(1);
            assertFails("http:ADDRESS_REFUSED", () -> http.send(request));
            assertThat(inside.requests).isEmpty();
        }
    }

    private static StubServer onPort(int port, String address) throws IOException {
        return new StubServer(
                new javax.net.ServerSocketFactory() {
                    @Override
                    public java.net.ServerSocket createServerSocket(int any) throws IOException {
                        return new java.net.ServerSocket(port);
                    }

                    @Override
                    public java.net.ServerSocket createServerSocket(int any, int backlog) throws IOException {
                        return new java.net.ServerSocket(port, backlog);
                    }

                    @Override
                    public java.net.ServerSocket createServerSocket(int any, int backlog, InetAddress at)
                            throws IOException {
                        return new java.net.ServerSocket(port, backlog, at);
                    }
                },
                address,
                (head, out) -> out.write(StubServer.ok("inside")));
    }

    @Test
    void theNextAddressIsTriedWhenOneDoesNotAnswer() throws IOException {
        try (StubServer server = StubServer.saying("second")) {
            OutboundHttp http = http(
                    leadingTo("127.0.0.3", "127.0.0.1"),
                    "service.test:" + server.port(),
                    "127.0.0.0/8:" + server.port());
            assertThat(http.send(HttpRequest.get("http://service.test:" + server.port() + "/"))
                            .text())
                    .isEqualTo("second");
        }
    }

    @Test
    void redirectsThatAreGrantedAreFollowed() throws IOException {
        try (StubServer end = StubServer.saying("end");
                StubServer start = new StubServer((head, out) -> out.write(StubServer.redirect(
                        302, head.startsWith("POST / ") ? "/next?x=1" : "http://" + loopback(end.port()) + "/y#z")))) {
            OutboundHttp http = http(leadingTo(), loopback(start.port()), loopback(end.port()));
            HttpResponse response =
                    http.send(HttpRequest.post("http://" + loopback(start.port()) + "/", JsonObject.EMPTY)
                            .withHeader("authorization", "Bearer k")
                            .withHeader("cookie", "c=1")
                            .withHeader("x-api-key", "k")
                            .withHeader("accept", "text/plain"));
            assertThat(response.text()).isEqualTo("end");
            assertThat(response.uri()).hasToString("http://" + loopback(end.port()) + "/y");
            assertThat(start.requests.get(1))
                    .startsWith("GET /next?x=1 ")
                    .contains("authorization: Bearer k")
                    .doesNotContain("content-type");
            assertThat(end.requests.getFirst())
                    .startsWith("GET /y ")
                    .contains("accept: text/plain")
                    .doesNotContain("authorization", "cookie", "x-api-key");
        }
    }

    @ParameterizedTest
    @CsvSource({"301, GET", "302, GET", "303, GET", "307, POST", "308, POST"})
    void redirectsKeepTheMethodAsTheStandardHasIt(int status, String method) throws IOException {
        try (StubServer server = new StubServer((head, out) ->
                out.write(head.contains(" / ") ? StubServer.redirect(status, "/next") : StubServer.ok("x")))) {
            http(leadingTo(), loopback(server.port()))
                    .send(HttpRequest.post("http://" + loopback(server.port()) + "/", JsonObject.of("a", 1)));
            assertThat(server.requests.get(1)).startsWith(method + " /next ");
            assertThat(server.requests.get(1).endsWith("{\"a\":1}")).isEqualTo(method.equals("POST"));
        }
    }

    @ParameterizedTest
    @CsvSource({"?page=2, /a/b?page=2", "'?', /a/b?", "'', /a/b?x=1", "#end, /a/b?x=1", "c?y, /a/c?y", "/d, /d"})
    void redirectsLeadWhereTheStandardHasIt(String location, String target) throws IOException {
        AtomicBoolean asked = new AtomicBoolean();
        try (StubServer server = new StubServer((head, out) ->
                out.write(asked.getAndSet(true) ? StubServer.ok("x") : StubServer.redirect(307, location)))) {
            HttpRequest request = HttpRequest.get("http://" + loopback(server.port()) + "/a/b?x=1");
            http(leadingTo(), loopback(server.port())).send(request);
            assertThat(server.requests.get(1)).startsWith("GET " + target + " ");
        }
    }

    /** Case 89: a redirect goes through the same checks as a request. */
    @Test
    void redirectsToWhatIsNotGrantedOrInsideAreRefused() throws IOException {
        try (StubServer inside = StubServer.saying("secret");
                StubServer start = new StubServer((head, out) -> out.write(StubServer.redirect(
                        302,
                        switch (head.substring(4, head.indexOf(' ', 4))) {
                            case "/other" -> "http://127.0.0.1:" + inside.port() + "/";
                            case "/name" -> "http://inside.test:" + inside.port() + "/";
                            case "/file" -> "file:///etc/passwd";
                            case "/user" -> "http://a:b@127.0.0.1:" + inside.port() + "/";
                            default -> "http://[::1/";
                        })))) {
            Names names = host -> List.of(InetAddress.ofLiteral("127.0.0.2"));
            OutboundHttp http = http(names, loopback(start.port()), "inside.test:" + inside.port());
            String base = "http://" + loopback(start.port());
            assertFails("plugin:PERMISSION_DENIED", () -> http.send(HttpRequest.get(base + "/other")));
            assertFails("http:ADDRESS_REFUSED", () -> http.send(HttpRequest.get(base + "/name")));
            assertFails("http:REDIRECT_REFUSED", () -> http.send(HttpRequest.get(base + "/file")));
            assertFails("http:REDIRECT_REFUSED", () -> http.send(HttpRequest.get(base + "/user")));
            assertFails("http:REDIRECT_REFUSED", () -> http.send(HttpRequest.get(base + "/broken")));
            assertThat(inside.requests).isEmpty();
        }
    }

    @Test
    void fiveRedirectsAreFollowedAndNoMore() throws IOException {
        try (StubServer server = new StubServer((head, out) -> {
            int number = Integer.parseInt(head.substring(5, head.indexOf(' ', 5)));
            out.write(number == 0 ? StubServer.ok("end") : StubServer.redirect(307, "/" + (number - 1)));
        })) {
            OutboundHttp http = http(leadingTo(), loopback(server.port()));
            String base = "http://" + loopback(server.port()) + "/";
            assertThat(http.send(HttpRequest.get(base + 5)).text()).isEqualTo("end");
            assertFails("http:REDIRECT_REFUSED", () -> http.send(HttpRequest.get(base + 6)));
        }
    }

    @Test
    void bodiesComeInPieces() throws IOException {
        String text = "x".repeat(100_000);
        try (StubServer server = StubServer.saying(text)) {
            List<Integer> sizes = new ArrayList<>();
            HttpResponse response = http(leadingTo(), loopback(server.port()))
                    .send(HttpRequest.get("http://" + loopback(server.port()) + "/"), (head, bytes) -> {
                        assertThat(head.status()).isEqualTo(200);
                        sizes.add(bytes.length);
                    });
            assertThat(response.body()).isEmpty();
            assertThat(sizes).allMatch(size -> size > 0 && size <= 16 * 1024);
            assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(100_000);
        }
    }

    @Test
    void aListenerThatThrowsEndsTheRequest() throws Exception {
        try (StubServer server = new StubServer((head, out) -> endless(out, 0))) {
            OutboundHttp http = http(leadingTo(), loopback(server.port()));
            assertThatThrownBy(() ->
                            http.send(HttpRequest.get("http://" + loopback(server.port()) + "/"), (head, bytes) -> {
                                throw new IllegalStateException("enough");
                            }))
                    .hasMessage("enough");
            server.awaitHangUp();
        }
    }

    private static void endless(java.io.OutputStream out, int pause) throws IOException, InterruptedException {
        out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes());
        while (true) {
            out.write("1\r\nx\r\n".getBytes());
            out.flush();
            Thread.sleep(pause);
        }
    }

    @Test
    void tooLongAnswersAreCutOff() throws Exception {
        try (StubServer announced = StubServer.saying("x".repeat(11));
                StubServer endless = new StubServer((head, out) -> endless(out, 0));
                StubServer line = new StubServer((head, out) ->
                        out.write(("HTTP/1.1 200 OK\r\nX: " + "y".repeat(70_000) + "\r\n\r\n").getBytes()));
                StubServer lines = new StubServer((head, out) ->
                        out.write(("HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(1_000) + "\r\n").getBytes()))) {
            for (StubServer server : List.of(announced, endless, line, lines)) {
                OutboundHttp http = http(leadingTo(), loopback(server.port()));
                assertFails(
                        "http:RESPONSE_TOO_LARGE",
                        () -> http.send(HttpRequest.get("http://" + loopback(server.port()) + "/")
                                .withMaxResponseBytes(10)));
            }
            endless.awaitHangUp();
        }
    }

    @Test
    void lookUpsThatNobodyWaitsForAnyMoreAreFew() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger begun = new AtomicInteger();
        OutboundHttp stuck = http(
                host -> {
                    begun.incrementAndGet();
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return List.of();
                },
                "service.test:80");
        Callable<Boolean> asks = () -> {
            assertFails(
                    "http:TIMED_OUT",
                    () -> stuck.send(HttpRequest.get("http://service.test/").withTimeout(SHORT)));
            return true;
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> asked : threads.invokeAll(Collections.nCopies(3 * LookUps.MOST, asks))) {
                assertThat(asked.get()).isTrue();
            }
        } finally {
            end.countDown();
        }
        assertThat(begun).hasValue(LookUps.MOST);
    }

    @Test
    void slownessAnywhereMeetsTheTimeout() throws Exception {
        try (StubServer silent = new StubServer((head, out) -> Thread.sleep(30_000));
                StubServer slowHead = new StubServer((head, out) -> {
                    while (true) {
                        out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes());
                        out.flush();
                        Thread.sleep(20);
                    }
                });
                StubServer slowBody = new StubServer((head, out) -> endless(out, 20))) {
            for (StubServer server : List.of(silent, slowHead, slowBody)) {
                OutboundHttp http = http(leadingTo(), loopback(server.port()));
                assertFails(
                        "http:TIMED_OUT",
                        () -> http.send(HttpRequest.get("http://" + loopback(server.port()) + "/")
                                .withTimeout(SHORT)));
            }
            slowHead.awaitHangUp();
            slowBody.awaitHangUp();
        }
        CountDownLatch never = new CountDownLatch(1);
        OutboundHttp stuck = http(
                host -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return List.of();
                },
                "service.test:80");
        assertFails(
                "http:TIMED_OUT",
                () -> stuck.send(HttpRequest.get("http://service.test/").withTimeout(SHORT)));
        never.countDown();
    }

    @Test
    void anInterruptClosesTheConnection() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (StubServer server = new StubServer((head, out) -> {
            asked.countDown();
            endless(out, 5);
        })) {
            OutboundHttp http = http(leadingTo(), loopback(server.port()));
            FutureTask<Boolean> work = new FutureTask<>(() -> {
                assertFails(
                        "http:INTERRUPTED",
                        () -> http.send(HttpRequest.get("http://" + loopback(server.port()) + "/")));
                return Thread.currentThread().isInterrupted();
            });
            Thread thread = Thread.ofPlatform().start(work);
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            thread.interrupt();
            assertThat(work.get(20, TimeUnit.SECONDS))
                    .as("the thread stays interrupted")
                    .isTrue();
            server.awaitHangUp();
        }
    }

    @Test
    void whatIsNotThereIsSaid() throws IOException {
        // Held and not listened on, so that nobody else comes by it meanwhile.
        try (Socket held = new Socket()) {
            held.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            int port = held.getLocalPort();
            assertFails(
                    "http:UNREACHABLE",
                    () -> http(leadingTo(), loopback(port)).send(HttpRequest.get("http://" + loopback(port) + "/")));
        }
        Names none = host -> {
            throw new UnknownHostException(host);
        };
        assertFails(
                "http:NO_SUCH_HOST", () -> http(none, "service.test:80").send(HttpRequest.get("http://service.test/")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                ""
            })
    void answersThatAreNoneAreRefused(String answer) throws IOException {
        try (StubServer server = new StubServer((head, out) -> out.write(answer.getBytes()))) {
            assertFails(
                    "http:INVALID_RESPONSE",
                    () -> http(leadingTo(), loopback(server.port()))
                            .send(HttpRequest.get("http://" + loopback(server.port()) + "/")));
        }
    }

    @Test
    void aPathCannotBecomeAHostOrASecondRequest() throws IOException {
        try (StubServer server = StubServer.saying("x")) {
            OutboundHttp http = http(leadingTo(), loopback(server.port()));
            http.send(HttpRequest.of("GET", URI.create("http://" + loopback(server.port()) + "//evil.test/%0d%0aX:1")));
            assertThat(server.requests.getFirst()).startsWith("GET //evil.test/%0d%0aX:1 HTTP/1.1\r\n");
        }
    }
}
