package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What a protocol answers ends with the credential that asked for it. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProtocolRevocationTest {

    private static final String ROOT = "/protocols/probe/";

    /** Far below the idle time of a connection, and what a protocol may take. */
    private static final Duration SOON = Duration.ofSeconds(10);

    private TestServer app;

    @BeforeAll
    void start() {
        app = new TestServer();
        install(ProbeProtocol.pack());
        install(ProbeProtocol.plugin("1.0.0"));
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            HttpResponse<String> enabled = app.send(app.request(app.acmeKey, "/api/v1/tenants/self/packs/probe-pack")
                    .header("Content-Type", "application/json")
                    .PUT(BodyPublishers.ofString("{\"configuration\":{}}")));
            assertThat(enabled.statusCode()).as(enabled.body()).isEqualTo(200);
        });
        await().atMost(Duration.ofSeconds(60))
                .until(() -> app.get(app.acmeKey, ROOT + "echo").statusCode() == 200);
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private void install(SyntheticJar jar) {
        HttpResponse<String> accepted = app.send(app.request(app.adminKey, "/api/v1/plugins?acceptAll=true")
                .header("Content-Type", PluginsResource.JAR)
                .POST(BodyPublishers.ofByteArray(jar.bytes())));
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
    }

    @Test
    void aStreamIsCutOffAndItsExecutionCancelled() throws Exception {
        String key = key();
        String other = key();
        int before = gone();
        try (Socket socket = open(key, "forever?agent=probe-pack/slow");
                Socket untouched = open(other, "forever?agent=probe-pack/slow")) {
            String execution = execution(socket.getInputStream());
            String kept = execution(untouched.getInputStream());
            revoke(key);
            readToTheEnd(socket.getInputStream());
            await().atMost(SOON).until(() -> gone() == before + 1);
            await().atMost(SOON).until(() -> state(execution).equals("CANCELLED"));
            assertThat(untouched.getInputStream().readNBytes(1_000)).hasSize(1_000);
            assertThat(state(kept)).isEqualTo("RUNNING");
        }
    }

    @Test
    void aStreamThatItsClientDoesNotReadIsCutOffToo() throws Exception {
        String key = key();
        int before = gone();
        try (Socket socket = open(key, "flood")) {
            assertThat(socket.getInputStream().readNBytes(1_000)).hasSize(1_000);
            revoke(key);
            await().atMost(SOON).until(() -> gone() == before + 1);
        }
    }

    @Test
    void anAnswerThatHasNotBegunIsRefused() {
        String key = key();
        CompletableFuture<HttpResponse<String>> answer =
                app.client.sendAsync(app.request(key, ROOT + "block").build(), HttpResponse.BodyHandlers.ofString());
        await().atMost(SOON).until(() -> app.plugins.require("probe").callsInFlight() > 0);
        revoke(key);
        ApiTest.assertProblem(
                answer.orTimeout(SOON.toSeconds(), TimeUnit.SECONDS).join(), 401, "tenancy:UNAUTHENTICATED");
    }

    private String key() {
        return app.key(
                Optional.of(app.acme.id()),
                "client",
                EnumSet.copyOf(Set.of(Scope.AGENTS_READ, Scope.EXECUTIONS_READ, Scope.EXECUTIONS_WRITE)));
    }

    private void revoke(String key) {
        app.apiKeys.revoke(
                Optional.of(app.acme.id()),
                app.apiKeys.authenticate(key).orElseThrow().id());
    }

    private Socket open(String key, String path) throws IOException {
        URI address = app.server.address();
        Socket socket = new Socket();
        socket.setReceiveBufferSize(8 * 1024);
        socket.setSoTimeout((int) SOON.toMillis());
        socket.connect(new InetSocketAddress(address.getHost(), address.getPort()));
        String head = "GET " + ROOT + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** The id of the execution that a stream tells in each of its lines. */
    private static String execution(InputStream in) throws IOException {
        StringBuilder read = new StringBuilder();
        int data = -1;
        while (data < 0 || read.indexOf("\n", data) < 0) {
            int next = in.read();
            assertThat(next).as("the stream goes on behind %s", read).isNotNegative();
            read.append((char) next);
            data = read.indexOf("data: exe_");
        }
        return read.substring(data + "data: ".length()).strip();
    }

    /** Reads until the connection is closed; it may be reset. */
    private static void readToTheEnd(InputStream in) throws IOException {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
    }

    private int gone() {
        return TestServer.json(app.get(app.acmeKey, ROOT + "gone"))
                .number("gone")
                .map(number -> number.value().intValueExact())
                .orElseThrow();
    }

    private String state(String execution) {
        JsonObject found = TestServer.json(app.get(app.acmeKey, "/api/v1/executions/" + execution));
        return found.text("state").orElseThrow();
    }
}
