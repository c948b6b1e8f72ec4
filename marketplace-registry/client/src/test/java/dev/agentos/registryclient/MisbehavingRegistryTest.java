package dev.agentos.registryclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.registrymodel.Envelope;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registrymodel.SignedIndex;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.PublisherKey;
import dev.agentos.verifier.SemanticVersion;
import dev.agentos.verifier.VersionRange;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that answers every request with the same bytes and then closes, or hangs. */
class MisbehavingRegistryTest {

    private static final byte[] CONTENTS = "the release's bytes".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path directory;

    @TempDir
    private Path pins;

    @TempDir
    private static Path keys;

    private static String index = "";

    @BeforeAll
    static void signAnIndex() {
        PublisherKey key = PublisherKey.create(
                keys.resolve("key.p12"), "registry", PublisherKey.NO_PASSWORD, Duration.ofDays(9), Duration.ZERO);
        SignedIndex signed = new SignedIndex(
                "registry",
                key.fingerprint(),
                1,
                Instant.now(),
                Instant.now().plus(Duration.ofDays(1)),
                SignedIndex.entries(List.of(release())));
        String body = Json.write(
                Envelope.signed(SignedIndex.PAYLOAD_TYPE, signed.toBytes(), key).toJson());
        index = ok("Content-Length: " + body.length() + "\r\n", body);
    }

    private final CountDownLatch released = new CountDownLatch(1);
    private ServerSocket server;
    private volatile String answer = "";
    private volatile boolean hangs;
    private volatile boolean drips;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::serve);
    }

    @AfterEach
    void stop() throws IOException {
        released.countDown();
        server.close();
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
                String line = in.readLine();
                boolean asksForIndex = line != null && line.contains("/v1/index");
                while (line != null && !line.isEmpty()) {
                    line = in.readLine();
                }
                OutputStream out = socket.getOutputStream();
                byte[] bytes = (asksForIndex ? index : answer).getBytes(StandardCharsets.ISO_8859_1);
                if (drips && !asksForIndex) {
                    drip(out, bytes);
                } else {
                    out.write(bytes);
                    out.flush();
                }
                if (hangs && !asksForIndex) {
                    released.await();
                }
            } catch (IOException e) {
                // The client hung up, or the test is over.
                continue;
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** The head at once, then the right bytes, never silent for as long as an answer may be, in two seconds. */
    private void drip(OutputStream out, byte[] bytes) throws IOException, InterruptedException {
        int body = bytes.length - CONTENTS.length;
        out.write(bytes, 0, body);
        for (int at = body; at < bytes.length; at++) {
            out.write(bytes[at]);
            out.flush();
            if (released.await(100, TimeUnit.MILLISECONDS)) {
                return;
            }
        }
    }

    private RegistryClient client() {
        URI address = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");
        return new HttpRegistryClient(
                new HttpRegistryConfig(address, Duration.ofSeconds(5), Duration.ofMillis(500)),
                new IndexTrust(pins, address, Optional.empty(), InstantSource.system()));
    }

    private static Release release() {
        try {
            String digest = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-512").digest(CONTENTS));
            return new Release(
                    "alpha",
                    SemanticVersion.parse("1.0.0"),
                    digest,
                    CONTENTS.length,
                    Instant.EPOCH,
                    VersionRange.ANY,
                    List.of(),
                    List.of(),
                    "");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void downloadFails(RegistryErrorCode code) {
        try (RegistryClient client = client()) {
            assertThatThrownBy(() -> client.download(release(), directory.resolve("x.jar"), DownloadProgress.NONE))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(code));
        }
        assertThat(directory).isEmptyDirectory();
    }

    private static String ok(String headers, String body) {
        return "HTTP/1.1 200 OK\r\nConnection: close\r\n" + headers + "\r\n" + body;
    }

    @Test
    void takesASoundAnswer() {
        answer = ok("Content-Length: " + CONTENTS.length + "\r\n", new String(CONTENTS, StandardCharsets.UTF_8));
        try (RegistryClient client = client()) {
            client.download(release(), directory.resolve("x.jar"), DownloadProgress.NONE);
        }
        assertThat(directory.resolve("x.jar")).hasBinaryContent(CONTENTS);
    }

    @Test
    void refusesAnAnswerThatIsCutOff() {
        answer = ok("Content-Length: " + CONTENTS.length + "\r\n", "the rel");
        downloadFails(RegistryErrorCode.UNAVAILABLE);
    }

    @Test
    void refusesAShorterAnswerThatEndsProperly() {
        answer = ok("Content-Length: 7\r\n", "the rel");
        downloadFails(RegistryErrorCode.UNAVAILABLE);
    }

    @Test
    void refusesOtherBytesAndMoreBytes() {
        answer = ok("Content-Length: " + CONTENTS.length + "\r\n", "THE release's bytes");
        downloadFails(RegistryErrorCode.DIGEST_MISMATCH);
        answer = ok("Content-Length: 5000\r\n", "the release's bytes" + "x".repeat(5000 - CONTENTS.length));
        downloadFails(RegistryErrorCode.DIGEST_MISMATCH);
    }

    @Test
    void endsADownloadThatStandsStill() {
        answer = ok("Content-Length: " + CONTENTS.length + "\r\n", "the rel");
        hangs = true;
        downloadFails(RegistryErrorCode.UNAVAILABLE);
    }

    @Test
    void endsADownloadThatDrips() {
        answer = ok("Content-Length: " + CONTENTS.length + "\r\n", new String(CONTENTS, StandardCharsets.UTF_8));
        drips = true;
        downloadFails(RegistryErrorCode.UNAVAILABLE);
    }

    @Test
    void followsNoRedirect() {
        answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
        downloadFails(RegistryErrorCode.INVALID_ANSWER);
    }

    @Test
    void saysThatNothingListens() throws IOException {
        server.close();
        downloadFails(RegistryErrorCode.UNAVAILABLE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html>",
                "[]",
                "{}",
                "{\"items\":[1]}",
                "{\"items\":[{\"slug\":\"../x\"}]}",
                "{\"items\":[{\"slug\":\"alpha\"}]}"
            })
    void refusesAnswersThatAreNoListings(String body) {
        answer = ok("Content-Length: " + body.length() + "\r\n", body);
        try (RegistryClient client = client()) {
            assertThatThrownBy(() -> client.search(ListingQuery.ALL))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(RegistryErrorCode.INVALID_ANSWER));
        }
    }

    @Test
    void readsNoEndlessAnswer() {
        answer = ok("Content-Length: 9000000\r\n", "[" + " ".repeat(9_000_000 - 1));
        try (RegistryClient client = client()) {
            assertThatThrownBy(() -> client.search(ListingQuery.ALL))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(RegistryErrorCode.INVALID_ANSWER));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "ftp://h/",
                "http://user:secret@h/",
                "http://h/?q",
                "http://h/#f",
                "h:80",
                "/x"
            })
    void refusesOtherAddresses(String address) {
        assertThatThrownBy(() -> HttpRegistryConfig.of(URI.create(address)))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(RegistryErrorCode.INVALID_ADDRESS));
    }
}
